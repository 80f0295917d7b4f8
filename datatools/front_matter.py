"""How do settings become the YAML that opens a page of Markdown, whatever text is among them?"""

import json
import re
from collections.abc import Mapping, Sequence

_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")
# Words that YAML 1.1 takes for true, false or nothing.
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
# What YAML takes for a line break, or does not allow in a file.
_NOT_IN_YAML = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")

_LONG_KEY = 1000  # YAML looks for the colon behind a key that far

Plain = str | int | float | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]


def front_matter(values: Mapping[str, Plain]) -> str:
    """Write settings as the YAML block that opens a page of Markdown."""
    return "\n".join(["---", *_block(values, ""), "---", ""])


def _block(value: Plain, indent: str) -> list[str]:
    """Write a mapping or a list as lines of YAML."""
    lines: list[str] = []
    items = value.items() if isinstance(value, Mapping) else [(None, item) for item in _items(value)]
    for key, item in items:
        head = f"{indent}-" if key is None else f"{indent}{_scalar(key)}:"
        if len(head) > _LONG_KEY:
            lines.append(f"{indent}? {_scalar(str(key))}")
            head = f"{indent}:"
        if isinstance(item, Mapping) and item and key is None:
            first, *rest = _block(item, indent + "  ")
            lines += [f"{indent}- {first.lstrip(' ')}", *rest]
        elif isinstance(item, Mapping | list | tuple) and item:
            is_list_of_key = key is not None and not isinstance(item, Mapping)
            lines += [head, *_block(item, indent if is_list_of_key else indent + "  ")]
        else:
            lines.append(f"{head} {_scalar(item)}")
    return lines


def _items(value: Plain) -> Sequence[Plain]:
    assert isinstance(value, list | tuple)  # the other kinds are scalars
    return value


def _scalar(value: Plain) -> str:
    """Write one value: words bare, all other text in double quotes, as JSON and YAML both read it."""
    if isinstance(value, str):
        if _PLAIN_WORD.fullmatch(value) and value.lower() not in _YAML_WORDS:
            return value
        quoted = json.dumps(value, ensure_ascii=False)
        return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)
    return json.dumps(value)
