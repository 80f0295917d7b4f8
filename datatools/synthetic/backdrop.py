"""What is behind the people?

Every backdrop is painted at the picture's own size in linear light; ``draw`` then puts it out of focus.
"""

import cv2
import numpy as np

from datatools.synthetic.arrays import Floats, f32, mix, smoothstep, srgb
from datatools.synthetic.identity import pick
from datatools.synthetic.noise import look_up
from datatools.synthetic.scene import Scene

_SPINES = (
    (120, 40, 36),
    (40, 60, 96),
    (52, 84, 60),
    (190, 170, 130),
    (90, 70, 50),
    (210, 204, 190),
    (60, 54, 62),
    (170, 110, 40),
    (84, 100, 120),
)


def _grid(scene: Scene) -> tuple[Floats, Floats]:
    """Give x and y (H, W) in units of the picture's width."""
    y, x = np.mgrid[: scene.height_px, : scene.width_px].astype(np.float32) / np.float32(scene.width_px)
    return f32(x), f32(y)


def _ramp(scene: Scene, rng: np.random.Generator, colour: Floats) -> Floats:
    """Give a wall lit by a soft pool of light."""
    x, y = _grid(scene)
    far = np.hypot(x - rng.uniform(0.1, 0.9), (y - rng.uniform(0.1, 0.9)) * 0.8)
    return f32(colour * (1.25 - 0.75 * smoothstep(0.0, 1.1, far))[..., None])


def _studio(scene: Scene, rng: np.random.Generator, colour: Floats) -> Floats:
    x, y = _grid(scene)
    mottle = look_up("cloud", x * 3 + rng.uniform(0, 9), y * 3, 4.0)
    return f32(_ramp(scene, rng, colour) * (1 + 0.07 * mottle)[..., None])


def _wall(scene: Scene, rng: np.random.Generator, colour: Floats) -> Floats:
    x, y = _grid(scene)
    plaster = look_up("grain", x, y, 1.3) * 0.03 + look_up("cloud", x, y, 1.7) * 0.05
    picture = f32(_ramp(scene, rng, colour) * (1 + plaster)[..., None])
    if rng.random() < 0.5:  # the shadow of a window frame
        slant = x + 0.3 * y + rng.uniform(-0.3, 0.3)
        bars = smoothstep(0.02, 0.05, np.abs((slant * 2.2) % 0.5 - 0.25)) * smoothstep(0.9, 0.6, y)
        picture = f32(picture * (0.75 + 0.5 * bars)[..., None])
    return picture


def _shelves(scene: Scene, rng: np.random.Generator, colour: Floats) -> Floats:
    width, height = scene.width_px, scene.height_px
    picture = np.tile(colour * 0.25, (height, width, 1)).astype(np.float32)
    shelf_px = max(24, int(height * rng.uniform(0.17, 0.26)))
    top = -int(rng.integers(shelf_px))
    while top < height:
        left = -int(rng.integers(20))
        floor = top + shelf_px
        while left < width:
            thick = max(3, int(width * rng.uniform(0.015, 0.05)))
            tall = int(shelf_px * rng.uniform(0.6, 0.9))
            spine = f32(srgb(*pick(rng, _SPINES))) * float(rng.uniform(0.6, 1.2))
            if rng.random() < 0.12:
                left += thick  # a gap between books
                continue
            cv2.rectangle(picture, (left, floor - tall), (left + thick, floor), spine.tolist(), -1)
            cv2.rectangle(picture, (left, floor - tall), (left, floor), (spine * 0.4).tolist(), 1)
            if rng.random() < 0.6:
                band = floor - int(tall * rng.uniform(0.6, 0.85))
                cv2.rectangle(picture, (left + 1, band), (left + thick, band + 3), (spine * 2.2).tolist(), -1)
            left += thick
        board = f32(srgb(110, 78, 50)) * 0.8
        cv2.rectangle(picture, (0, floor), (width, floor + max(3, shelf_px // 12)), board.tolist(), -1)
        top = floor + max(3, shelf_px // 12)
    return picture


def _foliage(scene: Scene, rng: np.random.Generator, colour: Floats) -> Floats:
    width, height = scene.width_px, scene.height_px
    _, y = _grid(scene)
    sky = smoothstep(0.9, 0.0, y)[..., None] * f32(srgb(176, 200, 220))
    picture = np.ascontiguousarray(0.35 * sky + f32(srgb(44, 66, 36)) * 0.6, np.float32)
    for depth in np.linspace(0, 1, 5):
        for _ in range(90):
            centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
            size = width * (0.015 + 0.03 * depth)
            axes = (max(1, int(size * rng.uniform(0.8, 2.0))), max(1, int(size * rng.uniform(0.4, 0.8))))
            green = f32([rng.uniform(0.04, 0.22), rng.uniform(0.12, 0.34), rng.uniform(0.02, 0.1)])
            shade = mix(green, colour * 0.6, 0.25) * float(rng.uniform(0.3, 1.5))
            cv2.ellipse(
                picture, centre, axes, float(rng.uniform(0, 180)), 0, 360, shade.tolist(), -1, cv2.LINE_8
            )
    return picture


def _bokeh(scene: Scene, rng: np.random.Generator, colour: Floats) -> Floats:
    width, height = scene.width_px, scene.height_px
    picture = np.ascontiguousarray(_ramp(scene, rng, colour * 0.35), np.float32)
    for _ in range(40):  # dark and light shapes of a street
        corner = (int(rng.uniform(-0.2, 1) * width), int(rng.uniform(-0.2, 1) * height))
        size = (int(rng.uniform(0.05, 0.3) * width), int(rng.uniform(0.1, 0.5) * height))
        shade = colour * float(rng.uniform(0.1, 0.7))
        cv2.rectangle(picture, corner, (corner[0] + size[0], corner[1] + size[1]), shade.tolist(), -1)
    picture = f32(cv2.GaussianBlur(picture, (0, 0), 0.02 * width))
    for _ in range(int(rng.integers(18, 50))):
        lamp = np.zeros_like(picture)
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, 0.8 * height)))
        light = f32([1.0, rng.uniform(0.55, 1.0), rng.uniform(0.25, 0.9)]) * float(rng.uniform(0.15, 0.8))
        cv2.circle(lamp, centre, max(2, int(width * rng.uniform(0.012, 0.05))), light.tolist(), -1)
        picture += lamp
    return f32(picture)


def _room(scene: Scene, rng: np.random.Generator, colour: Floats) -> Floats:
    width, height = scene.width_px, scene.height_px
    picture = np.ascontiguousarray(_ramp(scene, rng, colour), np.float32)
    if rng.random() < 0.6:  # a window
        left, top = int(rng.uniform(-0.1, 0.75) * width), int(rng.uniform(-0.05, 0.2) * height)
        right, bottom = left + int(rng.uniform(0.25, 0.45) * width), top + int(rng.uniform(0.3, 0.6) * height)
        cv2.rectangle(picture, (left, top), (right, bottom), (0.95, 1.0, 1.05), -1)
        frame = (colour * 0.4).tolist()
        for at in np.linspace(left, right, 3).astype(int).tolist():
            cv2.line(picture, (at, top), (at, bottom), frame, max(2, width // 60))
        for at in np.linspace(top, bottom, 3).astype(int).tolist():
            cv2.line(picture, (left, at), (right, at), frame, max(2, width // 60))
    for _ in range(int(rng.integers(2, 5))):  # pictures on the wall
        corner = (int(rng.uniform(-0.1, 0.95) * width), int(rng.uniform(-0.05, 0.45) * height))
        size = (int(rng.uniform(0.1, 0.25) * width), int(rng.uniform(0.1, 0.22) * height))
        end = (corner[0] + size[0], corner[1] + size[1])
        cv2.rectangle(picture, corner, end, (rng.uniform(0.02, 0.5, 3)).tolist(), -1)
        cv2.rectangle(
            picture, corner, end, (rng.uniform(0.01, 0.15) * np.ones(3)).tolist(), max(2, width // 90)
        )
    for _ in range(int(rng.integers(2, 6))):  # furniture along the bottom
        left, top = int(rng.uniform(-0.2, 1) * width), int(rng.uniform(0.5, 0.85) * height)
        shade = f32(srgb(*pick(rng, _SPINES))) * float(rng.uniform(0.3, 0.9))
        end = (left + int(rng.uniform(0.15, 0.5) * width), height)
        cv2.rectangle(picture, (left, top), end, shade.tolist(), -1)
        cv2.rectangle(picture, (left, top), (end[0], top + max(2, height // 60)), (shade * 1.8).tolist(), -1)
    return picture


def _brick(scene: Scene, rng: np.random.Generator, colour: Floats) -> Floats:
    x, y = _grid(scene)
    tall = float(rng.uniform(0.045, 0.07))
    row = np.floor(y / tall)
    across = x / (2.6 * tall) + 0.5 * (row % 2)
    column = np.floor(across)
    joint = np.minimum(
        np.minimum(across - column, 1 - across + column) * 2.6, np.minimum(y / tall - row, 1 - y / tall + row)
    )
    own = np.sin(row * 127.1 + column * 311.7) * 43758.5453
    own = own - np.floor(own)
    brick = mix(f32(srgb(150, 78, 58)), colour, 0.35) * (0.6 + 0.7 * own)[..., None]
    face = brick * (1 + 0.1 * look_up("grain", x, y, 0.9))[..., None]
    return mix(f32(srgb(150, 142, 134)), face, smoothstep(0.04, 0.1, joint)[..., None])


_PAINTERS = {"studio": _studio, "wall": _wall, "shelves": _shelves, "foliage": _foliage, "bokeh": _bokeh,
             "room": _room, "brick": _brick}  # fmt: skip


def draw(scene: Scene, person: Floats) -> Floats:
    """Draw what is behind the people: linear light (H, W, 3), out of focus.

    ``person`` (3,) is the mean colour of the person's outline, which the backdrop takes on as far as
    ``scene.backdrop_match`` says, by moving its own mean to it and shrinking its contrast.
    """
    rng = np.random.default_rng([scene.seed, 1])
    picture = _PAINTERS[scene.backdrop](scene, rng, f32(srgb(*scene.backdrop_colour)))
    sigma = scene.backdrop_blur_frac * scene.width_px
    picture = f32(cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))
    mean = picture.mean(axis=(0, 1))
    matched = person + (picture - mean) * (person / np.maximum(mean, 1e-3)) * 0.6
    return f32(np.clip(mix(picture, matched, scene.backdrop_match), 0, None))
