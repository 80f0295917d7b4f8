"""What is the two-class mean IoU, picture by picture?"""

import pandas as pd

from datatools.metrics._means import Columns, Values, iou_bg, iou_fg, mean_columns, mean_of


class Miou2Image:
    """Mean of foreground and background IoU of each picture, averaged over pictures."""

    name = "miou2_image"
    definition = (
        "Mean of foreground and background IoU of each picture, averaged over pictures; an IoU is 1 where "
        "neither mask holds its class."
    )
    used_by = "papers that average a two-class IoU over pictures, mostly without saying so"
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        return mean_columns((iou_fg(scores) + iou_bg(scores)) / 2)

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


build = Miou2Image
