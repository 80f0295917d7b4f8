"""How does one training picture look different every time it is seen?

Geometry moves picture and mask together in one warp; what follows touches the picture alone. Every step
is one pass of OpenCV over 8-bit values, outside Python's lock: 0.4 ms of one core for a picture at 112 px
with all of it (benchmarks/loader.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatools.student.backgrounds import on_another
from datatools.student.camera import photographed, relit
from datatools.student.geometry import warped
from datatools.student.strength import Strength


@dataclass(frozen=True, slots=True, eq=False)
class Augmented:
    """One training picture as the network sees it this time."""

    image: NDArray[np.uint8]  # (T, T, 3), RGB
    mask: NDArray[np.uint8]  # (T, T), 255 is person, soft along the edge
    matte: NDArray[np.uint8]  # (T, T), the person's opacity as teachers see it


def augmented(
    pixels: NDArray[np.uint8],
    rng: np.random.Generator,
    size_px: int,
    strength: Strength,
    backdrop: NDArray[np.uint8] | None,
) -> Augmented:
    """Give a random variant of a packed picture.

    Args:
        pixels: uint8 (S, S, 5), RGB, mask and matte; S is best T, or twice T and more.
        rng: what decides, and all that does.
        size_px: T, the variant's side.
        strength: how far each change may go.
        backdrop: another packed picture, uint8 (S, S, 5), whose background may come behind the person;
            None leaves the drawn ones.
    """
    image, mask, matte = warped(pixels, rng, size_px, strength)
    if rng.random() < strength.backdrop_p:
        image = on_another(image, mask, matte, backdrop, rng)
    image = photographed(relit(image, rng, strength), mask, rng, strength)
    return Augmented(image, mask, matte)
