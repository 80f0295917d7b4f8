"""How far may a training picture be changed?

``PAPER`` holds the operations that the paper names, at strengths of ours (it gives none); ``STRONG`` is
our own. Judged by eye on contact sheets of EG1800's training pictures: a person should still call every
mask right.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Chance = Annotated[float, Field(ge=0, le=1)]
Frac = Annotated[float, Field(ge=0, lt=1)]
Degrees = Annotated[float, Field(ge=0, le=180)]
Factor = Annotated[float, Field(ge=1, le=2.5)]  # drawn between its inverse and itself, evenly in its log


class Strength(BaseModel):
    """The largest changes and their chances. As it stands, without arguments, nothing changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Where the person is.
    flip_p: Chance = 0.0
    shift_frac: Frac = 0.0  # of the side, each way
    turn_deg: Degrees = 0.0  # each way
    zoom: Factor = 1.0  # as often nearer by up to this
    shrink: Factor = 1.0  # as farther by up to this
    aspect: Factor = 1.0  # width against height
    # What is behind.
    backdrop_p: Chance = 0.0
    # Light and colour.
    brightness: Factor = 1.0  # of 8-bit values, as all light here
    contrast: Frac = 0.0  # the exponent about middle grey is 1, plus or minus this
    exposure_p: Chance = 0.0
    exposure: Factor = 1.0  # of a badly exposed picture, beside the brightness
    light_p: Chance = 0.0
    light: Factor = 1.0  # of a light or shadow from one side, at either end
    cast: Factor = 1.0  # of one colour channel
    saturation: Frac = 0.0  # 1, plus or minus this
    hue_deg: Degrees = 0.0  # each way
    grey_p: Chance = 0.0
    # What a camera and the way to us do.
    blur_p: Chance = 0.0
    blur_frac: Frac = 0.0  # largest standard deviation, of the side
    coarse_p: Chance = 0.0
    coarse: Factor = 1.0  # by how much the resolution is reduced at most
    sharpen_p: Chance = 0.0
    sharpen: Frac = 0.0  # of what a slight blur takes away
    noise_p: Chance = 0.0
    noise_std: Annotated[float, Field(ge=0, le=30)] = 0.0  # largest, 8-bit values
    jpeg_p: Chance = 0.0
    erase_p: Chance = 0.0


PAPER = Strength(
    flip_p=0.5,
    shift_frac=0.1,
    turn_deg=15,
    zoom=1.3,
    shrink=1.3,
    brightness=1.35,
    contrast=0.35,
    saturation=0.35,
    blur_p=0.25,
    blur_frac=0.012,
    sharpen_p=0.25,
    sharpen=0.9,
    noise_p=0.5,
    noise_std=10,
)
STRONG = Strength(
    flip_p=0.5,
    shift_frac=0.15,
    turn_deg=20,
    zoom=1.5,
    shrink=1.4,
    aspect=1.15,
    backdrop_p=0.3,
    brightness=1.3,
    contrast=0.3,
    exposure_p=0.2,
    exposure=1.5,
    light_p=0.35,
    light=1.5,
    cast=1.12,
    saturation=0.4,
    hue_deg=8,
    grey_p=0.05,
    blur_p=0.15,
    blur_frac=0.012,
    coarse_p=0.15,
    coarse=2.5,
    sharpen_p=0.2,
    sharpen=0.9,
    noise_p=0.4,
    noise_std=14,
    jpeg_p=0.15,
    erase_p=0.1,
)
PRESETS = {"none": Strength(), "paper": PAPER, "strong": STRONG}
