"""How much of the person is lost?"""

import numpy as np
import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of, ratio


class UnderFrac:
    """False negatives relative to the reference's area, averaged over pictures."""

    name = "under_frac"
    definition = (
        "False negatives divided by the area of the reference, averaged over pictures whose reference holds "
        "a person: under-segmentation, lower is better."
    )
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        area = column(scores, "tp") + column(scores, "fn")
        return mean_columns(ratio(column(scores, "fn"), area, empty=np.nan))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


build = UnderFrac
