"""How large would gaps be between people who are portrayed alike?

Raw and adjusted gaps are regressions over pictures, with the group and without or with the confounders;
errors are clustered by person. Beside them stand the gap between matched people and each confounder's
part in what was explained. What is found is an association in these data, not a cause.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools.fairness.estimates import Estimate
from datatools.fairness.gaps import Plan
from datatools.fairness.statistics.clustered import Coefficient
from datatools.fairness.statistics.inference import Rules, holm
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.people import Floats, by_person
from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import Axis, Levels, group_name
from datatools.fairness.why.alike import Gap, Pictures, gap_of
from datatools.fairness.why.conditioning import design
from datatools.fairness.why.confounders import (
    Conditions,
    chosen,
    conditions_of,
    confounder,
)
from datatools.fairness.why.drawn_people import of_drawn_people
from datatools.fairness.why.numbers import Numbers
from datatools.fairness.why.why_result import AdjustedGap, AdjustedVerdict, Adjustment
from datatools.metrics import Metric
from datatools.progress import Progress
from datatools.records import Measurement

_UNKNOWN = Estimate(value=None, low=None, high=None, n_images=None, n_people=None)
_LIKE_FRAC = 0.8  # of a group's people; where fewer have a match, the regression reaches beyond the data
_LEFT_OUT_FRAC = 0.2  # of the people, worth a sentence
_STREAM = 62  # of the random numbers, this section's own


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """One axis under one model, before the family is corrected."""

    model: str
    reference_source: str
    layout: Layout
    confounders: list[str]
    notes: list[str]
    n_images: int
    n_people: int  # whose confounders are all known
    n_left_out: int
    gaps: dict[str, Gap]  # of the groups that are shown; empty: nothing to adjust for, or too few people
    n_own: dict[str, int]  # their people

    @property
    def n_comparisons(self) -> int:
        """Count the comparisons; two groups alone are one, seen from both sides."""
        if len(self.gaps) == 2 and sum(self.n_own.values()) == self.n_people:
            return 1
        return len(self.gaps)


def adjustments(
    scores: pd.DataFrame,
    plan: Plan,
    measurements: Sequence[Measurement] | Numbers,
    wanted: Sequence[str] | None,
    progress: Progress,
    answered: Sequence[Axis] = (),
) -> list[Adjustment]:
    """Adjust every axis's gaps under every model and kind of reference.

    Args:
        scores: good rows of all models.
        plan: what is compared, and how; the first metric alone is adjusted.
        measurements: of any pictures.
        wanted: measurements and questions to adjust for, ``standard`` among them for the standard ones
            that were measured; None: those alone; empty: none, so that nothing is adjusted.
        progress: shows one step for each axis of each model.
        answered: axes of single questions that may be adjusted for, beside those of the plan.

    Raises:
        UsageError: nothing of a wanted name is known.
    """
    if wanted is not None and not wanted:
        return []
    numbers = Numbers.of(measurements)
    work = []
    for (model, source), rows in scores.groupby(["model", "reference_source"], sort=True):
        # Laid over everybody: what an audit hides is hidden here, whoever is drawn.
        layouts = lay(plan.axes, by_person(rows, []), plan.min_people)
        drawn, note = of_drawn_people(rows, np.random.default_rng([plan.seed, _STREAM]))
        known = conditions_of(drawn, numbers, [*plan.axes, *answered])
        work += [(str(model), str(source), drawn, note, known, layout) for layout in layouts]
    found = []
    with progress.bar("adjust", len(work)) as advance:
        for model, source, rows, note, known, layout in work:
            one = _axis(model, source, rows, known, layout, wanted, plan)
            found.append(replace(one, notes=[*one.notes, *note]))
            advance()
    corrected = iter(holm([p for axis in found for p in _family(axis)]))
    return [_adjustment(axis, [next(corrected) for _ in _family(axis)], plan) for axis in found]


def _axis(
    model: str,
    source: str,
    rows: pd.DataFrame,
    known: Conditions,
    layout: Layout,
    wanted: Sequence[str] | None,
    plan: Plan,
) -> _Axis:
    """Gather one axis's pictures and estimate its groups."""
    names, notes = chosen(layout.axis, wanted, known)
    values, is_mean = values_of(plan.metrics[0], rows)
    codes, ids = pd.factorize(rows["person_id"].astype(str), sort=True)
    person = codes.astype(np.int64)
    place = {level: number for number, level in enumerate(layout.axis.levels)}
    of_person = (layout.axis.group_of.get(str(name)) for name in ids)
    # Of each person; -1 is without an answer.
    group = np.array([-1 if level is None else place[level] for level in of_person], np.int64)
    is_labelled = (group[person] >= 0) & np.isfinite(values)
    confounders = [confounder(name, known, person) for name in names]
    complete = is_labelled.copy()
    for one in confounders:
        complete &= one.is_known
    inside = np.unique(person[complete])
    n_people, n_all = len(inside), len(np.unique(person[is_labelled]))
    if not is_mean:
        notes.append(
            f"{plan.metrics[0].name} is no plain mean over pictures: here each picture's own value counts, "
            "so the raw gap is not that of the other tables."
        )
    if n_all - n_people > _LEFT_OUT_FRAC * n_all:
        notes.append(
            f"Of {n_all - n_people} of {n_all} people a confounder is unknown: they are left out, and the "
            "others may not stand for them."
        )
    made = design([one.of(complete) for one in confounders], n_people) if n_people else None
    gaps: dict[str, Gap] = {}
    n_own: dict[str, int] = {}
    if not names and wanted is None:
        notes.append("Not adjusted: no standard confounder was measured on enough pictures.")
    elif not names:
        notes.append("Not adjusted: no confounder is left.")
    elif made is None:
        notes.append(f"Not adjusted: too few people ({n_people}) for {len(names)} confounders.")
    elif made.columns.shape[1] == 0:
        notes += [*made.notes, "Not adjusted: no confounder varies."]
    else:
        notes += made.notes
        pictures = Pictures(values[complete], person[complete], made)
        counted = np.bincount(group[inside], minlength=len(place))
        for level in _shown(layout, counted, plan.min_people):
            if counted[place[level]] < n_people:
                n_own[group_name(level)] = int(counted[place[level]])
                is_in = group[pictures.person] == place[level]
                gaps[group_name(level)] = gap_of(pictures, is_in, plan.min_people)
        notes += _doubts(gaps, n_own, made.names, made.owner)
    return _Axis(
        model, source, layout, names, notes, int(complete.sum()), n_people, n_all - n_people, gaps, n_own
    )


def values_of(metric: Metric, rows: pd.DataFrame) -> tuple[Floats, bool]:
    """Give each picture's own value (n_images,), and say whether the metric is their plain mean."""
    columns = metric.columns(rows)
    values = np.asarray(metric.value(columns), np.float64)
    defined = np.isfinite(values)
    whole = float(metric.value(columns.sum(axis=0)))
    is_mean = not defined.any() or bool(np.isclose(values[defined].mean(), whole, rtol=1e-9, atol=1e-12))
    return values, is_mean


def _shown(layout: Layout, counted: NDArray[np.int64], min_people: int) -> list[Levels]:
    """Name the groups that are large enough among the people whose confounders are known.

    Args:
        layout: which groups the audit hides.
        counted: (n_levels,), the people of each group who are left.
        min_people: groups of fewer are not shown.
    """
    n_people = {level: int(n) for level, n in zip(layout.axis.levels, counted, strict=True) if n > 0}
    hidden = suppressed(n_people, min_people, layout.hidden & n_people.keys())
    return [level for level in n_people if level not in hidden]


def _doubts(
    gaps: dict[str, Gap], n_own: dict[str, int], names: Sequence[str], owner: NDArray[np.int64]
) -> list[str]:
    """Say where the groups have too little in common to be compared."""
    notes = []
    for group, gap in gaps.items():
        if gap.adjusted is None and n_own[group] > 1:
            notes.append(f"{group}: the confounders all but name the group, nothing is left to compare.")
        elif gap.adjusted is not None and gap.matched is None:
            notes.append(
                f"{group}: too few of its {n_own[group]} people have a match in the rest; the adjusted gap "
                "rests on the regression alone, beyond what both have in common."
            )
        elif gap.matched is not None:
            if gap.matched.n_matched < _LIKE_FRAC * n_own[group]:
                notes.append(
                    f"{group}: {gap.matched.n_matched} of {n_own[group]} people have a match in the rest; "
                    "for the others the adjusted gap rests on the regression alone."
                )
            apart = sorted({names[place] for place in owner[gap.matched.unbalanced]})
            if apart:
                notes.append(f"{group}: matched people still differ in {', '.join(apart)}.")
    return notes


def _family(axis: _Axis) -> list[float]:
    """Give the p-values that an axis adds to the family; a test that cannot be made counts as 1."""
    p_values = [_p_value(gap) for gap in axis.gaps.values()]
    return [1.0 if p is None else p for p in p_values][: axis.n_comparisons]


def _p_value(gap: Gap) -> float | None:
    return None if gap.adjusted is None else gap.adjusted.p_value()


def _adjustment(axis: _Axis, corrected: list[float], plan: Plan) -> Adjustment:
    if axis.n_comparisons == 1:
        corrected = corrected * len(axis.gaps)
    return Adjustment(
        model=axis.model,
        reference_source=axis.reference_source,
        attribute=axis.layout.axis.name,
        metric=plan.metrics[0].name,
        confounders=axis.confounders,
        n_people=axis.n_people,
        n_left_out=axis.n_left_out,
        groups=[
            _adjusted(name, gap, p_holm, axis, plan.rules)
            for (name, gap), p_holm in zip(axis.gaps.items(), corrected, strict=True)
        ],
        notes=axis.notes,
    )


def _adjusted(name: str, gap: Gap, p_holm: float, axis: _Axis, rules: Rules) -> AdjustedGap:
    sizes = (axis.n_images, axis.n_people)
    p_value, split, matched = _p_value(gap), gap.decomposition, gap.matched
    return AdjustedGap(
        group=name,
        raw=_estimate(gap.raw, *sizes),
        adjusted=_estimate(gap.adjusted, *sizes),
        explained=_UNKNOWN
        if split is None
        else Estimate(**split.explained.model_dump(), n_images=sizes[0], n_people=sizes[1]),
        parts=[] if split is None else split.parts,
        matched=None
        if matched is None
        else Estimate(
            value=matched.value,
            low=matched.low,
            high=matched.high,
            n_images=matched.n_images,
            n_people=matched.n_matched + matched.n_used,
        ),
        n_matched=None if matched is None else matched.n_matched,
        p_value=p_value,
        p_holm=None if p_value is None else p_holm,
        verdict=_verdict(gap.adjusted, None if p_value is None else p_holm, rules),
    )


def _estimate(found: Coefficient | None, n_images: int, n_people: int) -> Estimate:
    if found is None:
        return _UNKNOWN
    low, high = found.interval() if np.isfinite(found.se) else (None, None)
    return Estimate(value=found.value, low=low, high=high, n_images=n_images, n_people=n_people)


def _verdict(adjusted: Coefficient | None, p_holm: float | None, rules: Rules) -> AdjustedVerdict:
    """Judge an adjusted gap as a raw one: certainly within the margin comes first."""
    if adjusted is None or p_holm is None:
        return "insufficient data"
    low, high = adjusted.interval(1 - 2 * rules.alpha)
    if -rules.margin < low and high < rules.margin:
        return "equivalent"
    return "gap" if p_holm < rules.alpha else "insufficient data"
