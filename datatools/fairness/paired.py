"""By how much do two treatments of the same pictures differ, over people?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from datatools.fairness.intervals import overall
from datatools.fairness.people import Floats, People, by_person
from datatools.fairness.result import Estimate
from datatools.metrics._means import column, mean_columns, mean_of


class _MeanDifference:
    """The mean over pictures of a difference between two scores in [0, 1]."""

    name = "difference"
    definition = "Mean over pictures of the second score less the first."
    unit = "frac"
    bounds = (-1.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Floats:
        return mean_columns(column(scores, "difference"))

    def value(self, sums: Floats) -> Floats:
        return mean_of(sums)


def mean_difference(
    differences: Floats, person_ids: Sequence[str], n_replicates: int, rng: np.random.Generator
) -> Estimate:
    """Estimate the mean of paired differences (n_images,), with a person-clustered 95% interval."""
    scores = pd.DataFrame({"person_id": list(person_ids), "difference": differences})
    metric = _MeanDifference()
    people: People = by_person(scores, [metric])
    return overall(metric, people, n_replicates, rng)
