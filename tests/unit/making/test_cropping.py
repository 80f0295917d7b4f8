"""Are portraits cut where they are, and badly cut ones dropped with their reason?"""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.making.cropping import FRAMINGS, Cut, Limits, cut
from datatools.masks import Face, Mask

_LIMITS = Limits(min_face_px=20, min_side_px=40)


def _body(crown_px: int = 60) -> NDArray[np.uint8]:
    """Draw a whole person of 500 px in a picture of 400 x 600: a head of 60 px, its crown at 60."""
    mask = np.zeros((600, 400), np.uint8)
    cv2.ellipse(mask, (200, crown_px + 30), (22, 30), 0, 0, 360, (1,), -1)
    cv2.rectangle(mask, (190, crown_px + 50), (210, crown_px + 80), (1,), -1)
    cv2.rectangle(mask, (150, crown_px + 70), (250, 580), (1,), -1)
    return mask


def _face(crown_px: int = 60, x: int = 200) -> Face:
    return Face((x - 20, crown_px + 20, x + 20, crown_px + 58), None, None)


def _cut(
    mask: NDArray[np.uint8],
    faces: list[Face],
    *,
    heads: float = FRAMINGS["bust"],
    aspect: float = 0.75,
    limits: Limits = _LIMITS,
    seed: int = 0,
) -> Cut:
    rng = np.random.default_rng(seed)
    return cut(Mask(mask.astype(bool)), faces, heads=heads, aspect=aspect, limits=limits, rng=rng)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("aspect", [0.75, 1.0])
def test_window_has_the_framing_and_shape(framing: str, aspect: float) -> None:
    """The crown is near the top, so many heads of body follow, and width over height is what was asked."""
    found = _cut(_body(), [_face()], heads=FRAMINGS[framing], aspect=aspect)
    assert found.reason is None
    assert found.box is not None
    x0, y0, x1, y1 = found.box
    assert (x1 - x0) / (y1 - y0) == pytest.approx(aspect, abs=0.03)
    assert 0 < 60 - y0 < 0.5 * 60
    assert (y1 - 60) / 58 == pytest.approx(FRAMINGS[framing], rel=0.13)
    assert x0 < 180 < 220 < x1


def test_draws_move_the_window() -> None:
    """Another seed gives another window, the same seed the same."""
    boxes = [_cut(_body(), [_face()], seed=seed).box for seed in (1, 1, 2)]
    assert boxes[0] == boxes[1] != boxes[2]


def _with(mask: NDArray[np.uint8], part: tuple[slice, slice], value: int) -> NDArray[np.uint8]:
    mask[part] = value
    return mask


def _framed(**change: int) -> Limits:
    return Limits(min_face_px=change.get("face", 20), min_side_px=change.get("side", 40))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (_cut(_body(), []), "no face"),
        (_cut(_body(), [Face((-5, 80, 40, 120), None, None)]), "border cuts the face"),
        (_cut(_body(), [_face()], limits=_framed(face=50)), "lower than 50 px"),
        (_cut(_body(), [_face()], limits=_framed(side=300)), "shorter than 300 px"),
        (_cut(_body(), [_face(x=320)]), "misses the face"),
        (_cut(_with(_body(), np.s_[140:300, 100:145], 1), [_face()], aspect=1.0), "in pieces"),
        (_cut(_with(_body(), np.s_[0:90, 180:188], 1), [_face()]), "touches the top"),
        (_cut(_with(_body(), np.s_[150:, :], 0), [_face()]), "no body"),
        (_cut(_body()[:200], [_face()], heads=FRAMINGS["half_body"]), "picture ends"),
        (
            _cut(_with(_body(), np.s_[60:, :], 1), [_face()], heads=FRAMINGS["half_body"], seed=3),
            "nearly empty or full",
        ),
        (_cut(_body(), [_face(), _face(x=240)]), "several people"),
        (_cut(_with(_body(), np.s_[82:110, 185:215], 0), [_face()]), "misses the face"),
        (_cut(_body(-15), [_face(-15)]), "touches the top"),
        (_cut(_body(300), [_face(430)]), "does not fit the face"),
    ],
)
def test_bad_cut_says_why(found: Cut, reason: str) -> None:
    """Nothing is dropped without its reason."""
    assert found.box is None
    assert reason in str(found.reason)


def test_face_at_the_side_is_cut_by_no_window() -> None:
    """A face whose box ends beyond the crop is no portrait."""
    mask = np.zeros((600, 400), np.uint8)
    mask[60:580, 120:280] = 1
    wide = Face((122, 80, 278, 170), None, None)
    assert _cut(mask, [wide], heads=0.4, aspect=0.9).reason == "the crop cuts the face"
