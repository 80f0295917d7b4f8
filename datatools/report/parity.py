"""For whom does the factory itself work worse: what does the page say and draw of the parity table?

The stage check made the comparisons, over every picture it had judged; nothing is estimated here.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from datatools import tables
from datatools.fairness.chain.outcomes import OUTCOMES
from datatools.fairness.chain.parity_told import EVERYBODY
from datatools.fairness.estimates import Estimate
from datatools.records import ParityRow
from datatools.report import plots, words
from datatools.report.plots import Reference, Row
from datatools.workspace import Workspace

MOST_DRAWN = 16  # groups in a figure: the factory is compared by every attribute, and the table has all
_MARGIN = 0.01  # of equivalence, as the stage check judges
_DEFINITIONS = {outcome.name: outcome.definition for outcome in OUTCOMES}
_TITLES = {
    "accepted": "Masks accepted",
    "reference_iou": "Accuracy of all masks",
    "accepted_reference_iou": "Accuracy of the accepted masks",
    "expected_iou": "Predicted quality of all masks",
    "accepted_expected_iou": "Predicted quality of the accepted masks",
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ParityGroup(_Frozen):
    """One group under one outcome, beside everybody else."""

    attribute: str
    answered_by: list[str]
    group: str
    estimate: Estimate
    gap: Estimate
    p_holm: float | None
    detectable_gap: float | None
    verdict: str

    @property
    def name(self) -> str:
        """Name the group; a band's own name says what was measured."""
        if self.group.startswith(self.attribute):
            return words.attribute(self.group)
        return f"{words.attribute(self.attribute)} = {self.group}"


class ParityFact(_Frozen):
    """One outcome of the factory by every group."""

    outcome: str
    title: str
    definition: str
    reference_source: str | None  # human or rendered, where the outcome is accuracy
    overall: Estimate
    groups: list[ParityGroup]


def parity_facts(workspace: Workspace) -> list[ParityFact]:
    """Read the parity table; empty where check has not run, or nothing could be compared.

    Raises:
        TableError: the table is broken.
    """
    by_outcome: dict[tuple[str, str | None], list[ParityRow]] = {}
    for row in workspace.rows_or_empty(tables.PARITY):
        by_outcome.setdefault((row.outcome, row.reference_source), []).append(row)
    order = list(_DEFINITIONS)
    found = []
    for outcome, source in sorted(by_outcome, key=lambda key: (order.index(key[0]), key[1] or "")):
        rows = sorted(by_outcome[outcome, source], key=lambda row: row.place)
        (overall,) = (row for row in rows if row.attribute == EVERYBODY)
        groups = [_group(row, overall) for row in rows if row.attribute != EVERYBODY]
        found.append(
            ParityFact(
                outcome=outcome,
                title=_TITLES[outcome],
                definition=_DEFINITIONS[outcome],
                reference_source=source,
                overall=_estimate(overall),
                groups=groups,
            )
        )
    return [fact for fact in found if fact.groups]


def _estimate(row: ParityRow) -> Estimate:
    return Estimate(value=row.value, low=row.low, high=row.high, n_images=row.n_images, n_people=row.n_people)


def _group(row: ParityRow, overall: ParityRow) -> ParityGroup:
    gap = Estimate(
        value=row.gap,
        low=row.gap_low,
        high=row.gap_high,
        n_images=overall.n_images,
        n_people=overall.n_people,
    )
    return ParityGroup(
        attribute=row.attribute,
        answered_by=row.answered_by,
        group=row.group,
        estimate=_estimate(row),
        gap=gap,
        p_holm=row.p_holm,
        detectable_gap=row.detectable_gap,
        verdict=row.verdict,
    )


def gaps_that_stand(facts: Sequence[ParityFact]) -> list[str]:
    """Say each gap that stands after correction, the largest of each outcome first."""
    found = []
    for fact in facts:
        standing = [group for group in _once(fact.groups) if group.verdict == "gap"]
        for group in sorted(standing, key=lambda group: -abs(group.gap.value or 0.0)):
            value = group.gap.value or 0.0
            found.append(
                f"{fact.title}: {group.name} is {words.points(abs(value))} points "
                f"{'lower' if value < 0 else 'higher'} than the rest {words.signed_interval(group.gap)}; "
                f"{words.counts(group.estimate)}, corrected p {words.p_value(group.p_holm)}."
            )
    return found


def _once(groups: Sequence[ParityGroup]) -> list[ParityGroup]:
    """Leave out the higher one of two groups that are each the other's rest: it is the same gap."""
    by_attribute: dict[str, list[ParityGroup]] = {}
    for group in groups:
        by_attribute.setdefault(group.attribute, []).append(group)
    pairs = (found for found in by_attribute.values() if len(found) == 2)
    doubled = {max(pair, key=lambda group: group.gap.value or 0.0).name for pair in pairs}
    return [group for group in groups if group.name not in doubled]


def gaps_figure(fact: ParityFact, *, key: str) -> str | None:
    """Draw each group's gap to the rest with its interval; None where no group may be shown."""
    rows = [
        Row(
            label=group.name,
            text=_told(group),
            value=group.gap.value,
            low=group.gap.low,
            high=group.gap.high,
            colour=_colour(group),
            is_open=group.verdict == "insufficient data",
        )
        for group in _largest(fact.groups)
    ]
    if not rows:
        return None
    label = "points above or below the rest; shaded: the margin"
    told = "; ".join(f"{row.label} {row.text}" for row in rows)
    reference = Reference(value=0.0, half_width=_MARGIN, label=label)
    return plots.forest(rows, reference, key=key, title=f"{fact.title}, gap to the rest: {told}", signed=True)


def _largest(groups: Sequence[ParityGroup]) -> list[ParityGroup]:
    """Give the groups that may be drawn; of too many for a figure those with the largest gaps."""
    found = [(group.gap.value, group) for group in groups if group.gap.value is not None]
    if len(found) > MOST_DRAWN:
        found = sorted(found, key=lambda item: -abs(item[0]))[:MOST_DRAWN]
    return [group for _, group in found]


def _told(group: ParityGroup) -> str:
    text = words.with_interval(group.gap, signed=True)
    # Open marks are unsettled; to say so in each row would leave no room for its name.
    return text if group.verdict == "insufficient data" else f"{text} · {group.verdict}"


def _colour(group: ParityGroup) -> str:
    if group.verdict != "gap":
        return "quiet"
    return "lower" if (group.gap.value or 0.0) < 0 else "higher"
