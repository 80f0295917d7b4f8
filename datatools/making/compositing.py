"""How does a person get onto another background?"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from datatools.making.alpha import Cutout
from datatools.making.light import Light, between, greyed, is_grey, relit
from datatools.making.plates import hole
from datatools.masks import RGB, Mask
from datatools.synthetic import backdrop
from datatools.synthetic.arrays import f32
from datatools.synthetic.camera import develop
from datatools.synthetic.scene import sample_scene

_SEEN = 0.5  # of a pixel is background: it counts for its light


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """A person before a new background, the mask that belongs to it, and what was done to their light."""

    image: RGB
    mask: Mask
    light: Light


def shrunk(image: RGB, mask: Mask, max_px: int) -> tuple[RGB, Mask]:
    """Bring a picture and its mask down to a longer side of ``max_px``; smaller ones stay."""
    height, width = mask.array.shape
    scale = max_px / max(height, width)
    if scale >= 1:
        return image, mask
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(mask.array.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), Mask(np.asarray(share > 0.5, np.bool_))


def drawn_plate(size: tuple[int, int], rng: np.random.Generator) -> tuple[RGB, str]:
    """Render a background of ``size`` (width, height) px; give it and its style."""
    scene = sample_scene(rng, 128, max(128, *size))
    scene = replace(scene, width_px=size[0], height_px=size[1])
    nobody = f32([0.2, 0.2, 0.2])  # the backdrop of such a scene takes nothing on from its person
    return develop(scene, backdrop.draw(scene, nobody)), scene.backdrop


def compose(image: RGB, mask: Mask, person: Cutout, plate: RGB) -> Composite:
    """Put a person on a background of the same size, in its light.

    Args:
        image: the picture that the person was in.
        mask: the person in it.
        person: the cut-out.
        plate: the new background.
    """
    if is_grey(image):  # a black-and-white portrait is one all over
        plate = greyed(plate)
    alpha = person.alpha.array
    light = between(image, ~hole(mask).array, plate, alpha < _SEEN)
    share = alpha[..., None]
    mixed = share * relit(person.colour, light) + (1 - share) * plate
    return Composite(np.round(mixed).astype(np.uint8), person.alpha.threshold(), light)
