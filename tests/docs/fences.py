"""Read the code of a page: what readers copy, and what tests run of it.

A fence is run where ``<!-- run -->`` stands above it. ``<!-- run: COMMAND -->`` is run and not shown: it
makes what the reader has and the test has not.
"""

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*).*$")
_HIDDEN = re.compile(r"^<!-- run: (?P<command>.+) -->$")
_RUN = "<!-- run -->"
_INLINE = re.compile(r"`(datatools [^`]+)`", re.DOTALL)
_OUTPUT = {"text", "toml", "python", "json", "csv"}


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code; hidden ones are not on the page."""

    language: str
    text: str
    line: int
    is_run: bool


def fences(page: Path) -> list[Fence]:
    """Give the blocks of a page in their order."""
    found: list[Fence] = []
    lines = page.read_text("utf-8").splitlines()
    is_run, number = False, 0
    while number < len(lines):
        line = lines[number]
        hidden, fence = _HIDDEN.match(line), _FENCE.match(line)
        if hidden is not None:
            found.append(Fence("sh", hidden["command"], number + 1, is_run=True))
        elif line == _RUN:
            is_run = True
        elif fence is not None:
            closing = fence["indent"] + "```"
            end = next(i for i in range(number + 1, len(lines)) if lines[i].rstrip() == closing)
            body = textwrap.dedent("\n".join(lines[number + 1 : end]))
            found.append(Fence(fence["language"], body, number + 1, is_run))
            is_run, number = False, end
        number += 1
    return found


def script(page: Path) -> str:
    """Give the blocks that run as one shell script, which says where it is on its last line of output."""
    parts = ["set -euo pipefail"]
    for block in (one for one in fences(page) if one.is_run):
        parts.append(f"echo '@{page.name}, line {block.line}'")
        if block.language == "python":
            parts.append(f"python - <<'PYTHON_ENDS'\n{block.text}\nPYTHON_ENDS")
        else:
            parts.append(block.text)
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Command:
    """One ``datatools ...`` on a page; a mention in a sentence need not be whole."""

    page: Path
    words: tuple[str, ...]  # without ``datatools``
    is_whole: bool

    def __str__(self) -> str:
        """Say where it stands."""
        return f"{self.page.relative_to(REPOSITORY)}: datatools {' '.join(self.words)}"


def _words(line: str) -> list[str]:
    """Part a line as a shell would, up to the end of its first command."""
    parser = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    parser.whitespace_split = True
    words: list[str] = []
    for word in parser:
        if set(word) <= set("|&;<>"):
            break
        words.append(word)
    return words


def _lines(text: str) -> Iterator[str]:
    """Give the lines of code, in fences or indented, each with what it goes on with."""
    unquoted = re.sub(r"^> ?", "", text, flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", unquoted)
    language = None
    for line in joined.splitlines():
        fence = _FENCE.match(line)
        if fence is not None:
            language = fence["language"] or "sh" if language is None else None
        elif language not in _OUTPUT and (language is not None or line.startswith("    ")):
            yield line.strip()


def commands(page: Path) -> Iterator[Command]:
    """Give every command of ours that a page shows."""
    text = page.read_text("utf-8")
    for line in _lines(text):
        alias = re.sub(r"^dt ", "datatools ", line)
        if alias.startswith("datatools "):
            yield Command(page, tuple(_words(alias)[1:]), is_whole=True)
    outside = re.sub(r"^( *)```.*?^\1```", "", text, flags=re.DOTALL | re.MULTILINE)
    for found in _INLINE.finditer(outside):
        yield Command(page, tuple(_words(" ".join(found[1].split()))[1:]), is_whole=False)


def pages() -> list[Path]:
    """Give every page with commands: the site's, the README's and those that the site borrows."""
    own = (REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "annotations/README.md"))
    return [*own, *sorted(DOCS.rglob("*.md"))]
