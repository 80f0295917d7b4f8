"""What does the page of two audits say and draw of one model?"""

from collections.abc import Iterator, Sequence

from datatools.fairness.differences.difference_result import (
    AttributeDifference,
    AuditDifference,
    Change,
    GroupDifference,
    ModelDifference,
)
from datatools.fairness.differences.differing import STANDS
from datatools.report import words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.difference_told import EVERYBODY, HOW, Placed, title_of
from datatools.report.outline.cells import estimated
from datatools.report.outline.forests import changes
from datatools.report.outline.pointers import at, figures

_COLOURS = dict(zip(STANDS, STANDS, strict=True)) | {"equivalent": "quiet"}


def section(result: AuditDifference, place: int) -> Section:
    """Tell and draw the changes of the model at a place in the result."""
    model, of = result.differences[place], at("", "differences", place)
    values: list[Placed] = [(EVERYBODY, at(of, "overall"), model.overall)]
    gaps: list[tuple[str, Pointer, GroupDifference, Change]] = []
    for number, attribute in enumerate(model.attributes):
        for line, group in enumerate(attribute.groups):
            name = words.whom(attribute.attribute, group.group)
            pointer = at(of, "attributes", number, "groups", line)
            values.append((name, at(pointer, "value"), group.value))
            if group.gap is not None:  # of two groups the gaps are one
                gaps.append((name, pointer, group, group.gap))
    lead = (
        f"{model.metric}, {words.held_against(model.reading, model.reference_source)}. Everybody: "
        f"{estimated(model.overall.difference, signed=True)}, "
        f"{words.counts(model.overall.difference)} {HOW[model.overall.how]}: {model.overall.verdict}."
    )
    blocks: list[Block] = [
        Statement(text=lead, of=at(of, "overall")),
        *figures(
            _forest(values, result.margin, key=f"c{place}", title=f"Change of {title_of(model)}"),
            "Change of the value, points of 100; open marks are not settled",
            of,
        ),
        _values(values, model),
    ]
    if gaps:
        blocks.append(_gaps(gaps))
    blocks += [
        Statement(text=text, tone="quiet", of=at(of, "attributes", number))
        for number, attribute in enumerate(model.attributes)
        for text in _remarks(attribute)
    ]
    return Section(key=f"model{place}", title=title_of(model), blocks=blocks, is_name=True)


def _values(values: Sequence[Placed], model: ModelDifference) -> Table:
    return Table(
        caption=f"{model.metric} in points of 100, before and after",
        head=("Whom", "Before", "After", "Change", "Over", "p (corrected)", "Verdict"),
        rows=[
            Row(
                cells=(
                    name,
                    estimated(change.before),
                    estimated(change.after),
                    estimated(change.difference, signed=True),
                    f"{words.counts(change.difference)} {HOW[change.how]}",
                    words.p_value(change.p_holm),
                    change.verdict,
                ),
                of=pointer,
            )
            for name, pointer, change in values
        ],
        has_verdict=True,
    )


def _gaps(groups: Sequence[tuple[str, Pointer, GroupDifference, Change]]) -> Table:
    return Table(
        caption="Gaps to the rest in points of 100, and their verdicts, before and after",
        head=(
            "Whom",
            "Gap before",
            "Gap after",
            "Verdict before",
            "Verdict after",
            "Change of the gap",
            "Verdict",
        ),
        rows=[
            Row(
                cells=(
                    name,
                    estimated(gap.before, signed=True),
                    estimated(gap.after, signed=True),
                    group.verdict_before,
                    group.verdict_after,
                    estimated(gap.difference, signed=True),
                    gap.verdict,
                ),
                of=pointer,
            )
            for name, pointer, group, gap in groups
        ],
        has_verdict=True,
    )


def _remarks(attribute: AttributeDifference) -> Iterator[str]:
    name = words.attribute(attribute.attribute)
    if attribute.n_moved:
        yield f"{name}: {words.count(attribute.n_moved, 'person is', 'people are')} in another group now."
    for side, groups in (("first", attribute.only_before), ("second", attribute.only_after)):
        if groups:
            yield f"{name}: shown in the {side} audit alone: {words.listed(groups, most=12)}."


def _forest(values: Sequence[Placed], band: float, *, key: str, title: str) -> str | None:
    found = [(name, change.difference, change.verdict) for name, _, change in values]
    axis = "points higher or lower than before; shaded: the margin"
    return changes(found, band, _COLOURS, key=key, title=title, axis=axis)
