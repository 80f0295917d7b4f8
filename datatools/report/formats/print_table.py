"""How wide does each column of a printed table have to be, and how wide would it like to be?

The template measures two texts for each column: its longest word, below which nothing fits, and its
longest cell, above which nothing is gained.
"""

import re
import unicodedata
from collections.abc import Sequence

from datatools.report import words
from datatools.report.blocks import Card, Row, Table
from datatools.report.formats.letters import BREAK, breakable, plain

Data = dict[str, object]

_NUMBER = re.compile(r"[<>]? ?[+−–]?[\d.,%]*(?: \[[^\]]*\])?")
_HARD_BLANK = "\u00a0"
_WORDS = re.compile(rf"[ {BREAK}]+")
_KINDS = {
    "gap": "gap",
    "worse": "gap",
    "harmed": "gap",
    "broken": "gap",
    "difference": "difference",
    "holds": "equivalent",
    "equivalent": "equivalent",
    "better": "equivalent",
    "insufficient": "insufficient",
    "suppressed": "suppressed",
}


def data(table: Table) -> Data:
    """Write a table: its words with marks where they may break, and its columns."""
    head = [_cell(name) for name in table.head]
    rows = [[_cell(cell) for cell in row.cells] for row in table.rows]
    full = [cells for cells, row in zip(rows, table.rows, strict=True) if not row.is_suppressed]
    by_column = [[name, *(cells[place] for cells in full)] for place, name in enumerate(head)]
    for cells, row in zip(rows, table.rows, strict=True):
        if row.is_suppressed:
            by_column[0].append(cells[0])
    columns = [
        _column(texts, is_verdict=table.has_verdict and place == len(head) - 1)
        for place, texts in enumerate(by_column)
    ]
    return {
        "caption": breakable(plain(table.caption)),
        "head": head,
        "rows": [_row(row, cells, table) for row, cells in zip(table.rows, rows, strict=True)],
        "verdict": table.has_verdict,
        "columns": columns,
    }


def is_number(cell: str) -> bool:
    """Say whether a cell is a number, perhaps with its interval, or a dash for none."""
    return _NUMBER.fullmatch(cell) is not None


def counts(card: Card) -> list[tuple[str, str]]:
    """Give each verdict that some of a card's comparisons came to: its kind, and how many in words."""
    return [
        (kind(word), words.count(n, word) if word == "gap" else f"{n:,} {word}")
        for word, n in card.counts
        if n
    ]


def kind(word: str) -> str:
    """Say which of the verdicts a cell's words begin with; nothing where they name none."""
    return _KINDS.get(word.partition(" ")[0].lower(), "")


def _row(row: Row, cells: Sequence[str], table: Table) -> Data:
    verdict = kind(row.cells[-1]) if table.has_verdict and row.cells else ""
    return {"cells": cells, "suppressed": row.is_suppressed, "verdict": verdict}


def _cell(text: str) -> str:
    """Write a cell; a number does not break, but its interval may go to the next line."""
    text = plain(text)
    if not is_number(text):
        return breakable(text)
    value, bracket, interval = text.partition(" [")
    return f"{value.replace(' ', _HARD_BLANK)}{bracket}{interval.replace(' ', _HARD_BLANK)}"


def _column(texts: Sequence[str], *, is_verdict: bool) -> Data:
    bare = [text.replace(BREAK, "").replace(_HARD_BLANK, " ") for text in texts[1:]]
    numbers = [is_number(text) for text in bare]
    return {
        "least": max((word for text in texts for word in _WORDS.split(text)), key=_width),
        "most": max(bare, key=_width, default=""),
        "numeric": bool(numbers) and all(numbers),
        "verdict": is_verdict,
    }


def _width(text: str) -> float:
    """Guess how wide a text is, to find the widest of several; in small letters."""
    return sum(_letter(letter) for letter in text)


def _letter(letter: str) -> float:
    if letter in "ilj.,:;'|![]() fIt":
        return 0.6
    if letter.isupper() or letter in "mw%+−":
        return 1.4
    return 2.2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1.0
