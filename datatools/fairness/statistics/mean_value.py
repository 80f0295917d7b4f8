"""How is any number that each picture has compared by the audit's statistics, as if it were a metric?"""

import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of


class MeanValue:
    """The mean of a frame's column over pictures; NaN counts for nothing."""

    unit = "frac"

    def __init__(self, name: str = "value", bounds: tuple[float, float] = (0.0, 1.0)) -> None:
        """Name the column, and say what its mean can be at least and at most."""
        self.name = name
        self.definition = f"Mean over pictures of {name}."
        self.bounds = bounds

    def columns(self, scores: pd.DataFrame) -> Columns:
        """Give each picture's value and 1."""
        return mean_columns(column(scores, self.name))

    def value(self, sums: Columns) -> Values:
        """Give the mean from sums."""
        return mean_of(sums)
