"""What is told of the way from photograph to student: where are groups lost, or served worse?

Shares, accuracy and agreement never share a column or a plot: each reading has its own.
"""

from collections.abc import Sequence

from datatools.fairness.chain.chain_result import Chain, Step, Transfer
from datatools.fairness.estimates import AttributeAudit, Estimate, Group, Interval
from datatools.fairness.result import AuditResult
from datatools.report import plots, words
from datatools.report.blocks import Block, Pointer, Section, Statement, Table
from datatools.report.blocks import Row as TableRow
from datatools.report.outline import pointers
from datatools.report.outline.cells import HIDDEN, capital, counted, estimated, some
from datatools.report.outline.pointers import at
from datatools.report.plots import Reference, Row
from datatools.report.verdicts import margin

_OF = "/audit/chain"
_READINGS = ("share", "accuracy", "agreement")
_GAIN = "refinement_gain"
_MOST_COLUMNS = 8  # groups beside each other in one table

Placed = tuple[Pointer, Step]


def sections(audit: AuditResult) -> list[Section]:
    """Give the section on the chain; none where it was not followed."""
    found = audit.chain
    if found is None or not found.steps:
        return []
    placed = [(at(_OF, "steps", place), step) for place, step in enumerate(found.steps)]
    blocks: list[Block] = [_standing(found), *_notes(found), *_everybody(placed)]
    names = dict.fromkeys(one.attribute for step in found.steps for one in step.attributes)
    single = [name for name in names if words.CROSSING not in name]
    parts = [_by_group(name, placed, margin(audit), f"chain{n}") for n, name in enumerate(single)]
    parts += [_step(step, of, f"step{n}") for n, (of, step) in enumerate(placed) if step.attributes]
    parts += _transfers(found.transfers)
    return [Section(key="chain", title="From photograph to student", blocks=blocks, sections=parts)]


def name_of(step: str) -> str:
    """Write a step's name, or a measure's, for reading."""
    return step.replace("_", " ").replace(":", ": ")


def _standing(found: Chain) -> Statement:
    standing = [
        f"{name_of(step.step)}, {words.whom(attribute.attribute, group.group)} "
        f"({words.signed_points(group.comparison.gap.value)})"
        for step in found.steps
        for attribute in step.attributes
        if words.CROSSING not in attribute.attribute
        for group in attribute.distinct_groups
        if group.comparison.verdict == "gap"
    ]
    said = f"Gaps that stand: {some(standing)}." if standing else "No step shows a gap."
    comparisons = words.count(found.n_comparisons, "comparison")
    return Statement(text=f"{comparisons} of all steps are corrected together. {said}", of=_OF)


def _notes(found: Chain) -> list[Statement]:
    return [
        Statement(text=note, tone="quiet", of=at(_OF, "notes", place))
        for place, note in enumerate(found.notes)
    ]


def _everybody(placed: Sequence[Placed]) -> list[Table]:
    found = []
    for reading in _READINGS:
        rows = [
            TableRow(
                cells=(
                    name_of(step.step),
                    step.definition,
                    *_held_against(step),
                    _value(step, step.overall),
                    *counted(step.overall),
                ),
                of=of,
            )
            for of, step in placed
            if step.reading == reading
        ]
        if rows:
            against = () if reading == "share" else ("Held against",)
            caption = f"Every step, everybody: {reading} in points of 100, 95% intervals"
            head = ("Step", "What it is", *against, "Value", "Images", "People")
            found.append(Table(caption=caption, head=head, rows=rows))
    return found


def _value(step: Step, estimate: Estimate) -> str:
    """Write a step's value; a gain is a difference and has a sign."""
    return estimated(estimate, signed=step.step == _GAIN)


def _held_against(step: Step) -> tuple[str, ...]:
    source = step.reference_source
    if step.reading == "share":
        return ()
    return ("–" if source is None else words.reference(source),)


def _by_group(attribute: str, placed: Sequence[Placed], band: float, key: str) -> Section:
    """Give one attribute's way through all steps: gaps drawn, values in a table, by reading."""
    blocks: list[Block] = []
    for reading in _READINGS:
        found = [
            (at(of, "attributes", place), step, one)
            for of, step in placed
            for place, one in enumerate(step.attributes)
            if one.attribute == attribute and step.reading == reading
        ]
        if found:
            drawing = _gaps(found, band, f"{key}{reading[:2]}", f"{capital(reading)} by {attribute}")
            caption = f"{capital(reading)}: the group furthest below the rest at each step; open: not settled"
            # A figure of several steps: their list holds all its numbers.
            blocks += pointers.figures(drawing, caption, at(_OF, "steps"))
            blocks += _values(found, reading)
    return Section(key=key, title=f"Step by step, by {words.attribute(attribute)}", blocks=blocks)


def _gaps(
    found: Sequence[tuple[Pointer, Step, AttributeAudit]], band: float, key: str, title: str
) -> str | None:
    rows = [
        Row(
            label=f"{name_of(step.step)}: {group.group}",
            text=estimated(group.comparison.gap, signed=True),
            value=group.comparison.gap.value,
            low=group.comparison.gap.low,
            high=group.comparison.gap.high,
            colour="gap" if group.comparison.verdict == "gap" else "quiet",
            is_open=group.comparison.verdict == "insufficient data",
        )
        for _, step, attribute in found[: plots.MAX_ROWS]
        if (group := _lowest(attribute)) is not None
    ]
    if not rows:
        return None
    label = "points above or below the rest; shaded: the margin"
    told = "; ".join(f"{row.label} {row.text}" for row in rows)
    reference = Reference(value=0.0, half_width=band, label=label)
    return plots.forest(rows, reference, key=key, title=f"{title}: {told}", signed=True)


def _lowest(attribute: AttributeAudit) -> Group | None:
    found = [(gap, group) for group in attribute.groups if (gap := group.comparison.gap.value) is not None]
    return min(found, key=lambda item: item[0])[1] if found else None


def _values(found: Sequence[tuple[Pointer, Step, AttributeAudit]], reading: str) -> list[Table]:
    names = list(dict.fromkeys(group.group for _, _, one in found for group in one.groups))
    if len(names) > _MOST_COLUMNS:
        return []
    rows = []
    for of, step, one in found:
        by_name = {group.group: group for group in one.groups}
        cells = [_value(step, by_name[name].estimate) if name in by_name else "–" for name in names]
        rows.append(TableRow(cells=(name_of(step.step), *cells), of=of))
    caption = f"{capital(reading)} of each group at each step, in points of 100, 95% intervals"
    return [Table(caption=caption, head=("Step", *names), rows=rows)]


def _step(step: Step, of: Pointer, key: str) -> Section:
    held = "" if step.reference_source is None else f", {words.reference(step.reference_source)}"
    rows = []
    for place, attribute in enumerate(step.attributes):
        for line, group in enumerate(attribute.groups):
            here = at(of, "attributes", place, "groups", line)
            name = words.whom(attribute.attribute, group.group)
            compared = group.comparison
            if compared.verdict == "suppressed":
                cells: tuple[str, ...] = (name, HIDDEN, compared.verdict)
                rows.append(TableRow(cells=cells, of=here, is_suppressed=True))
                continue
            cells = (
                name,
                _value(step, group.estimate),
                *counted(group.estimate),
                estimated(compared.gap, signed=True),
                words.p_value(compared.p_holm),
                compared.verdict,
            )
            rows.append(TableRow(cells=cells, of=here))
    table = Table(
        caption=f"{step.definition} In points of 100, 95% intervals",
        head=("Group", "Value", "Images", "People", "Gap to the rest", "p (corrected)", "Verdict"),
        rows=rows,
        has_verdict=True,
    )
    title = f"Step {name_of(step.step)}, by group ({step.reading}{held})"
    return Section(key=key, title=title, blocks=[table], is_open=False)


def _transfers(found: Sequence[Transfer]) -> list[Section]:
    """Give a section for each teacher and student, with all attributes."""
    by_pair: dict[tuple[str, str], list[Block]] = {}
    for place, one in enumerate(found):
        blocks = by_pair.setdefault((one.teacher, one.student), [])
        blocks += _transfer(one, at(_OF, "transfers", place))
    return [
        Section(key=f"transfer{n}", title=f"From {teacher} to {student}", blocks=blocks, is_open=False)
        for n, ((teacher, student), blocks) in enumerate(by_pair.items())
    ]


def _transfer(one: Transfer, of: Pointer) -> list[Block]:
    slope, alike = one.slope, one.correlation
    rows = [
        TableRow(cells=(words.group(group, one.attribute), estimated(carried, signed=True)), of=of)
        for group, carried in zip(one.groups, one.carried, strict=True)
    ]
    for name, told, part in (
        ("Student's gap for each point of the teacher's", _plain(slope), "slope"),
        ("Correlation of their errors within groups", _plain(alike), "correlation"),
    ):
        rows.append(TableRow(cells=(name, told), of=at(of, part)))
    by = words.attribute(one.attribute)
    both = f"{words.count(one.n_images, 'image')} of {words.count(one.n_people, 'person', 'people')}"
    text = (
        f"By {by}: {one.sentence} Of {both} that both were scored on; accuracy against "
        f"{words.reference(one.reference_source)}."
    )
    caption = f"The part of the student's gap by {by} that goes with the teacher's error, in points of 100"
    head = ("Group", "Goes with the teacher's error")
    return [Statement(text=text, of=of), Table(caption=caption, head=head, rows=rows)]


def _plain(found: Interval) -> str:
    return plain(found.value, found.low, found.high)


def plain(value: float | None, low: float | None, high: float | None) -> str:
    """Write a number that is no share with its interval."""
    if value is None:
        return "–"
    ends = "" if low is None or high is None else f" [{words.number(low, 2)}, {words.number(high, 2)}]"
    return f"{words.number(value, 2)}{ends}"
