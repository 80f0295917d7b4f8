"""How well is the person covered, picture by picture (the ExtremeC3Net protocol)?"""

import pandas as pd

from datatools.metrics._means import Columns, Values, iou_fg, mean_columns, mean_of


class IouFgImage:
    """Foreground IoU of each picture, averaged over pictures."""

    name = "iou_fg_image"
    definition = (
        "Foreground intersection over union of each picture, averaged over pictures; "
        "1 where both masks are empty."
    )
    used_by = (
        "the ExtremeC3Net paper (up to batches) and MediaPipe's model card; FHIBE (AR_MASK) and COCO (AP) "
        "take this IoU of a person or object and count how often it passes thresholds"
    )
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        return mean_columns(iou_fg(scores))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


build = IouFgImage
