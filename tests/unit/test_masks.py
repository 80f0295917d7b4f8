"""Arrays are checked at the door, and the geometry on them is exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from datatools.errors import MaskError
from datatools.masks import Face, Landmarks, Mask, Matte, disk, edge_band, hull, iou

MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=12))
Bools = NDArray[np.bool_]


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 1), bool), np.zeros((0, 2), bool), np.zeros(3, bool)],
)
def test_what_is_no_mask_is_refused(array: Bools) -> None:
    """Another type, another rank, or nothing in it."""
    with pytest.raises(MaskError, match="a mask is a non-empty bool array"):
        Mask(array)


@pytest.mark.parametrize(
    "array", [np.zeros((2, 2)), np.zeros((2, 2, 1), np.float32), np.zeros((2, 0), np.float32)]
)
def test_what_is_no_matte_is_refused(array: NDArray[np.float32]) -> None:
    """Doubles, another rank, or nothing in it."""
    with pytest.raises(MaskError, match="a matte is a non-empty float32 array"):
        Matte(array)


@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan, np.inf])
def test_a_matte_holds_shares(value: float) -> None:
    """Nothing below 0, above 1, or undefined."""
    with pytest.raises(MaskError, match=r"values in \[0, 1\]"):
        Matte(np.array([[0.5, value]], np.float32))


@pytest.mark.parametrize("points", [np.zeros((3, 2)), np.zeros((3, 3), np.float32), np.zeros(4, np.float32)])
def test_what_are_no_landmarks_is_refused(points: NDArray[np.float32]) -> None:
    """Doubles, or not pairs."""
    with pytest.raises(MaskError, match=r"landmarks are float32 \(n, 2\)"):
        Landmarks(points, "x")


@pytest.mark.parametrize("points", [np.zeros((0, 2)), [[np.nan, 1.0]], [[np.inf, 1.0]]])
def test_landmarks_are_finite_points(points: list[list[float]]) -> None:
    """At least one, and none undefined."""
    with pytest.raises(MaskError, match="at least one point and finite"):
        Landmarks(np.asarray(points, np.float32), "x")


@given(MASKS)
def test_area_is_the_share_of_person(array: Bools) -> None:
    """Between 0 and 1."""
    assert Mask(array).area_frac == pytest.approx(np.count_nonzero(array) / array.size)


@pytest.mark.parametrize(("at", "expected"), [(0.5, [False, False, True]), (0.2, [False, True, True])])
def test_a_matte_is_cut_above_the_threshold(at: float, expected: list[bool]) -> None:
    """The threshold itself is background."""
    assert Matte(np.array([[0.0, 0.5, 0.6]], np.float32)).threshold(at).array.tolist() == [expected]


@given(MASKS)
def test_iou_is_one_on_itself(array: Bools) -> None:
    """Two empty masks agree as well."""
    assert iou(Mask(array), Mask(array)) == 1.0


@given(MASKS, st.integers(0, 2**32 - 1))
def test_iou_is_symmetric_and_a_share(array: Bools, seed: int) -> None:
    """Which mask comes first does not matter."""
    other = np.random.default_rng(seed).random(array.shape) < 0.5
    value = iou(Mask(array), Mask(other))
    assert value == iou(Mask(other), Mask(array))
    assert 0.0 <= value <= 1.0
    union = np.count_nonzero(array | other)
    assert value == (np.count_nonzero(array & other) / union if union else 1.0)


def test_iou_of_other_shapes_is_refused() -> None:
    """They are not of one picture."""
    with pytest.raises(MaskError, match=r"one shape; got \(2, 2\) and \(2, 3\)"):
        iou(Mask(np.ones((2, 2), bool)), Mask(np.ones((2, 3), bool)))


def test_the_area_of_a_face_is_that_of_its_box() -> None:
    """A box turned inside out has none."""
    assert Face((1.0, 2.0, 4.0, 6.0), None, None).area_px == 12.0
    assert Face((4.0, 2.0, 1.0, 6.0), None, None).area_px == 0.0


@pytest.mark.parametrize(
    ("box", "point", "is_cut"),
    [
        ((0.0, 0.0, 10.0, 20.0), (5.0, 5.0), False),
        ((-0.1, 0.0, 10.0, 20.0), (5.0, 5.0), True),
        ((0.0, 0.0, 10.1, 20.0), (5.0, 5.0), True),
        ((1.0, 1.0, 9.0, 9.0), (5.0, 20.5), True),
    ],
)
def test_a_face_is_cut_where_box_or_landmarks_leave_the_picture(
    box: tuple[float, float, float, float], point: tuple[float, float], is_cut: bool
) -> None:
    """The picture is 10 by 20 px."""
    landmarks = Landmarks(np.array([point], np.float32), "x")
    assert Face(box, landmarks, None).is_cut(10, 20) == is_cut


def test_a_face_without_landmarks_is_judged_by_its_box() -> None:
    """That is all there is."""
    assert not Face((0.0, 0.0, 10.0, 20.0), None, None).is_cut(10, 20)


SQUARE = np.array([[2, 2], [7, 2], [7, 7], [2, 7], [4, 4]], np.float32)


def test_a_hull_is_filled_with_its_border() -> None:
    """Inner points change nothing."""
    expected = np.zeros((10, 12), bool)
    expected[2:8, 2:8] = True
    assert (hull(SQUARE, (10, 12)).array == expected).all()


def test_a_hull_can_be_eroded() -> None:
    """By a disk; the picture's border erodes it as well, since points beyond it are not known."""
    assert hull(SQUARE, (10, 12), erode_px=1).array.sum() == 16
    assert not hull(SQUARE, (10, 12), erode_px=4).array.any()


@pytest.mark.parametrize("far", [1e3, 1e9, -1e30])
def test_points_far_outside_do_not_break_a_hull(far: float) -> None:
    """Corrupt landmarks are somebody else's finding; the hull is clipped."""
    points = np.vstack([SQUARE, [[far, far]]]).astype(np.float32)
    found = hull(points, (10, 12)).array
    assert found.shape == (10, 12)
    assert found[3:7, 3:7].all()


def test_a_disk_is_round_and_odd() -> None:
    """Its side is twice the radius and one."""
    found = disk(3)
    assert found.shape == (7, 7)
    assert found.dtype == np.uint8
    assert (found == found[::-1]).all()
    assert (found == found[:, ::-1]).all()
    assert found[3].all()
    assert not found[0, 0]


def test_the_band_lies_on_both_sides_of_the_edge() -> None:
    """One pixel each way from a straight edge."""
    array = np.zeros((6, 10), bool)
    array[:, 5:] = True
    found = edge_band(Mask(array), 1).array
    assert found.all(axis=0).tolist() == [False] * 4 + [True] * 2 + [False] * 4


@given(MASKS, st.integers(1, 4))
def test_the_picture_s_border_is_no_edge(array: Bools, half_width_px: int) -> None:
    """A full or empty mask has no band, and mask and background have the same one."""
    full = np.ones_like(array)
    assert not edge_band(Mask(full), half_width_px).array.any()
    assert not edge_band(Mask(~full), half_width_px).array.any()
    band = edge_band(Mask(array), half_width_px).array
    assert (band == edge_band(Mask(~array), half_width_px).array).all()
