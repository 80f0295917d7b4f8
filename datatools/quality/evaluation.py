"""How well do predicted IoUs agree with true ones, and what does accepting by them give?

Intervals are percentiles of a bootstrap over people, or Wilson's for shares.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, rankdata

from datatools.quality.examples import Doubles

FLOOR = 0.85  # IoU below which a mask is called bad
ACCEPTED_FRACS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)
BINS = 10  # of about equally many masks each, in the order of the prediction; fewer where masks are few
_LEAST_IN_BIN = 15  # with fewer, chance alone makes the bins' means differ, and the error large
_REPLICATES = 1000
_TAIL = 2.5  # per cent on each side


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value with the ends of its 95% interval; NaN where it is undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What accepting the best-looking part gives."""

    frac: float
    n: int
    least_expected_iou: float  # the lowest prediction that was accepted
    mean_iou: Measured
    bad_frac: Measured  # below FLOOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Masks with like predictions."""

    n: int
    expected_iou: float  # means
    true_iou: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Predictions held against the truth."""

    n_masks: int
    n_people: int
    mean_iou: float
    rank_correlation: Measured  # Spearman
    calibration_error: float  # mean over bins of |mean expected - mean true|, weighted by masks
    bins: list[Bin]
    auc_bad: Measured  # chance that a bad mask is ranked below a good one
    n_bad: int
    interval_coverage: Measured  # share of true values inside the predictions' intervals
    accepted: list[Accepted]

    def as_json(self) -> dict[str, object]:
        """Give plain values; NaN becomes None, which JSON has."""
        plain = _plain(asdict(self))
        assert isinstance(plain, dict)
        return plain


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _spearman(expected: Doubles, true: Doubles) -> float:
    if np.ptp(expected) == 0 or np.ptp(true) == 0:
        return np.nan
    return float(np.corrcoef(rankdata(expected), rankdata(true))[0, 1])


def _auc(expected: Doubles, true: Doubles) -> float:
    """Give the Mann-Whitney statistic of bad against good masks, as a share of all pairs."""
    is_bad = true < FLOOR
    n_bad, n_good = int(is_bad.sum()), int((~is_bad).sum())
    if not n_bad or not n_good:
        return np.nan
    above = rankdata(expected)[~is_bad].sum() - n_good * (n_good + 1) / 2
    return float(above / (n_bad * n_good))


def bins(expected: Doubles, true: Doubles) -> list[Bin]:
    """Group masks by prediction into at most ``BINS`` groups of about one size."""
    n_bins = max(1, min(BINS, len(true) // _LEAST_IN_BIN))
    order = np.argsort(expected, kind="stable")
    return [
        Bin(n=len(part), expected_iou=float(expected[part].mean()), true_iou=float(true[part].mean()))
        for part in np.array_split(order, n_bins)
    ]


def share(n: int, total: int) -> Measured:
    """Give a share with Wilson's interval."""
    if not total:
        return Measured(value=np.nan, low=np.nan, high=np.nan)
    ends = binomtest(n, total).proportion_ci(method="wilson")
    return Measured(value=n / total, low=float(ends.low), high=float(ends.high))


class _People:
    """Resamples whole people."""

    def __init__(self, person: NDArray[np.int64], rng: np.random.Generator) -> None:
        _, code = np.unique(person, return_inverse=True)
        self._rows = np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code))[:-1])
        draws = rng.integers(len(self._rows), size=(_REPLICATES, len(self._rows)))
        self._replicates = [np.concatenate([self._rows[one] for one in draw]) for draw in draws]

    def measure(
        self, statistic: Callable[[Doubles, Doubles], float], expected: Doubles, true: Doubles
    ) -> Measured:
        values = np.array([statistic(expected[rows], true[rows]) for rows in self._replicates])
        values = values[np.isfinite(values)]
        low, high = np.percentile(values, [_TAIL, 100 - _TAIL]) if len(values) else (np.nan, np.nan)
        return Measured(value=statistic(expected, true), low=float(low), high=float(high))


def _accepted(frac: float, expected: Doubles, true: Doubles, people: _People) -> Accepted:
    def mean_of_best(predicted: Doubles, truth: Doubles) -> float:
        n = max(1, round(frac * len(truth)))
        return float(truth[np.argsort(-predicted, kind="stable")[:n]].mean())

    best = np.argsort(-expected, kind="stable")[: max(1, round(frac * len(true)))]
    return Accepted(
        frac=frac,
        n=len(best),
        least_expected_iou=float(expected[best].min()),
        mean_iou=people.measure(mean_of_best, expected, true),
        bad_frac=share(int((true[best] < FLOOR).sum()), len(best)),
    )


def evaluate(
    expected: Doubles,
    low: Doubles,
    high: Doubles,
    true: Doubles,
    person: NDArray[np.int64],
    rng: np.random.Generator,
) -> Evaluation:
    """Hold predictions, with their intervals, against true IoUs; (n,) each, n at least 1."""
    people = _People(person, rng)
    groups = bins(expected, true)
    off = sum(one.n * abs(one.expected_iou - one.true_iou) for one in groups)
    return Evaluation(
        n_masks=len(true),
        n_people=len(np.unique(person)),
        mean_iou=float(true.mean()),
        rank_correlation=people.measure(_spearman, expected, true),
        calibration_error=float(off / len(true)),
        bins=groups,
        auc_bad=people.measure(_auc, expected, true),
        n_bad=int((true < FLOOR).sum()),
        interval_coverage=share(int(((low <= true) & (true <= high)).sum()), len(true)),
        accepted=[_accepted(frac, expected, true, people) for frac in ACCEPTED_FRACS],
    )
