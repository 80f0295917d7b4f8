"""How much background is taken for the person?"""

import math

import numpy as np
import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of, ratio


class OverFrac:
    """False positives relative to the reference's area, averaged over pictures."""

    name = "over_frac"
    definition = (
        "False positives divided by the area of the reference, averaged over pictures whose reference holds "
        "a person: over-segmentation, lower is better."
    )
    unit = "frac"
    bounds = (0.0, math.inf)

    def columns(self, scores: pd.DataFrame) -> Columns:
        area = column(scores, "tp") + column(scores, "fn")
        return mean_columns(ratio(column(scores, "fp"), area, empty=np.nan))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


build = OverFrac
