"""How surprising is a gap between two groups of people, and between which bounds does it lie?

The statistic is the studentised difference of the two groups' values on the metric's scale (``scales``).
What it is held against:

- The test deals labels to people at random: exact where the groups are alike, and valid for large groups
  that share only their mean (Chung & Romano 2013).
- The interval takes at each end the wider of that and of people drawn again within each group, around what
  was seen (bootstrap-t), which knows the gap's own skew. So it never leaves out 0 where the test does not
  reject. Its ends are the furthest gaps among the pairs of values that are not more surprising than that
  (profile likelihood of two normal values).

docs/statistics.md tells what else was tried, and what simulations say.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from datatools.fairness.statistics.intervals import FLAT_FRAC_LIMIT, FLAT_SE_FRAC
from datatools.fairness.statistics.people import Floats
from datatools.fairness.statistics.power import degrees_of_freedom
from datatools.fairness.statistics.scales import PLAIN, Bounds, Scale, is_at_bound, scale_of

_N_ANGLES = 181  # at which the edge of the plausible pairs is looked at: half a degree apart
_FAR = 1e6  # standard errors; further than that is everywhere


@dataclass(frozen=True, slots=True, eq=False)
class Two:
    """Value and standard error of a group and of the one it is compared with; all of one shape."""

    own: Floats
    own_se: Floats
    other: Floats
    other_se: Floats

    @property
    def gap(self) -> Floats:
        """Give own minus other."""
        return self.own - self.other

    @property
    def gap_se(self) -> Floats:
        """Give the standard error of the gap; NaN where one of the two is undefined."""
        return np.hypot(self.own_se, self.other_se)

    def on(self, scale: Scale) -> "Two":
        """Give the same on another scale."""
        return Two(*scale.of(self.own, self.own_se), *scale.of(self.other, self.other_se))


@dataclass(frozen=True, slots=True, eq=False)
class Pivot:
    """A studentised gap, and what it is held against."""

    seen: Two  # on the scale; scalars
    t: float  # NaN where a standard error is undefined
    dealt: Floats  # (n_permutations,) t over dealt labels; they may be infinite
    drawn: Floats | None  # (n_replicates,) t over resamples; None: too few show spread, Student's instead
    dof: float
    scale: Scale

    def p_value(self) -> float | None:
        """Test that there is no gap, two-sided with equal tails; None where it cannot be tested."""
        if np.isnan(self.t):
            return None
        # Deals that give the same groups again are ties, whatever the rounding.
        ties = np.isclose(self.dealt, self.t, rtol=1e-9, atol=1e-9)
        above, below = ((beyond | ties).sum() for beyond in (self.dealt > self.t, self.dealt < self.t))
        return float(min(1.0, 2 * (1 + min(above, below)) / (len(self.dealt) + 1)))

    def interval(self, level: float) -> tuple[float, float]:
        """Give the bounds of the gap in the metric's own unit; NaN where they are undefined."""
        if not np.isfinite(self.seen.gap_se):
            return np.nan, np.nan
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        dealt: Floats = np.quantile(self.dealt, tails, method="inverted_cdf")
        drawn: Floats = stats.t.ppf(tails, self.dof) if self.drawn is None else np.quantile(self.drawn, tails)
        low, high = min(dealt[0], drawn[0]), max(dealt[1], drawn[1])
        return self._reach(-float(high)), self._reach(-float(low))

    def _reach(self, t: float) -> float:
        """Give the gap furthest from the seen one among the pairs of values within ``t`` standard errors.

        The sign of ``t`` is the direction. No gap at all is within reach exactly where the difference on
        the scale is at most that many standard errors, so that interval and test agree.
        """
        seen = self.seen
        if self.scale is PLAIN:
            return float(seen.gap + (t * seen.gap_se if seen.gap_se > 0 else 0.0))
        reach = float(np.clip(t, -_FAR, _FAR))
        towards = np.arctan2(float(seen.other_se), float(seen.own_se))  # where the two meet the soonest
        angle = np.append(np.linspace(0.0, np.pi / 2, _N_ANGLES), towards)
        own = self.scale.back(seen.own + reach * seen.own_se * np.cos(angle))
        other = self.scale.back(seen.other - reach * seen.other_se * np.sin(angle))
        return float(np.max(own - other) if reach > 0 else np.min(own - other))


def pivot(seen: Two, drawn: Two, dealt: Two, n_people: tuple[int, int], bounds: Bounds) -> Pivot:
    """Studentise a gap and its references.

    Args:
        seen: of the people as they are; scalars.
        drawn: of people drawn again within each group (n_replicates,).
        dealt: of the two groups' labels dealt to their people (n_permutations,).
        n_people: of the group, and of the other.
        bounds: what the metric can be at least and at most.
    """
    scale = scale_of(bounds) if _is_smooth(seen, drawn, dealt, bounds) else PLAIN
    here, resampled = seen.on(scale), drawn.on(scale)
    se = float(here.gap_se)
    dof = np.nan
    if np.isfinite(se):
        dof = degrees_of_freedom(float(here.own_se), float(here.other_se), *n_people)
    moved = Two(resampled.own - here.own, resampled.own_se, resampled.other - here.other, resampled.other_se)
    has_spread = resampled.gap_se > FLAT_SE_FRAC * se
    is_flat = np.mean(~has_spread) > FLAT_FRAC_LIMIT
    return Pivot(
        seen=here,
        t=float(_studentised(here)) if np.isfinite(se) else np.nan,
        dealt=_studentised(dealt.on(scale)),
        drawn=None if is_flat else _studentised(moved)[has_spread],
        dof=dof,
        scale=scale,
    )


def _is_smooth(seen: Two, drawn: Two, dealt: Two, bounds: Bounds) -> bool:
    """Say whether the scale can be used: not with values at a bound, nor where resamples are often flat.

    A group in which nearly everybody has one value would be sent to infinity.
    """
    if any(is_at_bound(float(value), bounds) for value in (seen.own, seen.other)):
        return False
    least = FLAT_SE_FRAC * min(float(seen.own_se), float(seen.other_se))
    flat = [np.mean(ses <= least) for two in (drawn, dealt) for ses in (two.own_se, two.other_se)]
    return bool(max(flat) <= FLAT_FRAC_LIMIT)


def _studentised(two: Two) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = two.gap / two.gap_se
    return np.where(np.isnan(t), 0.0, t)  # 0 / 0: no gap and no spread
