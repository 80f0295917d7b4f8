"""What is a report made of, whatever it is written as: a page, a PDF, Markdown or a notebook?

A report is outlined once, as sections of blocks. Each format writes every kind of block, decides nothing
and computes nothing. All text is plain: names that users gave stand in it literally, and each format
escapes them in its own way. The only markup is commands of ours between backticks; ``pieces`` finds them.

A block that shows numbers says where in ``report.json`` they come from: a JSON pointer (RFC 6901) to the
object that holds every number in it. Tests read the formats back and compare.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from datatools.report.gallery import Strip

Pointer = str
"""A JSON pointer into report.json, such as /audit/models/0/attributes/1/groups/2; empty: the whole file."""

Tone = Literal["plain", "quiet", "strong", "gap", "equivalent", "insufficient", "limit"]

_COMMAND = re.compile(r"`(datatools [a-z][^`\n]*)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One paragraph, or one item of a list."""

    text: str
    tone: Tone = "plain"
    of: Pointer = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Statements as a list under a heading of their own, perhaps numbered.

    ``about`` names what they are about (a model, the data): a name that a user may have given.
    """

    items: Sequence[Statement]
    about: str = ""
    is_ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A table's row: its first cell names it.

    ``is_suppressed`` rows have their name, one cell that says why nothing is shown, and perhaps a verdict.
    ``seen_at`` is an address, relative to the page, where the pictures behind the row can be seen.
    """

    cells: Sequence[str]
    of: Pointer = ""
    is_suppressed: bool = False
    seen_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; ``head`` names its columns. The last cell of each row is a verdict where ``has_verdict``."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Row]
    has_verdict: bool = False
    is_open: bool = True  # False: folded away where the format can fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing by ``svg.render``, whose colours are the page's CSS variables.

    ``svg.on_paper`` gives the same drawing in the colours of paper, as a file of its own.
    """

    drawing: str
    caption: str
    alt: str  # the figure in words
    of: Pointer = ""
    is_wide: bool = False  # scrolls sideways on a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Terms and what they mean; ``is_code`` where the terms are names of ours or of files."""

    entries: Sequence[tuple[str, str]]
    is_code: bool = False
    of: Pointer = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Lines to be copied into a terminal."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One model's verdict at a glance: counts by verdict, most urgent first."""

    model: str
    reading: str
    headline: str
    overall: str
    counts: Sequence[tuple[str, int]]
    of: Pointer = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """All models' cards; formats without boxes write them as a table."""

    cards: Sequence[Card]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Rows of pictures of people; only ever there because somebody asked for them."""

    strips: Sequence[Strip]


Block = Statement | Listed | Table | Figure | Definitions | Commands | Cards | Pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with what stands under it."""

    key: str  # letters and digits, unique in the report: its address on the page
    title: str
    blocks: Sequence[Block] = ()
    sections: Sequence["Section"] = ()
    is_name: bool = False  # the title is a name that a user gave
    is_open: bool = True  # False: folded away where the format can fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A whole report."""

    title: str
    headline: str  # the verdict in one line
    about: str  # of how many pictures and people
    sections: Sequence[Section]
    source: str = "report.json"  # the file beside the report that pointers lead into


def walk(sections: Sequence[Section]) -> Iterator[Section]:
    """Give all sections in reading order, those within others too."""
    for section in sections:
        yield section
        yield from walk(section.sections)


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Part a text into (is a command of ours, words): what stood between backticks, and what did not."""
    # Split with one group: every second piece is a command.
    for position, words in enumerate(_COMMAND.split(text)):
        if words:
            yield position % 2 == 1, words
