"""What is told of a model's gaps, raw and adjusted for what was measured?"""

from collections.abc import Sequence

from datatools.fairness.result import AuditResult
from datatools.fairness.why.why_result import AdjustedGap, Adjustment
from datatools.report import plots, words
from datatools.report.blocks import Block, Pointer, Section, Statement, Table
from datatools.report.blocks import Row as TableRow
from datatools.report.outline import pointers
from datatools.report.outline.cells import estimated, some, whole
from datatools.report.outline.pointers import at
from datatools.report.plots import Reference, Row
from datatools.report.verdicts import margin

_PARTS_SHOWN = 3
_MARKS = {"gap": "gap", "equivalent": "equivalent", "insufficient data": "unsure"}  # names of style.LIGHT
_QUESTION = (
    "How much of each gap is left between people who are alike in what was measured? What remains is not "
    "explained by what was measured, and what goes with a condition need not be caused by it."
)

Placed = tuple[Pointer, Adjustment]


def sections(found: Sequence[Placed], audit: AuditResult, *, key: str) -> list[Section]:
    """Give the section with one part for each attribute; none where nothing was tried."""
    compared = [(of, one) for of, one in found if one.groups]
    shared = _shared([one for _, one in compared or found])
    told: list[Block] = [Statement(text=note, tone="quiet", of="/audit/adjustments") for note in shared]
    if not told and not compared:
        return []
    if compared:
        told = [Statement(text=_QUESTION), _standing(compared), *told]
    parts = [
        _part(one, audit, of, shared, key=f"{key}w{number}") for number, (of, one) in enumerate(compared)
    ]
    return [Section(key=f"{key}adjusted", title="Raw and adjusted gaps", blocks=told, sections=parts)]


def _shared(found: Sequence[Adjustment]) -> list[str]:
    """Give the notes on every one of several attributes; those on some stand with these."""
    first = found[0].notes if found else []
    return [note for note in dict.fromkeys(first) if all(note in one.notes for one in found)]


def _standing(compared: Sequence[Placed]) -> Statement:
    named = [
        f"{words.whom(one.attribute, group.group)} ({words.signed_points(group.adjusted.value)})"
        for _, one in compared
        for group in _distinct(one)
        if group.verdict == "gap"
    ]
    after = "after the correction for all adjusted gaps of this audit"
    text = (
        f"Adjusted gaps that stand {after}: {some(named)}." if named else f"No adjusted gap stands {after}."
    )
    return Statement(text=text, of="/audit/adjustments")


def _distinct(one: Adjustment) -> list[AdjustedGap]:
    """Give the groups whose gaps differ: of two, each the other's rest, the lower one."""
    if len(one.groups) != 2 or one.groups[0].verdict != one.groups[1].verdict:
        return one.groups
    return [min(one.groups, key=lambda group: group.adjusted.value or 0.0)]


def _part(one: Adjustment, audit: AuditResult, of: Pointer, shared: Sequence[str], *, key: str) -> Section:
    alike = words.listed([words.attribute(name) for name in one.confounders], most=20)
    text = f"Between people who are alike in {alike}."
    if one.n_left_out:
        people = words.count(one.n_left_out, "person", "people")
        text += f" {people} left out: a condition is unknown of them."
    is_crossed = words.CROSSING in one.attribute
    blocks: list[Block] = [Statement(text=text, tone="quiet", of=of)]
    if not is_crossed:
        drawing = _dumbbells(one, margin(audit), key)
        caption = "Gap to the rest: raw, then adjusted; open marks are not settled"
        blocks += pointers.figures(drawing, caption, of)
    blocks.append(_table(one, of))
    blocks += [
        Statement(text=note, tone="quiet", of=at(of, "notes", place))
        for place, note in enumerate(one.notes)
        if note not in shared
    ]
    title = f"Raw and adjusted, by {words.attribute(one.attribute)}"
    return Section(key=key, title=title, blocks=blocks, is_open=not is_crossed)


def _table(one: Adjustment, of: Pointer) -> Table:
    return Table(
        caption=f"{one.metric}: gap to the rest in points of 100, 95% intervals",
        head=(
            "Group",
            "People",
            "Raw gap",
            "Adjusted gap",
            "Goes with",
            "Between matched people",
            "p (corrected)",
            "Adjusted verdict",
        ),
        rows=[_row(group, one.attribute, at(of, "groups", place)) for place, group in enumerate(one.groups)],
        has_verdict=True,
    )


def _row(group: AdjustedGap, attribute: str, of: Pointer) -> TableRow:
    parts = sorted(group.parts, key=lambda part: -abs(part.explained.value or 0.0))[:_PARTS_SHOWN]
    goes_with = ", ".join(
        f"{words.attribute(part.confounder)} {words.signed_points(part.explained.value)}" for part in parts
    )
    matched = "too few have a match"
    if group.matched is not None:
        n_matched = words.count(group.n_matched or 0, "person", "people")
        matched = f"{estimated(group.matched, signed=True)}, {n_matched}"
    cells = (
        words.group(group.group, attribute),
        whole(group.raw.n_people),
        estimated(group.raw, signed=True),
        estimated(group.adjusted, signed=True),
        goes_with or "–",
        matched,
        words.p_value(group.p_holm),
        group.verdict,
    )
    return TableRow(cells=cells, of=of)


def _dumbbells(one: Adjustment, band: float, key: str) -> str:
    """Draw each group's raw gap above its adjusted one; of too many groups those with the largest gaps."""
    groups = one.groups
    if 2 * len(groups) > plots.MAX_ROWS:
        groups = sorted(groups, key=lambda group: -abs(group.raw.value or 0.0))[: plots.MAX_ROWS // 2]
    rows = []
    for group in groups:
        for word, estimate in (("raw", group.raw), ("adjusted", group.adjusted)):
            is_raw = word == "raw"
            rows.append(
                Row(
                    label=f"{group.group}, {word}",
                    text=estimated(estimate, signed=True),
                    value=estimate.value,
                    low=estimate.low,
                    high=estimate.high,
                    colour="quiet" if is_raw else _MARKS[group.verdict],
                    is_open=is_raw or group.verdict == "insufficient data",
                )
            )
    reference = Reference(
        value=0.0, half_width=band, label="points above or below the rest; shaded: the margin"
    )
    told = "; ".join(f"{row.label} {row.text}" for row in rows)
    title = f"Raw and adjusted gaps by {words.attribute(one.attribute)}: {told}"
    return plots.forest(rows, reference, key=key, title=title, signed=True)
