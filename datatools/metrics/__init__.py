"""Which number describes a set of masks? One measure per file.

A metric is a function of sums over pictures: ``columns`` turns sufficient statistics into a few
numbers a picture, ``value`` turns their (weighted) sums into the metric. A bootstrap replicate is
then one row of weights, and 10,000 replicates are one matrix product.
"""

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Metric(Protocol):
    """One named metric; ``unit`` is frac (0-1, shown as points of 100) or px."""

    name: str
    definition: str  # one sentence, shown in reports
    unit: str
    bounds: tuple[float, float]  # what the metric can be at least and at most

    def columns(self, scores: pd.DataFrame) -> NDArray[np.float64]:
        """Give (n_images, k): a row of scores.parquet to k summable numbers."""
        ...

    def value(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the metric from sums: (..., k) to (...); NaN where it is undefined."""
        ...
