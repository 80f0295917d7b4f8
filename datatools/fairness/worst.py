"""How does the group that was picked as the lowest do in truth?

The lowest of several values is low by chance too: named after looking, its value is biased downward and its
interval, made for a group named beforehand, says too much. Given that it was picked, a value y is distributed
as itself cut off at the second lowest value; the value of mu at which y is the median of that distribution is
the corrected value, and those at which it is in either tail end the interval. Close to a tie such intervals
run away, so mu is first held to an interval that would hold whichever group was picked (Andrews, Kitagawa &
McCloskey 2024, "Inference on winners", QJE 139, section 5: hybrid inference).

A group far below all others is hardly corrected. docs/planning.md has the simulations.
"""

from collections.abc import Sequence

import numpy as np
from scipy import special, stats

from datatools.fairness.estimates import Group, Interval, WorstGroup
from datatools.fairness.statistics.drawing import Ints
from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats

# Andrews, Kitagawa & McCloskey, section 6: a tenth of the error goes to the interval that mu is held to.
_HOLD_FRAC = 0.1
# A group's variance is taken with the groups' common one, as if that had been seen in so many more people:
# the spread of the few people of a small group says little of how far its value strays.
_PRIOR_PEOPLE = 10
_BISECTIONS = 50


def worst_of(
    groups: Sequence[Group], ses: Floats, n_people: Ints, bounds: tuple[float, float]
) -> WorstGroup | None:
    """Pick the group with the lowest value, and correct its value and interval for that; nothing is random.

    Args:
        groups: those that are shown, with their estimates.
        ses: (n_groups,) standard errors over people; NaN for one person.
        n_people: (n_groups,).
        bounds: what the metric can be at least and at most.

    Returns:
        The group; None with fewer than two defined values. The corrected interval is undefined where the
        picked group's own is (one person).
    """
    values = np.array([np.nan if g.estimate.value is None else g.estimate.value for g in groups])
    if np.isfinite(values).sum() < 2:
        return None
    picked = int(np.nanargmin(values))
    seen = groups[picked].estimate
    as_seen = Interval(value=seen.value, low=seen.low, high=seen.high)
    corrected = Interval(value=None, low=None, high=None)
    if seen.low is not None and seen.high is not None:
        second = float(np.nanmin(np.delete(values, picked)))
        scales = _scales(float(values[picked]), seen.low, picked, ses, n_people.astype(np.float64))
        middle, low, high = _given_picked(
            float(values[picked]), second, scales, int(np.isfinite(values).sum())
        )
        low, middle, high = (float(end) for end in np.clip([low, middle, high], *bounds))
        corrected = Interval(value=middle, low=low, high=high)
    return WorstGroup(group=groups[picked].group, seen=as_seen, corrected=corrected)


def _scales(value: float, low: float, picked: int, ses: Floats, n_people: Floats) -> tuple[float, float]:
    """Give how far the value may lie below and above the truth: standard deviations of two half normals."""
    dof = np.where(np.isfinite(ses), n_people - 1, 0.0)
    of_person = np.nan_to_num(ses, nan=0.0) ** 2 * n_people
    common = (dof * of_person).sum() / dof.sum()
    held = (_PRIOR_PEOPLE * common + dof[picked] * of_person[picked]) / (_PRIOR_PEOPLE + dof[picked])
    normal = float(special.ndtri((1 + LEVEL) / 2))
    few = float(stats.t.ppf((1 + LEVEL) / 2, dof[picked] + _PRIOR_PEOPLE)) / normal
    se = few * float(np.sqrt(held / n_people[picked]))
    # A few people seldom hold the rare bad pictures that pull a mean down: the bootstrap-t interval's long
    # side says how far above the truth the value may lie.
    return se, max(se, (value - low) / normal)


def _given_picked(
    value: float, second: float, scales: tuple[float, float], n_groups: int
) -> tuple[float, float, float]:
    """Give the median-unbiased value and the ends of its interval, given that it was the lowest."""
    below, above = scales
    if below == 0.0:
        return value, value, value
    alpha = 1 - LEVEL
    hold = _HOLD_FRAC * alpha
    reach = float(special.ndtri(1 - (1 - (1 - hold) ** (1 / n_groups)) / 2))

    def cdf(deviation: float) -> float:
        return float(special.ndtr(deviation / (below if deviation < 0 else above)))

    def share_below(mu: float) -> float:
        """Give how often a group of truth mu, picked, and within reach of it, has a lower value."""
        least, most = cdf(-reach * below), cdf(min(second - mu, reach * above))
        return (cdf(min(value - mu, reach * above)) - least) / (most - least) if most > least else 1.0

    def truth(share: float) -> float:
        lowest, highest = value - reach * above, value + reach * below
        for _ in range(_BISECTIONS):
            middle = (lowest + highest) / 2
            lowest, highest = (middle, highest) if share_below(middle) > share else (lowest, middle)
        return (lowest + highest) / 2

    tail = (alpha - hold) / (1 - hold) / 2
    return truth(0.5), truth(1 - tail), truth(tail)
