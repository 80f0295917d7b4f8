"""What is told of a composition audit: who is there, what gives groups away, whom to collect next?"""

from collections.abc import Iterator

from datatools.fairness.composition.composition_result import (
    CompositionAudit,
    Headcount,
    MaskDifference,
    NuisanceTest,
    Purchase,
    ReferenceTest,
)
from datatools.report import composition, words
from datatools.report.blocks import Block, Listed, Row, Section, Statement, Table
from datatools.report.facts import ReportFacts
from datatools.report.outline import pointers
from datatools.report.outline.cells import HIDDEN, ranged, whole
from datatools.report.outline.pointers import at

_OF = "/facts/composition"
_READINGS = {
    "accuracy": "their accuracy was measured",
    "agreement": "their agreement was measured, not their accuracy",
    "assumed": "it was assumed, since no model was scored",
}


def sections(facts: ReportFacts) -> list[Section]:
    """Give the composition audit and the shopping list; nothing where the stage has not run."""
    audit = facts.composition
    if audit is None:
        return []
    lead = (
        f"By `datatools composition`, over {words.count(audit.n_people, 'person', 'people')}. What "
        "background and camera tell is a test of the data set: nobody was classified, and no predictor was "
        "kept."
    )
    if facts.composition_changed:
        lead += f" Made before these changed: {', '.join(facts.composition_changed)}."
    told = [
        Statement(text=text, of=at("/facts/composition_told", place))
        for place, text in enumerate(facts.composition_told)
    ]
    notes = [
        Statement(text=text, tone="limit", of=at(_OF, "notes", place))
        for place, text in enumerate(audit.notes)
    ]
    blocks: list[Block] = [Statement(text=lead, tone="quiet", of="/facts")]
    if told or notes:
        blocks.append(Listed(items=[*told, *notes]))
    parts = [_reference(audit), _people(audit), _nuisances(audit), _masks(audit)]
    return [
        Section(
            key="madeof",
            title="Composition audit",
            blocks=blocks,
            sections=[part for part in parts if part.blocks],
        ),
        *_shopping(audit),
    ]


def _drawn(audit: CompositionAudit, part: str) -> list[Block]:
    """Give the figures of one part of the audit."""
    found: list[Block] = []
    for of, caption, drawing in composition.drawings(audit, prefix="ca"):
        if of.startswith(f"/{part}"):
            is_wide = part == "headcounts"
            found += pointers.figures(drawing, caption, _OF + of, is_wide=is_wide)
    return found


def _reference(audit: CompositionAudit) -> Section:
    tables = [_beside(test, at(_OF, "references", n)) for n, test in enumerate(audit.references)]
    return Section(
        key="reference",
        title="Beside the reference population",
        blocks=[*_drawn(audit, "references"), *tables],
    )


def _beside(test: ReferenceTest, of: str) -> Table:
    rows = []
    for place, group in enumerate(test.groups):
        here = at(of, "groups", place)
        if group.share is None:
            rows.append(Row(cells=(group.group, HIDDEN, group.verdict), of=here, is_suppressed=True))
            continue
        ratio = "–" if group.ratio.value is None else f"{group.ratio.value:.2f}"
        cells = (
            group.group,
            f"{words.points(group.share)}%",
            f"{words.points(group.reference_share)}%",
            ranged(group.difference, signed=True),
            ratio,
            words.p_value(group.p_holm),
            group.verdict,
        )
        rows.append(Row(cells=cells, of=here))
    return Table(
        caption=f"{words.attribute(test.attribute)} beside the reference population, people; {test.source}",
        head=("Group", "Here", "Reference", "Difference", "Times", "p (corrected)", "Verdict"),
        rows=rows,
        has_verdict=True,
    )


def _people(audit: CompositionAudit) -> Section:
    tables = [_headcount(head, at(_OF, "headcounts", n)) for n, head in enumerate(audit.headcounts)]
    return Section(
        key="headcounts",
        title="People in each group and crossing",
        blocks=[*_drawn(audit, "headcounts"), *tables],
        is_open=False,
    )


def _headcount(head: Headcount, of: str) -> Table:
    rows = []
    for place, found in enumerate(head.groups):
        name, here = words.group(found.group, head.attribute), at(of, "groups", place)
        if found.n_people is None:
            rows.append(Row(cells=(name, HIDDEN), of=here, is_suppressed=True))
            continue
        share = f"{words.points(found.share)}% {words.interval(found.low, found.high)}"
        rows.append(Row(cells=(name, whole(found.n_people), whole(found.n_images), share), of=here))
    for place, empty in enumerate(head.empty):
        cells = (words.group(empty, head.attribute), "nobody")
        rows.append(Row(cells=cells, of=at(of, "empty", place), is_suppressed=True))
    caption = f"People by {words.attribute(head.attribute)}, with 95% Wilson interval"
    return Table(caption=caption, head=("Group", "People", "Pictures", "Share"), rows=rows, is_open=False)


def _nuisances(audit: CompositionAudit) -> Section:
    blocks = _drawn(audit, "nuisances")
    if audit.nuisances:
        rows = [_told_from(test, at(_OF, "nuisances", n)) for n, test in enumerate(audit.nuisances)]
        head = ("Attribute", "Told from", "AUC", "By chance", "People", "p (corrected)", "Verdict")
        caption = "How well an attribute is told without the person, AUC in points of 100, 95% intervals"
        blocks.append(Table(caption=caption, head=head, rows=rows, has_verdict=True))
    return Section(key="nuisances", title="What background and camera give away", blocks=blocks)


def _told_from(test: NuisanceTest, of: str) -> Row:
    cells = (
        words.attribute(test.attribute),
        test.nuisances,
        ranged(test.auc),
        words.points(test.expected_auc),
        whole(test.n_people),
        words.p_value(test.p_holm),
        test.verdict,
    )
    return Row(cells=cells, of=of)


def _masks(audit: CompositionAudit) -> Section:
    blocks = _drawn(audit, "masks")
    for number, found in enumerate(audit.masks):
        rows = list(_mask_rows(found, at(_OF, "masks", number)))
        caption = (
            f"{words.attribute(found.measure)} of {found.mask_source} masks, in its own unit, 95% intervals"
        )
        head = ("Group", "Mean", "People", "Difference from the rest", "p (corrected)", "Verdict")
        blocks.append(Table(caption=caption, head=head, rows=rows, has_verdict=True, is_open=False))
    return Section(key="maskshapes", title="Shape of the masks by group", blocks=blocks, is_open=False)


def _mask_rows(found: MaskDifference, of: str) -> Iterator[Row]:
    for place, attribute in enumerate(found.attributes):
        for line, group in enumerate(attribute.groups):
            here = at(of, "attributes", place, "groups", line)
            name, gap = words.whom(attribute.attribute, group.group), group.comparison.gap
            if group.estimate.value is None or gap.value is None:
                yield Row(cells=(name, HIDDEN, group.comparison.verdict), of=here, is_suppressed=True)
                continue
            ends = ""
            if gap.low is not None and gap.high is not None:
                ends = f" [{_signed(gap.low)}, {_signed(gap.high)}]"
            cells = (
                name,
                f"{group.estimate.value:.3g}".replace("-", words.MINUS),
                whole(group.estimate.n_people),
                f"{_signed(gap.value)}{ends}",
                words.p_value(group.comparison.p_holm),
                group.comparison.verdict,
            )
            yield Row(cells=cells, of=here)


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", words.MINUS)


def _shopping(audit: CompositionAudit) -> list[Section]:
    plan = audit.shopping
    if not plan.purchases:
        return []
    text = (
        f"So that a gap of {words.points(plan.gap)} points can be found in each group. People differ by "
        f"{words.points(plan.sd)} points from one another (standard deviation; {_READINGS[plan.reading]})."
    )
    rows = [
        Row(cells=_line(line), of=at(_OF, "shopping", "purchases", place))
        for place, line in enumerate(plan.purchases)
    ]
    table = Table(
        caption="People to collect, what helps most for each person first",
        head=("Who", "People", "Narrowing for each person, points of IoU"),
        rows=rows,
    )
    lead = Statement(text=text, tone="quiet", of=at(_OF, "shopping"))
    return [Section(key="shopping", title="Whom to collect next", blocks=[lead, table])]


def _line(line: Purchase) -> tuple[str, str, str]:
    narrowing = "–" if line.narrowing_per_person is None else f"{100 * line.narrowing_per_person:.2f}"
    return words.whom(line.attribute, line.group), whole(line.n_to_collect), narrowing
