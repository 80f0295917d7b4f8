"""How does an outline become Markdown that GitHub and other renderers show alike?

One file of text, with its drawings beside it. What the page folds away is folded here too, in
``<details>``, which GitHub shows as such and other renderers as plain text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from datatools import literal
from datatools.report.blocks import (
    Block,
    Cards,
    Commands,
    Definitions,
    Figure,
    Listed,
    Outline,
    Pictures,
    Row,
    Section,
    Statement,
    Table,
    pieces,
)
from datatools.report.formats import paper
from datatools.report.formats.print_table import counts, is_number
from datatools.report.gallery import Strip

FOLDER = "figures"  # beside the text
_DEEPEST = 6  # heading that Markdown has


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A report in Markdown."""

    text: str
    figures: dict[str, bytes]  # what it shows, by path beside it: figures/NAME.svg, figures/NAME.jpeg


def render(outline: Outline) -> Rendered:
    """Give the report as Markdown; the same outline gives the same text and the same files."""
    writer = _Writer()
    parts = [
        f"# {literal.markdown(outline.title)}",
        f"**{literal.markdown(outline.headline)}**",
        literal.markdown(outline.about),
        "\n".join(f"- [{literal.markdown(one.title)}](#{one.key})" for one in outline.sections),
        *(part for section in outline.sections for part in writer.section(section, 2)),
    ]
    return Rendered(text="\n\n".join(part for part in parts if part) + "\n", figures=writer.files)


@dataclass(slots=True)
class _Writer:
    """Writes blocks as paragraphs, and gathers the files that they show."""

    files: dict[str, bytes] = field(default_factory=dict)
    section_key: str = ""

    def section(self, section: Section, depth: int) -> Iterator[str]:
        """Write a section as the paragraphs that empty lines part."""
        self.section_key = section.key
        inner = [part for block in section.blocks for part in self._block(block)]
        inner += [part for one in section.sections for part in self.section(one, depth + 1)]
        if section.is_open:
            marks = "#" * min(depth, _DEEPEST)
            yield f'{marks} <a id="{section.key}"></a>{literal.markdown(section.title)}'
            yield from inner
        else:
            yield from _folded(section.title, inner, f' id="{section.key}"')

    def _block(self, block: Block) -> Iterator[str]:
        match block:
            case Statement():
                yield f"**{_said(block.text)}**" if block.tone == "strong" else _said(block.text)
            case Listed():
                if block.about:
                    yield f"**{literal.markdown(block.about)}**"
                yield "\n".join(
                    f"{f'{place}.' if block.is_ordered else '-'} {_said(item.text)}"
                    for place, item in enumerate(block.items, start=1)
                )
            case Table():
                yield from _table(block)
            case Figure():
                path = self._file(paper.on_screen(block).encode(), "svg")
                yield f"![{literal.alternative(block.alt)}]({path})"
                yield f"*{literal.markdown(block.caption)}*"
            case Definitions():
                terms = [_term(term, is_code=block.is_code) for term, _ in block.entries]
                meanings = [literal.inner(literal.plain(meaning)) for _, meaning in block.entries]
                yield "\n".join(f"- {a}: {b}" for a, b in zip(terms, meanings, strict=True))
            case Commands():
                yield literal.block(block.lines)
            case Cards():
                yield from _table(_cards(block))
            case Pictures():
                for strip in block.strips:
                    yield from self._strip(strip)
            case _:
                assert_never(block)

    def _strip(self, strip: Strip) -> Iterator[str]:
        yield f"**{literal.markdown(f'{strip.title}: {strip.model}')}**"
        yield literal.markdown(strip.outlines)
        shown = []
        for picture in strip.pictures:
            path = self._file(*paper.picture(picture.uri))
            shown.append(f"![{literal.alternative(picture.alt)}]({path}) {literal.markdown(picture.caption)}")
        yield "\n".join(f"- {one}" for one in shown) or "No picture could be read."

    def _file(self, content: bytes, ending: str) -> str:
        n_before = sum(path.startswith(f"{FOLDER}/{self.section_key}-") for path in self.files)
        path = f"{FOLDER}/{self.section_key}-{n_before + 1}.{ending}"
        self.files[path] = content
        return path


def _said(text: str) -> str:
    """Write a statement, with commands of ours as code."""
    found = pieces(literal.plain(text))
    parts = [literal.code(part) if is_code else literal.inner(part) for is_code, part in found]
    return literal.opened("".join(parts))


def _term(term: str, *, is_code: bool) -> str:
    return literal.code(term) if is_code else f"**{literal.markdown(term)}**"


def _table(table: Table) -> Iterator[str]:
    columns = list(zip(*(row.cells for row in table.rows if not row.is_suppressed), strict=True))
    right = [all(map(is_number, column)) for column in columns] or [False] * len(table.head)
    lines = [
        _line(table.head),
        "|" + "|".join("---:" if is_right else "---" for is_right in right) + "|",
        *(_line(_cells(row, table), row.seen_at) for row in table.rows),
    ]
    if table.is_open:
        if table.caption:
            yield f"**{literal.markdown(table.caption)}**"
        yield "\n".join(lines)
    else:
        yield from _folded(table.caption, ["\n".join(lines)])


def _cells(row: Row, table: Table) -> Sequence[str]:
    """Give a row's cells; where nothing is shown, the verdict stays under its head."""
    missing = [""] * (len(table.head) - len(row.cells))
    if table.has_verdict and len(row.cells) > 2:
        return [*row.cells[:-1], *missing, row.cells[-1]]
    return [*row.cells, *missing]


def _line(cells: Sequence[str], seen_at: str | None = None) -> str:
    """Write a row; its name leads to an address, where one is given."""
    written = [literal.inner(literal.plain(cell)) for cell in cells]
    if seen_at is not None:
        written[0] = f"[{written[0]}]({seen_at})"
    return "| " + " | ".join(written) + " |"


def _folded(title: str, parts: Sequence[str], attributes: str = "") -> Iterator[str]:
    yield f"<details{attributes}><summary>{literal.html(title)}</summary>"
    yield from parts
    yield "</details>"


def _cards(cards: Cards) -> Table:
    rows = []
    for card in cards.cards:
        verdicts = ", ".join(words for _, words in counts(card))
        rows.append(Row(cells=(card.model, card.reading, card.headline, card.overall, verdicts), of=card.of))
    return Table(caption="", head=("Model", "Reading", "Verdict", "All people", "Comparisons"), rows=rows)
