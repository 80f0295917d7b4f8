"""How large, beside the reference's area, are the errors of one direction in one place?"""

import math

import numpy as np
import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of, ratio

_DIRECTIONS = {
    "over": ("fp", "False positives", "over-segmentation"),
    "under": ("fn", "False negatives", "under-segmentation"),
}
_PLACES: dict[str | None, tuple[str, str]] = {
    None: ("", "whose reference holds a person"),
    "band": (
        " within 2% of the picture's diagonal of the reference's edge",
        "whose reference holds a person",
    ),
    "interior": (
        " further than 2% of the picture's diagonal from the reference's edge",
        "whose reference holds a person",
    ),
}


class DirectionalError:
    """Errors of one direction and place relative to the reference's area, averaged over pictures."""

    unit = "frac"

    def __init__(self, direction: str, place: str | None, used_by: str) -> None:
        """Say which errors.

        Args:
            direction: over or under.
            place: None for everywhere, band or interior of the reference's edge, or a zone of the face.
            used_by: who else measures this.
        """
        self._errors, errors, kind = _DIRECTIONS[direction]
        self._place = place
        self.name = f"{direction}_frac" if place is None else f"{direction}_{place}_frac"
        self.used_by = used_by
        self.bounds = (0.0, 1.0 if direction == "under" else math.inf)
        where, pictures = _PLACES.get(
            place,
            (
                f" in the zone of the {place} (placed by the landmarks of the largest face)",
                "with a known face whose reference holds a person",
            ),
        )
        self.definition = (
            f"{errors}{where} divided by the area of the reference, averaged over pictures {pictures}: "
            f"{kind}, lower is better."
        )

    def columns(self, scores: pd.DataFrame) -> Columns:
        # The whole area, not the zone's: of a shoulder of ten pixels every error would be tenfold, and only
        # so do the errors of all places add up.
        area = column(scores, "tp") + column(scores, "fn")
        return mean_columns(ratio(self._wrong(scores), area, empty=np.nan))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)

    def _wrong(self, scores: pd.DataFrame) -> Values:
        if self._place is None:
            return column(scores, self._errors)
        if self._place == "interior":
            return column(scores, self._errors) - column(scores, f"{self._errors}_band")
        return column(scores, f"{self._errors}_{self._place}")
