"""Between which bounds does a value lie, given its replicates?

Studentised (bootstrap-t) intervals: on skewed scores of 5 to 50 people they cover 93% where percentile
and BCa intervals cover 75 to 92% (docs/statistics.md has the figures).
"""

import numpy as np
from scipy import stats

from datatools.fairness.people import Floats, People
from datatools.fairness.resampling import Sample
from datatools.fairness.result import Estimate
from datatools.metrics import Metric

LEVEL = 0.95
_FLAT_SE_FRAC = 1e-6  # of the sample's standard error; below it a replicate drew equal people only
_FLAT_FRAC_LIMIT = 0.005  # a fifth of the tail that an interval's end is read from


def studentised(
    value: float, se: float, values: Floats, ses: Floats, n_people: int, level: float = LEVEL
) -> tuple[float, float]:
    """Give the bootstrap-t interval of a value with its replicates ``values`` and their ``ses``.

    Where too many replicates show no spread (nearly all people have one value) their t is infinite,
    and Student's t takes its place. NaN, NaN where the standard error is undefined (one person).
    """
    if not np.isfinite(se):
        return np.nan, np.nan
    if se == 0.0:
        return value, value
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    has_spread = ses > _FLAT_SE_FRAC * se
    if np.mean(~has_spread) > _FLAT_FRAC_LIMIT:
        t_low, t_high = stats.t.ppf(tails, n_people - 1)
    else:
        t_low, t_high = np.quantile((values[has_spread] - value) / ses[has_spread], tails)
    return float(value - t_high * se), float(value - t_low * se)


def estimate(
    value: float, interval: tuple[float, float], bounds: tuple[float, float], n_images: int, n_people: int
) -> Estimate:
    """Put a value and its interval, kept within the metric's bounds, into a result; NaN becomes None."""
    low, high = (float(np.clip(end, *bounds)) for end in interval)
    value, low, high = (float(v) for v in (value, low, high))
    shown = (None if np.isnan(v) else v for v in (value, low, high))
    v, lo, hi = shown
    return Estimate(value=v, low=lo, high=hi, n_images=n_images, n_people=n_people)


def overall(metric: Metric, people: People, n_replicates: int, rng: np.random.Generator) -> Estimate:
    """Estimate a metric of all people together, with a person-clustered interval."""
    n_people = len(people)
    sample = Sample(metric, people.sums[metric.name], np.zeros(n_people, np.int64))
    seen, drawn = sample.observed(), sample.bootstrap(n_replicates, rng)
    value, se = float(seen.value[0]), float(seen.se[0])
    interval = studentised(value, se, drawn.value[:, 0], drawn.se[:, 0], n_people)
    return estimate(value, interval, metric.bounds, int(people.n_images.sum()), n_people)
