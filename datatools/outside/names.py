"""How is a name from outside shown, so that it is only a name?

On a terminal a file's name can move the cursor, forge a line of output or turn the reading direction of what
follows. The characters that do so are written as escapes; every script's letters stay what they are.
"""

import re

from datatools.errors import DataError

# C0 and C1 controls, half characters, line and paragraph separators, and what sets the direction of text
# that follows it. The marks U+200E and U+200F stay: they are part of names in Arabic and Hebrew.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_LINES = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def shown(name: str) -> str:
    r"""Give a name with everything escaped that is no part of one; a byte that is not UTF-8 as ``\xe9``."""
    return _UNSAFE.sub(_escaped, name)


def require_plain(name: str) -> None:
    """Raise DataError where a name cannot be shown as it is."""
    if shown(name) != name:
        is_text = not any("\ud800" <= letter <= "\udfff" for letter in name)
        why = "holds control characters" if is_text else "is not UTF-8"
        raise DataError(f"{shown(name)}: the file's name {why}; rename it")


def shown_lines(text: str) -> str:
    """Give a text as ``shown``, which may have several lines and tabs."""
    return _UNSAFE_IN_LINES.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
