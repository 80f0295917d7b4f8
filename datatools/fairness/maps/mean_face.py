"""What does a face look like in the frame of error maps, and which zone is each of its cells in?"""

import functools

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.maps.error_grid import FRAME_FACES
from datatools.fairness.maps.maps_result import GRID
from datatools.masks import Face, Landmarks
from datatools.metrics._zones import ZoneMap, zone_map

# dlib's 68 points in face sizes from the face's middle: the means over the largest faces of 4,004 portraits
# of four public sets (EG1800, CelebAMask-HQ, MEBeauty, the Face Research Lab London Set), each set alike,
# and over both sides.
# fmt: off
_MEAN_POINTS = (
    (-0.5, -0.32), (-0.49, -0.19), (-0.47, -0.06), (-0.45, 0.07), (-0.4, 0.19), (-0.33, 0.3),
    (-0.23, 0.38), (-0.12, 0.45), (0, 0.47), (0.12, 0.45), (0.23, 0.38), (0.33, 0.3),
    (0.4, 0.19), (0.45, 0.07), (0.47, -0.06), (0.49, -0.19), (0.5, -0.32), (-0.41, -0.42),
    (-0.35, -0.48), (-0.26, -0.5), (-0.17, -0.49), (-0.08, -0.45), (0.08, -0.45), (0.17, -0.49),
    (0.26, -0.5), (0.35, -0.48), (0.41, -0.42), (0, -0.35), (0, -0.27), (0, -0.18),
    (0, -0.09), (-0.1, -0.03), (-0.05, -0.02), (0, 0), (0.05, -0.02), (0.1, -0.03),
    (-0.31, -0.33), (-0.25, -0.37), (-0.19, -0.36), (-0.13, -0.32), (-0.19, -0.31), (-0.26, -0.31),
    (0.13, -0.32), (0.19, -0.36), (0.25, -0.37), (0.31, -0.33), (0.26, -0.31), (0.19, -0.31),
    (-0.19, 0.13), (-0.12, 0.1), (-0.05, 0.08), (0, 0.09), (0.05, 0.08), (0.12, 0.1),
    (0.19, 0.13), (0.12, 0.19), (0.06, 0.22), (0, 0.23), (-0.06, 0.22), (-0.12, 0.19),
    (-0.16, 0.13), (-0.05, 0.13), (0, 0.13), (0.05, 0.13), (0.16, 0.13), (0.05, 0.15),
    (0, 0.16), (-0.05, 0.15),
)
# fmt: on


def mean_face() -> NDArray[np.float32]:
    """Give the 68 points (68, 2) of a mean face in the frame, in cells from its top left corner."""
    return np.asarray(GRID * (np.array(_MEAN_POINTS) / FRAME_FACES + 0.5), np.float32)


@functools.cache
def cell_zones() -> ZoneMap:
    """Give the zone of each cell (GRID, GRID) around a mean face, as ``zone_map`` numbers them."""
    pixels = 10  # of a cell: the outlines of zones are drawn on whole ones
    points = np.asarray(mean_face() * pixels, np.float32)
    face = Face((0.0, 0.0, 1.0, 1.0), Landmarks(points, "ibug68"), None)
    zones = zone_map(face, (GRID * pixels, GRID * pixels), (GRID * pixels, GRID * pixels))
    assert zones is not None
    return zones[pixels // 2 :: pixels, pixels // 2 :: pixels]  # where the cell's middle lies
