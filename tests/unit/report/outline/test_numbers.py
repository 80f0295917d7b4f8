"""Is every number of an outline one of report.json, at the place that its block points at?"""

from collections.abc import Iterator

import pytest

from datatools.report import outline
from datatools.report.blocks import (
    Block,
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
    walk,
)
from datatools.report.document import Report
from tests.unit.report import rich
from tests.unit.report.numbers import Document, resolve

Told = tuple[str, str]  # a text, and where its numbers stand


@pytest.fixture(scope="module")
def report() -> Report:
    """Give a report with every section filled."""
    return rich.report()


@pytest.fixture(scope="module")
def made(report: Report) -> Outline:
    """Give its outline."""
    return outline.of(report)


@pytest.fixture(scope="module")
def document(report: Report) -> Document:
    """Give report.json as a program reads it."""
    return Document(report.model_dump_json())


def texts(section: Section) -> Iterator[Told]:
    """Give every text of a section's own blocks with its pointer."""
    for block in section.blocks:
        yield from _of_block(block)


def _of_block(block: Block) -> Iterator[Told]:
    match block:
        case Statement():
            yield block.text, block.of
        case Listed():
            yield from ((item.text, item.of) for item in block.items)
        case Table():
            yield from ((cell, row.of) for row in block.rows for cell in row.cells)
        case Figure():
            yield block.alt, block.of
        case Definitions():
            yield from ((text, block.of) for _, text in block.entries)
        case Cards():
            for card in block.cards:
                yield from ((text, card.of) for text in (card.reading, card.headline, card.overall))
                yield from ((str(n), card.of) for _, n in card.counts)
        case Commands():
            yield from ((line, "/facts/runs") for line in block.lines)
        case Pictures():
            return


def test_pointers_point_at_something(made: Outline, document: Document) -> None:
    """Every block and every row names a place that is there."""
    for section in walk(made.sections):
        for _, of in texts(section):
            resolve(document.whole, of)


def test_numbers_are_those_that_are_pointed_at(made: Outline, document: Document) -> None:
    """What stands in a cell, sentence or figure is a form of a number in the object it points at."""
    wrong = {
        (section.key, of, text): found
        for section in walk(made.sections)
        for text, of in texts(section)
        if (found := document.unfounded(text, of))
    }
    assert wrong == {}


def test_captions_and_titles_have_no_number_of_their_own(made: Outline, document: Document) -> None:
    """What stands above tables and sections is in report.json too."""
    words = [made.headline, made.about]
    for section in walk(made.sections):
        words.append(section.title)
        for block in section.blocks:
            if isinstance(block, Table):
                words += [block.caption, *block.head]
            elif isinstance(block, Figure):
                words.append(block.caption)
    assert {text: found for text in words if (found := document.unfounded(text, ""))} == {}


def test_a_wrong_number_is_found(document: Document) -> None:
    """The check itself sees a value that differs in its last digit, and one of another group."""
    of = "/audit/models/0/attributes/0/groups/0"
    assert document.unfounded("94.2 [93.6, 94.8]", of) == []
    assert document.unfounded("94.3 [93.6, 94.8]", of) == ["94.3"]


def test_tables_have_as_many_cells_as_heads(made: Outline) -> None:
    """Rows fit their heads, but for those that say why nothing is shown."""
    for section in walk(made.sections):
        for block in section.blocks:
            if isinstance(block, Table):
                lengths = {len(row.cells) for row in block.rows if not row.is_suppressed}
                assert lengths <= {len(block.head)}, block.caption


def test_keys_are_unique_and_plain(made: Outline) -> None:
    """A section's key serves as an address everywhere."""
    keys = [section.key for section in walk(made.sections)]
    assert len(keys) == len(set(keys))
    assert all(key.isalnum() and key.isascii() for key in keys)
