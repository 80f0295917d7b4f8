"""How well do the outlines meet, within 3 px?"""

import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of, ratio


class BoundaryF1:
    """F1 of contour pixels within a tolerance, averaged over pictures."""

    name = "boundary_f1"
    definition = (
        "Harmonic mean of the shares of predicted and of reference contour pixels that lie within 3 px of "
        "the other contour, averaged over pictures; 1 where neither mask has a contour, 0 where one has."
    )
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        n_pred, n_ref = column(scores, "edge_pred"), column(scores, "edge_ref")
        # With a contour on one side alone, both shares must be 0: nothing was met.
        has_none = n_pred + n_ref == 0
        precision = ratio(column(scores, "edge_pred_hit"), n_pred, empty=0.0)
        recall = ratio(column(scores, "edge_ref_hit"), n_ref, empty=0.0)
        f1 = ratio(2 * precision * recall, precision + recall, empty=0.0)
        f1[has_none] = 1.0
        return mean_columns(f1)

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


build = BoundaryF1
