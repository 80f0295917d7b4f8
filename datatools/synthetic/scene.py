"""How is a person portrayed: what differs between two pictures of the same person?"""

import dataclasses
from dataclasses import dataclass
from typing import Literal

import numpy as np

from datatools.synthetic.identity import pick

Garment = Literal["crew", "vneck", "shirt", "blazer", "turtleneck", "hoodie"]
Pattern = Literal["plain", "stripes", "check", "dots", "knit"]
Backdrop = Literal["studio", "wall", "shelves", "foliage", "bokeh", "room", "brick"]
LightLevel = Literal["bright", "normal", "dim"]

_CLUTTERED: tuple[Backdrop, ...] = ("shelves", "foliage", "bokeh", "room", "brick")
_PLAIN: tuple[Backdrop, ...] = ("studio", "wall")
_CLOTH_SRGB = (
    (232, 230, 226),
    (30, 32, 36),
    (38, 52, 88),
    (112, 34, 40),
    (86, 104, 86),
    (150, 152, 158),
    (196, 168, 130),
    (74, 62, 92),
    (60, 110, 138),
    (206, 128, 104),
    (218, 190, 84),
    (96, 72, 54),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where a person stands in the picture, how they look and what they wear."""

    yaw_deg: float  # positive: the face turns to the picture's right
    pitch_deg: float  # positive: the chin is lifted
    roll_deg: float
    body_yaw_deg: float
    gaze_deg: float  # positive: the eyes turn to the picture's right, relative to the head
    smile: float  # -0.3 to 1
    mouth_open: float  # 0 to 1
    squint: float  # 0 wide open to 1 closed
    brow_raise: float  # -1 to 1
    head_frac: float  # height of the head (crown to chin) over the height of the picture
    centre_x_frac: float  # of the eyes' midpoint
    centre_y_frac: float
    garment: Garment
    pattern: Pattern
    cloth_colour: tuple[int, int, int]  # sRGB
    second_colour: tuple[int, int, int]  # of the pattern, the shirt under a blazer
    seed: int  # of folds and strands that move


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """One soft key light, the sky all round, and a rim light from behind."""

    azimuth_deg: float  # of the key; 0 is the camera, positive is the picture's right
    elevation_deg: float
    key: float  # share of the light that comes from the key, 0 flat to 1 hard
    warmth: float  # -1 blue to 1 orange
    rim: float  # 0 none to 1; above 1 the picture is lit from behind
    level: float  # 1 is a well exposed picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture: where its main person stands, the light, what is behind, the camera."""

    width_px: int
    height_px: int
    pose: Pose
    light: Light
    backdrop: Backdrop
    backdrop_colour: tuple[int, int, int]  # sRGB
    backdrop_blur_frac: float  # of the picture's width
    backdrop_match: float  # 0: own colours; 1: the colours of the person's clothes, hair and skin
    noise: float  # standard deviation at mid grey, 0-1
    blur_frac: float  # of the picture's width
    vignette: float  # 0 none to 1
    jpeg_quality: int
    seed: int  # of the backdrop and the camera noise

    @property
    def is_cluttered(self) -> bool:
        """Say whether there are things behind the person."""
        return self.backdrop in _CLUTTERED

    @property
    def light_level(self) -> LightLevel:
        """Give the answer to the question how much light there is."""
        return "dim" if self.light.level < 0.62 else "bright" if self.light.level > 1.15 else "normal"


def _sample_pose(rng: np.random.Generator) -> Pose:
    is_frontal = rng.random() < 0.7
    yaw = float(rng.normal(0, 7) if is_frontal else rng.uniform(15, 42) * pick(rng, (-1, 1)))
    smile = float(np.clip(rng.normal(0.35, 0.4), -0.3, 1))
    garments: tuple[Garment, ...] = ("crew", "vneck", "shirt", "blazer", "turtleneck", "hoodie")
    patterns: tuple[Pattern, ...] = ("plain", "stripes", "check", "dots", "knit")
    return Pose(
        yaw_deg=yaw,
        pitch_deg=float(rng.normal(0, 5)),
        roll_deg=float(rng.normal(0, 4)),
        body_yaw_deg=float(0.5 * yaw + rng.normal(0, 9)),
        gaze_deg=float(np.clip(-0.7 * yaw + rng.normal(0, 4), -24, 24)),
        smile=smile,
        mouth_open=float(np.clip(rng.normal(0.55, 0.25), 0, 1))
        if smile > 0.55 and rng.random() < 0.6
        else 0.0,
        squint=float(np.clip(rng.normal(0.12, 0.12), 0, 0.5)),
        brow_raise=float(np.clip(rng.normal(0, 0.4), -1, 1)),
        head_frac=float(rng.uniform(0.4, 0.58)),
        centre_x_frac=0.5 + float(rng.normal(0, 0.035)) - 0.0012 * yaw,
        centre_y_frac=float(rng.uniform(0.36, 0.46)),
        garment=pick(rng, garments, (3, 1.5, 2, 2, 1, 1.2)),
        pattern=pick(rng, patterns, (4, 1, 1, 0.7, 1.3)),
        cloth_colour=pick(rng, _CLOTH_SRGB),
        second_colour=pick(rng, _CLOTH_SRGB),
        seed=int(rng.integers(2**31)),
    )


def sample_scene(rng: np.random.Generator, min_px: int, max_px: int) -> Scene:
    """Draw a scene whose longer side is between ``min_px`` and ``max_px``, the shorter at least min_px."""
    # Small pictures are more common than large ones, as in collections from the web.
    height = round(min_px * (max_px / min_px) ** float(rng.beta(1.4, 1.8)))
    width = max(min_px, round(height * pick(rng, (0.75, 0.8, 1.0), (4, 3, 2))))
    backdrop = pick(rng, _CLUTTERED) if rng.random() < 0.6 else pick(rng, _PLAIN)
    tint = rng.uniform(0.3, 1.0) * np.clip(rng.normal(150, 30, 3), 40, 250)
    red, green, blue = (int(value) for value in np.clip(tint, 18, 235))
    pose = _sample_pose(rng)
    return Scene(
        width_px=width,
        height_px=height,
        pose=pose,
        light=Light(
            azimuth_deg=float(rng.uniform(-65, 65)),
            elevation_deg=float(rng.uniform(12, 55)),
            key=float(rng.uniform(0.35, 0.8)),
            warmth=float(np.clip(rng.normal(0.1, 0.4), -1, 1)),
            rim=float(rng.uniform(0, 0.6)),
            level=float(np.clip(rng.normal(1.02, 0.18), 0.45, 1.4)),
        ),
        backdrop=backdrop,
        backdrop_colour=(red, green, blue),
        backdrop_blur_frac=float(rng.uniform(0.003, 0.02)),
        backdrop_match=0.0,
        noise=float(rng.uniform(0.004, 0.018)),
        blur_frac=float(rng.uniform(0.0008, 0.0022)),
        vignette=float(rng.uniform(0, 0.5)),
        jpeg_quality=int(rng.integers(84, 96)),
        seed=int(rng.integers(2**31)),
    )


def place_companion(rng: np.random.Generator, scene: Scene) -> tuple[Scene, Pose]:
    """Make room beside the main person: give the widened scene and the companion's pose."""
    side = pick(rng, (-1, 1))
    pose = dataclasses.replace(
        scene.pose,
        head_frac=min(scene.pose.head_frac, 0.42),
        centre_x_frac=0.5 - 0.2 * side,
        yaw_deg=float(0.4 * scene.pose.yaw_deg + 5 * side),
    )
    width = max(scene.width_px, scene.height_px)
    beside = dataclasses.replace(
        _sample_pose(rng),
        head_frac=pose.head_frac * float(rng.uniform(0.86, 0.97)),
        centre_x_frac=0.5 + side * float(rng.uniform(0.22, 0.27)),
        centre_y_frac=pose.centre_y_frac + float(rng.uniform(-0.04, 0.05)),
        yaw_deg=float(rng.normal(-8 * side, 7)),
    )
    return dataclasses.replace(scene, width_px=width, pose=pose), beside
