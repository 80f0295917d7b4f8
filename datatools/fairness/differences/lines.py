"""Which changes of one model are asked for, and what is each estimated to be?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from datatools.fairness.differences import sides as laid
from datatools.fairness.differences.difference_result import Change, ChangeVerdict, How
from datatools.fairness.differences.known import Known, is_same
from datatools.fairness.differences.sides import Asked, Groups, Sides
from datatools.fairness.estimates import AttributeAudit, Estimate, Group, ModelAudit
from datatools.fairness.models.model_verdicts import surest
from datatools.fairness.models.runs import Spread
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.intervals import estimate
from datatools.fairness.statistics.people import People
from datatools.fairness.who.groups import Axis, Levels
from datatools.metrics import Metric

_CROSS = " x "  # joins attributes that are crossed
_APART = (-2.0, 2.0)  # how far two differences of values of 0-1 can be from each other


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One change to estimate."""

    group: str
    kind: Literal["value", "gap"]
    before: Estimate
    after: Estimate
    asked: Asked | None  # None: from the two intervals alone


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Changes that are estimated on the same resamples: everybody's, or those of one attribute's groups."""

    attribute: str | None
    sides: Sides | None
    groups: Groups | None
    lines: list[Line]

    @property
    def n_moved(self) -> int | None:
        """Count the people in both audits who are in another group now."""
        if self.sides is None or self.groups is None:
            return None
        before, after = self.groups.of
        return int((self.sides.in_both & (before >= 0) & (after >= 0) & (before != after)).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One model in both audits."""

    before: ModelAudit
    after: ModelAudit
    metric: str
    batches: list[Batch]


def paired(
    models: tuple[ModelAudit, ModelAudit], metric: str, known: tuple[Known, Known], least: int
) -> Pair:
    """Plan the changes of a model: everybody's value, each group's, and each group's gap to the rest.

    Args:
        models: the model in either audit.
        metric: the metric that both compare.
        known: both audits.
        least: people who must be in both for a paired comparison.
    """
    before, after = models
    both = _people(models, metric, known)
    sides = None if both is None else laid.together(*both)
    batches = [_everybody(models, metric, sides, least)]
    others = {one.attribute: one for one in after.attributes if one.metric == metric}
    for attribute in before.attributes:
        other = others.get(attribute.attribute)
        if other is not None and attribute.metric == metric and _CROSS not in attribute.attribute:
            batches.append(_groups((attribute, other), sides, both, known, least))
    return Pair(before, after, metric, batches)


def _people(
    models: tuple[ModelAudit, ModelAudit], metric: str, known: tuple[Known, Known]
) -> tuple[Metric, People, People] | None:
    found = [one.metrics().get(metric) for one in known]
    if found[0] is None or found[1] is None:
        return None
    before, after = (
        one.people(model, known_metric)
        for one, model, known_metric in zip(known, models, (found[0], found[1]), strict=True)
    )
    return None if before is None or after is None else (found[0], before, after)


def _everybody(models: tuple[ModelAudit, ModelAudit], metric: str, sides: Sides | None, least: int) -> Batch:
    groups = None if sides is None else laid.everybody(sides)
    asked = None if sides is None or groups is None else laid.of_value(groups, 0, least)
    before, after = (model.overall[metric] for model in models)
    return Batch(None, sides, groups, [Line("all", "value", before, after, asked)])


def _groups(
    attributes: tuple[AttributeAudit, AttributeAudit],
    sides: Sides | None,
    both: tuple[Metric, People, People] | None,
    known: tuple[Known, Known],
    least: int,
) -> Batch:
    shown = [
        {group.group: group for group in attribute.groups if group.comparison.verdict != "suppressed"}
        for attribute in attributes
    ]
    names = [name for name in shown[0] if name in shown[1]]
    axes = [one.axes().get(attribute.attribute) for one, attribute in zip(known, attributes, strict=True)]
    groups = None
    if sides is not None and both is not None and axes[0] is not None and axes[1] is not None:
        metric, *people = both
        parts = zip(people, (axes[0], axes[1]), shown, strict=True)
        if all(_are_same(metric, *part) for part in parts):
            groups = laid.grouped(sides, [(name,) for name in names], (axes[0].group_of, axes[1].group_of))
    lines: list[Line] = []
    # Of two groups each is the other's rest: their gaps are one.
    with_gap = names[:1] if all(len(attribute.groups) == 2 for attribute in attributes) else names
    for number, name in enumerate(names):
        before, after = shown[0][name], shown[1][name]
        asked = None if groups is None else laid.of_value(groups, number, least)
        lines.append(Line(name, "value", before.estimate, after.estimate, asked))
        if name in with_gap:
            asked = None if groups is None else laid.of_gap(groups, number, least)
            lines.append(Line(name, "gap", before.comparison.gap, after.comparison.gap, asked))
    return Batch(attributes[0].attribute, sides if groups is not None else None, groups, lines)


def _are_same(metric: Metric, people: People, axis: Axis, shown: Mapping[str, Group]) -> bool:
    """Say whether the groups hold the people that the audit saw in them."""
    level_of: list[Levels | None] = [axis.group_of.get(person) for person in people.ids]
    sums = people.sums[metric.name]
    for name, group in shown.items():
        here = np.array([level == (name,) for level in level_of], np.bool_)
        value = float(metric.value(sums[here].sum(axis=0))) if here.any() else np.nan
        if not is_same(group.estimate, value, int(here.sum())):
            return False
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One change, before the family is corrected."""

    line: Line
    difference: Estimate
    how: How
    spread: Spread | None
    p_value: float | None
    n_people: int  # who show the spread


def found(batch: Batch, n_replicates: int, seed: int) -> Iterator[Found]:
    """Estimate a batch's changes."""
    asked = [line.asked for line in batch.lines if line.asked is not None]
    if batch.sides is None or batch.groups is None or len(asked) < len(batch.lines):
        for line in batch.lines:
            yield _from_intervals(line, n_replicates)
        return
    told = laid.estimated(batch.sides, batch.groups, asked, n_replicates, seed)
    for line, one, spread in zip(batch.lines, asked, told, strict=True):
        yield _of_scores(batch.sides, line, one, spread)


def _of_scores(sides: Sides, line: Line, asked: Asked, spread: Spread) -> Found:
    n_people = int(asked.people.sum())
    n_images = int(np.maximum(*sides.n_images)[asked.people].sum())
    is_told = asked.is_told and bool(np.isfinite(spread.value))
    ends = spread.interval() if is_told else (np.nan, np.nan)
    fewest = min(int(term.people.sum()) for term in asked.contrast)
    p_value = max(spread.p_value(), surest(fewest)) if is_told else None
    difference = estimate(spread.value, ends, _APART, n_images, n_people)
    return Found(line, difference, asked.how, spread if is_told else None, p_value, fewest)


def _from_intervals(line: Line, n_replicates: int) -> Found:
    spread = laid.from_intervals(line.before, line.after, n_replicates)
    counts = (line.before.n_images, line.after.n_images), (line.before.n_people, line.after.n_people)
    n_images, n_people = (None if None in pair else sum(n or 0 for n in pair) for pair in counts)
    if spread is None:
        nothing = Estimate(value=None, low=None, high=None, n_images=n_images, n_people=n_people)
        return Found(line, nothing, "from intervals", None, None, 0)
    low, high = spread.interval()
    difference = Estimate(value=spread.value, low=low, high=high, n_images=n_images, n_people=n_people)
    fewest = min(line.before.n_people or 0, line.after.n_people or 0)
    return Found(line, difference, "from intervals", spread, spread.p_value(), fewest)


def change(one: Found, p_holm: float, rules: Rules, n_comparisons: int) -> Change:
    """Give a change with its verdict; ``p_holm`` is corrected over the family."""
    alpha = rules.alpha / n_comparisons  # Holm's first step
    is_within_reach = one.spread is not None and surest(one.n_people) < alpha
    return Change(
        before=one.line.before,
        after=one.line.after,
        difference=one.difference,
        how=one.how,
        p_value=one.p_value,
        p_holm=None if one.p_value is None else p_holm,
        detectable=one.spread.detectable(alpha) if is_within_reach and one.spread is not None else None,
        verdict=_verdict(one, p_holm, rules),
    )


def _verdict(one: Found, p_holm: float, rules: Rules) -> ChangeVerdict:
    if one.spread is None or one.p_value is None:
        return "insufficient data"
    if one.spread.is_negligible(rules.margin, rules.alpha / 2):  # by the interval that is shown
        return "equivalent"
    if p_holm < rules.alpha:
        return "higher" if one.spread.value > 0 else "lower"
    return "insufficient data"


def family(every: Sequence[Found]) -> list[float]:
    """Give the p-values of all changes; a test that cannot be made counts as 1."""
    return [1.0 if one.p_value is None else one.p_value for one in every]
