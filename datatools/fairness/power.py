"""How large must a gap be to be found, and how many people would settle a smaller one?

Spreads are those of people, not of pictures: ``sd`` is the standard error of a group's value times the
square root of its number of people, whatever the number of pictures of each.
"""

import math

from scipy import stats

POWER = 0.8
_N_LIMIT = 10_000_000  # people of a group; no study has more


def degrees_of_freedom(se: float, rest_se: float, n_people: int, n_rest: int) -> float:
    """Give Welch and Satterthwaite's degrees of freedom of a difference of two groups of people."""
    own, rest = se**2, rest_se**2
    if own + rest == 0.0:
        return float(n_people + n_rest - 2)
    # A lone person beside the group, whose spread is unknown, must not divide by 0.
    return (own + rest) ** 2 / (own**2 / (n_people - 1) + rest**2 / max(1, n_rest - 1))


def person_sd(between: float, within: float, n_pictures: float) -> float:
    """Give the spread of people's own means, each of ``n_pictures`` pictures.

    Args:
        between: standard deviation of people's true values.
        within: standard deviation of one person's pictures.
        n_pictures: of each person.
    """
    return math.sqrt(between**2 + within**2 / n_pictures)


def power_of(
    gap: float,
    sd_own: float,
    sd_rest: float,
    n_people: int,
    n_rest: int,
    alpha: float,
    level: float | None = None,
) -> float:
    """Give the chance that a two-sided test at ``alpha`` finds a true gap, 0 to 1.

    Args:
        gap: how much lower the group's value is than the rest's (> 0).
        sd_own: spread of the group's people.
        sd_rest: spread of the others.
        n_people: of the group.
        n_rest: of the others.
        alpha: of the test; divide it by the family's number of comparisons for Holm's strictest step.
        level: the rest's value (0-1); None for a metric that is no fraction.
    """
    del level
    se, rest_se = sd_own / math.sqrt(n_people), sd_rest / math.sqrt(n_rest)
    dof = degrees_of_freedom(se, rest_se, n_people, n_rest)
    return float(stats.nct.sf(stats.t.ppf(1 - alpha / 2, dof), dof, gap / math.hypot(se, rest_se)))


def _factor(alpha: float, dof: float) -> float:
    """Give how many standard errors a gap must have to be found with the stated power."""
    return float(stats.t.ppf(1 - alpha / 2, dof) + stats.t.ppf(POWER, dof))


def detectable_gap(
    se: float, rest_se: float, n_people: int, n_rest: int, alpha: float, level: float | None = None
) -> float:
    """Give the smallest gap that a two-sided test at ``alpha`` finds with 80% power.

    Args:
        se: standard error of the group's value.
        rest_se: standard error of the rest's.
        n_people: of the group.
        n_rest: of the others.
        alpha: of the test.
        level: the rest's value (0-1); None for a metric that is no fraction.
    """
    del level
    dof = degrees_of_freedom(se, rest_se, n_people, n_rest)
    return _factor(alpha, dof) * math.hypot(se, rest_se)


def people_for(
    gap: float, sd_own: float, sd_rest: float, n_rest_each: float, alpha: float, level: float | None = None
) -> int:
    """Give how many people a group needs so that a true gap is found with 80% power.

    Args:
        gap: how much lower the group's value is than the rest's (> 0).
        sd_own: spread of the group's people.
        sd_rest: spread of the others.
        n_rest_each: people of the rest for each one of the group; the rest grows in step.
        alpha: of the test.
        level: the rest's value (0-1); None for a metric that is no fraction.
    """

    def is_enough(n_people: int) -> bool:
        n_rest = max(2, round(n_people * n_rest_each))
        return power_of(gap, sd_own, sd_rest, n_people, n_rest, alpha, level) >= POWER

    enough = 2
    while enough < _N_LIMIT and not is_enough(enough):
        enough *= 2
    short = enough // 2
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if is_enough(middle) else (middle, enough)
    return enough


def people_needed(n_people: int, detectable: float, margin: float) -> int:
    """Give how many more people the group needs before a gap of ``margin`` is found with 80% power.

    Everybody else grows in step, and new people are taken to vary as those who are there: standard
    errors then shrink with the square root of the numbers.
    """
    return max(0, math.ceil(n_people * ((detectable / margin) ** 2 - 1)))
