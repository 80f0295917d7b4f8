"""What else could stand behind a person?

The background of another training picture, or one drawn here. Backgrounds that say who is in front of
them (a studio's, a street's) are what a small network likes to learn instead of people.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.student.geometry import warped
from datatools.student.strength import Strength

_DRAWN_P = 0.4
_LEAST_FRAC = 0.15  # of another picture must be background, or nothing is seen of it
_EDGE_FRAC = 0.02  # of the side: how far from the mask's edge the matte may decide what is shown
_HOLE_FRAC = 0.03  # of the side: how far people reach over their masks
_FILL_PX = 16  # side of the picture that fills the hole left by a person
# How another picture's background moves before it is used.
_MOVES = Strength(flip_p=0.5, shift_frac=0.1, turn_deg=5, zoom=1.6, aspect=1.2)
_LIGHT = 1.5  # the background's light against the person's: this factor or its inverse at most
_TEXTURE_PX = 256
_N_EACH = 4  # textures of a kind


def on_another(
    image: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    matte: NDArray[np.uint8],
    backdrop: NDArray[np.uint8] | None,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Show the person of a picture in front of another background.

    Away from the mask's edge the person's pixels stay as they are. In a narrow band along it the matte
    says how much of the old pixel is seen: hair.

    Args:
        image: uint8 (T, T, 3).
        mask: uint8 (T, T), 255 is person.
        matte: uint8 (T, T), the person's opacity; the mask where nobody knows better.
        backdrop: another packed picture, uint8 (S, S, 5); None draws the background.
        rng: what decides.

    Returns:
        uint8 (T, T, 3).
    """
    side = len(image)
    behind = None
    if backdrop is not None and rng.random() >= _DRAWN_P:
        behind = _without_person(*warped(backdrop, rng, side, _MOVES))
    if behind is None:
        behind = _drawn(side, rng)
    gain = _LIGHT ** rng.uniform(-1, 1)
    behind = np.asarray(cv2.convertScaleAbs(behind, alpha=gain), np.uint8)
    kernel = _square(_EDGE_FRAC * side)
    inner, outer = cv2.erode(mask, kernel), cv2.dilate(mask, kernel)
    # Slightly blurred: no lens draws an edge as sharp as a hand-made mask.
    alpha = cv2.min(cv2.max(cv2.GaussianBlur(matte, (3, 3), 0), inner), outer)  # (T, T)
    return blend(image, behind, np.asarray(alpha, np.uint8))


def blend(over: NDArray[np.uint8], under: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mix two pictures (T, T, 3); where alpha (T, T) is 255 or 0 the values of one stay exactly."""
    weight = cv2.merge([alpha, alpha, alpha])
    seen = cv2.multiply(over, weight, scale=1 / 255)
    rest = cv2.multiply(under, cv2.bitwise_not(weight), scale=1 / 255)
    return np.asarray(cv2.add(seen, rest), np.uint8)


def _square(reach_px: float) -> NDArray[np.uint8]:
    side = 2 * max(1, round(reach_px)) + 1
    return np.ones((side, side), np.uint8)


def _without_person(
    image: NDArray[np.uint8], mask: NDArray[np.uint8], matte: NDArray[np.uint8]
) -> NDArray[np.uint8] | None:
    """Fill the person's place with a blur of what is around; None where hardly anything is."""
    side = len(image)
    person = cv2.dilate(cv2.max(mask, matte), _square(_HOLE_FRAC * side))  # (T, T)
    free = np.asarray(cv2.bitwise_not(person), np.uint8)
    if float(cv2.mean(free)[0]) < 255 * _LEAST_FRAC:
        return None
    small = (_FILL_PX, _FILL_PX)
    seen = cv2.resize(blend(image, np.zeros_like(image), free), small, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(free, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    spread = _FILL_PX / 5
    # Average of the known pixels around, near ones first. The kernel reaches everywhere.
    total = cv2.GaussianBlur(weight, (0, 0), spread)[..., None]  # (16, 16, 1)
    fill = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), spread) / np.maximum(total, 1e-3)
    fill = np.asarray(np.clip(fill, 0, 255), np.uint8)
    filled = cv2.resize(fill, (side, side), interpolation=cv2.INTER_LINEAR)
    return blend(image, np.asarray(filled, np.uint8), free)


def _drawn(side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a background: one of the textures, turned and scaled, in three random colours; (T, T, 3)."""
    textures = _textures()
    texture = textures[rng.integers(len(textures))]
    middle = _TEXTURE_PX / 2
    zoom = side / _TEXTURE_PX * 3 ** rng.random()
    matrix = np.asarray(cv2.getRotationMatrix2D((middle, middle), rng.uniform(-180, 180), zoom), np.float64)
    matrix[:, 2] += side / 2 - middle
    grey = cv2.warpAffine(texture, matrix, (side, side), borderMode=cv2.BORDER_REFLECT_101)
    light = rng.uniform(10, 245, (3, 1))
    colours = np.clip(light + rng.normal(0, 30, (3, 3)), 0, 255)
    steps = np.arange(256)
    ramp = [np.interp(steps, (0, 128, 255), colours[:, channel]) for channel in range(3)]
    table = np.stack(ramp, axis=-1).astype(np.uint8)[:, None]  # (256, 1, 3)
    return np.asarray(cv2.applyColorMap(np.asarray(grey, np.uint8), table), np.uint8)


@cache
def _textures() -> NDArray[np.uint8]:
    """Draw textures once; uint8 (n, 256, 256), the same on every machine."""
    rng = np.random.default_rng(0)
    kinds = (_clouds, _ramp, _stripes, _panels, _bokeh)
    return np.stack([kind(number, rng) for kind in kinds for number in range(_N_EACH)])


def _stretched(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / (high - low) * 255, np.uint8)


def _clouds(number: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Noise in octaves: from a wall's blotches to leaves."""
    total = np.zeros((_TEXTURE_PX, _TEXTURE_PX), np.float32)
    for octave in range(2, 8):
        noise = rng.standard_normal((2**octave, 2**octave), np.float32)
        grown = cv2.resize(noise, (_TEXTURE_PX, _TEXTURE_PX), interpolation=cv2.INTER_CUBIC)
        total += np.asarray(grown * (0.4 + 0.15 * number) ** octave, np.float32)
    return _stretched(total)


def _ramp(number: int, _: np.random.Generator) -> NDArray[np.uint8]:
    """Light that falls off: from one side, or from the middle."""
    y, x = np.mgrid[-1 : 1 : _TEXTURE_PX * 1j, -1 : 1 : _TEXTURE_PX * 1j].astype(np.float32)
    return _stretched(np.asarray(x if number % 2 else np.hypot(x, y), np.float32))


def _stripes(number: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Slats, curtains, edges of buildings: bands of uneven width, sharp or soft."""
    bands = rng.random((1, 8 + 8 * number), np.float32)
    how = cv2.INTER_NEAREST if number % 2 else cv2.INTER_CUBIC
    return _stretched(
        np.asarray(cv2.resize(bands, (_TEXTURE_PX, _TEXTURE_PX), interpolation=how), np.float32)
    )


def _panels(number: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Windows, frames, shelves: rectangles over one another."""
    canvas = np.full((_TEXTURE_PX, _TEXTURE_PX), 128, np.uint8)
    for _ in range(10 + 20 * number):
        corner, reach = rng.integers(-20, _TEXTURE_PX, 2), rng.integers(10, 110 - 20 * number, 2)
        cv2.rectangle(canvas, corner.tolist(), (corner + reach).tolist(), (int(rng.integers(256)),), -1)
    return canvas


def _bokeh(number: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Lights out of focus."""
    canvas = np.zeros((_TEXTURE_PX, _TEXTURE_PX), np.float32)
    for _ in range(30):
        disc = np.zeros((_TEXTURE_PX, _TEXTURE_PX), np.float32)
        middle, radius = rng.integers(0, _TEXTURE_PX, 2).tolist(), int(rng.integers(4, 10 + 6 * number))
        cv2.circle(disc, middle, radius, (float(rng.uniform(0.2, 1)),), -1, cv2.LINE_AA)
        canvas += disc
    soft = cv2.GaussianBlur(np.minimum(canvas, np.float32(1.5)), (0, 0), 1.5)
    return _stretched(np.asarray(soft, np.float32))
