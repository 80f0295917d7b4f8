"""How large must a gap be to be found, and how many people would settle a smaller one?

Spreads are those of people, not of pictures: ``sd`` is the standard error of a group's value times the
square root of its number of people, whatever the number of pictures of each.

Formulas for means of normal scores promise too much or too little for small groups of skewed ones. So
where the metric's level is known, studies of log-normal errors are simulated, and held against simulated
studies without a gap, as the test of ``pivots`` holds them against labels dealt at random. The draws are
always the same, so a power is a smooth function of its arguments and needs no seed.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]

POWER = 0.8
_N_STUDIES = 1_000
_N_PAIRINGS = 5  # of each study of a group with studies of the rest
_N_DRAWN = 120  # people; the mean of more is taken as normal
_LOWEST_ERROR, _HIGHEST_ERROR = 1e-9, 0.98  # of a group: errors of 0 and 1 have no log odds
_TAIL = 0.025  # where simulated studies tell the critical value; further out it grows as the normal's
_GOLDEN = (math.sqrt(5) - 1) / 2  # its multiples fill the interval evenly, whatever their number


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
    """Give the chance that a two-sided test at ``alpha`` finds a group that is worse by ``gap``, 0 to 1.

    Args:
        gap: how much further from perfect the group's value is than the rest's (> 0).
        sd_own: spread of the group's people, with that gap.
        sd_rest: spread of the others.
        n_people: of the group (> 1).
        n_rest: of the others (> 1).
        alpha: of the test; divide it by the family's number of comparisons for Holm's strictest step.
        level: the rest's value (0-1); None for a metric that is no fraction.
    """
    return _Studies(sd_own, sd_rest, n_people, n_rest, alpha, level).power(gap)


def detectable_gap(
    se: float, rest_se: float, n_people: int, n_rest: int, alpha: float, level: float | None = None
) -> float:
    """Give the smallest gap that a two-sided test at ``alpha`` finds with 80% power in a worse group.

    Args:
        se: standard error of the group's value.
        rest_se: standard error of the rest's.
        n_people: of the group.
        n_rest: of the others.
        alpha: of the test.
        level: the rest's value (0-1); None for a metric that is no fraction.
    """
    sd_own, sd_rest = se * math.sqrt(n_people), rest_se * math.sqrt(n_rest)
    return _Studies(sd_own, sd_rest, n_people, n_rest, alpha, level).detectable()


def people_needed(n_people: int, detectable: float, margin: float) -> int:
    """Give how many more people the group needs before a gap of ``margin`` is found with 80% power.

    Everybody else grows in step, and new people are taken to vary as those who are there: standard
    errors then shrink with the square root of the numbers.
    """
    return max(0, math.ceil(n_people * ((detectable / margin) ** 2 - 1)))


@dataclass(frozen=True, slots=True, eq=False)
class _Means:
    """Of each simulated study (n_studies,): a group's log odds of the error, and their standard error."""

    log_odds: Floats
    se: Floats

    def shifted(self) -> Iterator["_Means"]:
        """Pair the studies with other ones, so that few of them make many pairs."""
        step = _N_STUDIES // _N_PAIRINGS
        for shift in range(0, _N_STUDIES, step):
            yield _Means(np.roll(self.log_odds, shift), np.roll(self.se, shift))


def _t(own: _Means, rest: _Means) -> Floats:
    return np.asarray((own.log_odds - rest.log_odds) / np.hypot(own.se, rest.se), np.float64)


class _Studies:
    """Studies of one group beside the rest."""

    def __init__(
        self, sd_own: float, sd_rest: float, n_people: int, n_rest: int, alpha: float, level: float | None
    ) -> None:
        """Take the arguments of ``power_of``."""
        self._sd_own, self._sd_rest = sd_own, sd_rest
        self._n, self._n_rest = n_people, n_rest
        self._alpha = alpha
        self._se_plain = math.hypot(sd_own / math.sqrt(n_people), sd_rest / math.sqrt(n_rest))
        self._error = 0.0 if level is None else min(level, 1 - level)  # from the nearer bound
        self._is_skewed = self._error > 0 and min(sd_own, sd_rest) > 0 and min(n_people, n_rest) > 1
        if self._is_skewed:
            own_frac = n_people / (n_people + n_rest)
            sd = math.sqrt(own_frac * sd_own**2 + (1 - own_frac) * sd_rest**2)
            same = _means(n_people, self._error, sd, 0), _means(n_rest, self._error, sd, 1)
            dealt = np.quantile(np.concatenate([_t(same[0], rest) for rest in same[1].shifted()]), 1 - _TAIL)
            self._dealt = float(dealt) * float(stats.norm.isf(alpha / 2) / stats.norm.isf(_TAIL))
            self._rest = _means(n_rest, self._error, sd_rest, 1)

    def power(self, gap: float) -> float:
        """Give the chance that the gap is found."""
        if not self._is_skewed:
            return self._plain_power(gap)
        own = _means(self._n, min(self._error + gap, _HIGHEST_ERROR), self._sd_own, 0)
        return float(np.mean([_t(own, rest) > self._dealt for rest in self._rest.shifted()]))

    def detectable(self) -> float:
        """Give the gap that is found with 80% power; infinite where even the largest one is not."""
        if not self._is_skewed:
            return self._plain_detectable()
        widest = _HIGHEST_ERROR - self._error
        if self.power(widest) < POWER:
            return math.inf
        likely = min(self._plain_detectable(), widest)
        while (short := likely / 2) and self.power(short) >= POWER:
            likely = short
        enough = likely
        while self.power(enough) < POWER:
            short, enough = enough, min(1.5 * enough, widest)
        return float(optimize.brentq(lambda gap: self.power(gap) - POWER, short, enough, rtol=1e-3))

    @property
    def _dof(self) -> float:
        se, rest_se = self._sd_own / math.sqrt(self._n), self._sd_rest / math.sqrt(self._n_rest)
        return degrees_of_freedom(se, rest_se, self._n, self._n_rest)

    def _plain_power(self, gap: float) -> float:
        if self._se_plain == 0.0:
            return float(gap > 0)
        critical = stats.t.isf(self._alpha / 2, self._dof)
        return float(stats.nct.sf(critical, self._dof, gap / self._se_plain))

    def _plain_detectable(self) -> float:
        dof = self._dof
        return float(stats.t.isf(self._alpha / 2, dof) + stats.t.ppf(POWER, dof)) * self._se_plain


@lru_cache(maxsize=2)
def _normal_scores(stream: int) -> tuple[Floats, Floats]:
    """Give normal draws (n_studies, n_drawn), and the studies' normal scores, even over both streams."""
    number = np.arange(_N_STUDIES) + 0.5
    even = number / _N_STUDIES if stream == 0 else (number * _GOLDEN) % 1.0
    drawn = np.random.default_rng([_N_STUDIES, stream]).normal(size=(_N_STUDIES, _N_DRAWN))
    return drawn, np.asarray(stats.norm.ppf(even), np.float64)


def _means(n: int, error: float, sd: float, stream: int) -> _Means:
    """Simulate the mean error of ``n`` people with log-normal errors."""
    drawn, even = _normal_scores(stream)
    if n > _N_DRAWN:
        mean, se = error + even * sd / math.sqrt(n), np.full(_N_STUDIES, sd / math.sqrt(n))
    else:
        # The studies' mean draws are made even: they then do the work of many more.
        z = drawn[:, :n] + (even / math.sqrt(n) - drawn[:, :n].mean(axis=1))[:, None]
        log_variance = math.log1p((sd / error) ** 2)
        errors = error * np.exp(math.sqrt(log_variance) * z - log_variance / 2)
        mean, se = errors.mean(axis=1), errors.std(axis=1, ddof=1) / math.sqrt(n)
    mean = np.clip(mean, _LOWEST_ERROR, _HIGHEST_ERROR)
    odds = mean / (1 - mean)
    return _Means(np.log(odds), se / (mean * (1 - mean)))
