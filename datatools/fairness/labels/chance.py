"""Does an annotator's answer depend on what is in the picture, or could it be clicked at random?

Each annotator's answers are held against what the others say: their posterior without this annotator's
part, and with few annotators fitted anew. Under the null hypothesis answers and pictures are paired at
random; the statistic is the Pillai trace of answers and posterior, whose mean under all pairings is known
exactly, so that it is compared with chi-squared (it is Pearson's statistic where the others are certain).
Who tells pictures apart is what the test can show, Holm's correction over annotators; who is not shown to
do so either clicks at random or answered too few pictures, and which of the two the power says.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse, stats

from datatools.fairness.labels.dawid_skene import FLOOR, Model, expectation_maximisation, logits, normalised
from datatools.fairness.labels.votes import Floats, Votes
from datatools.fairness.statistics.inference import holm

Verdict = Literal["tells apart", "like random clicks", "cannot be told"]

_ALPHA = 0.01  # so that of a hundred who click at random one is taken for somebody who looks
_POWER = 0.95
_WEAK_FRAC = 0.75  # of the usual strength: it must be seen, before not being seen means random clicks
_RARE = 10.0  # a value with fewer units is joined to the rest: chi-squared needs some of each
_NO_VOTE = 1e-6  # votes on a unit sum to a whole number, but for rounding
_FEW_ANNOTATORS = 20  # with more, one annotator's share in what is known of the others is too small to matter
_N_REFITS = 5  # iterations without an annotator, from the fit with them: their own answers are then forgotten
_RANK_FRAC = 1e-9  # of a scatter's largest eigenvalue; below it, there is no spread in that direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """How an annotator's answers hang together with what the others say."""

    n_compared: int  # units that somebody else answered too
    strength: float  # 0: not at all, 1: one gives the other (the mean squared canonical correlation)
    p_value: float
    p_holm: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Tested:
    n: float
    statistic: float
    n_free: int
    n_dimensions: int

    @property
    def strength(self) -> float:
        room = (self.n - 1) * self.n_dimensions
        return min(1.0, self.statistic / room) if room > 0 else 0.0

    @property
    def p_value(self) -> float:
        return float(stats.chi2.sf(self.statistic, self.n_free)) if self.n_free else 1.0

    def power_at(self, strength: float, alpha: float) -> float:
        """Give the chance to see an annotator whose answers hang together that much."""
        n_free, n_dimensions = max(1, self.n_free), max(1, self.n_dimensions)  # one value alone has none
        noncentrality = max(1e-9, strength * (self.n - 1) * n_dimensions)
        return float(stats.ncx2.sf(stats.chi2.isf(alpha, n_free), n_free, noncentrality))


def _of_others(votes: Votes, model: Model, joint: Floats, annotator: int) -> tuple[Floats, Floats, Floats]:
    """Give what an annotator said, what the others say, and how many units, on the rows that both know."""
    own = votes.of(annotator)
    n_own = own.sum(axis=1)
    known = np.asarray(votes.matrix.sum(axis=1)).ravel() - n_own > _NO_VOTE  # by somebody else
    chosen = known & (n_own > 0)
    spoken = np.log(np.maximum(model.confusion[annotator], FLOOR)).T  # (n_values, n_values)
    if votes.n_annotators > _FEW_ANNOTATORS or not chosen.any():
        posterior, _ = normalised(joint[chosen] - own[chosen] @ spoken)
        return own[chosen], posterior, votes.n_units[chosen]
    keep = np.repeat(np.arange(votes.n_annotators) != annotator, votes.n_values)
    others = sparse.csr_array(sparse.csr_array(votes.matrix[:, keep])[known])
    rest = Votes(others, votes.n_units[known], votes.row_of, votes.n_annotators - 1, votes.n_values)
    start, _ = normalised(joint[known] - own[known] @ spoken)
    fitted = expectation_maximisation(rest, model.prior_answers, start=start, max_iterations=_N_REFITS)
    return own[chosen], fitted.posterior[chosen[known]], votes.n_units[chosen]


def _join_rare(shares: Floats, n_units: Floats) -> Floats:
    """Add up neighbouring columns of values that hardly any unit has; shares (n_rows, n_values)."""
    each = n_units @ shares
    bin_of, bins, filled = np.zeros(len(each), np.int64), 0, 0.0
    for value in np.flatnonzero(each < _RARE):
        filled += each[value]
        bin_of[value] = bins
        if filled >= _RARE:
            bins, filled = bins + 1, 0.0
    common = np.flatnonzero(each >= _RARE)
    if filled and bins:
        bin_of[bin_of == bins] = bins - 1  # too few for a bin of their own
    elif filled:
        bins += 1
    bin_of[common] = bins + np.arange(len(common))
    joined: Floats = shares @ np.eye(bins + len(common))[bin_of]
    return joined


def _scatter(centred: Floats, n_units: Floats) -> tuple[Floats, int]:
    """Give the pseudo-inverse of a scatter matrix, and its rank."""
    values, vectors = np.linalg.eigh(centred.T @ (n_units[:, None] * centred))
    is_spread = values > _RANK_FRAC * max(1.0, values.max(initial=0.0))
    chosen = vectors[:, is_spread]
    return (chosen / values[is_spread]) @ chosen.T, int(is_spread.sum())


def _test(said: Floats, true: Floats, n_units: Floats) -> _Tested:
    """Test whether what was said (n_rows, n_values) goes with the others' posterior (n_rows, n_values)."""
    n = float(n_units.sum())
    if n < 3:
        return _Tested(n, 0.0, 0, 0)
    sides = []
    for shares in (said, true):
        kept = _join_rare(shares, n_units)
        centred = kept - n_units @ kept / n
        sides.append((centred, *_scatter(centred, n_units)))
    (said_c, said_inverse, said_rank), (true_c, true_inverse, true_rank) = sides
    cross = said_c.T @ (n_units[:, None] * true_c)
    trace = float(np.trace(said_inverse @ cross @ true_inverse @ cross.T))
    return _Tested(n, (n - 1) * trace, said_rank * true_rank, min(said_rank, true_rank))


def dependence(votes: Votes, model: Model) -> list[Dependence]:
    """Test every annotator against the others.

    Args:
        votes: of two annotators or more.
        model: fitted to these votes.
    """
    joint = logits(votes, model.shares, model.confusion)
    tested = [_test(*_of_others(votes, model, joint, number)) for number in range(votes.n_annotators)]
    p_holm = holm([test.p_value for test in tested])
    seen = [test.strength for test, p in zip(tested, p_holm, strict=True) if p < _ALPHA]
    usual = float(np.median(seen)) if seen else 0.0  # nobody is seen to tell apart: then nothing is known
    strictest = _ALPHA / max(1, len(tested))  # Holm's first step
    return [
        _dependence(test, p, test.power_at(_WEAK_FRAC * usual, strictest))
        for test, p in zip(tested, p_holm, strict=True)
    ]


def _dependence(test: _Tested, p_holm: float, power: float) -> Dependence:
    if p_holm < _ALPHA:
        verdict: Verdict = "tells apart"
    else:
        verdict = "like random clicks" if power >= _POWER else "cannot be told"
    return Dependence(
        n_compared=round(test.n), strength=test.strength, p_value=test.p_value, p_holm=p_holm, verdict=verdict
    )
