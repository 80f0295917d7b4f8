"""On which scale does a value's spread least depend on the value?

The standard error of a mean of skewed scores goes up and down with the mean itself: a sample without a
bad picture has a high IoU and looks certain of it. On the scale of log odds (of logarithms, where a
metric has only a lower bound) the two are nearly independent, and a studentised value is nearly normal.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from datatools.fairness.statistics.people import Floats

_TINY = 1e-12  # the nearest that a value comes to a bound, where its log odds would be infinite

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """A rising transformation of a metric, its slope and the way back."""

    forth: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]

    def of(self, value: Floats, se: Floats) -> tuple[Floats, Floats]:
        """Give values and standard errors on this scale (delta method)."""
        return self.forth(value), se * self.slope(value)


def _inside(value: Floats) -> Floats:
    return np.clip(value, _TINY, 1 - _TINY)


def _log_odds(value: Floats) -> Floats:
    return np.asarray(special.logit(_inside(value)), np.float64)


def _odds_slope(value: Floats) -> Floats:
    inside = _inside(value)
    return np.asarray(1 / (inside * (1 - inside)), np.float64)


def _from_log_odds(value: Floats) -> Floats:
    return np.asarray(special.expit(value), np.float64)


PLAIN = Scale(lambda value: value, np.ones_like, lambda value: value)
LOG_ODDS = Scale(_log_odds, _odds_slope, _from_log_odds)
LOGARITHM = Scale(
    lambda value: np.log(np.maximum(value, _TINY)), lambda value: 1 / np.maximum(value, _TINY), np.exp
)


def scale_of(bounds: Bounds) -> Scale:
    """Give the scale for a metric with these bounds."""
    if bounds == (0.0, 1.0):
        return LOG_ODDS
    return LOGARITHM if bounds == (0.0, np.inf) else PLAIN


def is_at_bound(value: float, bounds: Bounds) -> bool:
    """Say whether a value is as low or as high as it can be, so that only the plain scale can hold it."""
    return not bounds[0] + _TINY < value < bounds[1] - _TINY
