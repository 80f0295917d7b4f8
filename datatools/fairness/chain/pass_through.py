"""How do two errors of the same people go together: within groups, between groups, and how surely?

Intervals come from each person's influence (the delta method), not from a bootstrap: errors have a long
tail, and a resample that misses the few worst people has a slope and a spread of its own (by
simulation, bootstrap-t covered 91 where these covered 95; docs/chain.md).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.estimates import Interval
from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats

_UNKNOWN = Interval(value=None, low=None, high=None)
_UPPER = (1 + LEVEL) / 2
_LEAST_ERROR = 0.001  # a tenth of a point: log errors do not go below, a perfect mask has none
_FLAT = 1e-12  # of a variance of errors or log errors: people who all have one value
_PERFECT = 1 - 1e-9  # of a correlation: nothing is left to be unsure of


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """People's mean errors (1 - IoU) under a teacher and a student."""

    group: NDArray[np.int64]  # (n_people,), every number from 0 to its maximum at least once
    n_images: Floats  # (n_people,)
    teacher: Floats  # (n_people,)
    student: Floats  # (n_people,)

    def of(self, chosen: NDArray[np.bool_]) -> "Errors":
        """Give the people where ``chosen`` (n_people,) is True."""
        return Errors(self.group[chosen], self.n_images[chosen], self.teacher[chosen], self.student[chosen])

    @property
    def dof(self) -> int:
        """Give the degrees of freedom of a slope within groups."""
        return len(self.group) - len(np.unique(self.group)) - 1


def regression(errors: Errors) -> Interval:
    """Give the slope of the student's error on the teacher's within groups.

    Least squares with group means taken out, pictures as weights, persons as units. The standard error is
    robust to unequal spread (HC2), and has as many degrees of freedom as there are people who make the
    slope: a few bad pictures of the teacher's may weigh as much as all others (Bell & McCaffrey 2002).
    """
    n = errors.n_images
    teacher = _within(errors.teacher, errors.group, n)
    student = _within(errors.student, errors.group, n)
    squares = n * teacher**2
    if errors.dof < 1 or squares.sum() <= _FLAT * n.sum():
        return _UNKNOWN
    leverage = squares / squares.sum()
    value = float((n * teacher * student).sum() / squares.sum())
    influence = n * teacher * (student - value * teacher) / squares.sum()
    se = float(np.sqrt((influence**2 / (1 - leverage)).sum()))
    dof = min(float(errors.dof), 1 / float((leverage**2).sum()))
    half = float(stats.t.ppf(_UPPER, dof)) * se
    return Interval(value=value, low=value - half, high=value + half)


def correlation(errors: Errors) -> Interval:
    """Give the correlation of both log errors within groups, over people.

    Of logarithms, because a few failures would make a correlation of errors alone. Each person counts
    once. The interval is Fisher's transform with the spread of each person's influence, which needs no
    normality, made larger where a person has leverage (as HC3, MacKinnon & White 1985).
    """
    alike = np.ones(len(errors.group))
    logs = (np.log(np.maximum(values, _LEAST_ERROR)) for values in (errors.teacher, errors.student))
    teacher, student = (_within(values, errors.group, alike) for values in logs)
    sums = [float((values**2).sum()) for values in (teacher, student)]
    if errors.dof < 1 or min(sums) <= _FLAT * len(teacher):
        return _UNKNOWN
    u, v = teacher / np.sqrt(sums[0]), student / np.sqrt(sums[1])
    value = float((u * v).sum())
    if abs(value) > _PERFECT:
        return Interval(value=round(value), low=round(value), high=round(value))
    leverage = (u**2 + v**2 - 2 * value * u * v) / (1 - value**2)
    influence = (u * v - value * (u**2 + v**2) / 2) / (1 - leverage)
    se = float(np.sqrt((influence**2).sum())) / (1 - value**2)
    half = float(stats.t.ppf(_UPPER, errors.dof)) * se
    low, high = np.tanh(np.arctanh(value) + np.array([-half, half]))
    return Interval(value=value, low=float(low), high=float(high))


def slope(errors: Errors) -> Interval:
    """Give the slope of the student's group means on the teacher's, over groups weighted by pictures.

    Both means are of samples, so the noise that they share and the noise of the teacher's is taken out
    of products and squares (method of moments, Fuller 1987, section 1.2; of k groups k - 2 parts of
    k - 1, which leaves two groups their plain ratio). The interval is Fieller's (1954): all slopes that a
    test does not reject. Where the teacher's groups hardly differ that is no interval, and nothing is
    given.
    """
    group, n = errors.group, errors.n_images
    n_groups, n_people = int(group.max()) + 1, np.bincount(group)
    if n_groups < 2 or n_people.min() < 2:
        return _UNKNOWN
    weight = np.bincount(group, n) / n.sum()
    of_teacher, of_student = (_means(values, group, n) for values in (errors.teacher, errors.student))
    x, y = of_teacher - weight @ of_teacher, of_student - weight @ of_student
    # Each person's part in their group's mean, so that squares add up to that mean's variance.
    part = n / np.bincount(group, n)[group] * np.sqrt(n_people / (n_people - 1))[group]
    dx, dy = (part * _within(values, group, n) for values in (errors.teacher, errors.student))
    noise = weight * (1 - weight) * (n_groups - 2) / (n_groups - 1)
    xx = float((weight * x**2).sum() - noise @ np.bincount(group, dx**2))
    xy = float((weight * x * y).sum() - noise @ np.bincount(group, dx * dy))
    # What the groups' values have beside a common slope, without its part along the teacher's.
    beside = y - (weight * x * y).sum() / (weight * x**2).sum() * x if x.any() else y
    own = weight[group] * (dy * x[group] + dx * beside[group])
    along = weight[group] * dx * x[group]
    return _fieller(xy, xx, float(own @ own), float(own @ along), float(along @ along), errors.dof)


def _fieller(
    part: float, whole: float, part_variance: float, covariance: float, whole_variance: float, dof: int
) -> Interval:
    """Give part / whole with all ratios r at which part - r whole is within its interval of 0."""
    t2 = float(stats.t.ppf(_UPPER, dof)) ** 2 if dof > 0 else np.inf
    a = whole**2 - t2 * whole_variance
    b = part * whole - t2 * covariance
    c = part**2 - t2 * part_variance
    inside = b**2 - a * c
    if not (whole > 0 and a > 0 and inside >= 0):  # written so that NaN gives nothing
        return _UNKNOWN
    root = np.sqrt(inside)
    return Interval(value=part / whole, low=float((b - root) / a), high=float((b + root) / a))


def product_interval(first: Interval, second: Interval) -> Interval:
    """Give the product of two estimates from their intervals (MOVER: Donner & Zou 2012).

    Each end moves as far as both ends that push it there, taken together; skewed intervals stay skewed.
    """
    a, b = first.value, second.value
    ends = (first.low, first.high, second.low, second.high)
    if a is None or b is None or None in ends:
        return _UNKNOWN
    a_low, a_high, b_low, b_high = (float(end) for end in ends if end is not None)
    below = np.hypot(_reach(a, b - b_low, b_high - b), _reach(b, a - a_low, a_high - a))
    above = np.hypot(_reach(a, b_high - b, b - b_low), _reach(b, a_high - a, a - a_low))
    return Interval(value=a * b, low=float(a * b - below), high=float(a * b + above))


def _reach(factor: float, same: float, other: float) -> float:
    """Give how far a factor moves the product: where it is negative the other end does."""
    return abs(factor) * (same if factor >= 0 else other)


def _means(values: Floats, group: NDArray[np.int64], weight: Floats) -> Floats:
    return np.asarray(np.bincount(group, weight * values) / np.bincount(group, weight), np.float64)


def _within(values: Floats, group: NDArray[np.int64], weight: Floats) -> Floats:
    """Take each group's mean out."""
    return np.asarray(values - _means(values, group, weight)[group], np.float64)
