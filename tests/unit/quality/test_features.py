"""Features say what is seen of a mask, in proportion to the person."""

import cv2
import numpy as np
import pytest

from datatools.masks import RGB, Face, Mask, Matte, disk
from datatools.quality.features import NAMES, features
from tests.pictures import draw_person
from tests.unit.checks.evidence import face


def _matte(mask: Mask) -> Matte:
    return Matte(mask.array.astype(np.float32))


def _moved(mask: Mask, by_px: int) -> Mask:
    return Mask(np.roll(mask.array, by_px, axis=1))


def _seen(image: RGB, mask: Mask, *others: Mask, faces: tuple[Face, ...] = ()) -> dict[str, float]:
    mattes = {f"t{number}": _matte(other) for number, other in enumerate(others)}
    found = features(image, faces, mattes, mask)
    assert found is not None
    return found


def test_every_feature_has_its_place() -> None:
    """All that is known of a person with two faces and two teachers, and nothing else."""
    image, mask = draw_person()
    found = _seen(image, mask, mask, _moved(mask, 3), faces=(face(), face(scale=0.5)))
    assert set(found) == set(NAMES)


def test_agreement_is_perfect_where_all_masks_are_one() -> None:
    """And nothing is unsure, split or apart."""
    image, mask = draw_person()
    found = _seen(image, mask, mask, mask)
    assert {found[name] for name in ("agree_mean", "agree_min", "final_agree_min", "soft_agree_min")} == {1.0}
    split = ("unsure_mean", "unsure_far", "split_band", "split_far", "core_split_far", "edge_apart_p95")
    assert {found[name] for name in split} == {0.0}


def test_a_third_teacher_that_errs_does_not_move_the_core() -> None:
    """The two that are nearest to the final mask are the core."""
    image, mask = draw_person()
    wrong = Mask(np.roll(mask.array, 30, axis=1))
    found = _seen(image, mask, mask, mask, wrong)
    assert found["core_split_far"] == 0
    assert found["split_far"] > 0.1
    assert found["agree_max"] == 1
    assert found["agree_min"] < 0.8


def test_what_cannot_be_said_is_left_out() -> None:
    """No teacher, no agreement; one teacher, no pairs; no face, nothing about it; a full mask, no edge."""
    image, mask = draw_person()
    assert "final_agree_mean" not in _seen(image, mask)
    alone = _seen(image, mask, mask)
    assert "agree_mean" not in alone
    assert "final_agree_mean" in alone
    assert "face_off_mask" not in alone
    full = _seen(image, Mask(np.ones_like(mask.array)), Mask(np.ones_like(mask.array)))
    assert not {"edge_contrast", "edge_apart_mean", "edge_offset", "person_contrast", "clutter"} & full.keys()
    empty_teacher = _seen(image, mask, Mask(np.zeros_like(mask.array)))
    assert "edge_apart_mean" not in empty_teacher


def test_an_empty_mask_has_no_features() -> None:
    """There is nothing to see."""
    image, mask = draw_person()
    assert features(image, [], {}, Mask(np.zeros_like(mask.array))) is None


def test_a_face_beside_the_mask_is_off_it() -> None:
    """By hull, or by the middle of the box; one that is on it is not."""
    image, mask = draw_person()
    for has_landmarks in (True, False):
        on = face(has_landmarks=has_landmarks)
        off = face(shift_px=36, has_landmarks=has_landmarks)
        assert _seen(image, mask, faces=(on,))["face_off_mask"] == 0
        assert _seen(image, mask, faces=(off,))["face_off_mask"] > 0.9
        assert _seen(image, mask, faces=(on, off))["second_face_off_mask"] > 0.9


def test_a_face_outside_the_picture_says_nothing_of_its_light() -> None:
    """And its shoulders are not in the picture."""
    image, mask = draw_person()
    found = _seen(image, mask, faces=(Face((300, 300, 330, 330), None, None),))
    assert not {"face_light", "shoulders", "below_face"} & found.keys()
    assert found["face_off_mask"] == 0


def test_an_edge_that_the_picture_does_not_have_is_weak() -> None:
    """The mask moved off the person: less contrast across its edge, and colours of the other side."""
    image, mask = draw_person(width_px=192, height_px=256)
    right, wrong = _seen(image, mask), _seen(image, _moved(mask, 20))
    assert wrong["edge_contrast"] < right["edge_contrast"]
    assert wrong["colour_conflict"] > right["colour_conflict"] + 0.2


def test_a_mask_that_is_too_large_lies_off_the_picture_s_edge() -> None:
    """Grown by four pixels: its offset is more than one pixel larger (the nearest edge is looked for)."""
    image, mask = draw_person(width_px=192, height_px=256)
    grown = Mask(cv2.dilate(mask.array.astype(np.uint8), disk(4)) > 0)
    right, wrong = _seen(image, mask), _seen(image, grown)
    side = float(grown.array.sum()) ** 0.5
    assert right["edge_offset"] * side < 1
    assert wrong["edge_offset"] * side > 1 + right["edge_offset"] * side
    assert wrong["edge_on_peak"] < right["edge_on_peak"]


def test_features_hardly_depend_on_resolution() -> None:
    """The same picture at three times the size."""
    image, mask = draw_person(width_px=300, height_px=400)
    large = np.asarray(cv2.resize(image, (900, 1200), interpolation=cv2.INTER_CUBIC), np.uint8)
    large_mask = Mask(cv2.resize(mask.array.astype(np.uint8), (900, 1200)) > 0)
    small, scaled = _seen(image, mask, _moved(mask, 2)), _seen(large, large_mask, _moved(large_mask, 6))
    for name in ("area_frac", "final_agree_mean", "touch_bottom", "edge_apart_mean"):
        assert scaled[name] == pytest.approx(small[name], rel=0.05, abs=0.005)


def test_crumbs_and_holes_are_counted() -> None:
    """A second piece and a hole in the body."""
    image, mask = draw_person()
    broken = mask.array.copy()
    broken[2:6, 2:6] = True
    broken[-20:-10, 44:52] = False
    found = _seen(image, Mask(broken))
    assert found["n_pieces"] == 2
    assert found["largest_frac"] < 1
    assert found["holes_frac"] == pytest.approx(80 / broken.sum(), rel=0.01)
