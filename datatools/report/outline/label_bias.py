"""What is told of the masks' own bias: do they err in one direction for some groups?"""

from collections.abc import Sequence

from datatools.fairness.chain.chain_result import LabelBias
from datatools.fairness.result import AuditResult
from datatools.report import words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.outline.cells import HIDDEN, capital, counted, some
from datatools.report.outline.chain import name_of, plain
from datatools.report.outline.pointers import at

Placed = tuple[Pointer, LabelBias]


def sections(audit: AuditResult) -> list[Section]:
    """Give the section on directions; none where masks were not held against others."""
    if not audit.label_bias:
        return []
    by_subject: dict[tuple[str, str], list[Placed]] = {}
    for place, one in enumerate(audit.label_bias):
        of = at("/audit/label_bias", place)
        by_subject.setdefault((one.mask_source, one.attribute), []).append((of, one))
    parts = [_part(found, f"masks{number}") for number, found in enumerate(by_subject.values())]
    lead = Statement(
        text="A mask that takes too much of one group and too little of another can score alike for both. "
        "Here direction is measured: what masks take or leave out beside other masks of the same pictures."
    )
    title = "Do the masks err in one direction?"
    return [Section(key="masks", title=title, blocks=[lead], sections=parts)]


def _part(found: Sequence[Placed], key: str) -> Section:
    """Tell all measures of one kind of masks by the groups of one attribute."""
    _, first = found[0]
    blocks: list[Block] = []
    told = words.said_by(first.answered_by)
    if told:
        blocks.append(Statement(text=told, tone="quiet"))
    for of, one in found:
        blocks += _measure(one, of)
    title = f"Masks from {first.mask_source}, by {words.attribute(first.attribute)}"
    return Section(key=key, title=title, blocks=blocks, is_open=any(_standing(one) for _, one in found))


def _standing(one: LabelBias) -> list[str]:
    return [group for group, compared in one.groups.items() if compared.verdict == "gap"]


def _measure(one: LabelBias, of: Pointer) -> list[Block]:
    standing = _standing(one)
    said = f"It differs for {some(standing)}." if standing else "No group is shown to differ."
    name = capital(name_of(one.measure.removesuffix("_px")))
    unit = "px" if one.unit == "px" else "points of 100"
    text = f"{name}: {one.definition} Held against {one.consensus} masks. {said}"
    return [
        Statement(text=text, of=of),
        Table(
            caption=f"{name} in {unit}, 95% intervals",
            head=("Group", "Value", "Images", "People", "Gap to the rest", "p (corrected)", "Verdict"),
            rows=[_row(one, group, of) for group in one.values],
            has_verdict=True,
        ),
    ]


def _row(one: LabelBias, group: str, of: Pointer) -> Row:
    def told(value: float | None, low: float | None, high: float | None) -> str:
        if one.unit == "px":
            return plain(value, low, high)
        if value is None:
            return "–"
        return f"{words.signed_points(value)} {words.interval(low, high, signed=True)}"

    value, compared = one.values[group], one.groups[group]
    name = words.group(group, one.attribute)
    if compared.verdict == "suppressed":
        return Row(cells=(name, HIDDEN, compared.verdict), of=of, is_suppressed=True)
    cells = (
        name,
        told(value.value, value.low, value.high),
        *counted(value),
        told(compared.gap.value, compared.gap.low, compared.gap.high),
        words.p_value(compared.p_holm),
        compared.verdict,
    )
    return Row(cells=cells, of=of)
