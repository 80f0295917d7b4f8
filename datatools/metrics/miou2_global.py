"""What is the two-class mean IoU over the pixels of all pictures together?"""

import numpy as np
import pandas as pd

from datatools.metrics._means import Columns, Values, column, ratio


class Miou2Global:
    """Mean of foreground and background IoU of the pixel counts summed over pictures."""

    name = "miou2_global"
    definition = (
        "Mean of foreground and background IoU, each of pixel counts summed over all pictures; "
        "an IoU is 1 where no mask holds its class."
    )
    used_by = (
        "PASCAL VOC, Cityscapes and ADE20K with two classes: each class's IoU from one confusion matrix; "
        "scikit-learn's jaccard_score with average=macro over all pixels"
    )
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        tp, fp, fn, tn = (column(scores, name) for name in ("tp", "fp", "fn", "tn"))
        return np.stack([tp, tn, fp + fn, np.ones_like(tp)], axis=-1)

    def value(self, sums: Columns) -> Values:
        tp, tn, wrong, n_images = (sums[..., i] for i in range(4))
        foreground = ratio(tp, tp + wrong, empty=1.0)
        background = ratio(tn, tn + wrong, empty=1.0)
        return np.where(n_images == 0, np.nan, (foreground + background) / 2)


build = Miou2Global
