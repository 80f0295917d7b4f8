"""What does the template of the printed report read?

The outline as plain data, in the order of print: the folded sections behind the others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from datatools import literal
from datatools.report import svg
from datatools.report.blocks import (
    Block,
    Card,
    Cards,
    Commands,
    Definitions,
    Figure,
    Listed,
    Outline,
    Pictures,
    Section,
    Statement,
    Table,
    pieces,
)
from datatools.report.formats import paper, print_table
from datatools.report.formats.letters import LONG, breakable, plain
from datatools.report.gallery import Picture, Strip
from datatools.report.style import LIGHT

Data = dict[str, object]

_RUNNING = 90  # letters of the title above each page
_LONG_LINE = 80  # letters: only a longer word of a command may break, since it is there to be copied


def printed(outline: Outline) -> list[Section]:
    """Give the sections in the order of print: all that are open, then those that were folded within them.

    The folded sections of one section stand in one of its name, whose key ends in ``-details``.
    """
    open_ones = [section for section in outline.sections if section.is_open]
    return [*(_opened(section) for section in open_ones), *_behind(outline)]


def _opened(section: Section) -> Section:
    return replace(section, sections=[_opened(inner) for inner in section.sections if inner.is_open])


def _behind(outline: Outline) -> list[Section]:
    found = []
    for section in outline.sections:
        if not section.is_open:
            found.append(section)
        elif folded := _folded(section):
            found.append(Section(key=f"{section.key}-details", title=section.title, sections=folded))
    return found


def _folded(section: Section) -> list[Section]:
    if not section.is_open:
        return [section]
    return [folded for inner in section.sections for folded in _folded(inner)]


@dataclass(slots=True)
class Writer:
    """Turns blocks into data, and gathers the files that they draw and the texts that they hold."""

    drawings: dict[str, str] = field(default_factory=dict)  # SVG by file name
    pictures: dict[str, bytes] = field(default_factory=dict)  # by file name
    texts: list[str] = field(default_factory=list)

    def document(self, outline: Outline) -> Data:
        """Write a whole outline."""
        return {
            "title": self._words(outline.title),
            "plain_title": literal.plain(outline.title),
            "running": self._words(svg.shorten(outline.title, _RUNNING)),
            "headline": self._words(outline.headline),
            "about": self._words(outline.about),
            "colours": LIGHT,
            "sections": [self._section(section) for section in outline.sections if section.is_open],
            "appendix": [self._section(section, is_behind=True) for section in _behind(outline)],
        }

    def _section(self, section: Section, *, is_behind: bool = False) -> Data:
        here = [inner for inner in section.sections if is_behind or inner.is_open]
        moved = [] if is_behind else [inner for inner in section.sections if not inner.is_open]
        return {
            "key": section.key,
            "title": self._words(section.title),
            "blocks": self._blocks(section.blocks),
            "moved": [{"key": inner.key, "title": self._words(inner.title)} for inner in moved],
            "sections": [self._section(inner, is_behind=is_behind) for inner in here],
        }

    def _blocks(self, blocks: Sequence[Block]) -> list[Data]:
        """Write blocks; figures that follow each other go in pairs, wide ones alone."""
        found: list[Data] = []
        waiting: list[Data] = []  # the pair that has room for another figure
        for block in blocks:
            if not isinstance(block, Figure):
                waiting = []
                found.append(self._block(block))
            elif waiting and not block.is_wide:
                waiting.append(self._figure(block))
                waiting = []
            else:
                pair = [self._figure(block)]
                found.append({"kind": "figures", "figures": pair})
                waiting = [] if block.is_wide else pair
        return found

    def _block(self, block: Statement | Listed | Table | Definitions | Commands | Cards | Pictures) -> Data:
        match block:
            case Statement():
                return {"kind": "statement", **self._statement(block)}
            case Listed():
                items = [self._statement(item) for item in block.items]
                about = self._words(block.about)
                return {"kind": "listed", "about": about, "ordered": block.is_ordered, "items": items}
            case Table():
                self.texts += [
                    block.caption,
                    *block.head,
                    *(cell for row in block.rows for cell in row.cells),
                ]
                return {"kind": "table", **print_table.data(block)}
            case Definitions():
                entries = [(self._words(term), self._words(meaning)) for term, meaning in block.entries]
                return {"kind": "definitions", "code": block.is_code, "entries": entries}
            case Commands():
                return {"kind": "commands", "lines": [self._words(line, _LONG_LINE) for line in block.lines]}
            case Cards():
                return {"kind": "cards", "cards": [self._card(card) for card in block.cards]}
            case Pictures():
                return {"kind": "pictures", "strips": [self._strip(strip) for strip in block.strips]}
            case _:
                assert_never(block)

    def _words(self, text: str, longest: int = LONG) -> str:
        text = plain(text)
        self.texts.append(text)
        return breakable(text, longest)

    def _statement(self, statement: Statement) -> Data:
        text = plain(statement.text)
        self.texts.append(text)
        said = [(is_code, breakable(piece)) for is_code, piece in pieces(text)]
        return {"tone": statement.tone, "pieces": said}

    def _figure(self, figure: Figure) -> Data:
        name = f"figure-{len(self.drawings)}.svg"
        self.drawings[name], width, height = paper.drawing(figure)
        self.texts.append(re.sub(r"<[^>]*>", "", self.drawings[name]))
        return {
            "file": name,
            "width": width,
            "height": height,
            "alt": literal.plain(figure.alt),
            "caption": self._words(figure.caption),
        }

    def _card(self, card: Card) -> Data:
        return {
            "model": self._words(card.model),
            "reading": self._words(card.reading),
            "headline": self._words(card.headline),
            "overall": self._words(card.overall),
            "counts": print_table.counts(card),
        }

    def _strip(self, strip: Strip) -> Data:
        return {
            "title": self._words(f"{strip.title}: {strip.model}"),
            "outlines": self._words(strip.outlines),
            "pictures": [self._picture(picture) for picture in strip.pictures],
        }

    def _picture(self, picture: Picture) -> Data:
        content, ending = paper.picture(picture.uri)
        name = f"picture-{len(self.pictures)}.{ending}"
        self.pictures[name] = content
        return {"file": name, "alt": literal.plain(picture.alt), "caption": self._words(picture.caption)}
