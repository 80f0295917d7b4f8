"""Is the planted bias as large as the set says?"""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from datatools.errors import DataError
from datatools.images import read_mask, read_rgb
from datatools.masks import RGB, Mask
from datatools.synthetic.dataset import plan
from datatools.synthetic.plant import PLANTS, planted_effect, skin_tone_group
from tests.unit.synthetic.conftest import SETTINGS


def _by_colour(image: RGB) -> Mask:
    """Segment by colour alone from a fixed guess at where the person is."""
    small = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA)
    guess = np.full((64, 64), cv2.GC_PR_BGD, np.uint8)
    guess[10:, 12:-12] = cv2.GC_PR_FGD
    guess[:5] = cv2.GC_BGD
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(small, guess, (0, 0, 1, 1), background, foreground, 2, cv2.GC_INIT_WITH_MASK)
    person = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    return Mask(cv2.resize(person, (image.shape[1], image.shape[0])) > 0)


def test_twin_differs_in_light_and_backdrop_and_not_in_shape(rendered: Path) -> None:
    """A planted picture is darker than its twin, and both have the same mask."""
    planted = [p for p in plan(SETTINGS) if p.is_planted]
    assert len(planted) >= 3
    for picture in planted:
        on = read_rgb(rendered / "images" / f"{picture.picture_id}.jpg")
        off = read_rgb(rendered / "twins" / f"{picture.picture_id}.jpg")
        assert on.shape == off.shape
        assert on.mean() < 0.95 * off.mean()


def test_effect_is_the_mean_paired_difference(rendered: Path) -> None:
    """A model that segments by colour loses on the planted pictures."""
    effect = planted_effect(rendered, _by_colour)
    with (rendered / "index.csv").open(newline="") as stream:
        planted = [row for row in csv.DictReader(stream) if row["planted"] == "1"]
    assert effect.n_images == len(planted)
    assert effect.n_people == len({row["person_id"] for row in planted})
    assert effect.effect == effect.mean_iou_on - effect.mean_iou_off
    assert effect.effect < -0.04


def test_model_that_does_not_look_is_not_affected(rendered: Path) -> None:
    """The effect on a constant prediction is exactly nothing."""
    effect = planted_effect(rendered, lambda image: Mask(np.ones(image.shape[:2], np.bool_)))
    assert effect.effect == 0


def test_set_without_a_plant_has_no_effect_to_measure(tmp_path: Path) -> None:
    """Asking for the effect of nothing is an error that says so."""
    (tmp_path / "index.csv").write_text("id,image,mask,person_id,planted\np,images/p.jpg,masks/p.png,p,0\n")
    with pytest.raises(DataError, match="no planted picture"):
        planted_effect(tmp_path, lambda image: Mask(np.ones(image.shape[:2], np.bool_)))


def test_plants_meet_the_groups_they_name() -> None:
    """Each plant's rule agrees with the answer that names its group."""
    for picture in plan(SETTINGS):
        who = picture.identity
        assert PLANTS["dim_dark_skin"].holds(who) == (skin_tone_group(who.monk_tone) == "dark")
        assert PLANTS["dim_covered"].holds(who) == (who.covering != "none")


def test_hardened_scene_is_dim_and_keeps_the_pose() -> None:
    """The plant changes light, backdrop and noise, nothing about the person."""
    plain = plan(SETTINGS.model_copy(update={"plant": None}))
    for before, after in zip(plain, plan(SETTINGS), strict=True):
        assert before.identity == after.identity
        assert before.scene == (after.twin or after.scene)
        if after.is_planted:
            assert after.scene.light_level == "dim"
            assert after.scene.is_cluttered
            assert after.scene.pose == before.scene.pose
            assert after.scene.width_px == before.scene.width_px


def test_masks_of_planted_pictures_are_read_back(rendered: Path) -> None:
    """A perfect model has IoU 1 with and without the plant."""
    truths = {
        read_rgb(rendered / name / f"{p.picture_id}.jpg").tobytes(): rendered
        / "masks"
        / f"{p.picture_id}.png"
        for p in plan(SETTINGS)
        if p.is_planted
        for name in ("images", "twins")
    }
    effect = planted_effect(rendered, lambda image: read_mask(truths[image.tobytes()]))
    assert (effect.mean_iou_on, effect.mean_iou_off) == (1.0, 1.0)
