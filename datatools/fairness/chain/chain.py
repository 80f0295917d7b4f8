"""On the way from photograph to student, where are the people of a group lost, or served worse?

The funnel: every step's number is compared between the groups of every axis with the audit's own
statistics. A step stands where a model would, and all comparisons of all steps are one family.
"""

import dataclasses
from collections.abc import Iterator, Sequence

import pandas as pd

from datatools.errors import DataError
from datatools.fairness.chain.chain_cases import (
    ACCEPTED,
    ACCEPTED_ACCURACY,
    FACES,
    GAIN,
    LANDMARKS,
    REFINED,
    STUDENT,
    TEACHER,
)
from datatools.fairness.chain.chain_result import Chain, Step
from datatools.fairness.chain.steps import COLUMNS, Cases
from datatools.fairness.chain.transfer import transfers
from datatools.fairness.estimates import AttributeAudit, Estimate, Interval, ModelAudit
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.fairness.statistics.shares import Counts, with_score_interval, with_score_intervals
from datatools.progress import Progress

_SHARES = frozenset({FACES, LANDMARKS, ACCEPTED})
_ORDER = (FACES, LANDMARKS, TEACHER, GAIN, REFINED, ACCEPTED, ACCEPTED_ACCURACY, STUDENT)
_GAIN_BOUNDS = (-1.0, 1.0)
_VALUE_BOUNDS = (0.0, 1.0)


def chain(cases: Cases, plan: Plan, progress: Progress) -> Chain:
    """Compare every step of the chain between groups, and tell what of a teacher's bias the student has.

    Intervals are of single comparisons; shares have score intervals, all else the audit's own.

    Args:
        cases: each picture's number at each step; pictures without a number at a step are not in it.
        plan: the audit's; its metrics are not used.
        progress: shows one step for each axis of each step of the chain.

    Raises:
        DataError: a column is missing, or a picture has two numbers at one step.
    """
    frame = _checked(cases.frame)
    if frame.empty:
        return Chain(steps=[], transfers=[], n_comparisons=0, notes=[*cases.notes])
    funnel = dataclasses.replace(plan, metrics=[MeanValue(bounds=_GAIN_BOUNDS)])
    audited = audit_models(frame.rename(columns={"step": "model"}), funnel, progress)
    steps = [_step(model, frame, cases, plan) for model in audited.models]
    steps.sort(key=lambda step: (_place(step.step), step.step, step.reference_source or ""))
    return Chain(
        steps=steps,
        transfers=transfers(frame, plan, progress),
        n_comparisons=audited.n_comparisons,
        notes=[*cases.notes, *_notes(cases.frame, steps)],
    )


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the rows that hold a number.

    Raises:
        DataError: as ``chain``.
    """
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise DataError(f"expected the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}")
    for step in frame["step"].unique():  # a groupby would copy all rows first
        rows = frame.loc[frame["step"] == step, ["reference_source", "sample_id"]]
        repeated = rows.duplicated()
        if repeated.any():
            raise DataError(
                "expected one number for each picture at each step; picture "
                f"{rows.loc[repeated, 'sample_id'].iloc[0]} has two at {step}"
            )
    is_known = frame["value"].notna()
    return frame if is_known.all() else frame[is_known]


def _place(step: str) -> int:
    begins = next(name for name in _ORDER if step == name or (name.endswith(":") and step.startswith(name)))
    return _ORDER.index(begins)


def _step(model: ModelAudit, frame: pd.DataFrame, cases: Cases, plan: Plan) -> Step:
    step = model.model
    overall = model.overall["value"]
    attributes = [one.model_copy(update={"metric": step}) for one in model.attributes]
    if step in _SHARES:
        rows = frame[frame["step"] == step]
        counts = _counts(rows)
        overall = with_score_interval(overall, counts)
        attributes = with_score_intervals(attributes, plan.axes, counts)
    elif step != GAIN:
        overall = _clipped(overall)
        attributes = [_clipped_attribute(one) for one in attributes]
    return Step(
        step=step,
        definition=cases.definitions.get(step, step),
        reading="share" if step in _SHARES else model.reading,
        reference_source=model.reference_source or None,
        overall=overall,
        attributes=[one for one in attributes if one.groups],  # of the others nobody came to this step
    )


def _counts(rows: pd.DataFrame) -> dict[str, Counts]:
    by_person = rows.groupby("person_id", observed=True)["value"]
    sums, sizes = by_person.sum(), by_person.size()
    return {
        str(person): (round(good), int(n)) for person, good, n in zip(sums.index, sums, sizes, strict=True)
    }


def _clipped_attribute(attribute: AttributeAudit) -> AttributeAudit:
    """Cut intervals where an IoU ends: the audit was told the wider bounds of a gain."""
    groups = [
        group.model_copy(
            update={
                "estimate": _clipped(group.estimate),
                "shrunken": None if group.shrunken is None else _cut(group.shrunken),
            }
        )
        for group in attribute.groups
    ]
    worst = attribute.worst
    if worst is not None:
        worst = worst.model_copy(update={"seen": _cut(worst.seen), "corrected": _cut(worst.corrected)})
    return attribute.model_copy(update={"groups": groups, "worst": worst})


def _clipped(found: Estimate) -> Estimate:
    low, high = (_within(end) for end in (found.low, found.high))
    return found.model_copy(update={"low": low, "high": high})


def _cut(found: Interval) -> Interval:
    value, low, high = (_within(end) for end in (found.value, found.low, found.high))
    return Interval(value=value, low=low, high=high)


def _within(number: float | None) -> float | None:
    return None if number is None else min(max(number, _VALUE_BOUNDS[0]), _VALUE_BOUNDS[1])


def _notes(frame: pd.DataFrame, steps: Sequence[Step]) -> Iterator[str]:
    n_unknown = int(frame["value"].isna().sum())
    if n_unknown:
        yield f"Numbers that are undefined and left out of the chain: {n_unknown}."
    if len({step.overall.n_images for step in steps}) > 1:
        yield (
            "The steps of the chain are of different pictures: shares of all that were looked at, accuracy "
            "of those with human or rendered masks alone."
        )
