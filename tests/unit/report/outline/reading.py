"""Find sections, tables and sentences in an outline."""

from collections.abc import Sequence

from datatools.report.blocks import Figure, Listed, Section, Statement, Table, walk


def find(sections: Sequence[Section], key: str) -> Section:
    """Give the one section of a key."""
    (found,) = (section for section in walk(sections) if section.key == key)
    return found


def tables(section: Section) -> list[Table]:
    """Give a section's own tables."""
    return [block for block in section.blocks if isinstance(block, Table)]


def figures(section: Section) -> list[Figure]:
    """Give a section's own figures."""
    return [block for block in section.blocks if isinstance(block, Figure)]


def said(section: Section) -> list[str]:
    """Give the sentences of a section's own blocks, those of lists too."""
    found: list[str] = []
    for block in section.blocks:
        if isinstance(block, Statement):
            found.append(block.text)
        elif isinstance(block, Listed):
            found += [item.text for item in block.items]
    return found


def cells(table: Table) -> list[Sequence[str]]:
    """Give a table's rows as cells."""
    return [row.cells for row in table.rows]
