"""Errors land in the cells where they are, however the face lies in the picture."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.fairness.maps.error_grid import FRAME_FACES, Frame, Grid, error_grid, frame
from datatools.fairness.maps.maps_result import GRID
from datatools.masks import Face, Landmarks, Mask
from tests.portraits import rendered

_BOX = (0.0, 0.0, 1.0, 1.0)
_MIDDLE = GRID / 2
_FACE_CELLS = GRID / FRAME_FACES  # of a face's size


def _face(points: NDArray[np.floating]) -> Face:
    return Face(_BOX, Landmarks(points.astype(np.float32), "ibug68"), None)


def _portrait() -> tuple[Mask, Face]:
    portrait = rendered(3)
    return portrait.mask, _face(portrait.faces[0].points)


def _shape(mask: Mask) -> tuple[int, int]:
    return mask.array.shape[0], mask.array.shape[1]


def _grid(pred: Mask, ref: Mask, face: Face) -> Grid:
    return error_grid(pred, ref, frame(face, _shape(ref), _shape(ref)))


def _turned(points: NDArray[np.floating], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return points @ matrix[:, :2].T + matrix[:, 2]


def _by_eye(pred: Mask, ref: Mask, where: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Look at every pixel: counts of false positives, negatives and pixels, and of the room for pixels."""
    height_px, width_px = ref.array.shape
    to_cell = np.linalg.inv(np.stack([where.across, where.down], axis=1))
    found, room = np.zeros((3, GRID, GRID)), np.zeros((GRID, GRID))
    low, high = np.floor(where.corners.min((0, 1))), np.ceil(where.corners.max((0, 1)))
    for y in range(int(low[1]), int(high[1]) + 1):
        for x in range(int(low[0]), int(high[0]) + 1):
            column, row = np.floor(to_cell @ (np.array([x, y]) - where.corner)).astype(int)
            if not (0 <= row < GRID and 0 <= column < GRID):
                continue
            room[row, column] += 1
            if 0 <= x < width_px and 0 <= y < height_px:
                wrong = pred.array[y, x] != ref.array[y, x]
                found[:, row, column] += [wrong and pred.array[y, x], wrong and ref.array[y, x], True]
    return found, room


@pytest.mark.parametrize("turn_deg", [0.0, 3.3, -17.0, 45.0, 90.0, 133.0, 180.0, 270.5])
def test_cells_are_the_means_of_their_pixels(turn_deg: float) -> None:
    """The counts equal those of a look at every pixel, at any angle and with cells of any size."""
    rng = np.random.default_rng(7)
    pred, ref = (Mask(rng.random((44, 37)) > 0.5) for _ in range(2))
    turn = np.radians(turn_deg)
    across = np.array([np.cos(turn), np.sin(turn)]) * 2.3
    down = np.array([-across[1], across[0]]) * 1.01
    where = Frame(np.array([18.0, 23.0]) - _MIDDLE * (across + down) + rng.normal(size=2), across, down)
    (over, under, there), room = _by_eye(pred, ref, where)
    grid = error_grid(pred, ref, where)
    whole = np.maximum(there, 1)
    np.testing.assert_array_equal(grid.over, np.rint(255 * over / whole))
    np.testing.assert_array_equal(grid.under, np.rint(255 * under / whole))
    # Of cells at the picture's border the room is their area: a few of so small a cell's pixels off.
    assert np.abs(grid.inside / 255 - there / np.maximum(room, 1)).max() < 0.4
    assert (grid.inside[there == 0] == 0).all()


def test_an_error_lands_where_it_was_made() -> None:
    """A disc of a face's size right of the face and one at the chin, each in its own map."""
    mask, face = _portrait()
    assert face.landmarks is not None
    points = face.landmarks.points
    size_px = max(np.linalg.norm(points[16] - points[0]), np.linalg.norm(points[8] - points[17:27].mean(0)))
    middle = (points[17:27].mean(axis=0) + points[8]) / 2
    eyes = points[42:48].mean(axis=0) - points[36:42].mean(axis=0)
    right = eyes / np.linalg.norm(eyes)
    down = np.array([-right[1], right[0]])
    added, missed = middle + size_px * (0.5 * right - 0.5 * down), middle + 0.4 * size_px * down
    ref = np.zeros_like(mask.array, np.uint8)
    cv2.circle(ref, tuple(np.rint(missed).astype(int).tolist()), round(0.1 * size_px), (1,), -1)
    pred = np.zeros_like(ref)
    cv2.circle(pred, tuple(np.rint(added).astype(int).tolist()), round(0.1 * size_px), (1,), -1)
    grid = _grid(Mask(pred > 0), Mask(ref > 0), face)
    for cells, (x, y) in ((grid.over, (0.5, -0.5)), (grid.under, (0.0, 0.4))):
        row, column = np.average(np.indices(cells.shape), axis=(1, 2), weights=cells)
        assert row + 0.5 == pytest.approx(_MIDDLE + y * _FACE_CELLS, abs=0.3)
        assert column + 0.5 == pytest.approx(_MIDDLE + x * _FACE_CELLS, abs=0.3)
        area = np.pi * (0.1 * _FACE_CELLS) ** 2
        assert cells.sum() / 255 == pytest.approx(area, rel=0.15)


def test_a_picture_on_its_side_has_the_same_map() -> None:
    """The frame turns with the head."""
    ref, face = _portrait()
    pred = Mask(np.roll(ref.array, (4, 7), axis=(0, 1)))
    height_px = ref.array.shape[0]
    assert face.landmarks is not None
    x, y = face.landmarks.points.T
    lying = _face(np.stack([height_px - 1 - y, x], axis=1))
    upright = _grid(pred, ref, face)
    turned = _grid(Mask(np.rot90(pred.array, -1)), Mask(np.rot90(ref.array, -1)), lying)
    for name in ("over", "under", "inside"):
        one, other = (getattr(grid, name).astype(int) for grid in (upright, turned))
        assert np.abs(one - other).mean() < 1.0


@pytest.mark.parametrize("turn_deg", [-25.0, 12.0])
def test_a_tilted_head_has_the_same_map(turn_deg: float) -> None:
    """But for what the turning does to the masks' edges, and what leaves the picture."""
    ref, face = _portrait()
    height_px, width_px = ref.array.shape
    pred = Mask(np.roll(ref.array, (0, 9), axis=(0, 1)))
    middle = (width_px / 2, height_px / 2)
    matrix = np.array(cv2.getRotationMatrix2D(middle, turn_deg, 0.8), np.float64)

    def turned(mask: Mask) -> Mask:
        scaled = cv2.warpAffine(mask.array.astype(np.uint8), matrix, (width_px, height_px), flags=0)
        return Mask(scaled > 0)

    assert face.landmarks is not None
    there = _grid(turned(pred), turned(ref), _face(_turned(face.landmarks.points, matrix)))
    before = _grid(pred, ref, face)
    is_known = (before.inside == 255) & (there.inside == 255)
    assert is_known.mean() > 0.3
    for name in ("over", "under"):
        one, other = (getattr(grid, name)[is_known] / 255 for grid in (before, there))
        assert one.max() > 0.3
        assert np.corrcoef(one, other)[0, 1] > 0.97


def test_a_reference_of_another_size_has_the_same_map() -> None:
    """The face is in px of the picture, whatever the reference's size."""
    ref, face = _portrait()
    pred = Mask(np.roll(ref.array, 6, axis=1))
    small = _grid(pred, ref, face)
    pred_2, ref_2 = (Mask(mask.array.repeat(2, axis=0).repeat(2, axis=1)) for mask in (pred, ref))
    large = error_grid(pred_2, ref_2, frame(face, _shape(ref), _shape(ref_2)))
    for name in ("over", "under", "inside"):
        one, other = (getattr(grid, name).astype(int) for grid in (small, large))
        assert np.abs(one - other).mean() < 2.5


def test_nothing_is_known_outside_the_picture() -> None:
    """Cells there have no pixels, whatever the masks are; those across the border have their share."""
    mask, face = _portrait()
    assert face.landmarks is not None
    moved = _face(face.landmarks.points - [face.landmarks.points[:, 0].mean(), 0])  # onto the left border
    wrong = Mask(~mask.array)
    grid = _grid(wrong, mask, moved)
    left = grid.inside[:, : GRID // 2 - 2]
    assert not left.any()
    assert not grid.over[:, : GRID // 2 - 2].any()
    whole = grid.inside == 255
    assert whole.any()
    np.testing.assert_array_equal((grid.over.astype(int) + grid.under)[whole] // 255, 1)


def test_of_a_face_larger_than_the_picture_nothing_is_known() -> None:
    """So corrupt landmarks cost neither time nor memory."""
    mask, face = _portrait()
    assert face.landmarks is not None
    huge = _face(face.landmarks.points * 1e6)
    assert frame(huge, _shape(mask), _shape(mask)) is None
    grid = error_grid(mask, Mask(~mask.array), None)
    assert not any(cells.any() for cells in (grid.over, grid.under, grid.inside))
