"""Do a data set's masks err in one direction for some groups of people?

Overlap takes too much and too little for the same: masks of one group that are all drawn 2 px too wide
lose as much Dice as masks with noise of that size, and a network that learns them learns the width. So
masks are held against a consensus with the direction kept. Which of both is off, the numbers do not say.
"""

import dataclasses
from collections.abc import Iterator
from typing import Literal

import pandas as pd

from datatools.errors import DataError
from datatools.fairness.chain.chain_result import LabelBias
from datatools.fairness.estimates import AttributeAudit, Comparison, Estimate, ModelAudit
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.metrics._means import Values, column, ratio
from datatools.progress import Progress

EDGE = "edge_shift_px"
EDGE_MARGIN_PX = 0.5  # what no pencil resolves: a mask's own grid is twice as coarse
MEASURES = {
    "over_frac": "Pixels of the mask beyond the consensus, relative to the consensus's area.",
    "under_frac": "Pixels of the consensus that the mask lacks, relative to the consensus's area.",
    "area_ratio": "Area of the mask less that of the consensus, relative to it; above 0: the mask is larger.",
    EDGE: (
        "Mean distance of the mask's edge from the consensus's, outward positive, of the parts that are "
        "near each other; 1 px: the mask is drawn 1 px wider all round."
    ),
}
COLUMNS = ("sample_id", "person_id", "mask", "against", "tp", "fp", "fn", EDGE)
_UNBOUNDED = (float("-inf"), float("inf"))
_BETWEEN = "\x1f"  # joins the names of two masks


def label_bias(pairs: pd.DataFrame, plan: Plan, progress: Progress) -> list[LabelBias]:
    """Compare the direction in which masks differ from a consensus between the groups of every axis.

    All comparisons of all measures are one family, corrected together. Pictures whose consensus is empty
    have no relative areas, those without edges that are near each other no shift.

    Args:
        pairs: a row for each picture and pair of masks, with the columns of ``COLUMNS``.
        plan: the audit's; its metrics are not used, its margin is that of areas.
        progress: shows one step for each axis of each measure.

    Raises:
        DataError: a column is missing, or a picture has two rows for one pair of masks.
    """
    frame = _measured(_checked(pairs))
    if frame.empty:
        return []
    scale = {measure: _margin(measure, plan) / plan.rules.margin for measure in MEASURES}
    frame["value"] = frame["value"] / frame["model"].map(scale)
    direction = dataclasses.replace(plan, metrics=[MeanValue(bounds=_UNBOUNDED)])
    audited = audit_models(frame, direction, progress)
    order = list(MEASURES)
    models = sorted(audited.models, key=lambda model: (model.reference_source, order.index(model.model)))
    return [
        found
        for model in models
        for found in _of_measure(model, scale[model.model], plan, audited.n_comparisons)
    ]


def _checked(pairs: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in pairs.columns]
    if missing:
        raise DataError(f"expected the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}")
    key = ["sample_id", "mask", "against"]
    repeated = pairs.duplicated(key)
    if repeated.any():
        sample_id, mask, against = pairs.loc[repeated, key].iloc[0]
        raise DataError(
            f"expected one row for each picture and pair of masks; picture {sample_id} has two of {mask} "
            f"against {against}"
        )
    return pairs


def _measured(pairs: pd.DataFrame) -> pd.DataFrame:
    """Give a row for each picture under each measure, as the audit takes them: a measure as a model."""
    names = pairs["mask"].astype(str) + _BETWEEN + pairs["against"].astype(str)
    parts = [
        pd.DataFrame(
            {
                "model": measure,
                "reference_source": names,
                "person_id": pairs["person_id"],
                "value": _values(pairs, measure),
            }
        )
        for measure in MEASURES
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="value")


def _values(pairs: pd.DataFrame, measure: str) -> Values:
    if measure == EDGE:
        return column(pairs, EDGE)
    tp, fp, fn = (column(pairs, name) for name in ("tp", "fp", "fn"))
    part = {"over_frac": fp, "under_frac": fn, "area_ratio": fp - fn}[measure]
    return ratio(part, tp + fn, empty=float("nan"))


def _margin(measure: str, plan: Plan) -> float:
    return EDGE_MARGIN_PX if measure == EDGE else plan.rules.margin


def _of_measure(model: ModelAudit, scale: float, plan: Plan, n_comparisons: int) -> Iterator[LabelBias]:
    mask, _, against = model.reference_source.partition(_BETWEEN)
    unit: Literal["frac", "px"] = "px" if model.model == EDGE else "frac"
    for attribute in model.attributes:
        if not attribute.groups:  # nobody with such masks is in a group
            continue
        yield LabelBias(
            mask_source=mask,
            consensus=against,
            measure=model.model,
            definition=MEASURES[model.model],
            unit=unit,
            margin=_margin(model.model, plan),
            attribute=attribute.attribute,
            answered_by=attribute.answered_by,
            overall=_in_own_unit(model.overall["value"], scale),
            groups=_comparisons(attribute, scale),
            values={group.group: _in_own_unit(group.estimate, scale) for group in attribute.groups},
            n_comparisons=n_comparisons,
        )


def _comparisons(attribute: AttributeAudit, scale: float) -> dict[str, Comparison]:
    return {
        group.group: group.comparison.model_copy(
            update={
                "gap": _in_own_unit(group.comparison.gap, scale),
                "detectable_gap": _times(group.comparison.detectable_gap, scale),
            }
        )
        for group in attribute.groups
    }


def _in_own_unit(found: Estimate, scale: float) -> Estimate:
    value, low, high = (_times(number, scale) for number in (found.value, found.low, found.high))
    return found.model_copy(update={"value": value, "low": low, "high": high})


def _times(number: float | None, scale: float) -> float | None:
    return None if number is None else number * scale
