"""Draw the simplest picture that has a person-like mask, for tests that need no face."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from datatools.masks import RGB, Landmarks, Mask


def draw_person(
    *, width_px: int = 96, height_px: int = 128, seed: int = 0, centre_frac: float = 0.5
) -> tuple[RGB, Mask]:
    """Draw head and shoulders on a noisy background; the mask is exact."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((height_px, width_px), np.uint8)
    centre = (round(centre_frac * width_px), round(0.4 * height_px))
    cv2.ellipse(mask, centre, (width_px // 6, height_px // 6), 0, 0, 360, (1,), -1)
    body = (centre[0], height_px)
    cv2.ellipse(mask, body, (width_px // 3, round(height_px * 0.45)), 0, 0, 360, (1,), -1)
    picture = rng.integers(0, 60, (height_px, width_px, 3)).astype(np.uint8)
    picture[mask > 0] = np.array([200, 150, 120], np.uint8) + rng.integers(0, 20, 3).astype(np.uint8)
    return picture, Mask(mask.astype(bool))


def face_points(width_px: int = 96, height_px: int = 128) -> Landmarks:
    """Give 68 points on an ellipse inside the head that ``draw_person`` draws."""
    angle = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    points = np.stack([0.12 * width_px * np.cos(angle), 0.13 * height_px * np.sin(angle)], axis=1)
    centre = np.array([0.5 * width_px, 0.4 * height_px])
    return Landmarks((points + centre).astype(np.float32), "ibug68")


def write_people(folder: Path, n_people: int, *, with_masks: bool = True) -> None:
    """Write ``images/NNN.png`` and perhaps ``masks/NNN.png`` of people who all differ."""
    (folder / "images").mkdir(parents=True)
    if with_masks:
        (folder / "masks").mkdir()
    for number in range(n_people):
        picture, mask = draw_person(seed=number, centre_frac=0.4 + 0.2 * (number % 7) / 6)
        Image.fromarray(picture).save(folder / "images" / f"{number:03d}.png")
        if with_masks:
            Image.fromarray(mask.array.astype(np.uint8) * 255).save(folder / "masks" / f"{number:03d}.png")
