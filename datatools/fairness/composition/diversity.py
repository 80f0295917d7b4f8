"""How many groups are there in effect? Hill numbers of order 2 and 1, with intervals.

Plain estimates are too low in small samples: the most even population looks uneven by chance. Order 2
uses Simpson's unbiased index; the entropy of order 1 is corrected as Miller and Madow (1955) do. The
interval comes from the Bayesian bootstrap over people (Rubin 1981) with one more person spread over the
groups, scaled to the corrected estimate; it reaches the number of groups where an even population is not
rejected. docs/composition.md has its coverage beside that of plainer ones.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.composition.composition_result import Effective
from datatools.fairness.estimates import Interval

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

_TAILS = (0.025, 0.975)
_ALPHA = 0.05  # of the test of an even population
_N_REPLICATES = 2_000


def inverse_simpson(counts: Counts) -> float:
    """Give the effective number of groups of order 2 of people by group (n_groups,)."""
    n = float(counts.sum())
    pairs = float((counts * (counts - 1.0)).sum())
    return n * (n - 1) / pairs if pairs else float(len(counts))  # nobody shares a group


def exp_shannon(counts: Counts) -> float:
    """Give the effective number of groups of order 1 of people by group (n_groups,)."""
    n = float(counts.sum())
    filled = counts[counts > 0] / n
    return float(np.exp(-(filled * np.log(filled)).sum() + (len(filled) - 1) / (2 * n)))


def effective(counts: Counts, rng: np.random.Generator) -> Effective | None:
    """Estimate both numbers; None where fewer than two people, or groups, are there.

    Args:
        counts: (n_groups,) people, empty groups too.
        rng: draws the replicates.
    """
    n_groups = len(counts)
    if counts.sum() < 2 or n_groups < 2:
        return None
    shares = rng.dirichlet(counts + 1 / n_groups, size=_N_REPLICATES)  # (n_replicates, n_groups)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    is_even = float(stats.chisquare(counts).pvalue) > _ALPHA
    return Effective(
        n_groups=n_groups,
        inverse_simpson=_scaled(
            inverse_simpson(counts), 1 / (shares**2).sum(axis=1), n_groups, is_even=is_even
        ),
        exp_shannon=_scaled(
            exp_shannon(counts), np.exp(-(shares * logs).sum(axis=1)), n_groups, is_even=is_even
        ),
    )


def _scaled(corrected: float, replicates: Floats, n_groups: int, *, is_even: bool) -> Interval:
    """Give the estimate with its replicates' interval around it, from 1 to the number of groups."""
    value = min(corrected, float(n_groups))
    low, high = np.quantile(replicates, _TAILS) * value / replicates.mean()
    top = float(n_groups) if is_even else min(float(n_groups), float(high))
    return Interval(value=value, low=max(1.0, float(low)), high=max(top, value))
