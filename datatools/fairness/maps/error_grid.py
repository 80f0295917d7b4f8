"""Where around a face are a mask's errors: which share of each cell of a frame that is aligned with the face?

The frame is a square, upright with the line between the eyes and centred on the middle between brows and
chin. Its side is ``FRAME_FACES`` face sizes, the larger of jaw width and the height from the brows to the
chin: the unit in which the zones of ``metrics._zones`` are laid out too. It holds the hair above and the
shoulders beside the chin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatools.anatomy import anatomy
from datatools.fairness.maps.maps_result import GRID
from datatools.masks import Face, Mask

FRAME_FACES = 3.6  # the hair's zone ends 1.77 sizes above the face's middle, the frame 1.8
# Part of what makes a row of the table error_grids stale: raise it when a cell changes its meaning.
GRIDS_VERSION = 1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = NDArray[np.uint8]  # (GRID, GRID): 0-255 stands for 0-1, rows from the top


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame of GRID x GRID cells laid over a mask; (x, y) px, pixels' centres at whole numbers."""

    corner: Floats  # (2,) the top left one's place, as the face sees it
    across: Floats  # (2,) from a cell to the one on its right
    down: Floats  # (2,) from a cell to the one below

    @property
    def cell_px(self) -> float:
        """Give a cell's area."""
        return float(abs(self.across[0] * self.down[1] - self.across[1] * self.down[0]))

    @property
    def corners(self) -> Floats:
        """Give the corners of all cells (GRID + 1, GRID + 1, 2), by row, then by column."""
        number = np.arange(GRID + 1)
        return np.asarray(self.corner + number[:, None, None] * self.down + number[:, None] * self.across)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """One mask's errors by cell."""

    over: Cells  # of the cell's pixels in the picture, those that are false positives
    under: Cells  # ... false negatives
    inside: Cells  # of the cell's pixels, those that lie in the picture


def frame(face: Face, picture: tuple[int, int], shape: tuple[int, int]) -> Frame | None:
    """Lay the frame over a mask.

    Args:
        face: as ``zoned_face`` gives it, in px of its picture.
        picture: the picture's height and width.
        shape: the mask's, which may be another size of the same picture.

    Returns:
        The frame, or None where the face is larger than the picture, as corrupt landmarks are.
    """
    parts = anatomy(face)
    assert parts is not None
    size_px = max(parts.width_px, parts.height_px)
    if size_px > np.hypot(*picture):
        return None
    turn = np.radians(parts.roll_deg)
    across = np.array([np.cos(turn), np.sin(turn)]) * size_px * FRAME_FACES / GRID
    down = np.array([-across[1], across[0]])
    middle = (parts.brows.mean(axis=0) + parts.chin) / 2
    corner = middle - GRID / 2 * (across + down)
    scale = np.array([shape[1] / picture[1], shape[0] / picture[0]])
    # A pixel's centre is half a pixel inside: without the shift, scaling would move the frame.
    return Frame((corner + 0.5) * scale - 0.5, across * scale, down * scale)


def error_grid(pred: Mask, ref: Mask, where: Frame | None) -> Grid:
    """Count the errors of a prediction in the cells of a frame; a pixel is where its centre is.

    Args:
        pred: the prediction.
        ref: the reference, of the same size.
        where: laid over masks of this size; None: nothing is known of any cell.
    """
    if where is None:
        return Grid(*(np.zeros((GRID, GRID), np.uint8) for _ in range(3)))
    height_px, width_px = ref.array.shape
    corners = where.corners
    n_pixels = _counted(corners, where, width_px, height_px)
    over, under = _errors(pred, ref, where)
    room = np.where(_is_inside(corners, width_px, height_px), n_pixels, where.cell_px)
    return Grid(_bytes(over, n_pixels), _bytes(under, n_pixels), _bytes(n_pixels, room))


def _errors(pred: Mask, ref: Mask, where: Frame) -> Ints:
    """Count each cell's false positives, and its false negatives (2, GRID, GRID)."""
    height_px, width_px = ref.array.shape
    wrong = np.flatnonzero(pred.array ^ ref.array)  # few beside all pixels
    of_row = np.diff(np.searchsorted(wrong, width_px * np.arange(height_px + 1)))
    to_cells = np.linalg.inv(np.stack([where.across, where.down], axis=1))
    places = []
    for (by_x, by_y), start in zip(to_cells, to_cells @ where.corner, strict=True):
        # A pixel's number is x + width * y: its column need not be known. Counted from 1, since cutting off
        # decimals rounds down only what is positive; what lies outside the frame is gathered around it.
        place = np.repeat((by_y - by_x * width_px) * np.arange(height_px) + (1 - start), of_row)
        place += by_x * wrong
        places.append(np.clip(place, 0, GRID + 1, out=place).astype(np.intp))
    column, row = places
    side = GRID + 2
    row += side * ref.array.ravel()[wrong]  # what the reference has there: a false negative
    row *= side
    row += column
    found = np.bincount(row, minlength=2 * side * side).reshape(2, side, side)
    return np.asarray(found[:, 1:-1, 1:-1], np.int64)


def _bytes(part: Ints, whole: Floats | Ints) -> Cells:
    """Give shares as bytes; 0 of nothing is 0."""
    # A pixel whose centre is on a cell's side may be counted on either side of it.
    share = np.minimum(part / np.maximum(whole, 1), 1)
    return np.asarray(np.rint(255 * share), np.uint8)


def _is_inside(corners: Floats, width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Say which cells (GRID, GRID) lie in the picture as a whole."""
    x, y = corners[..., 0], corners[..., 1]
    is_in = (x >= -0.5) & (x <= width_px - 0.5) & (y >= -0.5) & (y <= height_px - 0.5)
    return np.asarray(is_in[1:, 1:] & is_in[1:, :-1] & is_in[:-1, 1:] & is_in[:-1, :-1])


def _counted(corners: Floats, where: Frame, width_px: int, height_px: int) -> Ints:
    """Count the picture's pixels in each cell (GRID, GRID), without looking at any.

    Going around a cell, the pixels above its sides are added on the way back and taken off on the way there.
    """
    rows = _above(corners, where.across, width_px, height_px)
    columns = _above(corners.swapaxes(0, 1), where.down, width_px, height_px).T
    return rows[1:] - rows[:-1] + columns[:, :-1] - columns[:, 1:]


def _above(starts: Floats, step: Floats, width_px: int, height_px: int) -> Ints:
    """Count a picture's pixels above each piece of parallel lines; below 0 where a line runs to the left.

    Args:
        starts: (n_lines, GRID + 1, 2), where the pieces of each line meet.
        step: (2,), from one of these to the next.
        width_px: the picture's.
        height_px: the picture's.

    Returns:
        The counts (n_lines, GRID).
    """
    if abs(step[0]) < 1e-9:  # nothing is above an upright line
        return np.zeros((len(starts), GRID), np.int64)
    column = np.clip(np.ceil(starts[..., 0]), 0, width_px).astype(np.int64)
    column_0 = column.min(axis=1, keepdims=True)
    x = column_0 + np.arange((column - column_0).max())
    height = starts[:, :1, 1] + (x - starts[:, :1, 0]) * (step[1] / step[0])
    up_to = np.zeros((len(x), x.shape[1] + 1))  # the pixels above a line, left of a column
    np.cumsum(np.clip(np.ceil(height), 0, height_px), axis=1, out=up_to[:, 1:])
    return np.diff(np.take_along_axis(up_to, column - column_0, axis=1), axis=1).astype(np.int64)
