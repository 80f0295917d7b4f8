"""Which of the other pictures gives the background for a person, and how much of it is painted?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datatools.errors import DataError
from datatools.images import read_reference_mask, read_rgb
from datatools.keys import Keys, Texts, text_of
from datatools.making.light import is_grey
from datatools.making.plates import Window, best_window, hole, plate
from datatools.masks import RGB, Mask

_CANDIDATES = 16  # pictures that are looked at for one composite
_GOOD_ENOUGH_FRAC = 0.03  # painted: no further picture is looked at, or a few empty ones serve everybody
_MAX_PAINTED_FRAC = 0.1  # of the background that is seen


@dataclass(frozen=True, slots=True)
class Place:
    """A picture with a mask that may become a background."""

    sample_id: str
    person_id: str
    image: Path
    mask: Path


class Places:
    """Pictures that may become backgrounds, as letters: they are very many, and each worker has them."""

    def __init__(self, places: Iterable[Place]) -> None:
        ids, people, images, masks = (Texts() for _ in range(4))
        for place in places:
            ids.add(place.sample_id)
            people.add(place.person_id)
            images.add(str(place.image))
            masks.add(str(place.mask))
        self._ids, self._images, self._masks = ids.letters(), images.letters(), masks.letters()
        self._people = Keys(people.letters())
        self.n_people = len(self._people)

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, which: int) -> Place:
        person = self._people.text(int(self._people.of_each[which]))
        image, mask = (Path(text_of(found[which])) for found in (self._images, self._masks))
        return Place(text_of(self._ids[which]), person, image, mask)

    def of_others(self, person_id: str) -> NDArray[np.intp]:
        """Give which ones do not show a person."""
        return np.flatnonzero(self._people.of_each != self._people.find([person_id])[0])


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """A background of the wanted size, and where it comes from."""

    image: RGB
    sample_id: str
    window: Window


def read_pair(image_file: Path, mask_file: Path) -> tuple[RGB, Mask]:
    """Read a picture and its mask.

    Raises:
        ImageError: one of the two cannot be read.
        DataError: they differ in size.
    """
    image, mask = read_rgb(image_file), read_reference_mask(mask_file).mask
    if mask.array.shape != image.shape[:2]:
        raise DataError(
            f"{image_file.name} has shape {image.shape[:2]}, its mask {mask_file.name} {mask.array.shape}: "
            "ingest or refine again"
        )
    return image, mask


def behind(
    places: Places, person_id: str, cover: Mask, rng: np.random.Generator, *, in_colour: bool
) -> Background | None:
    """Give a background from another person's picture; None where none has room enough.

    Args:
        places: the pictures that may be used.
        person_id: who is to stand before it.
        cover: that person, at the wanted size.
        rng: draws pictures and windows.
        in_colour: whether the person is; then black-and-white places are passed over.
    """
    others = places.of_others(person_id)
    best: Background | None = None
    least = _MAX_PAINTED_FRAC
    taken: Mask | None = None
    for index in rng.permutation(len(others))[:_CANDIDATES]:
        place = places[others[index]]
        here = hole(read_reference_mask(place.mask).mask)
        window = best_window(here, cover, rng)
        if window is None or window.painted_frac > least:
            continue
        image, _ = read_pair(place.image, place.mask)
        if in_colour and is_grey(image):
            continue
        best, taken, least = Background(image, place.sample_id, window), here, window.painted_frac
        if least <= _GOOD_ENOUGH_FRAC:
            break
    if best is None or taken is None:
        return None
    height, width = cover.array.shape
    return replace(best, image=plate(best.image, taken, best.window, (width, height)))
