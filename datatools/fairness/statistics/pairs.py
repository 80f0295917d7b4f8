"""Which groups of one attribute differ from each other, and not only from the rest?"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from datatools.fairness.statistics.drawing import Ints
from datatools.fairness.statistics.inference import Contrast, Draws, Resampled, Rules, contrast_of
from datatools.fairness.statistics.people import Floats
from datatools.fairness.statistics.pivots import Two, pivot
from datatools.fairness.statistics.resampling import Sample, Statistics
from datatools.metrics import Metric

_STREAM = 3  # of the deals within pairs; ``inference`` has 0 and 1, ``gaps`` 2


def pairwise(
    metric: Metric,
    columns: Floats,
    stratum: Ints,
    found: Resampled,
    groups: Sequence[Contrast],
    n_images: Sequence[int],
    rules: Rules,
    draws: Draws,
) -> dict[tuple[int, int], Contrast]:
    """Compare every two groups, by their places in ``groups``.

    People are those drawn for ``found``. Labels are dealt within the two groups only: dealt among all
    people, a third group that differs would change what two alike ones show.

    Args:
        metric: what is compared.
        columns: (n_people, k), a person's sums.
        stratum: (n_people,), the group that each person is in.
        found: the statistics of all strata.
        groups: the contrasts of the strata that are compared, which come first, against the rest.
        n_images: pictures of each stratum.
        rules: how gaps are judged.
        draws: how often labels are dealt.
    """
    contrasts = {}
    for one, other in combinations(range(len(groups)), 2):
        is_in = (stratum == one) | (stratum == other)
        dealt = Sample(metric, columns[is_in], (stratum[is_in] == other).astype(np.int64)).permute(
            draws.n_permutations, np.random.default_rng([draws.seed, _STREAM, one, other])
        )
        seen = _two(found.seen, one, other)
        sizes = (found.n_people[one], found.n_people[other])
        at = pivot(seen, _two(found.drawn, one, other), _two(dealt, 0, 1), sizes, metric.bounds)
        images = n_images[one] + n_images[other]
        contrasts[one, other] = contrast_of(at, seen, groups[one].value, sizes, images, metric.bounds, rules)
    return contrasts


def _two(found: Statistics, one: int, other: int) -> Two:
    return Two(found.value[..., one], found.se[..., one], found.value[..., other], found.se[..., other])
