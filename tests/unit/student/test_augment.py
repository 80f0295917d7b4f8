"""Augmentation changes pictures at random, and keeps their masks in step."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.masks import Mask, iou
from datatools.student.augment import Augmented, augmented
from datatools.student.strength import PAPER, PRESETS, STRONG, Strength
from tests.pictures import draw_person

SIDE_PX = 64
NONE = Strength()
# Chances are 1 here, so that every step is met on every picture.
EVERYTHING = STRONG.model_copy(update={name: 1.0 for name in Strength.model_fields if name.endswith("_p")})


def packed(seed: int = 0, side: int = SIDE_PX) -> NDArray[np.uint8]:
    """Give a packed picture of head and shoulders; uint8 (S, S, 5)."""
    picture, mask = draw_person(width_px=96, height_px=128, seed=seed)
    soft = mask.array.astype(np.uint8) * 255
    both = cv2.resize(np.dstack([picture, soft]), (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(np.dstack([both, both[..., 3]]), np.uint8)


def variant(
    pixels: NDArray[np.uint8],
    strength: Strength = STRONG,
    *,
    seed: int = 0,
    backdrop: NDArray[np.uint8] | None = None,
    size_px: int = SIDE_PX,
) -> Augmented:
    """Augment with a generator of its own."""
    return augmented(pixels, np.random.default_rng(seed), size_px, strength, backdrop)


def same(first: Augmented, second: Augmented) -> bool:
    """Say whether two variants are equal in every pixel."""
    return all(
        np.array_equal(one, other)
        for one, other in (
            (first.image, second.image),
            (first.mask, second.mask),
            (first.matte, second.matte),
        )
    )


def test_the_same_generator_gives_the_same_variant_in_any_thread() -> None:
    """All that is random comes from the generator."""
    pixels, backdrop = packed(), packed(1)

    def make(seed: int) -> Augmented:
        return variant(pixels, EVERYTHING, seed=seed, backdrop=backdrop)

    alone = [make(seed) for seed in range(24)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(make, range(24)))
    assert all(same(one, other) for one, other in zip(alone, together, strict=True))


def test_other_generators_give_other_variants() -> None:
    """A picture never looks the same twice."""
    assert len({variant(packed(), PAPER, seed=seed).image.tobytes() for seed in range(20)}) == 20


def test_the_sources_stay_as_they_are() -> None:
    """The packed pictures are read again in the next epoch."""
    pixels, backdrop = packed(), packed(1)
    before = pixels.copy(), backdrop.copy()
    for seed in range(5):
        variant(pixels, EVERYTHING, seed=seed, backdrop=backdrop)
    assert np.array_equal(pixels, before[0])
    assert np.array_equal(backdrop, before[1])


def test_strength_zero_changes_nothing() -> None:
    """The pack's own pixels come out."""
    pixels = packed()
    made = variant(pixels, NONE)
    assert np.array_equal(np.dstack([made.image, made.mask, made.matte]), pixels)


def test_a_flip_mirrors_all_three() -> None:
    """Left becomes right, to the pixel."""
    pixels = packed()
    made = variant(pixels, Strength(flip_p=1))
    assert np.array_equal(np.dstack([made.image, made.mask, made.matte]), pixels[:, ::-1])


@pytest.mark.parametrize("seed", range(10))
def test_the_mask_moves_with_the_picture(seed: int) -> None:
    """A bright shape on black is still where its mask is, whatever was done."""
    canvas = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    cv2.ellipse(canvas, (28, 34), (14, 20), 20, 0, 360, (255,), -1)
    made = variant(np.dstack([canvas] * 5), STRONG.model_copy(update={"backdrop_p": 0.0}), seed=seed)
    grey = made.image.mean(axis=2)
    seen = Mask(grey > (float(grey.min()) + float(grey.max())) / 2)
    assert iou(seen, Mask(made.mask > 127)) > 0.9


@pytest.mark.parametrize("seed", range(10))
def test_the_cut_mask_is_the_mask_of_the_moved_outline(seed: int) -> None:
    """Cut at a half after the warp, an outline lies where a warp at four times the resolution has it."""
    geometry = Strength(flip_p=0.5, shift_frac=0.1, turn_deg=20, zoom=1.3, shrink=1.2, aspect=1.1)
    fine = np.zeros((4 * SIDE_PX, 4 * SIDE_PX), np.uint8)
    cv2.ellipse(fine, (112, 136), (56, 80), 20, 0, 360, (255,), -1)
    coarse = np.asarray(cv2.resize(fine, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)
    moved = variant(np.dstack([coarse] * 5), geometry, seed=seed).mask
    exact = variant(np.dstack([fine] * 5), geometry, seed=seed, size_px=4 * SIDE_PX).mask
    expected = cv2.resize(exact, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA) > 127
    assert iou(Mask(moved > 127), Mask(np.asarray(expected, np.bool_))) > 0.985


@pytest.mark.parametrize("size_px", [16, 32, 48, 64, 96])
def test_any_size_comes_out_of_a_pack(size_px: int) -> None:
    """The person covers the same share of it."""
    made = variant(packed(), NONE, size_px=size_px)
    assert made.image.shape == (size_px, size_px, 3)
    assert made.mask.shape == made.matte.shape == (size_px, size_px)
    assert made.mask.mean() == pytest.approx(packed()[..., 3].mean(), abs=3)


def test_a_head_cut_by_the_top_stays_cut() -> None:
    """The uppermost row, repeated into the picture, would make a column of hair."""
    pixels = packed()
    pixels[:40, 20:44, 3] = 255
    pixels[:, :, 0] = np.arange(SIDE_PX)[:, None]  # red tells a pixel's old row
    strength = Strength(shift_frac=0.2, zoom=1.3, shrink=1.3)
    for seed in range(20):
        rows = variant(pixels, strength, seed=seed).image[:, 32, 0]
        assert (rows[:3] == 0).sum() <= 2


@pytest.mark.parametrize("is_drawn", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_another_background_leaves_the_person(seed: int, is_drawn: bool) -> None:
    """Within the mask no pixel changes, but for the few along its edge; the rest does."""
    pixels = packed()
    made = variant(pixels, Strength(backdrop_p=1), seed=seed, backdrop=None if is_drawn else packed(1))
    kernel = np.ones((5, 5), np.uint8)
    inside = cv2.erode(pixels[..., 3], kernel) == 255
    outside = cv2.dilate(pixels[..., 3], kernel) == 0
    assert np.array_equal(made.image[inside], pixels[inside][:, :3])
    assert (made.image[outside] != pixels[outside][:, :3]).any(axis=1).mean() > 0.9
    assert np.array_equal(made.mask, pixels[..., 3])


def test_the_other_picture_s_person_does_not_come_along() -> None:
    """A red person in front of blue leaves blue."""
    person, empty = packed(1), np.zeros((SIDE_PX, SIDE_PX, 5), np.uint8)
    person[..., :3] = np.where(person[..., 3:4] > 0, (255, 0, 0), (0, 0, 255))
    for seed in range(20):
        made = variant(empty, Strength(backdrop_p=1), seed=seed, backdrop=person)
        if made.image[..., 1].max() < 3:  # else it was drawn
            assert made.image[..., 0].max() < 60


def test_hair_follows_the_matte_along_the_edge_only() -> None:
    """A matte that is wrong far from the mask's edge does not make the person transparent."""
    pixels = packed()
    pixels[..., 4] = 0
    pixels[..., :3] = 200
    made = variant(pixels, Strength(backdrop_p=1), seed=1)
    inside = cv2.erode(pixels[..., 3], np.ones((5, 5), np.uint8)) == 255
    assert (made.image[inside] == 200).all()


@pytest.mark.parametrize("tone", [40, 90, 160])
def test_each_tone_becomes_darker_as_much_as_lighter(tone: int) -> None:
    """In the logarithm of light the changes of one tone average to nothing, dark or light."""
    strength = Strength(brightness=1.2, contrast=0.25, exposure_p=0.3, exposure=1.2, light_p=0.5, light=1.3)
    pixels = np.full((8, 8, 5), tone, np.uint8)
    logs = [
        np.log(variant(pixels, strength, seed=seed, size_px=8).image.mean() / tone) for seed in range(800)
    ]
    assert abs(float(np.mean(logs))) < 4 * float(np.std(logs)) / np.sqrt(len(logs)) + 0.01


def test_saturation_hue_and_grey_keep_the_luma() -> None:
    """They change the colour of skin, not how light it is."""
    pixels = np.full((8, 8, 5), (150, 110, 90, 255, 255), np.uint8)
    luma = np.array([0.299, 0.587, 0.114])
    for seed in range(20):
        strength = Strength(saturation=0.4, hue_deg=10, grey_p=0.3)
        image = variant(pixels, strength, seed=seed, size_px=8).image
        assert float(image[0, 0] @ luma) == pytest.approx(float(pixels[0, 0, :3] @ luma), abs=1.5)


def test_grey_pictures_have_no_colour() -> None:
    """All three channels are equal."""
    image = variant(packed(), Strength(grey_p=1)).image.astype(int)
    assert np.ptp(image, axis=2).max() <= 1


def test_nothing_is_erased_across_the_outline() -> None:
    """What is changed in a picture lies on one side of the mask's edge."""
    pixels = packed()
    person = pixels[..., 3] > 127
    n_erased = 0
    for seed in range(60):
        changed = (variant(pixels, Strength(erase_p=1), seed=seed).image != pixels[..., :3]).any(axis=2)
        n_erased += bool(changed.any())
        assert not changed.any() or person[changed].all() or not person[changed].any()
    assert n_erased > 10


ODD = {
    "one colour": np.full((SIDE_PX, SIDE_PX, 5), 128, np.uint8),
    "all person": np.full((SIDE_PX, SIDE_PX, 5), 255, np.uint8),
    "nobody": np.zeros((SIDE_PX, SIDE_PX, 5), np.uint8),
    "one pixel": np.pad(np.full((1, 1, 5), 255, np.uint8), ((31, 32), (31, 32), (0, 0))),
    "one row at the top": np.pad(np.full((1, 64, 5), 255, np.uint8), ((0, 63), (0, 0), (0, 0))),
}


@pytest.mark.parametrize("behind", ODD)
@pytest.mark.parametrize("name", ODD)
def test_odd_pictures_come_through(name: str, behind: str) -> None:
    """8-bit values of the right shape, whatever the person and the background are."""
    for seed in range(6):
        made = variant(ODD[name], EVERYTHING, seed=seed, backdrop=ODD[behind], size_px=32)
        arrays = made.image, made.mask, made.matte
        assert [array.shape for array in arrays] == [(32, 32, 3), (32, 32), (32, 32)]
        assert {array.dtype for array in arrays} == {np.dtype(np.uint8)}
        assert all(array.flags.c_contiguous for array in arrays)


def test_the_presets_are_the_paper_s_operations_and_ours() -> None:
    """The paper replaces no background, and erases nothing."""
    assert PRESETS == {"none": NONE, "paper": PAPER, "strong": STRONG}
    assert {PAPER.backdrop_p, PAPER.light_p, PAPER.grey_p, PAPER.jpeg_p, PAPER.erase_p} == {0.0}
    assert all(value != NONE.model_dump()[name] for name, value in STRONG.model_dump().items())
