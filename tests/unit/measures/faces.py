"""Draw flat faces whose every measure is known beforehand."""

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Face, Landmarks, Mask
from datatools.measures import measure

HEIGHT_PX, WIDTH_PX = 400, 300
CENTRE = np.array([150.0, 180.0])  # between the eyes
SKIN = (200, 150, 120)
WALL = (60, 90, 120)
EYE = (225, 220, 215)
LAMP, LAMP_ROWS = (245, 245, 245), 16

# Of a frontal face 120 px wide; px from the middle between the eyes. The other points are not read.
_POINTS = {
    0: (-60, 0),
    2: (-56, 40),
    8: (0, 110),
    14: (56, 40),
    16: (60, 0),
    19: (-28, -20),
    24: (28, -20),
    30: (0, 45),
    31: (-14, 55),
    35: (14, 55),
    36: (-42, 0),
    45: (42, 0),
    48: (-25, 78),
    54: (25, 78),
}


def of(points: NDArray[np.floating], scheme: str = "ibug68") -> Face:
    """Give a face with these landmarks, and the box that holds them."""
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Face((x0, y0, x1, y1), Landmarks(points.astype(np.float32), scheme), None)


def values(image: RGB, face: Face | None, mask: Mask | None) -> dict[str, float]:
    """Give what has a value in a picture."""
    return measure(image, face, mask).values


def points_of(face: Face) -> NDArray[np.float32]:
    """Give a face's landmarks."""
    assert face.landmarks is not None
    return face.landmarks.points


def frontal(shift: tuple[float, float] = (0, 0)) -> Face:
    """Give a face that looks into the camera."""
    points = np.zeros((68, 2))
    for eye, x in ((range(36, 42), -28.0), (range(42, 48), 28.0)):
        points[list(eye)] = (x, 0)
    for place, at in _POINTS.items():
        points[place] = at
    # Corners of the eyes at equal distances keep the eyes' middles where they are.
    points[39], points[42] = (-14, 0), (14, 0)
    points[[41, 46]] = (-28, 6), (28, 6)
    points[[40, 47]] = (-28, -6), (28, -6)
    unread = np.flatnonzero((points == 0).all(axis=1))
    points[np.setdiff1d(unread, [30])] = (0, 30)  # inside the hull
    return of(points + CENTRE + shift)


def tilted(face: Face, degrees: float) -> Face:
    """Tilt a face clockwise about the middle between its eyes."""
    angle = np.radians(degrees)
    rotation = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    return of((points_of(face) - CENTRE) @ rotation + CENTRE)


def plain(
    skin: tuple[int, int, int] = SKIN, wall: tuple[int, int, int] = WALL, texture: int = 8
) -> tuple[RGB, Mask]:
    """Draw a face, a neck and shoulders of one colour before a wall of another; the mask is exact.

    Half of the skin has that very colour, the rest lies evenly round it (``texture``). The eyes are
    white, and a lamp shines above.
    """
    mask = person()
    picture = np.empty((HEIGHT_PX, WIDTH_PX, 3), np.int16)
    picture[:] = wall
    picture[mask > 0] = skin
    y, x = np.nonzero(mask)
    steps = np.array([0, 1, 0, -1])
    picture[y, x] += steps[x % 4][:, None] * np.array([texture, 0, -texture], np.int16)
    picture[y, x] += steps[y % 4][:, None] * np.array([texture, -texture, texture], np.int16) // 2
    for lids in np.split(points_of(frontal())[36:48], 2):
        cv2.fillPoly(picture, [np.round(lids).astype(np.int32)], EYE)
    picture[:LAMP_ROWS] = LAMP
    return np.clip(picture, 0, 255).astype(np.uint8), Mask(mask > 0)


def person(hair_to_y: int | None = None) -> NDArray[np.uint8]:
    """Draw the mask of a person; hair hangs beside the face down to a row."""
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    cv2.ellipse(mask, (150, 200), (62, 95), 0, 0, 360, (1,), -1)
    cv2.rectangle(mask, (125, 280), (175, 370), (1,), -1)
    cv2.rectangle(mask, (0, 370), (WIDTH_PX, HEIGHT_PX), (1,), -1)
    if hair_to_y is not None:
        for x0, x1 in ((60, 110), (190, 240)):
            cv2.rectangle(mask, (x0, 110), (x1, hair_to_y), (1,), -1)
    return mask
