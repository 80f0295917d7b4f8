"""How well is the person covered, over the pixels of all pictures together?"""

import numpy as np
import pandas as pd

from datatools.metrics._means import Columns, Values, column, ratio


class IouFgGlobal:
    """Foreground IoU of the pixel counts summed over pictures."""

    name = "iou_fg_global"
    definition = (
        "Foreground intersection over union of pixel counts summed over all pictures, so that large "
        "pictures and large people weigh more; 1 where all masks are empty."
    )
    used_by = (
        "scikit-learn's jaccard_score and torchmetrics' BinaryJaccardIndex over the pixels of all pictures"
    )
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        tp, fp, fn = (column(scores, name) for name in ("tp", "fp", "fn"))
        return np.stack([tp, tp + fp + fn, np.ones_like(tp)], axis=-1)

    def value(self, sums: Columns) -> Values:
        iou = ratio(sums[..., 0], sums[..., 1], empty=1.0)
        return np.where(sums[..., 2] == 0, np.nan, iou)


build = IouFgGlobal
