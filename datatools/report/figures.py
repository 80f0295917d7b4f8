"""Which rows of an audit go into which figure?

The bridge between typed results and plots: names, words, colours. Every figure's numbers also stand in
a table on the page.
"""

from collections.abc import Callable, Sequence

from datatools.fairness.estimates import AttributeAudit, Estimate, Group
from datatools.fairness.result import AuditResult, Composition, Proportion
from datatools.report import plots, words
from datatools.report.facts import Reason, Step
from datatools.report.plots import Cell, Reference, Row
from datatools.report.style import group_colours

_MOST_COLUMNS = 12  # of a heat map: more would be too small to read on paper
Colours = dict[str, dict[str, str]]  # by attribute, then by group


def colours(audit: AuditResult) -> Colours:
    """Give each group of each attribute one colour, for every figure of the page."""
    groups: dict[str, set[str]] = {}
    for table in audit.composition:
        groups.setdefault(table.attribute, set()).update(row.group for row in table.people)
    for model in audit.models:
        for attribute in model.attributes:
            groups.setdefault(attribute.attribute, set()).update(group.group for group in attribute.groups)
    return {
        # Crossings have too many groups for colours to tell apart.
        name: dict.fromkeys(found, "quiet") if words.CROSSING in name else group_colours(found)
        for name, found in groups.items()
    }


def _n(estimate: Estimate) -> str:
    if estimate.n_images is None or estimate.n_people is None:
        return "too few people"
    people = words.count(estimate.n_people, "person", "people")
    return f"{words.count(estimate.n_images, 'image')}, {people}"


def values(attribute: AttributeAudit, overall: Estimate | None, tints: Colours, *, key: str) -> str | None:
    """Draw each group's value; None where no group may be shown."""
    rows = [
        Row(
            label=group.group,
            text=f"{words.with_interval(group.estimate)} · {_n(group.estimate)}",
            value=group.estimate.value,
            low=group.estimate.low,
            high=group.estimate.high,
            colour=tints[attribute.attribute][group.group],
            is_open=group.comparison.verdict == "insufficient data",
        )
        for group in _shown(attribute, lambda group: group.estimate.value)
    ]
    known = [row.value for row in rows if row.value is not None]
    if not known:
        return None
    has_overall = overall is not None and overall.value is not None
    line = overall.value if overall is not None and overall.value is not None else sum(known) / len(known)
    of_whom = "all people" if has_overall else "mean of these groups"
    label = f"{attribute.metric}; line: {of_whom}"
    title = f"{attribute.metric} by {words.attribute(attribute.attribute)}: {_told(rows)}"
    return plots.forest(rows, Reference(value=line, label=label), key=key, title=title)


def gaps(attribute: AttributeAudit, margin: float, tints: Colours, *, key: str) -> str | None:
    """Draw each group's gap to the rest, with the band that counts as the same."""
    rows = [
        Row(
            label=group.group,
            text=f"{words.with_interval(group.comparison.gap, signed=True)} · {group.comparison.verdict}",
            value=group.comparison.gap.value,
            low=group.comparison.gap.low,
            high=group.comparison.gap.high,
            colour=tints[attribute.attribute][group.group],
            is_open=group.comparison.verdict == "insufficient data",
        )
        for group in _shown(attribute, lambda group: group.comparison.gap.value)
    ]
    if not rows:
        return None
    label = f"points above or below the rest; shaded: the margin, {words.points(margin)}"
    title = f"Gap to the rest by {words.attribute(attribute.attribute)}: {_told(rows)}"
    reference = Reference(value=0.0, half_width=margin, label=label)
    return plots.forest(rows, reference, key=key, title=title, signed=True)


def is_cut(attribute: AttributeAudit) -> bool:
    """Say whether there are too many groups for a figure, which then shows the lowest and the highest."""
    return sum(group.estimate.value is not None for group in attribute.groups) > plots.MAX_ROWS


def _shown(attribute: AttributeAudit, value: Callable[[Group], float | None]) -> list[Group]:
    """Give the groups that may be shown; of too many half as many from each end as a figure holds."""
    found = [(number, group) for group in attribute.groups if (number := value(group)) is not None]
    if len(found) > plots.MAX_ROWS:
        found.sort(key=lambda item: item[0])
        half = plots.MAX_ROWS // 2
        found = [*found[:half], *found[-half:]]
    return [group for _, group in found]


def _told(rows: Sequence[Row]) -> str:
    return "; ".join(f"{row.label} {row.text}" for row in rows[: plots.MAX_ROWS])


def crossing(attribute: AttributeAudit, overall: Estimate | None, *, key: str) -> str | None:
    """Draw the crossing of two attributes as a heat map.

    None where its groups do not split in two, or there are too many for a page.
    """
    named = {tuple(group.group.split(words.CROSSING)): group for group in attribute.groups}
    if attribute.attribute.count(words.CROSSING) != 1 or any(len(name) != 2 for name in named):
        return None
    shown = [group.estimate.value for group in attribute.groups if group.estimate.value is not None]
    if not shown:
        return None
    first, second = (list(dict.fromkeys(name[side] for name in named)) for side in (0, 1))
    if len(second) > len(first):  # the longer list runs down the page
        first, second = second, first
        named = {name[::-1]: group for name, group in named.items()}
    if len(second) > _MOST_COLUMNS or len(first) > plots.MAX_ROWS:
        return None
    cells = [[_cell(named.get((row, column))) for column in second] for row in first]
    middle = overall.value if overall is not None and overall.value is not None else sum(shown) / len(shown)
    title = f"{attribute.metric} by {words.attribute(attribute.attribute)}; the table below has the values"
    return plots.crossing(first, second, cells, middle, key=key, title=title)


def _cell(group: Group | None) -> Cell:
    if group is None:
        return Cell(value=None, text="", note="nobody")
    estimate = group.estimate
    if estimate.value is None:
        return Cell(value=None, text="", note="too few")
    return Cell(
        value=estimate.value, text=words.points(estimate.value), note=f"{estimate.n_people or 0:,} people"
    )


def shares(
    table: Composition, rows: Sequence[Proportion], tints: Colours, *, what: str, key: str
) -> str | None:
    """Draw the shares of one attribute's groups with Wilson intervals."""
    if not rows:
        return None
    drawn = [
        Row(
            label=row.group,
            text=proportion(row),
            value=row.share,
            low=row.low,
            high=row.high,
            colour=tints[table.attribute].get(row.group, "quiet"),
        )
        for row in rows
    ]
    title = f"{what} by {words.attribute(table.attribute)}: {_told(drawn)}"
    return plots.bars(drawn, key=key, title=title)


def proportion(row: Proportion) -> str:
    """Write a share with its interval and count."""
    if row.share is None or row.count is None:
        return "too few to show"
    return f"{row.count:,} of {row.total:,} · {words.points(row.share)}% {words.interval(row.low, row.high)}"


def funnel(steps: Sequence[Step], *, key: str) -> str | None:
    """Draw what is left after each step of the chain; None without pictures."""
    if not steps or not steps[0].n_images:
        return None
    rows = [
        Row(
            label=step.step,
            text=f"{words.count(step.n_images, 'image')}, "
            f"{words.count(step.n_people, 'person', 'people')} · {words.points(step.share)}%",
            value=step.share,
            low=None,
            high=None,
            colour="g0",
        )
        for step in steps
    ]
    return plots.bars(rows, key=key, title=f"Pictures left after each step: {_told(rows)}")


def reasons(rows: Sequence[Reason], *, key: str) -> str | None:
    """Draw how many pictures each check rejected, as shares of those that were checked."""
    if not rows or rows[0].share is None:
        return None
    drawn = [
        Row(
            label=row.where,
            text=f"{words.count(row.n_images, 'image')} · {words.points(row.share)}%",
            value=row.share,
            low=None,
            high=None,
            colour="quiet",
        )
        for row in rows
    ]
    return plots.bars(drawn, key=key, title=f"Pictures that did not pass, by check: {_told(drawn)}")
