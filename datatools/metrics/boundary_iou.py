"""How well do the outlines agree, within a band that grows with the picture?"""

import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of, ratio


class BoundaryIou:
    """Boundary IoU of Cheng et al. 2021, averaged over pictures."""

    name = "boundary_iou"
    definition = (
        "Boundary IoU (Cheng et al. 2021): intersection over union of the parts of both masks within 2% of "
        "the picture's diagonal of their own contour, averaged over pictures; 1 where both masks are empty."
    )
    used_by = "Cheng et al. 2021, by picture; the LVIS challenge since 2021, of objects, inside Boundary AP"
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        together = column(scores, "band_tp")
        return mean_columns(ratio(together, column(scores, "band_union"), empty=1.0))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


build = BoundaryIou
