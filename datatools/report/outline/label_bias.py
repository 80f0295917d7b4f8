"""What is told of the masks' own bias: do they err in one direction for some groups?"""

from datatools.fairness.chain.chain_result import LabelBias
from datatools.fairness.result import AuditResult
from datatools.report import words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.outline.cells import HIDDEN, counted, some
from datatools.report.outline.chain import name_of, plain
from datatools.report.outline.pointers import at


def sections(audit: AuditResult) -> list[Section]:
    """Give the section on directions; none where masks were not held against others."""
    if not audit.label_bias:
        return []
    parts = [
        _part(one, at("/audit/label_bias", place), f"masks{place}")
        for place, one in enumerate(audit.label_bias)
    ]
    lead = Statement(
        text="A mask that takes too much of one group and too little of another can score alike for both. "
        "Here direction is measured: what masks take or leave out beside other masks of the same pictures."
    )
    title = "Do the masks err in one direction?"
    return [Section(key="masks", title=title, blocks=[lead], sections=parts)]


def _part(one: LabelBias, of: Pointer, key: str) -> Section:
    standing = [group for group, compared in one.groups.items() if compared.verdict == "gap"]
    said = f"It differs for {some(standing)}." if standing else "No group is shown to differ."
    text = f"{one.definition} Held against {one.consensus} masks. {said} {words.said_by(one.answered_by)}"
    unit = "px" if one.unit == "px" else "points of 100"
    blocks: list[Block] = [
        Statement(text=text.strip(), of=of),
        Table(
            caption=f"In {unit}, 95% intervals",
            head=("Group", "Value", "Images", "People", "Gap to the rest", "p (corrected)", "Verdict"),
            rows=[_row(one, group, of) for group in one.values],
            has_verdict=True,
        ),
    ]
    title = f"Masks from {one.mask_source}, {name_of(one.measure)}, by {words.attribute(one.attribute)}"
    return Section(key=key, title=title, blocks=blocks, is_open=bool(standing))


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
