"""Does the factory drop or damage the masks of some people more than those of others?

Each outcome (acceptance, true and predicted quality) is compared between groups of people with the
audit's own statistics; all comparisons of all outcomes are one family, corrected together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from datatools import columns, tables
from datatools.counting import Codes
from datatools.errors import UsageError
from datatools.fairness.chain.outcomes import OUTCOMES, Cases, Floats, Outcome
from datatools.fairness.estimates import AttributeAudit, Estimate
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.fairness.statistics.shares import with_score_interval, with_score_intervals
from datatools.fairness.who.axes import Known
from datatools.fairness.who.groups import Axis, attributes_of
from datatools.fairness.who.pictured import Pictured
from datatools.progress import Progress
from datatools.workspace import Workspace

# Numbers of the stage measure, cut at fixed edges: of skin tone those of Del Bino & Bernerd 2013 (its two
# darkest classes joined), of light and hair such that each band is common among portraits.
BANDS = (
    "face_ita_deg:10,28,41,55",
    "picture_lightness:35,50",
    "back_light:-20,20",
    "hair_below_chin:0",
)
_BAND_OF = {band.partition(":")[0]: band for band in BANDS}
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
    workspace: Workspace, wanted: Sequence[str] | None, person_of: Pictured
) -> tuple[list[Axis], list[str]]:
    """Make the axes that are asked for; without a wish every question and every band there is.

    Args:
        workspace: whose answers and measurements are read.
        wanted: as the audit's attributes.
        person_of: sample_id to person_id of the pictures that are compared.

    Returns:
        The axes, and a sentence for each that could not be made and was not asked for.

    Raises:
        UsageError: an attribute that was asked for does not exist.
    """
    known = Known(workspace, person_of)
    if wanted is not None:
        return [known.axis(spec) for spec in dict.fromkeys(wanted)], []  # asked for twice is asked for once
    measured = _measured(workspace, person_of)
    axes, notes = [], []
    for spec in (
        *attributes_of(known.answered),
        *(band for name, band in _BAND_OF.items() if name in measured),
    ):
        try:
            axes.append(known.axis(spec))
        except UsageError as error:
            notes.append(f"Not compared: {error}.")
    return axes, notes


def _measured(workspace: Workspace, person_of: Pictured) -> set[str]:
    """Name the numbers with bands that were measured in these pictures."""
    names, where = ("sample_id", "name"), {"name": tuple(_BAND_OF)}
    found: set[str] = set()
    for rows in workspace.pieces(tables.MEASUREMENTS, names, where=where, encoded=("name",)):
        ours = rows.filter(columns.is_about(rows, person_of.in_order))
        found |= set(ours["name"].unique().to_pylist())
    return found


def compare(cases: Cases, axes: Sequence[Axis], *, min_people: int, seed: int) -> Parity:
    """Compare every outcome between the groups of every axis.

    Args:
        cases: the pictures that were judged.
        axes: the groups.
        min_people: groups of fewer people are not shown.
        seed: of the resampling.
    """
    if not len(cases.sample_ids):
        return Parity([], 0)
    plan = Plan(
        metrics=[MeanValue()],
        axes=axes,
        rules=Rules(margin=_MARGIN, alpha=_ALPHA),
        min_people=min_people,
        n_replicates=_N_REPLICATES,
        seed=seed,
    )
    audited = audit_models(_frame(cases), plan, Progress("quiet"))
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


def _frame(cases: Cases) -> pd.DataFrame:
    """Give a row for each picture under each outcome it has; an outcome stands where a model would."""
    names = [outcome.name for outcome in OUTCOMES]
    sources = sorted({_NO_MASKS, *cases.sources})
    place = np.array([*(sources.index(source) for source in cases.sources), sources.index(_NO_MASKS)])
    rows: list[tuple[Codes, Codes, Codes, Floats]] = []
    for number, name in enumerate(names):
        values = cases.values(name)
        has_value = ~np.isnan(values)
        is_measured = name.endswith("reference_iou")
        source = place[cases.source if is_measured else np.full(len(values), -1)]
        outcome = np.full(np.count_nonzero(has_value), number)
        rows.append((outcome, source[has_value], cases.person[has_value], values[has_value]))
    outcome, source, person, value = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return pd.DataFrame(
        {
            "model": pd.Categorical.from_codes(outcome, pd.Index(names, dtype=object)),
            "reference_source": pd.Categorical.from_codes(source, pd.Index(sources, dtype=object)),
            "person_id": pd.Categorical.from_codes(person, pd.Index(cases.people, dtype=object)),
            "value": value,
        }
    )


def _is_share(parity: OutcomeParity) -> bool:
    return parity.outcome.name == "accepted"


def _with_wilson(parity: OutcomeParity, cases: Cases, axes: Sequence[Axis]) -> OutcomeParity:
    """Give shares and their gaps score intervals: a bootstrap of a group that was accepted whole has none."""
    n_good = np.bincount(cases.person, cases.is_accepted, minlength=len(cases.people)).astype(np.int64)
    n_images = np.bincount(cases.person, minlength=len(cases.people))
    found, first = np.unique(cases.person, return_index=True)
    in_order = found[np.argsort(first)]  # as they come: sums of floats depend on it
    pairs = zip(in_order.tolist(), n_good[in_order].tolist(), n_images[in_order].tolist(), strict=True)
    counts = {cases.people[person]: (good, n) for person, good, n in pairs}
    return OutcomeParity(
        parity.outcome,
        parity.reference_source,
        with_score_interval(parity.overall, counts),
        with_score_intervals(parity.attributes, axes, counts),
    )
