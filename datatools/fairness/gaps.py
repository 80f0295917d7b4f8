"""For whom does each model work worse?

Every axis of groups is laid over the people a model was scored on, groups too small to show are pooled,
and all comparisons of all models form one family that is corrected together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from datatools.fairness.estimates import (
    AttributeAudit,
    Comparison,
    Estimate,
    Group,
    Interval,
    ModelAudit,
    Pair,
    Spread,
)
from datatools.fairness.evaluation import reading_of
from datatools.fairness.shrinkage import towards_parts
from datatools.fairness.statistics.drawing import Ints
from datatools.fairness.statistics.group_values import group_values, overall_values
from datatools.fairness.statistics.inference import (
    Contrast,
    Draws,
    Rules,
    benjamini_hochberg,
    contrasts,
    holm,
    judge,
    n_permutations,
    resample,
    spread,
)
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.pairs import pairwise
from datatools.fairness.statistics.people import Floats, by_person
from datatools.fairness.statistics.resampling import Sample
from datatools.fairness.who.groups import Axis, group_name
from datatools.fairness.worst import worst_of
from datatools.metrics import Metric
from datatools.progress import Advance, Progress

_UNKNOWN = Estimate(value=None, low=None, high=None, n_images=None, n_people=None)
_STREAM = 2  # of the metrics that are shown beside the compared one; ``inference`` has 0 and 1
_WITHHELD = Comparison(
    gap=_UNKNOWN, p_value=None, p_holm=None, detectable_gap=None, people_needed=None, verdict="suppressed"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared, and how."""

    metrics: Sequence[Metric]  # the first one is compared, the others are shown beside it
    axes: Sequence[Axis]
    rules: Rules
    min_people: int
    n_replicates: int
    seed: int
    contrasts: Literal["rest", "both"] = "rest"  # both: every two groups of an attribute as well


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """One axis's statistics before the family is corrected."""

    layout: Layout  # without its people
    contrasts: list[Contrast]  # of the shown groups
    pairs: dict[tuple[int, int], Contrast]  # of any two of them
    others: list[dict[str, Estimate]]
    spread: Spread


@dataclass(frozen=True, slots=True)
class Audited:
    """Every model's audit, and how many comparisons were corrected together."""

    models: list[ModelAudit]
    n_comparisons: int


def audit_models(scores: pd.DataFrame, plan: Plan, progress: Progress) -> Audited:
    """Audit each model against each kind of reference alone; ``scores`` holds good rows only."""
    # One model's people are in memory at a time: they are laid out twice instead, first to count the family.
    counts = [
        [
            layout.n_comparisons + _n_pairs(layout, plan)
            for layout in lay(plan.axes, by_person(rows, []), plan.min_people)
        ]
        for _, rows in _by_model(scores)
    ]
    n_comparisons = sum(map(sum, counts))
    draws = Draws(
        plan.n_replicates, n_permutations(plan.n_replicates, n_comparisons, plan.rules.alpha), plan.seed
    )
    found: dict[tuple[str, str], list[_Found]] = {}
    overall: dict[tuple[str, str], dict[str, Estimate]] = {}
    with progress.bar("audit", sum(map(len, counts))) as advance:
        for key, rows in _by_model(scores):
            people = by_person(rows, list(plan.metrics))
            layouts = lay(plan.axes, people, plan.min_people)
            found[key] = [_find(layout, plan, draws, advance) for layout in layouts]
            rng = np.random.default_rng(plan.seed)
            overall[key] = overall_values(plan.metrics, people, plan.n_replicates, rng)
    family = [p for of_model in found.values() for axis in of_model for p in _family(axis)]
    corrected = iter(zip(holm(family), benjamini_hochberg(family), strict=True))
    models = [
        ModelAudit(
            model=model,
            reference_source=reference_source,
            reading=reading_of(reference_source),
            overall=overall[model, reference_source],
            attributes=[
                _attribute(axis, [next(corrected) for _ in _family(axis)], plan, n_comparisons)
                for axis in of_model
            ],
        )
        for (model, reference_source), of_model in found.items()
    ]
    return Audited(models, n_comparisons)


def _by_model(scores: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Give each model's rows against each kind of reference, sorted; a groupby would copy all rows first."""
    for model in sorted(scores["model"].unique()):
        of_model = _where(scores, "model", model)
        for source in sorted(of_model["reference_source"].unique()):
            yield (str(model), str(source)), _where(of_model, "reference_source", source)


def _where(scores: pd.DataFrame, name: str, word: str) -> pd.DataFrame:
    is_it = scores[name] == word
    return scores if is_it.all() else scores[is_it]


def _find(layout: Layout, plan: Plan, draws: Draws, advance: Advance) -> _Found:
    advance()
    told = layout.without_people()
    if not layout.shown:
        return _Found(told, [], {}, [], Spread(gap=None, expected_under_null=None, p_value=None))
    first, *rest = plan.metrics
    n_images = np.bincount(layout.stratum, layout.people.n_images).astype(int).tolist()
    resampled = resample(Sample(first, layout.people.sums[first.name], layout.stratum), draws)
    is_shown = np.arange(len(n_images)) < len(layout.shown)
    rng = np.random.default_rng([plan.seed, _STREAM])
    others = group_values(rest, layout.people, layout.stratum, plan.n_replicates, rng)
    found = contrasts(resampled, first.bounds, n_images, plan.rules)[: len(layout.shown)]
    pairs: dict[tuple[int, int], Contrast] = {}
    if _n_pairs(layout, plan):
        columns = layout.people.sums[first.name]
        pairs = pairwise(first, columns, layout.stratum, resampled, found, n_images, plan.rules, draws)
    return _Found(told, found, pairs, others[: len(layout.shown)], spread(resampled, is_shown))


def _n_pairs(layout: Layout, plan: Plan) -> int:
    """Count the pairs of groups that are compared; two groups alone are compared already."""
    if plan.contrasts == "rest" or layout.n_comparisons < 2:
        return 0
    return len(layout.shown) * (len(layout.shown) - 1) // 2


def _family(found: _Found) -> list[float]:
    """Give the p-values that an axis adds to the family; a test that cannot be made counts as 1."""
    tested = [*found.contrasts[: found.layout.n_comparisons], *found.pairs.values()]
    return [1.0 if contrast.p_value is None else contrast.p_value for contrast in tested]


def _attribute(
    found: _Found, corrected: list[tuple[float, float]], plan: Plan, n_comparisons: int
) -> AttributeAudit:
    layout = found.layout
    of_groups, of_pairs = corrected[: layout.n_comparisons], corrected[layout.n_comparisons :]
    if layout.n_comparisons == 1 and len(layout.shown) == 2:
        of_groups = of_groups * 2

    def judged(contrast: Contrast, p_values: tuple[float, float]) -> Comparison:
        p_holm, p_bh = p_values if contrast.p_value is not None else (None, None)
        return judge(contrast, p_holm, p_bh, plan.rules, n_comparisons)

    ses, n_people = _precisions(found.contrasts)
    bounds = plan.metrics[0].bounds
    shrunken: list[Interval | None] = [None] * len(layout.shown)
    if len(layout.axis.attributes) > 1:
        seen = (contrast.value.value for contrast in found.contrasts)
        values = np.array([np.nan if value is None else value for value in seen])
        shrunken = towards_parts(layout.shown, values, ses, n_people, bounds)
    shown = {
        levels: Group(
            group=group_name(levels),
            estimate=contrast.value,
            comparison=judged(contrast, of_groups[number] if of_groups else (1.0, 1.0)),
            other_metrics=found.others[number],
            shrunken=shrunken[number],
        )
        for number, (levels, contrast) in enumerate(zip(layout.shown, found.contrasts, strict=True))
    }
    groups = [
        shown.get(levels) or Group(group=group_name(levels), estimate=_UNKNOWN, comparison=_WITHHELD)
        for levels in layout.axis.levels
        if levels in shown or levels in layout.hidden
    ]
    return AttributeAudit(
        attribute=layout.axis.name,
        metric=plan.metrics[0].name,
        answered_by=list(layout.axis.answered_by),
        groups=groups,
        spread=found.spread,
        n_unlabelled=layout.n_unlabelled,
        n_suppressed=len(layout.hidden),
        pairs=[
            Pair(
                group=group_name(layout.shown[one]),
                other=group_name(layout.shown[other]),
                comparison=judged(contrast, p_values),
            )
            for ((one, other), contrast), p_values in zip(found.pairs.items(), of_pairs, strict=True)
        ],
        worst=worst_of(list(shown.values()), ses, n_people, bounds),
    )


def _precisions(contrasts: Sequence[Contrast]) -> tuple[Floats, Ints]:
    """Give standard error and number of people of each group (n_groups,)."""
    ses = np.array([contrast.se for contrast in contrasts], np.float64)
    return ses, np.array([contrast.n_people for contrast in contrasts], np.int64)
