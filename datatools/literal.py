"""How does text stand in Markdown so that every renderer shows it as it is?

GitHub reads more into text than CommonMark does: links without brackets, @mentions, #123, :emoji: and
$maths$, some of it after Markdown is done, when a backslash is long gone. An element around one letter
parts what it would join. Pandoc reads more still: quotes, dashes and dots as typography, ``(a)`` as a list.
Letters that not every renderer lets a backslash escape are written as entities.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

_BACKSLASHED = "\\`*_{}[]#"
_ENTITIES = re.compile(r"""[&<>|~^$"]|(?<![^\W\d_])'|'(?![^\W\d_])|==+""")
# What is typography only beside others: dashes, dots, inserted words, ±, commas and calls that are thinned.
_RUNS = re.compile(r"--+|\.\.+|\+\++|\+-|,,+|[?!]{4,}|\((?=(?:c|r|p|tm)\))", re.IGNORECASE)
# What is a mark only at the start of a block: a list, a heading's underline, a definition.
_START = re.compile(r"[-+=:]")
_LIST = re.compile(r"(\(?(?:\d+|[A-Za-z]|[ivxlcdmIVXLCDM]+))([.)])(?=\s|$)")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")

# The letter that makes the words around it a link, a mention, a reference, an emoji or maths.
_LINKING = re.compile(
    r"""
    (?<=[a-z]):(?=//) | (?<=mailto):|(?<=xmpp): | (?<=www)\.
    | @
    | \#(?=\d) | (?<=GH)-(?=\d)
    | :(?=[\w+-]+:)
    | \$
    """,
    re.VERBOSE | re.IGNORECASE,
)


_CONTROL = "\N{REPLACEMENT CHARACTER}"


def markdown(words: str) -> str:
    """Write words as one line of Markdown: a paragraph, a heading, an item or a cell of a table."""
    return opened(inner(plain(words)))


def inner(words: str) -> str:
    """Write words that stand behind others in their line."""
    return _parted(words, _escaped)


def opened(line: str) -> str:
    """Let a line of Markdown begin with no mark of a list, a definition or a heading's underline."""
    if _START.match(line):
        return (f"\\{line[0]}" if line[0] in "-+" else _entity(line[0])) + line[1:]
    return _LIST.sub(r"\1\\\2", line, count=1) if _LIST.match(line) else line


def paragraphs(words: str) -> str:
    """Write text of several lines as Markdown that shows it as it is: empty lines part paragraphs."""
    parts = re.split(r"\n\s*\n", words.replace("\r\n", "\n").strip())
    lines = ([markdown(line) for line in part.split("\n") if line.strip()] for part in parts)
    return "\n\n".join("\\\n".join(part) for part in lines)


def alternative(words: str) -> str:
    """Write words as the alternative text of a picture, where no renderer looks for links."""
    return _escaped(plain(words))


def html(words: str) -> str:
    """Write words within an HTML element, whose content pandoc reads as Markdown and GitHub does not."""
    return _parted(plain(words), lambda part: _PUNCTUATION.sub(lambda found: _entity(found[0]), part))


def code(words: str, *, in_table: bool = False) -> str:
    """Write words as code within a line."""
    words = plain(words)
    if not words or (in_table and "|" in words):
        return f"<code>{html(words)}</code>"  # renderers differ in how a bar stands in a cell's code
    fence = "`" * (_longest_run(words) + 1)
    edge = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{edge}{words}{edge}{fence}"


def block(lines: Sequence[str]) -> str:
    """Write lines to be copied."""
    lines = [plain(line) for line in lines]
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    return "\n".join([f"{fence}sh", *lines, fence])


def _longest_run(words: str) -> int:
    return max((len(run) for run in re.findall("`+", words)), default=0)


def _parted(words: str, write: Callable[[str], str]) -> str:
    pieces, end = [], 0
    for found in _LINKING.finditer(words):
        pieces += [write(words[end : found.start()]), f"<span>{write(found[0])}</span>"]
        end = found.end()
    return "".join([*pieces, write(words[end:])])


def _escaped(words: str) -> str:
    marks = re.escape(_BACKSLASHED)
    joined = re.compile(rf"[{marks}]|{_RUNS.pattern}", re.IGNORECASE)
    words = joined.sub(lambda found: "\\" + "\\".join(found[0]), words)
    return _ENTITIES.sub(lambda found: "".join(map(_entity, found[0])), words)


def _entity(letter: str) -> str:
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}.get(letter, f"&#{ord(letter)};")


def plain(text: str) -> str:
    """Write words in one line: white space as spaces, other control characters as a mark of them."""
    return "".join(
        letter if unicodedata.category(letter) != "Cc" else " " if letter.isspace() else _CONTROL
        for letter in text
    ).strip()


def slug(text: str) -> str:
    """Turn any name into lower-case letters, digits and dashes; ``unnamed`` where none are left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"
