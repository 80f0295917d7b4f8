"""How large is each metric in each group of people, where nothing is compared?"""

from collections.abc import Sequence

import numpy as np

from datatools.fairness.estimates import Estimate
from datatools.fairness.statistics.drawing import Ints
from datatools.fairness.statistics.intervals import estimate, value_interval
from datatools.fairness.statistics.people import People
from datatools.fairness.statistics.resampling import SampleOfMany
from datatools.metrics import Metric


def group_values(
    metrics: Sequence[Metric], people: People, group: Ints, n_replicates: int, rng: np.random.Generator
) -> list[dict[str, Estimate]]:
    """Estimate metrics of each group, by metric name, with person-clustered intervals.

    All metrics see the same draws of people, so that a draw costs once what it would cost each.

    Args:
        metrics: what is estimated.
        people: with the sums of all these metrics.
        group: (n_people,), every number from 0 to its maximum at least once.
        n_replicates: resamples of people within groups.
        rng: of the resamples.
    """
    n_people, n_images = np.bincount(group), np.bincount(group, people.n_images)
    found: list[dict[str, Estimate]] = [{} for _ in n_people]
    if not metrics:
        return found
    sample = SampleOfMany(metrics, [people.sums[metric.name] for metric in metrics], group)
    every = zip(metrics, sample.observed(), sample.bootstrap(n_replicates, rng), strict=True)
    for metric, seen, drawn in every:
        for number, estimates in enumerate(found):
            value, se, n = float(seen.value[number]), float(seen.se[number]), int(n_people[number])
            ends = value_interval(value, se, drawn.value[:, number], drawn.se[:, number], n, metric.bounds)
            estimates[metric.name] = estimate(value, ends, metric.bounds, int(n_images[number]), n)
    return found


def overall_values(
    metrics: Sequence[Metric], people: People, n_replicates: int, rng: np.random.Generator
) -> dict[str, Estimate]:
    """Estimate metrics of all people together, as ``group_values`` does."""
    (found,) = group_values(metrics, people, np.zeros(len(people), np.int64), n_replicates, rng)
    return found
