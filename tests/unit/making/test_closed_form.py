"""Does closed-form matting give the alpha that made a picture, and what the reference gives?"""

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.making.closed_form import closed_form
from datatools.masks import RGB, edge_band
from tests.pictures import draw_person


def _mixed() -> tuple[RGB, NDArray[np.float64]]:
    """Give a red person on a blue-green background behind a soft vertical edge, and its alpha."""
    alpha = np.clip((np.arange(48) - 18) / 12, 0, 1)[None, :].repeat(32, 0)
    person, ground = np.array([200.0, 60, 40]), np.array([30.0, 90, 150])
    image = alpha[..., None] * person + (1 - alpha[..., None]) * ground
    return np.round(image).astype(np.uint8), alpha


def test_alpha_that_made_a_picture_is_found() -> None:
    """Two plain colours mixed by a ramp give the ramp back, within a level of 255."""
    image, alpha = _mixed()
    undecided = np.zeros(alpha.shape, bool)
    undecided[:, 12:36] = True
    prior = (alpha > 0.5)[undecided].astype(np.float64)
    found = closed_form(image, alpha > 0.5, undecided, prior, 1e-6)
    assert np.abs(found - alpha).max() < 0.02


def test_decided_pixels_stay() -> None:
    """Alpha is the mask outside the band, and in [0, 1] within."""
    image, mask = draw_person()
    band = edge_band(mask, 3).array
    found = closed_form(image, mask.array, band, mask.array[band].astype(np.float64), 1e-3)
    assert (found[~band] == mask.array[~band]).all()
    assert found.min() >= 0
    assert found.max() <= 1
    assert found.dtype == np.float32


def test_nothing_undecided_is_the_mask() -> None:
    """Without a band there is nothing to solve."""
    image, mask = draw_person()
    nowhere = np.zeros(mask.array.shape, bool)
    assert (closed_form(image, mask.array, nowhere, np.zeros(0), 1e-3) == mask.array).all()


def test_heavy_prior_wins() -> None:
    """With a weight far above the windows' the answer is the prior."""
    image, mask = draw_person()
    band = edge_band(mask, 2).array
    prior = np.full(np.count_nonzero(band), 0.3)
    found = closed_form(image, mask.array, band, prior, 1e6)
    assert found[band] == pytest.approx(0.3, abs=1e-3)


@pytest.mark.slow
def test_alpha_is_that_of_the_reference_library() -> None:
    """Pymatting's closed form, on the same trimap, differs by less than a hundredth on average."""
    pymatting = pytest.importorskip("pymatting")
    image, alpha = _mixed()
    noise = np.random.default_rng(0).normal(0, 3, image.shape)
    image = np.clip(image + noise, 0, 255).astype(np.uint8)
    undecided = np.zeros(alpha.shape, bool)
    undecided[:, 12:36] = True
    trimap = np.where(undecided, 0.5, (alpha > 0.5).astype(np.float64))
    wanted = pymatting.estimate_alpha_cf(image / 255, trimap, laplacian_kwargs={"epsilon": 1e-5 / 9})
    found = closed_form(image, alpha > 0.5, undecided, trimap[undecided], 1e-7)
    assert np.abs(found - wanted)[undecided].mean() < 0.01


def test_a_picture_without_a_window_keeps_what_is_thought_of_it() -> None:
    """Two pixels wide: no 3 x 3 window says otherwise."""
    image = np.zeros((4, 2, 3), np.uint8)
    known = np.zeros((4, 2), bool)
    alpha = closed_form(image, known, ~known, np.full(8, 0.25), 0.1)
    np.testing.assert_allclose(alpha, 0.25)
