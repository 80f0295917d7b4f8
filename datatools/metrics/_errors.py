"""Which share of the reference's area is wrong, in one direction and one place?"""

import math

import numpy as np
import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of, ratio

_DIRECTIONS = {
    "over": ("fp", "False positives", "over-segmentation"),
    "under": ("fn", "False negatives", "under-segmentation"),
}


class DirectionalError:
    """Errors of one direction relative to an area of the reference, averaged over pictures."""

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
        where, area, pictures = {
            None: ("", "area of the reference", "whose reference holds a person"),
            "band": (
                " within 2% of the picture's diagonal of the reference's edge",
                "area of the reference",
                "whose reference holds a person",
            ),
            "interior": (
                " further than 2% of the picture's diagonal from the reference's edge",
                "area of the reference",
                "whose reference holds a person",
            ),
        }.get(
            place,
            (
                f" in the zone of the {place} (placed by the landmarks of the largest face)",
                "reference's area in that zone",
                "with a known face whose reference reaches into the zone",
            ),
        )
        self.definition = (
            f"{errors}{where} divided by the {area}, averaged over pictures {pictures}: {kind}, "
            "lower is better."
        )

    def columns(self, scores: pd.DataFrame) -> Columns:
        return mean_columns(ratio(self._wrong(scores), self._area(scores), empty=np.nan))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)

    def _wrong(self, scores: pd.DataFrame) -> Values:
        if self._place is None:
            return column(scores, self._errors)
        if self._place == "interior":
            return column(scores, self._errors) - column(scores, f"{self._errors}_band")
        return column(scores, f"{self._errors}_{self._place}")

    def _area(self, scores: pd.DataFrame) -> Values:
        if self._place in {None, "band", "interior"}:
            return column(scores, "tp") + column(scores, "fn")
        return column(scores, f"ref_{self._place}")
