"""Which score would the ExtremeC3Net authors' own validation print?"""

import numpy as np
import pandas as pd

from datatools.errors import UsageError
from datatools.metrics._means import Columns, Values, iou_fg, mean_of

BATCH_SIZE = 40  # of the authors' second training stage, whose loop also validates


class OfficialBatchmean:
    """Foreground IoU per picture, averaged within each batch in order, then over batches."""

    name = "official_batchmean"
    used_by = "the ExtremeC3Net and SINet authors' own validation loop"
    unit = "frac"
    bounds = (0.0, 1.0)

    def __init__(self, batch_size: int = BATCH_SIZE) -> None:
        if batch_size < 1:
            raise UsageError(f"official_batchmean expects a batch_size of at least 1, got {batch_size}")
        self.batch_size = batch_size
        self.definition = (
            "Foreground IoU of each picture, averaged within each batch of "
            f"{batch_size} in the order of the rows, then over batches (the authors' protocol): the "
            "pictures of a last, smaller batch weigh more."
        )

    def columns(self, scores: pd.DataFrame) -> Columns:
        # The mean of batch means is a weighted mean in which a picture weighs 1 / its batch's size.
        n_images = len(scores)
        batch = np.arange(n_images) // self.batch_size
        weight = 1.0 / np.bincount(batch)[batch] if n_images else np.empty(0)
        return np.stack([weight * iou_fg(scores), weight], axis=-1)

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


build = OfficialBatchmean
