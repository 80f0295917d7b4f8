"""Do masks differ in shape between groups of people: area, centring, truncation, edge?

Differences are of how people were photographed as much as of the masks: they are confounders to know of.
The audit's own statistics compare each group with the rest, people as units, in standard deviations
between people; results are given in the measure's own unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from datatools.fairness.composition.composition_result import MaskDifference
from datatools.fairness.composition.framing import MASK_SHAPE
from datatools.fairness.estimates import AttributeAudit, Comparison, Estimate, ModelAudit
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress

MARGIN_SD = 0.2  # of equivalence: what Cohen (1988) calls a small difference
_MAX_PEOPLE = 5_000  # drawn at random from more: an interval's half width is then below 0.03 SD


@dataclass(frozen=True, slots=True)
class Differences:
    """All measures by all attributes, and how many comparisons were corrected together."""

    measures: list[MaskDifference]
    n_comparisons: int


def compare(
    shapes: pd.DataFrame,
    axes: Sequence[Axis],
    *,
    alpha: float,
    min_people: int,
    n_replicates: int,
    seed: int,
) -> Differences:
    """Compare the shape of the masks between the groups of every axis.

    Args:
        shapes: a row for each picture: person_id, mask_source, and the columns of MASK_SHAPE.
        axes: the groups.
        alpha: of the family of comparisons.
        min_people: groups of fewer people are not shown.
        n_replicates: resamples of people.
        seed: of the resampling.
    """
    shapes = shapes.reset_index(drop=True)
    people = np.sort(shapes["person_id"].unique())
    if len(people) > _MAX_PEOPLE:
        drawn = np.random.default_rng(seed).choice(people, _MAX_PEOPLE, replace=False)
        shapes = shapes[shapes["person_id"].isin(drawn)]
    scales: dict[tuple[str, str], tuple[float, float]] = {}
    parts = []
    for (source, measure), value in _series(shapes):
        by_person = value.groupby(shapes.loc[value.index, "person_id"]).mean()
        mean, sd = float(by_person.mean()), float(by_person.std())
        if len(by_person) > 1 and sd > 0:
            scales[measure, source] = (mean, sd)
            parts.append(
                pd.DataFrame(
                    {
                        "model": measure,
                        "reference_source": source,
                        "person_id": shapes.loc[value.index, "person_id"],
                        "value": (value - mean) / sd,
                    }
                )
            )
    if not parts:
        return Differences([], 0)
    plan = Plan(
        metrics=[MeanValue(bounds=(-np.inf, np.inf))],
        axes=axes,
        rules=Rules(margin=MARGIN_SD, alpha=alpha),
        min_people=min_people,
        n_replicates=n_replicates,
        seed=seed,
    )
    audited = audit_models(pd.concat(parts, ignore_index=True), plan, Progress("quiet"))
    order = list(MASK_SHAPE)
    models = sorted(audited.models, key=lambda model: (order.index(model.model), model.reference_source))
    return Differences(
        [_in_own_unit(model, *scales[model.model, model.reference_source]) for model in models],
        audited.n_comparisons,
    )


def _series(shapes: pd.DataFrame) -> "list[tuple[tuple[str, str], pd.Series[float]]]":
    """Give the known values of each measure on each kind of mask."""
    return [
        ((str(source), measure), rows[measure].dropna())
        for source, rows in shapes.groupby("mask_source", sort=True)
        for measure in MASK_SHAPE
    ]


def _in_own_unit(model: ModelAudit, mean: float, sd: float) -> MaskDifference:
    return MaskDifference(
        measure=model.model,
        definition=MASK_SHAPE[model.model],
        mask_source=model.reference_source,
        sd=sd,
        attributes=[_attribute(attribute, mean, sd) for attribute in model.attributes],
    )


def _attribute(attribute: AttributeAudit, mean: float, sd: float) -> AttributeAudit:
    def own(number: float | None, shift: float = 0.0) -> float | None:
        return None if number is None else number * sd + shift

    def estimate(found: Estimate, shift: float = 0.0) -> Estimate:
        ends = {name: own(getattr(found, name), shift) for name in ("value", "low", "high")}
        return found.model_copy(update=ends)

    def comparison(found: Comparison) -> Comparison:
        update = {"gap": estimate(found.gap), "detectable_gap": own(found.detectable_gap)}
        return found.model_copy(update=update)

    spread = attribute.spread
    return attribute.model_copy(
        update={
            "groups": [
                group.model_copy(
                    update={
                        "estimate": estimate(group.estimate, mean),
                        "comparison": comparison(group.comparison),
                    }
                )
                for group in attribute.groups
            ],
            "spread": spread.model_copy(
                update={"gap": own(spread.gap), "expected_under_null": own(spread.expected_under_null)}
            ),
        }
    )
