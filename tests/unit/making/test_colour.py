"""Is the old background gone from the colours of a cut-out person?"""

import numpy as np
import pytest

from datatools.making.colour import foreground, near_colours
from datatools.masks import RGB, Matte

_PERSON, _GROUND = np.array([200.0, 60, 40]), np.array([30.0, 150, 90])


def _mixed() -> tuple[RGB, Matte]:
    alpha = np.clip((np.arange(64) - 28) / 8, 0, 1)[None, :].repeat(64, 0).astype(np.float32)
    image = alpha[..., None] * _PERSON + (1 - alpha[..., None]) * _GROUND
    return np.round(image).astype(np.uint8), Matte(alpha)


def test_mixed_pixels_get_the_persons_colour() -> None:
    """Where a pixel was half background, the colour is the person's."""
    image, alpha = _mixed()
    found = foreground(image, alpha)
    edge = (alpha.array > 0.05) & (alpha.array < 0.95)
    assert np.abs(found[edge] - _PERSON).max() <= 5
    assert found.dtype == np.uint8


def test_sure_pixels_keep_theirs() -> None:
    """Where alpha is 1 the picture is left alone."""
    image, alpha = _mixed()
    sure = alpha.array == 1
    assert np.abs(foreground(image, alpha)[sure].astype(int) - image[sure]).max() <= 1


def test_near_colours_are_the_means_of_each_side() -> None:
    """On plain sides both means are the sides' colours."""
    image, alpha = _mixed()
    hard = np.asarray(alpha.array > 0.99, np.float32)[..., None]
    person, _ = near_colours(np.asarray(image / 255, np.float32), hard, 5)
    assert person[32, 50] * 255 == pytest.approx(_PERSON, abs=1)


@pytest.mark.slow
def test_as_clean_as_the_reference_library() -> None:
    """The edge is at most two levels further from the true colour than pymatting's multi-level estimate."""
    pymatting = pytest.importorskip("pymatting")
    image, alpha = _mixed()
    edge = (alpha.array > 0.05) & (alpha.array < 0.95)
    theirs = pymatting.estimate_foreground_ml(image / 255, alpha.array.astype(np.float64))
    reference = np.abs(theirs[edge] * 255 - _PERSON).mean()
    assert np.abs(foreground(image, alpha)[edge] - _PERSON).mean() <= reference + 2
