"""How large are gaps when nobody is certain who is in which group?

People whom annotators put in a wrong group make groups look alike, so gaps shrink, and labels drawn from
what the answers say shrink them further: such draws know nothing of the scores (Meng 1994 calls them
uncongenial). Given the true group, answers tell nothing more about a score, as we assume; then a person's
expected score is the mean of the groups' means, weighted with the person's probabilities. So the groups'
means are a regression of scores on probabilities: regression calibration (Carroll, Ruppert, Stefanski &
Crainiceanu 2006, chapter 4), which draws no label and has no such bias.

It is done in each draw of the annotators' errors. What is reported is the distribution over all draws of
a gap with its standard error, robust to unequal spread (HC2, MacKinnon & White 1985). With certain labels
the gaps, standard errors and intervals are those of the audit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from datatools.fairness.estimates import Estimate, ModelAudit
from datatools.fairness.gaps import Plan
from datatools.fairness.labels.label_beliefs import Belief
from datatools.fairness.labels.label_result import Doubt, UncertainGroup, UncertainLabels
from datatools.fairness.statistics import power
from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.people import Floats, People, by_person
from datatools.fairness.statistics.resampling import Sample
from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import group_name
from datatools.metrics import Metric
from datatools.progress import Progress

Ints = NDArray[np.int64]

_SURE = 0.95
_LIKELY = 0.5
_TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
_STEP_FRAC = 1e-6  # of the central difference, as in resampling
_ROUNDING = 1e-9  # 1 less a person's leverage is never less: where it is 0, the residual is as well


@dataclass(frozen=True, slots=True)
class Shape:
    """How far the audit's interval of a gap reaches, in standard errors, and its degrees of freedom."""

    below: float
    above: float
    dof: float


def uncertain(
    scores: pd.DataFrame,
    plan: Plan,
    models: Sequence[ModelAudit],
    beliefs: Sequence[Belief],
    progress: Progress,
) -> list[UncertainLabels]:
    """Estimate every gap of the attributes whose labels have probabilities.

    Args:
        scores: good rows of all models.
        plan: of the audit; its first metric is compared.
        models: what the audit found with certain labels.
        beliefs: what the answers let us believe, for some of the plan's attributes.
        progress: shows one step for each attribute of each model.
    """
    known = {one.attribute: one for one in beliefs}
    axes = [axis for axis in plan.axes if axis.name in known]
    metric = plan.metrics[0]
    found = []
    with progress.bar("uncertain labels", len(axes) * len(models)) as advance:
        for model in models:
            of_model = (scores["model"] == model.model) & (
                scores["reference_source"] == model.reference_source
            )
            people = by_person(scores[of_model], [metric])
            for layout in lay(axes, people, plan.min_people):
                told = _told(layout, people, metric, model, known[layout.axis.name], plan.min_people)
                found += [] if told is None else [told]
                advance()
    return found


def _told(
    layout: Layout, people: People, metric: Metric, model: ModelAudit, known: Belief, min_people: int
) -> UncertainLabels | None:
    """Fill one attribute's section; None where there are no two groups to compare."""
    names = [group_name(levels) for levels in layout.shown]
    shown = [name for name in names if name in known.groups]
    counted = people.of(np.array([person in known.row_of for person in people.ids], bool))
    rows = np.array([known.row_of[person] for person in counted.ids], np.int64)
    columns = [known.groups.index(name) for name in shown]
    draws, is_placed = _others_joined(known.draws[:, :, columns], rows, min_people)
    if draws.shape[2] < 2 or not is_placed.any():
        return None
    counted, rows = counted.of(is_placed), rows[is_placed]
    n_expected = draws.mean(axis=0)[rows].sum(axis=0)
    hidden = suppressed({(str(place),): math.floor(n) for place, n in enumerate(n_expected)}, min_people)
    gaps, ses = gaps_over_draws(metric, counted.sums[metric.name], draws, rows)
    seen = Sample(metric, layout.people.sums[metric.name], layout.stratum)
    audit = next(audit for audit in model.attributes if audit.attribute == known.attribute)
    given = {group.group: group.comparison.gap for group in audit.groups}
    groups = []
    for place, name in enumerate(shown):
        shape = _shape(given[name], seen, names.index(name))
        if (str(place),) in hidden or shape is None:
            continue
        drawn = _estimate(gaps[:, place], ses[:, place], shape, metric, counted)
        is_kept = _side(given[name]) == _side(drawn)
        expected = float(n_expected[place])
        groups.append(
            UncertainGroup(group=name, n_expected=expected, certain=given[name], drawn=drawn, is_kept=is_kept)
        )
    wrong = 1 - known.of(counted.ids).max(axis=1)
    return UncertainLabels(
        model=model.model,
        reference_source=model.reference_source,
        attribute=known.attribute,
        metric=metric.name,
        posterior=known.posterior,
        n_draws=len(draws),
        n_people=len(counted),
        n_uncertain=int((wrong > 1 - _SURE).sum()),
        doubt=_doubt(wrong, metric.value(counted.sums[metric.name])),
        groups=groups,
    )


def _doubt(wrong: Floats, values: Floats) -> Doubt | None:
    """Compare people's chance to be in a wrong group between the lower and the upper half by score."""
    is_defined = np.isfinite(values)
    wrong, values = wrong[is_defined], values[is_defined]
    is_low = values < np.quantile(values, 0.5) if len(values) else is_defined[:0]
    low, high = wrong[is_low], wrong[~is_low]
    if not (len(low) and len(high)):
        return None
    p_value = float(stats.mannwhitneyu(low, high).pvalue) if np.ptp(wrong) > _ROUNDING else None
    return Doubt(low=float(low.mean()), high=float(high.mean()), p_value=p_value)


def _others_joined(draws: Floats, rows: Ints, min_people: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Put what the shown groups leave into a last column, or share it out where it is next to nobody.

    Args:
        draws: (n_draws, n_rows, n_shown), probabilities of the shown groups.
        rows: (n_people,), each person's row.
        min_people: fewer expected people are next to nobody.

    Returns:
        Draws whose rows sum to 1, and (n_people,) where True takes part.
    """
    shown = draws.sum(axis=2, keepdims=True)
    mean = shown.mean(axis=0)[rows, 0]
    if (1 - mean).sum() >= min_people:
        return np.concatenate([draws, 1 - shown], axis=2), np.ones(len(rows), bool)
    return draws / np.maximum(shown, 1e-12), mean > _LIKELY


def gaps_over_draws(metric: Metric, columns: Floats, draws: Floats, rows: Ints) -> tuple[Floats, Floats]:
    """Give each group's gap to the rest and its standard error in each draw, both (n_draws, n_groups).

    Args:
        metric: what is compared.
        columns: (n_people, k), a person's sums.
        draws: (n_draws, n_rows, n_groups), probabilities.
        rows: (n_people,), each person's row of the draws.
    """
    found = [_regressed(metric, columns, draw[rows]) for draw in draws]
    gaps, ses = (np.stack(parts) for parts in zip(*found, strict=True))
    return gaps, ses


def _regressed(metric: Metric, columns: Floats, probable: Floats) -> tuple[Floats, Floats]:
    """Regress columns (n_people, k) on probabilities (n_people, n_groups)."""
    solver = np.linalg.pinv(probable.T @ probable, hermitian=True) @ probable.T  # (n_groups, n_people)
    means = solver @ columns  # (n_groups, k)
    leverage = np.einsum("pg,gp->p", probable, solver)
    residuals = (columns - probable @ means) / np.sqrt(np.maximum(1 - leverage, _ROUNDING))[:, None]
    size = probable.sum(axis=0)[:, None]
    own, weight = size * means, size * solver
    rest, rest_weight = own.sum(axis=0) - own, weight.sum(axis=0) - weight
    pull = weight * (_gradient(metric, own) @ residuals.T)
    pull -= rest_weight * (_gradient(metric, rest) @ residuals.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = metric.value(own) - metric.value(rest)
    return gap, np.sqrt((pull**2).sum(axis=1))


def _gradient(metric: Metric, sums: Floats) -> Floats:
    """Give the metric's derivatives by its sums, (n_groups, k), by central differences."""
    gradient = np.empty_like(sums)
    for place in range(sums.shape[1]):
        step = np.zeros_like(sums)
        scale = np.abs(sums[:, place])
        step[:, place] = _STEP_FRAC * np.where(scale > 0, scale, 1.0)
        rise = metric.value(sums + step) - metric.value(sums - step)
        gradient[:, place] = rise / (2 * step[:, place])
    return gradient


def _shape(given: Estimate, sample: Sample, group: int) -> Shape | None:
    """Learn the shape of a gap's interval from the audit's own; None where it has none."""
    if given.value is None or given.low is None or given.high is None:
        return None
    seen = sample.observed()
    se, gap_se = float(seen.se[group]), float(seen.gap_se[group])
    n_people, n_all = int(sample.n_people[group]), int(sample.n_people.sum())
    rest_se = math.sqrt(max(gap_se**2 - se**2, 0.0))
    dof = power.degrees_of_freedom(se, rest_se, n_people, n_all - n_people)
    if gap_se == 0.0:
        usual = float(stats.t.ppf(_TAILS[1], dof))
        return Shape(usual, usual, dof)
    return Shape((given.value - given.low) / gap_se, (given.high - given.value) / gap_se, dof)


def _estimate(gaps: Floats, ses: Floats, shape: Shape, metric: Metric, people: People) -> Estimate:
    """Put the distribution over draws into a value and an interval, within what a gap can be."""
    n_images, n_people = int(people.n_images.sum()), len(people)
    is_defined = np.isfinite(gaps) & np.isfinite(ses)
    if is_defined.mean() < _LIKELY:
        return Estimate(value=None, low=None, high=None, n_images=n_images, n_people=n_people)
    gaps, ses = gaps[is_defined], ses[is_defined]
    largest = metric.bounds[1] - metric.bounds[0]
    low, high = (_quantile(tail, gaps, ses, shape) for tail in _TAILS)
    value, low, high = (float(np.clip(x, -largest, largest)) for x in (np.median(gaps), low, high))
    return Estimate(value=value, low=low, high=high, n_images=n_images, n_people=n_people)


def _quantile(tail: float, gaps: Floats, ses: Floats, shape: Shape) -> float:
    """Give a quantile of the mixture over draws of t-distributions with two halves of the interval's shape.

    A mixture and not Rubin's mean and variance: a draw that takes annotators for blind has a gap and a
    standard error without bound, and one such draw among a hundred must not decide.
    """
    usual = float(stats.t.ppf(_TAILS[1], shape.dof))
    reach = ses * (shape.below if tail < 0.5 else shape.above)
    ends = gaps - reach if tail < 0.5 else gaps + reach
    low, high = float(ends.min()), float(ends.max())
    rounding = 1e-9 * (high - low)
    if rounding == 0.0:
        return low

    def excess(x: float) -> float:
        distance = x - gaps
        half = np.where(distance < 0, shape.below, shape.above)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(distance == 0, 0.0, distance * usual / (half * ses))
        return float(stats.t.cdf(t, shape.dof).mean() - tail)

    return float(optimize.brentq(excess, low - rounding, high + rounding))


def _side(gap: Estimate) -> int:
    """Say on which side of 0 an interval lies; 0 where it holds 0 or is unknown."""
    if gap.low is None or gap.high is None:
        return 0
    return int(gap.low > 0) - int(gap.high < 0)
