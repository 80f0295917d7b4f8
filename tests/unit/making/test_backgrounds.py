"""Is a background found that fits the person, and never one of their own?"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools.errors import DataError
from datatools.making.backgrounds import Place, Places, behind, read_pair
from datatools.making.light import greyed
from datatools.masks import Mask
from tests.pictures import draw_person


def _place(folder: Path, number: int, *, person: str = "other", grey: bool = False) -> Place:
    """Write a wide picture of somebody at its left edge."""
    picture, mask = draw_person(seed=number)
    room = np.random.default_rng(number).integers(0, 255, (128, 300, 3)).astype(np.uint8)
    image = np.hstack([picture, room])
    image = greyed(image) if grey else image
    whole = np.hstack([mask.array, np.zeros((128, 300), bool)])
    paths = folder / f"{number}.png", folder / f"{number}_mask.png"
    Image.fromarray(image).save(paths[0])
    Image.fromarray(whole.astype(np.uint8) * 255).save(paths[1])
    return Place(str(number), person, *paths)


_COVER = draw_person()[1]


def test_background_has_the_persons_size_and_nobody_in_it(tmp_path: Path) -> None:
    """The window lies beside the other person."""
    found = behind(Places([_place(tmp_path, 1)]), "me", _COVER, np.random.default_rng(0), in_colour=True)
    assert found is not None
    assert found.image.shape == (128, 96, 3)
    assert found.sample_id == "1"
    assert found.window.painted_frac < 0.1


def test_own_pictures_are_no_background(tmp_path: Path) -> None:
    """Nobody stands twice in one picture."""
    places = Places([_place(tmp_path, 1, person="me")])
    assert behind(places, "me", _COVER, np.random.default_rng(0), in_colour=True) is None


def test_black_and_white_places_are_for_black_and_white_people(tmp_path: Path) -> None:
    """A person in colour does not stand before a grey wall of a grey photograph."""
    places = Places([_place(tmp_path, 1, grey=True)])
    assert behind(places, "me", _COVER, np.random.default_rng(0), in_colour=True) is None
    assert behind(places, "me", _COVER, np.random.default_rng(0), in_colour=False) is not None


def test_full_picture_has_no_room(tmp_path: Path) -> None:
    """Where most would have to be painted, there is no background."""
    place = _place(tmp_path, 1)
    Image.fromarray(np.full((128, 396), 255, np.uint8)).save(place.mask)
    nobody = Mask(np.zeros((128, 96), bool))
    assert behind(Places([place]), "me", nobody, np.random.default_rng(0), in_colour=True) is None


def test_mask_of_another_size_is_an_error(tmp_path: Path) -> None:
    """A pair that does not fit is named."""
    place = _place(tmp_path, 1)
    Image.fromarray(np.zeros((10, 10), np.uint8)).save(place.mask)
    with pytest.raises(DataError, match=r"1\.png"):
        read_pair(place.image, place.mask)
