"""Draw the head and the landmarks of one face, with a jaw, brows and eyes in their places."""

import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Face, Landmarks, Matte

HEIGHT_PX, WIDTH_PX = 240, 200
CENTRE = (100.0, 90.0)
JAW_PX = 60.0  # the distance of the jaw's ends
CHIN_Y = 120.0


def points_68(centre: tuple[float, float] = CENTRE, jaw_px: float = JAW_PX) -> NDArray[np.float32]:
    """Give 68 landmarks of an upright face whose jaw's ends lie on both sides of the centre."""
    unit = jaw_px / 2
    angle = np.linspace(np.pi, 0, 17)
    jaw = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    brows = np.stack([np.linspace(-0.7, 0.7, 10), np.full(10, -0.35)], axis=1)
    nose = np.stack(
        [np.r_[np.zeros(4), np.linspace(-0.2, 0.2, 5)], np.r_[np.linspace(-0.1, 0.3, 4), np.full(5, 0.35)]],
        axis=1,
    )
    turn = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    eye = np.stack([-0.15 * np.cos(turn), -0.08 * np.sin(turn)], axis=1)
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    mouth = np.stack([0.3 * np.cos(turn), 0.1 * np.sin(turn) + 0.6], axis=1)
    parts = [jaw, brows, nose, eye - np.array([0.4, 0.1]), eye + np.array([0.4, -0.1]), mouth]
    return np.asarray(np.concatenate(parts) * unit + centre, np.float32)


def proper_points() -> Landmarks:
    """Give landmarks inside the head that ``tests.pictures.draw_person`` draws."""
    return Landmarks(points_68((48.0, 48.0), 22.0), "ibug68")


def face() -> Face:
    """Give the face of the head that ``head`` draws."""
    points = points_68()
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Face((low[0], low[1], high[0], high[1]), Landmarks(points, "ibug68"), 1.0)


def ellipse(centre: tuple[float, float], across_px: float, down_px: float) -> NDArray[np.bool_]:
    """Give an ellipse's pixels (HEIGHT_PX, WIDTH_PX)."""
    rows, columns = np.ogrid[:HEIGHT_PX, :WIDTH_PX]
    away = ((columns - centre[0]) / across_px) ** 2 + ((rows - centre[1]) / down_px) ** 2
    return np.asarray(away <= 1)


def head(*, hair: tuple[int, int, int] = (60, 30, 20)) -> tuple[RGB, NDArray[np.bool_]]:
    """Draw hair, a face, a neck and shoulders before a pale background; give the picture and the person."""
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), (200, 220, 240), np.uint8)
    crown = ellipse((CENTRE[0], 70), 42, 50)
    skin = ellipse((CENTRE[0], 88), 32, 36)
    body = ellipse((CENTRE[0], 240), 75, 100)
    neck = np.zeros_like(body)
    neck[115:160, 82:118] = True
    image[crown] = hair
    image[body] = (30, 60, 120)
    image[neck] = (180, 130, 100)
    image[skin] = (200, 150, 120)
    return image, crown | skin | body | neck


def doubting(person: NDArray[np.bool_], where: NDArray[np.bool_], value: float = 0.4) -> Matte:
    """Give a matte that is sure of the person but for some pixels."""
    return Matte(np.where(where, np.float32(value), person.astype(np.float32)))
