"""What is the Dice coefficient of the person, picture by picture?"""

import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of, ratio


class DiceImage:
    """Foreground Dice (F1) of each picture, averaged over pictures."""

    name = "dice_image"
    definition = (
        "Dice coefficient of the foreground, 2 tp / (2 tp + fp + fn), of each picture, averaged over "
        "pictures; 1 where both masks are empty."
    )
    used_by = "medical imaging; scikit-learn's f1_score of each picture"
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        tp, fp, fn = (column(scores, name) for name in ("tp", "fp", "fn"))
        return mean_columns(ratio(2 * tp, 2 * tp + fp + fn, empty=1.0))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


build = DiceImage
