"""How is a mean over pictures, or a ratio of sums, put as a function of summable columns?"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Columns = NDArray[np.float64]  # (n_images, k)
Values = NDArray[np.float64]  # (n_images,) or (...)


def column(scores: pd.DataFrame, name: str) -> Values:
    """Give one column of the scores table as float64 (n_images,); an absent count is NaN."""
    return scores[name].to_numpy(np.float64, na_value=np.nan)


def ratio(part: Values, whole: Values, *, empty: float) -> Values:
    """Divide; ``empty`` is the value where ``whole`` is 0."""
    is_empty = whole == 0
    return np.where(is_empty, empty, part / np.where(is_empty, 1.0, whole))


def mean_columns(values: Values) -> Columns:
    """Give a picture's value and 1, so that sums hold what a mean needs; NaN values count for nothing."""
    is_defined = ~np.isnan(values)
    return np.stack([np.where(is_defined, values, 0.0), is_defined.astype(np.float64)], axis=-1)


def mean_of(sums: Columns) -> Values:
    """Give the mean from the sums of ``mean_columns``; NaN where nothing was summed."""
    return ratio(sums[..., 0], sums[..., 1], empty=np.nan)


def iou_fg(scores: pd.DataFrame) -> Values:
    """Give each picture's foreground IoU; 1 where both masks are empty."""
    tp, fp, fn = (column(scores, name) for name in ("tp", "fp", "fn"))
    return ratio(tp, tp + fp + fn, empty=1.0)


def iou_bg(scores: pd.DataFrame) -> Values:
    """Give each picture's background IoU; 1 where neither mask leaves any background."""
    tn, fp, fn = (column(scores, name) for name in ("tn", "fp", "fn"))
    return ratio(tn, tn + fp + fn, empty=1.0)
