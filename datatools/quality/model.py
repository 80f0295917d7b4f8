"""How is a mask's IoU predicted from its features, and how far can the prediction be off?

The target is log(1 - IoU): errors that double are equally far apart, so that 0.98 and 0.96 differ as much
as 0.96 and 0.92. A forest of randomised trees (bends where it has to) and a ridge regression (goes on
where there were few examples) are averaged; both are deterministic. Every example is predicted by a model
that did not see its person, and these predictions give the calibration (centred isotonic regression:
Oron and Flournoy 2017, section 2) and the spread (conformal prediction on their residuals: Vovk et al.
2005, section 2.2; cross-conformal, so that coverage is approximate).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from datatools.errors import DataError
from datatools.quality.examples import LEAST_ERROR, MIN_PEOPLE, Doubles, Examples, matrix

INTERVAL = 0.9  # of the predictions' intervals
_FOLDS = 5
_TREES = 100
_RIDGES = np.logspace(0, 3, 7)
_SPREAD = 100.0  # features are fractions: 0.01 and 0.1 should be as far apart as 0.1 and 1


class _Regressor(Protocol):
    def fit(self, features: Doubles, target: Doubles) -> object: ...
    def predict(self, features: Doubles) -> Doubles: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A mask's expected IoU, 0-1, and the interval that holds its true IoU with chance ``INTERVAL``."""

    expected_iou: float
    low: float
    high: float


def _log_error(iou: Doubles) -> Doubles:
    return np.log(1 - iou + LEAST_ERROR)


def _compress(features: Doubles) -> Doubles:
    """Draw in the long tails of features; the sign stays."""
    return np.asarray(np.sign(features) * np.log1p(np.abs(features) * _SPREAD), np.float64)


def _regressors() -> tuple[_Regressor, _Regressor]:
    trees = ExtraTreesRegressor(_TREES, min_samples_leaf=3, max_features=0.4, random_state=0)
    line = make_pipeline(FunctionTransformer(_compress), StandardScaler(), RidgeCV(_RIDGES))
    return (
        make_pipeline(SimpleImputer(keep_empty_features=True), trees),
        make_pipeline(SimpleImputer(keep_empty_features=True), line),
    )


def _fitted(examples: Examples) -> tuple[_Regressor, _Regressor]:
    both = _regressors()
    for one in both:
        one.fit(examples.features, _log_error(examples.iou))
    return both


def _require(examples: Examples, n_people: int) -> None:
    if examples.n_people < n_people:
        raise DataError(
            f"expected examples of at least {n_people} people to fit a quality model on, got "
            f"{examples.n_people}: give more pictures human or rendered masks"
        )


def _raw(both: Sequence[_Regressor], features: Doubles) -> Doubles:
    return np.asarray(np.mean([one.predict(features) for one in both], axis=0), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Calibration:
    """A strictly falling curve from predicted log error to IoU, linear between its knots."""

    at: Doubles  # (k,), rising
    iou: Doubles  # (k,), falling

    def __call__(self, raw: Doubles) -> Doubles:
        return np.asarray(np.interp(raw, self.at, self.iou), np.float64)


def _calibrate(raw: Doubles, iou: Doubles) -> _Calibration:
    """Fit the curve: the steps of an isotonic regression, joined at their centres of mass.

    Outside the outermost centres the curve goes on with the average slope, so that ranks are kept.
    """
    steps = np.asarray(IsotonicRegression(increasing=False).fit(raw, iou).predict(raw))
    levels = np.unique(steps)[::-1]
    at = np.array([raw[steps == level].mean() for level in levels])
    slope = -max(1e-3, float(levels[0] - levels[-1]) / max(1e-9, float(np.ptp(raw))))
    ends = np.array([raw.min() - 3.0, raw.max() + 3.0])
    first = min(1.0, levels[0] + slope * (ends[0] - at[0]))
    last = max(0.0, levels[-1] + slope * (ends[1] - at[-1]))
    return _Calibration(np.array([ends[0], *at, ends[1]]), np.array([first, *levels, last]))


class QualityModel:
    """Predicts IoU; made from examples in about a second, always the same for the same examples."""

    def __init__(self, examples: Examples) -> None:
        """Fit.

        Raises:
            DataError: the examples show too few people.
        """
        _require(examples, MIN_PEOPLE)
        raw = np.empty(len(examples))
        folds = GroupKFold(_FOLDS, shuffle=True, random_state=0)
        parts = list(folds.split(examples.features, groups=examples.person))
        for seen, unseen in parts:
            raw[unseen] = _raw(_fitted(examples.rows(seen)), examples.features[unseen])
        self._both = _fitted(examples)
        self._calibrated = _calibrate(raw, examples.iou)
        # Each fold by the curve of the others: a curve's own examples lie nearer to it than new ones.
        expected = np.empty(len(examples))
        for seen, unseen in parts:
            expected[unseen] = _calibrate(raw[seen], examples.iou[seen])(raw[unseen])
        self._residuals: Doubles = np.sort(_log_error(examples.iou) - _log_error(expected))

    def expected(self, features: Doubles) -> Doubles:
        """Predict the IoU (n,) of features (n, k) in the order of ``features.NAMES``."""
        if not len(features):
            return np.empty(0)
        return self._calibrated(_raw(self._both, features))

    def spread(self, expected: Doubles) -> Doubles:
        """Give the distribution of the true IoU behind each prediction: (n, m), equally likely values."""
        error = np.exp(_log_error(expected))[:, None] * np.exp(self._residuals)
        return np.asarray(np.clip(1 + LEAST_ERROR - error, 0, 1), np.float64)

    def bounds(self, expected: Doubles) -> tuple[Doubles, Doubles]:
        """Give the ends of the intervals around predictions (n,)."""
        n = len(self._residuals)
        tail = (1 - INTERVAL) / 2
        # The (n + 1)-th case is the new one: Vovk et al. 2005, equation 2.19.
        rank = min(n - 1, int(np.ceil((1 - tail) * (n + 1))) - 1)
        worst, best = self._residuals[rank], self._residuals[n - 1 - rank]
        error = np.exp(_log_error(expected))
        ends = (np.clip(1 + LEAST_ERROR - error * np.exp(r), 0, 1) for r in (worst, best))
        low, high = (np.asarray(end, np.float64) for end in ends)
        return low, high

    def predict(self, seen: Mapping[str, Mapping[str, float]]) -> dict[str, Prediction]:
        """Predict each sample's IoU from its features by name."""
        expected = self.expected(matrix(list(seen.values())))
        low, high = self.bounds(expected)
        return {
            name: Prediction(expected_iou=float(e), low=float(a), high=float(b))
            for name, e, a, b in zip(seen, expected, low, high, strict=True)
        }


def cross_validated(examples: Examples, rng: np.random.Generator) -> tuple[Doubles, Doubles, Doubles]:
    """Predict every example by a whole model, calibration included, that did not see its person.

    Returns:
        Expected IoU and the low and high ends of its interval, (n,) each.

    Raises:
        DataError: the examples show too few people for that.
    """
    _require(examples, MIN_PEOPLE * _FOLDS // (_FOLDS - 1))  # so that four folds hold enough
    n = len(examples)
    expected, low, high = np.empty(n), np.empty(n), np.empty(n)
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=int(rng.integers(2**31)))
    for seen, unseen in cast(
        "Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]",
        list(folds.split(examples.features, groups=examples.person)),
    ):
        model = QualityModel(examples.rows(seen))
        expected[unseen] = model.expected(examples.features[unseen])
        low[unseen], high[unseen] = model.bounds(expected[unseen])
    return expected, low, high
