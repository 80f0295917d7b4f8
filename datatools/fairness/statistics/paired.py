"""By how much do two treatments of the same pictures differ, over people?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from datatools.fairness.estimates import Estimate
from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats, by_person
from datatools.fairness.statistics.resampling import Sample
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
    """Estimate the mean of paired differences (n_images,), with a person-clustered 95% interval.

    A percentile interval, unlike those of ``intervals``: most differences are exactly 0 where a
    treatment seldom acts, replicates that draw few others have next to no spread, and studentised ends
    run away. None where there is one person only.
    """
    scores = pd.DataFrame({"person_id": list(person_ids), "difference": differences})
    metric = _MeanDifference()
    people = by_person(scores, [metric])
    n_people = len(people)
    sample = Sample(metric, people.sums[metric.name], np.zeros(n_people, np.int64))
    low = high = None
    if n_people > 1:
        drawn = sample.bootstrap(n_replicates, rng).value[:, 0]
        low, high = (float(end) for end in np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    return Estimate(
        value=float(np.mean(differences)), low=low, high=high, n_images=len(differences), n_people=n_people
    )
