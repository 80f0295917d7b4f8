"""The mean face stands in the middle of the frame, and its zones are those of the metrics."""

import numpy as np

from datatools.anatomy import anatomy
from datatools.fairness.maps.maps_result import GRID
from datatools.fairness.maps.mean_face import cell_zones, mean_face
from datatools.masks import Face, Landmarks
from datatools.metrics._zones import ZONES


def test_the_mean_face_is_upright_in_the_middle() -> None:
    """As every face is in the frame."""
    parts = anatomy(Face((0.0, 0.0, 1.0, 1.0), Landmarks(mean_face(), "ibug68"), None))
    assert parts is not None
    np.testing.assert_allclose((parts.brows.mean(axis=0) + parts.chin) / 2, GRID / 2, atol=0.1)
    assert abs(parts.roll_deg) < 0.1


def test_every_zone_has_cells_in_their_order() -> None:
    """Hair above the face, the neck below it, shoulders below that; both sides are alike."""
    zones = cell_zones()
    assert zones.shape == (GRID, GRID)
    rows = [np.nonzero(zones == 1 + ZONES.index(name))[0].mean() for name in ("hair", "face", "neck")]
    assert rows == sorted(rows)
    assert np.mean(zones == zones[:, ::-1]) > 0.97
