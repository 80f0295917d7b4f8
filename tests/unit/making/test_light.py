"""Does a person's light follow the change of background, and no further?"""

import cv2
import numpy as np
import pytest

from datatools.making.light import Light, between, greyed, is_grey, relit
from datatools.masks import RGB

_ALL = np.ones((8, 8), bool)


def _plain(*colour: int) -> RGB:
    return np.full((8, 8, 3), colour, np.uint8)


def _lightness(image: RGB) -> float:
    return float(cv2.cvtColor(np.asarray(image / 255, np.float32), cv2.COLOR_RGB2LAB)[..., 0].mean())


def test_equal_backgrounds_leave_a_person_alone() -> None:
    """Without a change of light nothing is done, whoever stands there."""
    light = between(_plain(90, 90, 90), _ALL, _plain(90, 90, 90), _ALL)
    assert light == Light(1.0, 0.0, 0.0)
    assert np.abs(relit(_plain(60, 40, 30), light).astype(int) - _plain(60, 40, 30)).max() <= 1


@pytest.mark.parametrize(("new", "brighter"), [((230, 230, 230), True), ((10, 10, 10), False)])
def test_person_follows_the_background(new: tuple[int, int, int], brighter: bool) -> None:
    """A brighter place makes a person brighter, a darker one darker."""
    light = between(_plain(110, 110, 110), _ALL, _plain(*new), _ALL)
    skin = _plain(150, 110, 90)
    assert (_lightness(relit(skin, light)) > _lightness(skin)) == brighter


def test_change_is_bounded() -> None:
    """From black to white, L* changes by a fifth at most, and no tint by more than 5."""
    light = between(_plain(0, 0, 60), _ALL, _plain(255, 220, 120), _ALL)
    assert light.gain == pytest.approx(1.2)
    assert abs(light.tint_a) <= 5
    assert light.tint_b == pytest.approx(5)


def test_black_stays_black() -> None:
    """Black hair is neither lifted nor coloured."""
    assert relit(_plain(0, 0, 0), Light(1.2, 5, 5)).max() <= 1


def test_no_background_is_no_change() -> None:
    """A person who fills the picture gives no light to compare."""
    assert between(_plain(0, 0, 0), ~_ALL, _plain(255, 255, 255), _ALL) == Light(1.0, 0.0, 0.0)


def test_dark_skin_is_not_pulled_to_a_bright_background() -> None:
    """Two people of unlike tone before the same two backgrounds get the same change."""
    light = between(_plain(200, 200, 200), _ALL, _plain(200, 200, 200), _ALL)
    for skin in (_plain(70, 45, 35), _plain(235, 200, 180)):
        assert _lightness(relit(skin, light)) == pytest.approx(_lightness(skin), abs=0.3)


def test_black_and_white_is_told_from_colour() -> None:
    """A grey picture is grey, skin is not; greyed skin is."""
    assert is_grey(_plain(90, 90, 90))
    assert not is_grey(_plain(150, 110, 90))
    assert is_grey(greyed(_plain(150, 110, 90)))
