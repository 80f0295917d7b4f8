"""Why is the verdict on a gap another one than before?

A verdict follows from the gap, from how wide its interval is, and from the rules: margin, level, and how
many comparisons are corrected together. Each is changed alone, with the others as they were before: what
gives the new verdict by that is the reason. Intervals are taken as those of normal distributions for this,
and where that would not give both verdicts back, the facts are told without a reason.
"""

import math
from dataclasses import dataclass, replace

from scipy.stats import norm

from datatools.fairness.differences.known import Known
from datatools.fairness.estimates import Comparison
from datatools.fairness.statistics.intervals import LEVEL

_MOST = 0.5  # of a change of width: what people must explain to be its reason


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a verdict follows from."""

    gap: float
    se: float
    factor: float  # corrected p over raw p
    margin: float
    alpha: float

    def verdict(self) -> str:
        reach = float(norm.ppf(1 - self.alpha))
        if abs(self.gap) + reach * self.se < self.margin:
            return "equivalent"
        p_value = 2 * float(norm.sf(abs(self.gap) / self.se)) if self.se > 0 else float(self.gap == 0)
        return "gap" if min(1.0, self.factor * p_value) < self.alpha else "insufficient data"


def reasons(
    before: Comparison, after: Comparison, sides: tuple[Known, Known], n_people: tuple[int, int]
) -> list[str]:
    """Say why the verdict changed, in sentences; none where it did not.

    Args:
        before: the comparison in the first audit.
        after: ... in the second.
        sides: both audits.
        n_people: of the group, in both.
    """
    if before.verdict == after.verdict:
        return []
    one, other = (_seen(found, side) for found, side in zip((before, after), sides, strict=True))
    if one is None or other is None:
        return ["One of the two gaps has no interval."]
    facts = _facts(one, other, sides, n_people)
    if (one.verdict(), other.verdict()) != (before.verdict, after.verdict):
        return facts
    alone = {
        "another gap": replace(one, gap=other.gap),
        _width(one, other, n_people): replace(one, se=other.se),
        "other rules": replace(one, factor=other.factor, margin=other.margin, alpha=other.alpha),
    }
    enough = [name for name, seen in alone.items() if seen.verdict() == after.verdict]
    if enough:
        told = f"{' or '.join(enough)} alone would give the new verdict"
        return [f"Because of {enough[0]}." if len(enough) == 1 else f"{told[0].upper()}{told[1:]}.", *facts]
    return ["Because of all of this together; none alone would give the new verdict.", *facts]


def _seen(found: Comparison, side: Known) -> _Seen | None:
    gap = found.gap
    if gap.value is None or gap.low is None or gap.high is None:
        return None
    se = (gap.high - gap.low) / (2 * float(norm.ppf((1 + LEVEL) / 2)))
    by = found.p_bh if side.asked.correction == "bh" else found.p_holm
    factor = by / found.p_value if by is not None and found.p_value else 1.0
    return _Seen(gap.value, se, factor, side.asked.margin, side.asked.alpha)


def _width(one: _Seen, other: _Seen, n_people: tuple[int, int]) -> str:
    """Name what made the interval narrower or wider: people, or how much they differ."""
    if not one.se or not other.se:
        return "a narrower interval" if other.se < one.se else "a wider interval"
    by_people = math.log(n_people[0] / n_people[1]) / 2  # of the logarithm of the width
    is_people = by_people != 0 and math.log(other.se / one.se) / by_people >= _MOST
    if other.se < one.se:
        return "more people" if is_people else "a narrower interval"
    return "fewer people" if is_people else "a wider interval"


def _facts(one: _Seen, other: _Seen, sides: tuple[Known, Known], n_people: tuple[int, int]) -> list[str]:
    reach = float(norm.ppf((1 + LEVEL) / 2))
    told = [
        f"Gap {_points(one.gap)} points before, {_points(other.gap)} after; give or take "
        f"{100 * reach * one.se:.1f} before, {100 * reach * other.se:.1f} after; people in the group: "
        f"{n_people[0]:,} before, {n_people[1]:,} after."
    ]
    n_before, n_after = (side.audit.n_comparisons for side in sides)
    if n_before != n_after:
        told.append(f"Comparisons corrected together: {n_before:,} before, {n_after:,} after.")
    return told


def _points(frac: float) -> str:
    return f"{100 * frac:+.1f}".replace("-", "\N{MINUS SIGN}")
