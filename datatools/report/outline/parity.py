"""What is told of the factory itself: are the masks of some people dropped, or worse, more often?"""

from collections.abc import Sequence

from datatools.report import words
from datatools.report.blocks import Block, Listed, Pointer, Row, Section, Statement, Table
from datatools.report.outline import pointers
from datatools.report.outline.cells import HIDDEN, counted, estimated
from datatools.report.outline.pointers import at
from datatools.report.parity import MOST_DRAWN, ParityFact, ParityGroup, gaps_figure, gaps_that_stand

_LEAD = (
    "Are the masks of some people dropped, or worse, more often than those of others? Compared by "
    "`datatools check` over every picture it judged, all comparisons corrected together (Holm). Gaps are "
    "raw: groups may also differ in light, pose or background, and bands measured in the pictures depend on "
    "the light."
)
_MOST_SAID = 6
_NONE = "No gap stands after correction; that is no proof that there is none."


def sections(facts: Sequence[ParityFact]) -> list[Section]:
    """Give the section on parity; none where nothing could be compared."""
    if not facts:
        return []
    blocks: list[Block] = [Statement(text=_LEAD)]
    if not gaps_that_stand(facts):
        blocks.append(Statement(text=_NONE))
    parts = [_outcome(fact, at("/facts/parity", n), f"f{n}") for n, fact in enumerate(facts)]
    return [Section(key="parity", title="Parity of the factory", blocks=blocks, sections=parts)]


def _outcome(fact: ParityFact, of: Pointer, key: str) -> Section:
    text = fact.definition
    if fact.reference_source:
        text += f" Measured against {words.reference(fact.reference_source)}."
    text += f" All: {estimated(fact.overall)} points of 100, {words.counts(fact.overall)}."
    caption = f"{fact.title}: gap to the rest; open marks are not settled"
    if len(fact.groups) > MOST_DRAWN:
        caption += "; of many groups those with the largest gaps"
    blocks: list[Block] = [
        Statement(text=text, tone="quiet", of=of),
        *_standing(fact, of),
        *pointers.figures(gaps_figure(fact, key=key), caption, of),
        _table(fact, of),
    ]
    return Section(key=f"parity{key}", title=fact.title, blocks=blocks)


def _standing(fact: ParityFact, of: Pointer) -> list[Block]:
    """Say which gaps stand, the largest first; of many the rest is left to the table."""
    said = gaps_that_stand([fact])
    items = [Statement(text=text, tone="gap", of=of) for text in said[:_MOST_SAID]]
    if len(said) > _MOST_SAID:
        items.append(Statement(text="More gaps stand: the table has all.", tone="gap"))
    return [Listed(items=items)] if items else []


def _table(fact: ParityFact, of: Pointer) -> Table:
    return Table(
        caption=f"{fact.title} in points of 100, 95% intervals. Gap: the group minus the rest.",
        head=(
            "Group",
            "Value",
            "Images",
            "People",
            "Gap to the rest",
            "p (corrected)",
            "Detectable gap",
            "Groups come from",
            "Verdict",
        ),
        rows=[_row(group, at(of, "groups", place)) for place, group in enumerate(fact.groups)],
        has_verdict=True,
        is_open=False,
    )


def _row(group: ParityGroup, of: Pointer) -> Row:
    if group.verdict == "suppressed":
        return Row(cells=(group.name, HIDDEN, group.verdict), of=of, is_suppressed=True)
    cells = (
        group.name,
        estimated(group.estimate),
        *counted(group.estimate),
        estimated(group.gap, signed=True),
        words.p_value(group.p_holm),
        words.points(group.detectable_gap),
        ", ".join(group.answered_by).replace("_", " "),
        group.verdict,
    )
    return Row(cells=cells, of=of)
