"""Does the factory drop or damage the masks of some people more than those of others?

Each outcome (acceptance, true and predicted quality) is compared between groups of people with the
audit's own statistics; all comparisons of all outcomes are one family, corrected together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from datatools.errors import UsageError
from datatools.fairness.chain.outcomes import OUTCOMES, Case, Outcome
from datatools.fairness.estimates import AttributeAudit, Estimate
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.fairness.statistics.shares import with_score_interval, with_score_intervals
from datatools.fairness.who.groups import Axis, axis, default_attributes
from datatools.progress import Progress
from datatools.records import Annotation, Measurement

# Numbers of the stage measure, cut at fixed edges: of skin tone those of Del Bino & Bernerd 2013 (its two
# darkest classes joined), of light and hair such that each band is common among portraits.
BANDS = (
    "face_ita_deg:10,28,41,55",
    "picture_lightness:35,50",
    "back_light:-20,20",
    "hair_below_chin:0",
)
_N_REPLICATES = 2_000
_MARGIN, _ALPHA = 0.01, 0.05  # the audit's own
_NO_MASKS = ""  # stands for a reference source where there is none: rows are grouped by it


@dataclass(frozen=True, slots=True)
class OutcomeParity:
    """One outcome by every attribute."""

    outcome: Outcome
    reference_source: str | None  # human or rendered, where the outcome is measured against such masks
    overall: Estimate
    attributes: list[AttributeAudit]


@dataclass(frozen=True, slots=True)
class Parity:
    """All outcomes, and how many comparisons were corrected together."""

    outcomes: list[OutcomeParity]
    n_comparisons: int


def axes_of(
    wanted: Sequence[str] | None,
    annotations: Sequence[Annotation],
    measurements: Sequence[Measurement],
    person_of: Mapping[str, str],
) -> tuple[list[Axis], list[str]]:
    """Make the axes that are asked for; without a wish every question and every band there is.

    Args:
        wanted: as the audit's attributes.
        annotations: all answers.
        measurements: all measurements.
        person_of: sample_id to person_id of the pictures that are compared.

    Returns:
        The axes, and a sentence for each that could not be made and was not asked for.

    Raises:
        UsageError: an attribute that was asked for does not exist.
    """
    if wanted is not None:
        specs = dict.fromkeys(wanted)  # asked for twice is asked for once
        return [axis(spec, annotations, measurements, person_of) for spec in specs], []
    answers = [row for row in annotations if row.sample_id in person_of]
    measured = {row.name for row in measurements if row.sample_id in person_of}
    bands = [spec for spec in BANDS if spec.partition(":")[0] in measured]
    axes, notes = [], []
    for spec in (*default_attributes(answers), *bands):
        try:
            axes.append(axis(spec, answers, measurements, person_of))
        except UsageError as error:
            notes.append(f"Not compared: {error}.")
    return axes, notes


def compare(cases: Sequence[Case], axes: Sequence[Axis], *, min_people: int, seed: int) -> Parity:
    """Compare every outcome between the groups of every axis.

    Args:
        cases: the pictures that were judged.
        axes: the groups.
        min_people: groups of fewer people are not shown.
        seed: of the resampling.
    """
    frame = _frame(cases)
    if frame.empty:
        return Parity([], 0)
    plan = Plan(
        metrics=[MeanValue()],
        axes=axes,
        rules=Rules(margin=_MARGIN, alpha=_ALPHA),
        min_people=min_people,
        n_replicates=_N_REPLICATES,
        seed=seed,
    )
    audited = audit_models(frame, plan, Progress("quiet"))
    by_name = {outcome.name: outcome for outcome in OUTCOMES}
    found = [
        OutcomeParity(
            outcome=by_name[model.model],
            reference_source=model.reference_source or None,
            overall=model.overall["value"],
            attributes=[a.model_copy(update={"metric": model.model}) for a in model.attributes],
        )
        for model in audited.models
    ]
    place = {outcome.name: number for number, outcome in enumerate(OUTCOMES)}
    found.sort(key=lambda parity: (place[parity.outcome.name], parity.reference_source or ""))
    rated = [_with_wilson(parity, cases, axes) if _is_share(parity) else parity for parity in found]
    return Parity(rated, audited.n_comparisons)


def _frame(cases: Sequence[Case]) -> pd.DataFrame:
    """Give a row for each picture under each outcome it has; an outcome stands where a model would."""
    rows = [
        (
            outcome.name,
            (case.reference_source or _NO_MASKS) if outcome.name.endswith("reference_iou") else _NO_MASKS,
            case.person_id,
            value,
        )
        for outcome in OUTCOMES
        for case in cases
        if (value := case.value(outcome.name)) is not None
    ]
    return pd.DataFrame(rows, columns=["model", "reference_source", "person_id", "value"])


def _is_share(parity: OutcomeParity) -> bool:
    return parity.outcome.name == "accepted"


def _with_wilson(parity: OutcomeParity, cases: Sequence[Case], axes: Sequence[Axis]) -> OutcomeParity:
    """Give shares and their gaps score intervals: a bootstrap of a group that was accepted whole has none."""
    of_person: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for case in cases:
        of_person[case.person_id][0] += case.is_accepted
        of_person[case.person_id][1] += 1
    counts = {person: (good, n) for person, (good, n) in of_person.items()}
    return OutcomeParity(
        parity.outcome,
        parity.reference_source,
        with_score_interval(parity.overall, counts),
        with_score_intervals(parity.attributes, axes, counts),
    )
