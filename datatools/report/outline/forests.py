"""How are differences of everybody and of groups drawn, one under the other?"""

from collections.abc import Mapping, Sequence

from datatools.fairness.estimates import Estimate
from datatools.report import plots
from datatools.report.outline.cells import estimated

Change = tuple[str, Estimate, str]  # of whom, the difference, its verdict


def changes(
    found: Sequence[Change], band: float, colours: Mapping[str, str], *, key: str, title: str, axis: str
) -> str | None:
    """Draw differences, everybody first; of too many groups the largest. None where nothing is known.

    Args:
        found: everybody, then the groups.
        band: half the width of the margin around no difference, 0-1.
        colours: a name of ``style.LIGHT`` for each verdict that settles something; other marks are open.
        key: unique on the page.
        title: what the figure shows; its rows are told behind it.
        axis: what the axis shows.
    """
    shown = [one for one in found if one[1].value is not None]
    if len(shown) > plots.MAX_ROWS:
        first, *others = shown
        others.sort(key=lambda one: -abs(one[1].value or 0.0))
        shown = [first, *others[: plots.MAX_ROWS - 1]]
    if not shown:
        return None
    rows = [
        plots.Row(
            label=name,
            text=f"{estimated(difference, signed=True)} · {verdict}",
            value=difference.value,
            low=difference.low,
            high=difference.high,
            colour=colours.get(verdict, "unsure"),
            is_open=verdict not in colours,
        )
        for name, difference, verdict in shown
    ]
    told = "; ".join(f"{row.label} {row.text}" for row in rows)
    line = plots.Reference(value=0.0, half_width=band, label=axis)
    return plots.forest(rows, line, key=key, title=f"{title}: {told}", signed=True)
