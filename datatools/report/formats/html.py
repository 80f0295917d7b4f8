"""How is an outline written as one page that needs nothing else?

The page makes no request; its policy forbids them. One script of ours makes it sortable and searchable; the
policy names that script's digest and lets no other run. Without it everything is there to be read. Every
word passes through the template's escaping; the only markup let through is the SVG that our plots made.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from datatools.report import blocks, words
from datatools.report.blocks import Block, Cards, Figure, Listed, Outline, Pointer, Section, Statement, Table
from datatools.report.style import css_variables

_TALL_ROWS = 40  # a table of more rows scrolls in a box of its own, under its head
_SHORT_ITEMS, _MOST_ITEMS = 6, 12  # a list shows so many items, and more where they report gaps
_SHORTER_ITEMS, _FEW_LISTS = 3, 3  # where a section has more lists than a few, each shows fewer items
_SHORT_LETTERS = 22  # as many as an interval
_CONTENTS_LEVELS = 3
_MODELS_OPEN = 2

_NUMBER = r"[+−]?\d[\d,]*(?:\.\d+)?%?"
_PLAIN = re.compile(rf"{_NUMBER}|–|< 0\.001")
_RANGED = re.compile(rf"({_NUMBER})( \[{_NUMBER}, {_NUMBER}\])(?: (gap|equivalent|insufficient data))?")
_DIGEST = re.compile(r"[0-9a-f]{16,64}")
_LABEL = re.compile(r'aria-label="[^"]*"')
# Colours of a card's edge and of tags, by the first word of a verdict.
_URGENCY = (
    "gap",
    "worse",
    "harmed",
    "broken",
    "difference",
    "insufficient",
    "equivalent",
    "better",
    "holds",
    "suppressed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What is written together: one block, figures side by side, or a section."""

    kind: str
    block: Block | None = None
    drawn: Sequence[Sequence[Block]] = ()
    section: Section | None = None


def render(outline: Outline) -> str:
    """Give the page as HTML; the same outline gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("datatools.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _template("outline_tables.js") + _template("outline.js")
    environment.filters.update(
        commands=_commands,
        cell=_cell,
        cell_class=_cell_class,
        drawing=_drawing,
        counted=_counted,
        verdict=_verdict,
        kind=_kind,
        more=_more,
        parts=_parts,
        is_list=_is_list,
    )
    page = environment.get_template("outline.html.j2").render(
        outline=outline,
        policy=_policy(script),
        style=Markup(css_variables() + _template("outline.css")),  # noqa: S704  # our own text
        script=Markup(script),  # noqa: S704  # our own text
        anchors=_anchors(outline),
        folded=_folded(outline),
        right=_right_columns,
        shown=_shown,
        tall=_TALL_ROWS,
        levels=_CONTENTS_LEVELS,
    )
    return page.lstrip()  # the template's macros leave lines behind


def _template(name: str) -> str:
    return resources.files("datatools.report").joinpath("templates", name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    """Let our own script and styles run, and nothing else load, run, be sent or make markup of text."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


# -- what stands beside what -----------------------------------------------------------------------


def _parts(section: Section) -> Iterator[_Part]:
    """Give what a section holds, in order: narrow figures side by side, each with its folded table."""
    drawn: list[list[Block]] = []
    for block in section.blocks:
        if isinstance(block, Figure) and not block.is_wide:
            drawn.append([block])
        elif drawn and isinstance(block, Table) and not block.is_open:
            drawn[-1].append(block)
        else:
            if drawn:
                yield _Part(kind="figures", drawn=drawn)
                drawn = []
            yield _Part(kind=_kind(block), block=block)
    if drawn:
        yield _Part(kind="figures", drawn=drawn)
    for inner in section.sections:
        yield _Part(kind="section", section=inner)


def _kind(block: Block) -> str:
    """Name the macro that writes a block."""
    return type(block).__name__.lower()


def _is_list(section: Section) -> bool:
    """Say whether a section is made of statements alone, in no order: they flow in columns."""
    return bool(section.blocks) and all(
        isinstance(one, Listed) and not one.is_ordered for one in section.blocks
    )


def _shown(block: Listed, section: Section) -> int:
    """Count the items that stand open: all gaps among them unless they are very many; never all but one."""
    gaps = [place for place, item in enumerate(block.items, start=1) if item.tone == "gap"]
    n_lists = sum(isinstance(one, Listed) for one in section.blocks)
    n_short = _SHORT_ITEMS if n_lists <= _FEW_LISTS else _SHORTER_ITEMS
    n_shown = max([n_short, *(place for place in gaps if place <= _MOST_ITEMS)])
    return n_shown if n_shown + 1 < len(block.items) else len(block.items)


def _more(items: Sequence[Statement]) -> str:
    """Say what is folded away, and how much of it reports gaps."""
    n_gaps = sum(item.tone == "gap" for item in items)
    text = f"{len(items):,} more"
    return text if not n_gaps else f"{text}, {words.count(n_gaps, 'gap')} among them"


def _anchors(outline: Outline) -> Mapping[Pointer, str]:
    """Give the key of the section that tells of each card's model; cards and sections keep one order."""
    told = [section for section in blocks.walk(outline.sections) if section.is_name]
    found = {}
    for section in blocks.walk(outline.sections):
        for card in (card for one in section.blocks if isinstance(one, Cards) for card in one.cards):
            # A model that was held against several kinds of masks is named with each of them.
            own = [one for one in told if one.title == card.model or one.title.startswith(f"{card.model}, ")]
            if own and card.of:
                told.remove(own[0])
                found[card.of] = own[0].key
    return found


def _folded(outline: Outline) -> frozenset[str]:
    """Give the keys of the models' sections that begin folded: of three and more, all but the first.

    The findings name every model, and their cards lead to each; nobody reads six models from end to end.
    """
    named = [section.key for section in outline.sections if section.is_name]
    return frozenset(named[1:]) if len(named) > _MODELS_OPEN else frozenset()


# -- words and numbers -----------------------------------------------------------------------------


def _commands(text: str) -> Markup:
    """Set commands of ours between backticks as code; everything else stays literal."""
    marked = (
        Markup("<code>{}</code>").format(piece) if is_command else escape(piece)
        for is_command, piece in blocks.pieces(text)
    )
    return Markup("").join(marked)


def _cell(text: str) -> Markup:
    """Write a cell; an interval stands back behind its value."""
    found = _RANGED.fullmatch(text)
    if found is None:
        return escape(text)
    ranged = Markup('{}<span class="range">{}</span>').format(found[1], found[2])
    if found[3] is None:
        return ranged
    return ranged + Markup(' <span class="tag {}">{}</span>').format(_verdict(found[3]), found[3])


def _cell_class(text: str, is_right: bool) -> str:
    """Give a cell's class: numbers and short words do not break, sentences get room, digests break."""
    if is_right:
        return "n r"
    if _DIGEST.fullmatch(text):
        return "mono"
    return "n" if len(text) <= _SHORT_LETTERS or _RANGED.fullmatch(text) else "t"


def _right_columns(table: Table) -> list[bool]:
    """Say which columns hold nothing but plain numbers: they are set flush right, heads too."""
    rows = [row.cells for row in table.rows if not row.is_suppressed]
    found = []
    for place in range(len(table.head)):
        cells = [cells[place] for cells in rows if place < len(cells)]
        is_plain = place > 0 and all(_PLAIN.fullmatch(cell) for cell in cells)
        found.append(is_plain and any(cell != "–" for cell in cells))
    return found


def _drawing(figure: Figure) -> Markup:
    """Give the figure's SVG, which says in words what the figure says."""
    label = escape(figure.alt)
    named = _LABEL.sub(lambda _: f'aria-label="{label}"', figure.drawing, count=1)
    return Markup(named)  # noqa: S704  # svg.render escapes every label


def _verdict(word: str) -> str:
    """Give the class of a verdict's tag: its first word, where that has a colour."""
    first = word.split(" ")[0] if word else ""
    return first if first in _URGENCY else "other"


def _counted(count: tuple[str, int]) -> str:
    word, n = count
    return words.count(n, word) if word == "gap" else f"{n:,} {word}"
