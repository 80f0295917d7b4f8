"""What do people's reviews say about expected IoU: from which value on is a mask accepted?

A yes or no is no IoU, so reviews never become examples of the model. They fit one curve beside it: the
chance that a person accepts a mask of an expected IoU (logistic regression). Which masks were reviewed
may depend on their expected IoU, as it does when a queue ranks them: that does not bias this curve,
which is conditional on it. It does bias the plain share of accepted reviews, which is not used.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError

from datatools.errors import DataError
from datatools.quality.examples import LEAST_ERROR, Doubles
from datatools.tables import write_bytes

REVIEWS_FILE = "reviews.json"  # beside the model's card
MIN_EACH = 5  # answers of either kind, below which a curve is not drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCurve:
    """The chance of acceptance is 1 / (1 + exp(-(intercept + slope * -log(1 - IoU))))."""

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)

    intercept: float
    slope: float  # above 0: better-looking masks are accepted more often
    n_accepted: int
    n_rejected: int

    def chance(self, iou: Doubles) -> Doubles:
        """Give the chance that a person accepts masks of these IoUs, of any shape."""
        return np.asarray(1 / (1 + np.exp(-(self.intercept + self.slope * _scale(iou)))), np.float64)

    def iou_at(self, chance: float) -> float:
        """Give the expected IoU at which a person accepts with this chance; in [0, 1]."""
        scale = (np.log(chance / (1 - chance)) - self.intercept) / self.slope
        return float(np.clip(1 + LEAST_ERROR - np.exp(-scale), 0, 1))


def _scale(iou: Doubles) -> Doubles:
    return np.asarray(-np.log(1 - iou + LEAST_ERROR), np.float64)


def accept_curve(expected: Doubles, is_accepted: NDArray[np.bool_]) -> AcceptCurve | None:
    """Fit the curve; None with too few answers of a kind, or where acceptance does not rise."""
    from sklearn.linear_model import LogisticRegression

    n_accepted, n_rejected = int(is_accepted.sum()), int((~is_accepted).sum())
    if min(n_accepted, n_rejected) < MIN_EACH:
        return None
    fitted = LogisticRegression(C=10.0).fit(_scale(expected)[:, None], is_accepted)
    slope = float(fitted.coef_[0, 0])
    if slope <= 0:
        return None
    return AcceptCurve(
        intercept=float(fitted.intercept_[0]), slope=slope, n_accepted=n_accepted, n_rejected=n_rejected
    )


def write(folder: Path, curve: AcceptCurve) -> None:
    """Keep a curve beside the model."""
    write_bytes(folder / REVIEWS_FILE, (json.dumps(asdict(curve), indent=1) + "\n").encode())


def read(folder: Path) -> AcceptCurve | None:
    """Read the curve of a model's folder, or None where nobody's reviews were added.

    Raises:
        DataError: the file is no such curve.
    """
    path = folder / REVIEWS_FILE
    if not path.exists():
        return None
    try:
        return TypeAdapter(AcceptCurve).validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{path} is not a curve of reviews: {error}; run `datatools quality --add-reviews` again"
        ) from error
