"""A detector's raw numbers become boxes, and overlapping boxes one."""

import numpy as np
import pytest

from datatools.landmarks._ssd import Detection, anchors, decode, merge


def box_at(x: float, score: float, side: float = 0.2) -> Detection:
    """Give a square detection whose left edge is at x, with its centre as key point."""
    box = np.array([x, 0.4, x + side, 0.4 + side], np.float32)
    return Detection(box, box.reshape(2, 2).mean(axis=0, keepdims=True), score)


def test_anchors_are_cell_centres_row_by_row() -> None:
    """Two layers: 2 x 2 cells with one anchor each, then one cell with two."""
    expected = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75], [0.5, 0.5], [0.5, 0.5]]
    assert anchors(16, ((8, 1), (16, 2))).tolist() == expected


def test_boxes_and_points_are_offsets_from_the_anchor() -> None:
    """In px of the input; a score below the limit is left out, the surest comes first."""
    centres = anchors(100, ((50, 1),))
    offsets = np.zeros((4, 6), np.float32)
    offsets[:, 2:4] = 20
    offsets[3] = [5, -5, 20, 40, 10, 0]
    found = decode(offsets, np.array([0, -9, 1, 99], np.float32), centres, 100, 0.5)
    assert [one.score for one in found] == pytest.approx([1, 0.731, 0.5], abs=1e-3)
    assert found[0].box == pytest.approx([0.7, 0.5, 0.9, 0.9])
    assert found[0].points.ravel() == pytest.approx([0.85, 0.75])


def test_overlapping_boxes_are_averaged_by_score() -> None:
    """The far one stays by itself; the merged one keeps the best score."""
    found = merge([box_at(0.1, 0.9), box_at(0.14, 0.3), box_at(0.7, 0.2)], 0.3)
    assert [one.score for one in found] == [0.9, 0.2]
    assert found[0].box[0] == pytest.approx(0.11)
    assert found[0].points[0, 0] == pytest.approx(0.21)


def test_boxes_without_area_end_too() -> None:
    """They overlap nothing and come back as they are."""
    assert len(merge([box_at(0.1, 0.9, side=0.0), box_at(0.1, 0.8, side=0.0)], 0.3)) == 2
    assert merge([], 0.3) == []
