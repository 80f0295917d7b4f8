"""How well do two outlines meet, at a stated tolerance?"""

import pandas as pd

from datatools.metrics._means import Columns, Values, column, mean_columns, mean_of, ratio


class EdgeF1:
    """F1 of contour pixels within a tolerance, averaged over pictures."""

    unit = "frac"
    bounds = (0.0, 1.0)

    def __init__(self, name: str, tolerance: str, hits: str, used_by: str) -> None:
        """Say which counts to read.

        Args:
            name: the metric's.
            tolerance: in words, for the definition.
            hits: what ends the names of the columns that count contour pixels within the tolerance.
            used_by: who else measures this.
        """
        self.name = name
        self.used_by = used_by
        self.definition = (
            "Harmonic mean of the shares of predicted and of reference contour pixels that lie within "
            f"{tolerance} of the other contour, averaged over pictures; 1 where neither mask has a contour, "
            "0 where one has."
        )
        self._hits = hits

    def columns(self, scores: pd.DataFrame) -> Columns:
        n_pred, n_ref = column(scores, "edge_pred"), column(scores, "edge_ref")
        # With a contour on one side alone, both shares must be 0: nothing was met.
        has_none = n_pred + n_ref == 0
        precision = ratio(column(scores, f"edge_pred_hit{self._hits}"), n_pred, empty=0.0)
        recall = ratio(column(scores, f"edge_ref_hit{self._hits}"), n_ref, empty=0.0)
        f1 = ratio(2 * precision * recall, precision + recall, empty=0.0)
        f1[has_none] = 1.0
        return mean_columns(f1)

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)
