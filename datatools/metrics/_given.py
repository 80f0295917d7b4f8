"""How is a number that somebody else measured on each picture averaged?"""

import math

import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of


def bounds_of(values: Values) -> tuple[float, float]:
    """Say between what numbers of somebody else's lie: 0 and 1, or anywhere."""
    is_share = not ((values < 0) | (values > 1)).any()
    return (0.0, 1.0) if is_share else (-math.inf, math.inf)


class GivenMean:
    """The mean over pictures of a column of a frame of scores; pictures without a number do not count."""

    unit = "frac"

    def __init__(self, name: str, column: str, definition: str, bounds: tuple[float, float]) -> None:
        """Say which column.

        Args:
            name: the metric's.
            column: the frame's.
            definition: one sentence, shown in reports.
            bounds: what the number can be at least and at most.
        """
        self.name = name
        self.definition = definition
        self.bounds = bounds
        self._column = column

    def columns(self, scores: pd.DataFrame) -> Columns:
        return mean_columns(column(scores, self._column))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)
