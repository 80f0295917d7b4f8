"""Which of two models is better on the same pictures, for whom, and does the other one harm anyone?

Every model is held against a baseline on the pictures that both were scored on, against one kind of
reference masks at a time. A person gives one paired difference, people are drawn within groups, and all
comparisons of all models are one family that is corrected together. The networks are taken as they are;
what another training of the same recipe would give is the question of ``ablate``.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from datatools.errors import UsageError
from datatools.fairness.estimates import Estimate
from datatools.fairness.evaluation import reading_of
from datatools.fairness.gaps import Plan
from datatools.fairness.models.model_bouts import BASELINE, MODEL, Bout, Groups, bouts
from datatools.fairness.models.model_verdicts import Found, Judge, is_error, surest
from datatools.fairness.models.models_result import (
    ModelPair,
    ModelPairs,
    PairedAttribute,
    PairedGap,
    PairedGroup,
)
from datatools.fairness.models.runs import Bools, Contrast, Ints, Spread, Term, spreads
from datatools.fairness.statistics.inference import holm, n_permutations
from datatools.fairness.statistics.intervals import estimate
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Levels, group_name
from datatools.metrics import Metric
from datatools.progress import Progress

EVERYBODY = "all"
_FEWEST = 2  # people who show any spread
_WITHHELD = Estimate(value=None, low=None, high=None, n_images=None, n_people=None)
Parts = Sequence[tuple[Bools, float]]  # people (n_people,) and the sign of their value


def model_pairs(scores: pd.DataFrame, plan: Plan, baseline: str, progress: Progress) -> ModelPairs:
    """Hold every model against the baseline: everybody, and each shown group of every single attribute.

    Args:
        scores: good rows of all models, one a picture, model and kind of reference.
        plan: its first metric is compared; crossings are left out.
        baseline: the model that the others are held against.
        progress: shows one step for each attribute of each pair.

    Raises:
        UsageError: the baseline was not scored.
        DataError: a picture has two scores of one model, or different people under two models.
    """
    known = sorted(set(scores["model"]))
    if baseline not in known:
        raise UsageError(f"expected a baseline among the models ({', '.join(known)}), got {baseline!r}")
    notes: list[str] = []
    met = list(bouts(scores, plan, baseline, notes))
    n_comparisons = sum(bout.n_comparisons for bout in met)
    # So many that the smallest p-value survives Holm's correction.
    n_replicates = n_permutations(plan.n_replicates, n_comparisons, plan.rules.alpha)
    found: list[tuple[list[Found], list[PairedGap | None]]] = []
    with progress.bar("pairs of models", sum(1 + len(bout.groups) for bout in met)) as advance:
        for bout in met:
            told, gaps = [_everybody(bout, plan, n_replicates)], list[PairedGap | None]()
            advance()
            for groups in bout.groups:
                of_groups, gap = _attribute(bout, groups, plan, n_replicates)
                told += of_groups
                gaps.append(gap)
                advance()
            found.append((told, gaps))
    # A test that cannot be made counts as 1.
    p_values = [1.0 if one.p_value is None else one.p_value for told, _ in found for one in told]
    corrected = iter(holm(p_values))
    judge = Judge(plan.metrics[0], plan.rules, n_comparisons)
    pairs = [
        _pair(bout, baseline, judge, *of_bout, corrected) for bout, of_bout in zip(met, found, strict=True)
    ]
    return ModelPairs(
        baseline=baseline,
        pairs=pairs,
        n_comparisons=n_comparisons,
        notes=[*notes, *_limits(pairs, plan, n_comparisons)],
    )


# -- what is estimated ------------------------------------------------------------------------------


def _everybody(bout: Bout, plan: Plan, n_replicates: int) -> Found:
    everybody = np.ones(len(bout.people), np.bool_)
    told = _spreads(bout, plan, _three(everybody), np.zeros(len(bout.people), np.int64), n_replicates)
    return _of_people(bout, plan.metrics[0], everybody, told)


def _attribute(
    bout: Bout, groups: Groups, plan: Plan, n_replicates: int
) -> tuple[list[Found], PairedGap | None]:
    """Estimate an attribute's groups, and how its gaps change, on the same resamples of people."""
    masks = list(groups.members.values())
    if not masks:
        return [], None
    asked = [contrast for mask in masks for contrast in _three(mask)]
    metric, gaps = plan.metrics[0], list[Contrast]()
    if len(masks) > 1:
        ends = [_ends(metric, bout.columns[place][0], masks) for place in (BASELINE, MODEL)]
        sign = -1.0 if is_error(metric.name) else 1.0  # a gap is how much better the best group fares
        gaps.append(_change(*([(masks[worst], 1.0)] for worst, _ in ends)))
        gaps.append(_change(*([(masks[best], sign), (masks[worst], -sign)] for worst, best in ends)))
    told = _spreads(bout, plan, [*asked, *gaps], groups.stratum, n_replicates)
    found = [_of_people(bout, metric, mask, told[3 * n : 3 * n + 3]) for n, mask in enumerate(masks)]
    if not gaps:
        return found, None
    worst_group, largest_gap = (
        _estimate(bout, spread, gap, _apart(metric, n_values))
        for spread, gap, n_values in zip(told[-2:], gaps, (1, 2), strict=True)
    )
    return found, PairedGap(attribute=groups.attribute, worst_group=worst_group, largest_gap=largest_gap)


def _three(people: Bools) -> list[Contrast]:
    """Ask for the model's value, the baseline's, and the difference."""
    model, baseline = Term(MODEL, people, 1.0), Term(BASELINE, people, 1.0)
    return [(model,), (baseline,), (model, Term(BASELINE, people, -1.0))]


def _ends(metric: Metric, columns: Floats, masks: Sequence[Bools]) -> tuple[int, int]:
    """Give the places of the worst and the best group under one model's columns (n_people, k)."""
    values = np.array([float(metric.value(columns[mask].sum(axis=0))) for mask in masks])
    ranked = np.argsort(-values if is_error(metric.name) else values, kind="stable")
    return int(ranked[0]), int(ranked[-1])


def _change(baseline: Parts, model: Parts) -> Contrast:
    """Take what is looked at under the model less what is looked at under the baseline."""
    return (
        *(Term(MODEL, people, sign) for people, sign in model),
        *(Term(BASELINE, people, -sign) for people, sign in baseline),
    )


def _spreads(
    bout: Bout, plan: Plan, contrasts: Sequence[Contrast], stratum: Ints, n_replicates: int
) -> list[Spread]:
    return spreads(
        plan.metrics[0],
        bout.columns,
        contrasts,
        stratum,
        n_replicates=n_replicates,
        seed=plan.seed,
        is_trained=(False, False),
    )


def _apart(metric: Metric, n_values: int = 1) -> tuple[float, float]:
    """Give how far apart two sums of so many values can be."""
    low, high = metric.bounds
    return n_values * (low - high), n_values * (high - low)


def _of_people(bout: Bout, metric: Metric, people: Bools, told: Sequence[Spread]) -> Found:
    value, baseline, difference = told
    n_people = int(people.sum())
    p_value: float | None = None
    if n_people >= _FEWEST and np.isfinite(difference.value):
        p_value = max(difference.p_value(), surest(n_people))
    asked = _three(people)
    return Found(
        _estimate(bout, value, asked[0], metric.bounds),
        _estimate(bout, baseline, asked[1], metric.bounds),
        _estimate(bout, difference, asked[2], _apart(metric)),
        difference,
        p_value,
    )


def _estimate(bout: Bout, spread: Spread, contrast: Contrast, bounds: tuple[float, float]) -> Estimate:
    people = np.any([term.people for term in contrast], axis=0)
    # One person alone shows no spread: unknown, not none.
    is_known = min(int(term.people.sum()) for term in contrast) >= _FEWEST
    ends = spread.interval() if is_known else (np.nan, np.nan)
    n_images = int(bout.people.n_images[people].sum())
    return estimate(spread.value, ends, bounds, n_images, int(people.sum()))


# -- what is told ----------------------------------------------------------------------------------


def _pair(
    bout: Bout,
    baseline: str,
    judge: Judge,
    told: Sequence[Found],
    gaps: Sequence[PairedGap | None],
    corrected: Iterator[float],
) -> ModelPair:
    """Make the typed result; ``corrected`` gives the family's p-values in the order of ``told``."""
    waiting = iter(told)
    overall = judge.group(EVERYBODY, next(waiting), next(corrected))
    attributes = []
    for groups, gap in zip(bout.groups, gaps, strict=True):
        shown = {
            levels: judge.group(group_name(levels), next(waiting), next(corrected))
            for levels in groups.members
        }
        listed = [shown.get(levels) or _withheld(levels) for levels in groups.levels]
        attributes.append(PairedAttribute(attribute=groups.attribute, groups=listed, gaps=gap))
    return ModelPair(
        model=bout.model,
        baseline=baseline,
        reference_source=bout.reference_source,
        reading=reading_of(bout.reference_source),
        metric=judge.metric.name,
        overall=overall,
        attributes=attributes,
        n_only_one=bout.n_only_one,
    )


def _withheld(levels: Levels) -> PairedGroup:
    return PairedGroup(
        group=group_name(levels),
        value=_WITHHELD,
        baseline_value=_WITHHELD,
        difference=_WITHHELD,
        p_value=None,
        p_holm=None,
        detectable=None,
        verdict="suppressed",
        harm="suppressed",
    )


def _limits(pairs: Sequence[ModelPair], plan: Plan, n_comparisons: int) -> Iterator[str]:
    """Say what the reader must know before believing a number."""
    if not pairs:
        yield "No other model was scored on the baseline's pictures: there is no pair to compare."
        return
    margin, alpha = f"{100 * plan.rules.margin:g}", f"{100 * plan.rules.alpha:g}"
    yield (
        f"Comparisons of two models corrected together (Holm): {n_comparisons}, at a chance of {alpha}% of "
        "one false difference or more. The networks are compared as they are; the luck of training them "
        "again is not in the intervals (datatools ablate measures it)."
    )
    yield (
        f"Equivalent: the {100 - 100 * plan.rules.alpha:g}% interval of the difference lies within {margin} "
        "points. Not harmed: it holds no loss of so many points, for that group alone. Harmed: worse after "
        "the correction, and not certainly by less than that. Insufficient data is neither; it does not say "
        "that nobody is harmed."
    )
    for pair in pairs:
        if pair.n_only_one:
            yield (
                f"{pair.model} against {pair.baseline}, {pair.reference_source} masks: {pair.n_only_one:,} "
                "pictures were scored by one of the two alone and are left out."
            )
