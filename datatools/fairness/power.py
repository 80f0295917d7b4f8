"""How large must a gap be to be found, and how many people would settle a smaller one?"""

import math

from scipy import stats

POWER = 0.8


def degrees_of_freedom(se: float, rest_se: float, n_people: int, n_rest: int) -> float:
    """Give Welch and Satterthwaite's degrees of freedom of a difference of two groups of people."""
    own, rest = se**2, rest_se**2
    if own + rest == 0.0:
        return float(n_people + n_rest - 2)
    # A lone person beside the group, whose spread is unknown, must not divide by 0.
    return (own + rest) ** 2 / (own**2 / (n_people - 1) + rest**2 / max(1, n_rest - 1))


def _factor(alpha: float, dof: float) -> float:
    """Give how many standard errors a gap must have to be found with the stated power."""
    return float(stats.t.ppf(1 - alpha / 2, dof) + stats.t.ppf(POWER, dof))


def detectable_gap(se: float, rest_se: float, n_people: int, n_rest: int, alpha: float) -> float:
    """Give the smallest gap that a two-sided test at ``alpha`` finds with 80% power."""
    dof = degrees_of_freedom(se, rest_se, n_people, n_rest)
    return _factor(alpha, dof) * math.hypot(se, rest_se)


def people_needed(n_people: int, detectable: float, margin: float) -> int:
    """Give how many more people the group needs before a gap of ``margin`` is found with 80% power.

    Everybody else grows in step, and new people are taken to vary as those who are there: standard
    errors then shrink with the square root of the numbers.
    """
    return max(0, math.ceil(n_people * ((detectable / margin) ** 2 - 1)))
