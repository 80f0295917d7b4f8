"""Who is portrayed: which features stay the same in every picture of one person?

Skin tones are the ten swatches of the Monk Skin Tone Scale (Ellis Monk, 2022, skintone.google,
CC BY 4.0), used as the colour of evenly lit skin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

Gender = Literal["female", "male"]
Hair = Literal["bald", "short", "long", "curly"]
Beard = Literal["none", "stubble", "moustache", "short", "full"]
Covering = Literal["none", "hijab", "turban", "headwrap", "beanie"]
Glasses = Literal["none", "round", "square", "thin"]

MONK_SRGB = (
    (0xF6, 0xED, 0xE4),
    (0xF3, 0xE7, 0xDB),
    (0xF7, 0xEA, 0xD0),
    (0xEA, 0xDA, 0xBA),
    (0xD7, 0xBD, 0x96),
    (0xA0, 0x7E, 0x56),
    (0x82, 0x5C, 0x43),
    (0x60, 0x41, 0x34),
    (0x3A, 0x31, 0x2A),
    (0x29, 0x24, 0x20),
)  # tones 1 to 10
N_SHAPES = 18
_HAIR_SRGB = {
    "black": (24, 20, 19),
    "dark brown": (48, 33, 25),
    "brown": (82, 55, 36),
    "light brown": (121, 87, 56),
    "blond": (176, 139, 90),
    "red": (122, 58, 30),
}
_EYE_SRGB = {
    "brown": (74, 46, 28),
    "dark brown": (44, 28, 20),
    "hazel": (104, 82, 46),
    "green": (92, 104, 72),
    "blue": (88, 118, 142),
    "grey": (112, 120, 124),
}
_GREY = (168, 164, 160)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person's fixed features. Colours are sRGB, 0-255."""

    monk_tone: int  # 1 (lightest) to 10
    undertone: float  # -1 cool to 1 warm
    gender: Gender
    age: int  # years
    shape: tuple[float, ...]  # N_SHAPES coefficients of the head's variation, about standard normal
    hair: Hair
    hair_colour: tuple[int, int, int]
    hair_part: float  # where the parting is, -1 left to 1 right
    beard: Beard
    covering: Covering
    covering_colour: tuple[int, int, int]
    glasses: Glasses
    glasses_colour: tuple[int, int, int]
    eye_colour: tuple[int, int, int]
    makeup: float  # 0 none to 1
    freckles: float  # 0 none to 1
    seed: int  # of the strands, spots and folds

    @property
    def has_covering(self) -> bool:
        """Say whether the head is covered."""
        return self.covering != "none"


def pick(rng: np.random.Generator, values: Sequence[_T], weights: Sequence[float] | None = None) -> _T:
    """Draw one of the values."""
    if weights is None:
        return values[int(rng.integers(len(values)))]
    shares = np.array(weights, np.float64)
    return values[int(rng.choice(len(values), p=shares / shares.sum()))]


def _colour(rng: np.random.Generator, base: tuple[int, int, int], spread: float) -> tuple[int, int, int]:
    red, green, blue = np.clip(np.array(base) * (1 + spread * rng.standard_normal()), 8, 250).astype(int)
    return int(red), int(green), int(blue)


def _hair_colour(rng: np.random.Generator, tone: int, age: int) -> tuple[int, int, int]:
    weights = (
        (1, 2, 3, 3, 3, 1) if tone <= 3 else (4, 4, 2, 0.6, 0.3, 0.1) if tone <= 6 else (8, 2, 0.3, 0, 0, 0)
    )
    colour = np.array(_HAIR_SRGB[pick(rng, list(_HAIR_SRGB), weights)])
    greyness = np.clip((age - 48) / 24 + 0.25 * rng.standard_normal(), 0, 1)
    red, green, blue = (colour * (1 - greyness) + np.array(_GREY) * greyness).astype(int)
    return _colour(rng, (int(red), int(green), int(blue)), 0.08)


def sample_identity(rng: np.random.Generator, monk_tone: int) -> Identity:
    """Draw a person of a skin tone; the other features are drawn independently of most others."""
    gender: Gender = pick(rng, ("female", "male"))
    is_man = gender == "male"
    age = int(np.clip(rng.gamma(4.0, 7.0) + 16, 18, 84))
    hairs: tuple[Hair, ...] = ("bald", "short", "long", "curly")
    hair = pick(rng, hairs, (1.4 if age > 35 else 0.5, 6.5, 0.7, 2) if is_man else (0.1, 2, 5.5, 2.2))
    beards: tuple[Beard, ...] = ("none", "stubble", "moustache", "short", "full")
    beard = pick(rng, beards, (5, 2, 0.7, 1.5, 1.5)) if is_man else "none"
    coverings: tuple[Covering, ...] = ("none", "hijab", "turban", "headwrap", "beanie")
    covering = pick(rng, coverings, (8, 0, 1, 0, 1.2) if is_man else (8, 1.4, 0, 1, 0.5))
    frames: tuple[Glasses, ...] = ("none", "round", "square", "thin")
    eyes = list(_EYE_SRGB)
    eye = pick(rng, eyes, (3, 1, 2, 1.5, 3, 1) if monk_tone <= 3 else (4, 4, 1, 0.2, 0.2, 0) if monk_tone <= 6
               else (2, 6, 0.2, 0, 0, 0))  # fmt: skip
    return Identity(
        monk_tone=monk_tone,
        undertone=float(np.clip(0.5 * rng.standard_normal(), -1, 1)),
        gender=gender,
        age=age,
        shape=tuple(float(value) for value in np.clip(rng.standard_normal(N_SHAPES), -2.2, 2.2)),
        hair=hair,
        hair_colour=_hair_colour(rng, monk_tone, age),
        hair_part=float(pick(rng, (-0.6, 0.0, 0.6)) + 0.15 * rng.standard_normal()),
        beard=beard,
        covering=covering,
        covering_colour=_colour(rng, pick(rng, ((40, 48, 70), (120, 44, 50), (206, 198, 184), (70, 92, 84),
                                                (150, 120, 84), (28, 28, 30), (176, 150, 160),
                                                (196, 140, 52))), 0.12),
        glasses=pick(rng, frames, (7, 1, 1, 1)),
        glasses_colour=pick(rng, ((24, 22, 22), (60, 38, 24), (120, 110, 96), (30, 36, 60))),
        eye_colour=_colour(rng, _EYE_SRGB[eye], 0.1),
        makeup=float(rng.uniform(0, 1)) if gender == "female" and rng.random() < 0.6 else 0.0,
        freckles=float(rng.uniform(0.3, 1)) if monk_tone <= 5 and rng.random() < 0.2 else 0.0,
        seed=int(rng.integers(2**31)),
    )  # fmt: skip
