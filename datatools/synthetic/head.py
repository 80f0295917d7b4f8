"""What is the shape of an average head, before anyone's own features?

A skull and jaw of blended ellipsoids, found along rays from the middle of the head, with the relief of
the face on top. Sizes follow the means of adult heads in Farkas, *Anthropometry of the Head and Face*
(1994), in cm, rounded: breadth 15, length 19.5, cheekbone width 13.6, jaw width 10.6, nose bridge to
chin 11.6, between pupils 6.3, nose width 3.5, mouth width 5.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from datatools.synthetic.arrays import Floats, bump, curve, f32, normalised, smoothstep
from datatools.synthetic.mesh import Indices, grid_faces

ROWS, COLUMNS = 150, 196
EYE_X = 3.15  # of the pupils
STOMION_Y = -6.85  # where the lips meet

# centre, radii, and how softly each joins those before it
_PARTS = (
    ((0.0, 3.4, -1.2), (7.4, 7.8, 8.6), 0.0),  # skull
    ((0.0, 4.2, 2.6), (6.3, 5.2, 6.3), 2.0),  # forehead
    ((0.0, -2.2, 2.3), (6.35, 6.6, 6.3), 2.0),  # middle of the face
    ((0.0, -6.0, 2.6), (4.9, 4.9, 6.5), 2.0),  # jaw
    ((0.0, -9.1, 6.6), (2.5, 2.0, 2.4), 2.6),  # chin
    ((3.3, -5.6, 1.2), (2.2, 3.2, 3.6), 2.6),  # corners of the jaw
    ((4.0, -2.3, 3.7), (2.7, 2.3, 3.3), 2.2),  # cheekbones
    ((0.0, -4.5, -3.0), (5.4, 5.0, 4.6), 2.0),  # nape
)


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """The average head: where its vertices are, and how strongly each shows each feature of relief."""

    vertices: Floats  # (ROWS * COLUMNS, 3) cm
    faces: Indices
    nose: Floats  # (n,) cm of height that the nose has
    folds: Floats  # (n,) depth 0-1 of the lines that age draws


def _distance(points: Floats) -> Floats:
    """Estimate the signed distance (n,) from the blended ellipsoids; negative inside."""
    mirrored = f32(np.abs(points[:, 0]))
    found: Floats | None = None
    for centre, radii, softness in _PARTS:
        x = (mirrored if centre[0] else points[:, 0]) - centre[0]
        offset = f32(np.stack([x, points[:, 1] - centre[1], points[:, 2] - centre[2]], axis=1))
        by_radius = offset / f32(radii)
        k0 = np.sqrt((by_radius**2).sum(axis=1))
        k1 = np.sqrt(((by_radius / f32(radii)) ** 2).sum(axis=1))
        near = f32(k0 * (k0 - 1) / np.maximum(k1, 1e-6))
        if found is None:
            found = near
            continue
        # Polynomial smooth minimum.
        h = np.clip(0.5 + 0.5 * (found - near) / softness, 0, 1)
        found = f32(found * (1 - h) + near * h - softness * h * (1 - h))
    assert found is not None
    return found


def _denser(n: int, low: float, high: float, at: float, width: float, factor: float) -> Floats:
    """Give n rising numbers from low to high, ``factor`` times denser round ``at``."""
    fine = np.linspace(low, high, 2000)
    density = 1 + (factor - 1) * np.exp(-0.5 * ((fine - at) / width) ** 2)
    share = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return f32(np.interp(np.linspace(0, share[-1], n), share, fine))


def _skull() -> Floats:
    """Give the blended surface (n, 3)."""
    elevation = _denser(ROWS, -np.pi / 2, np.pi / 2, -0.32, 0.38, 3.2)[::-1, None]
    azimuth = _denser(COLUMNS + 1, -np.pi, np.pi, 0.0, 0.5, 3.0)[None, :-1]
    flat = np.cos(elevation)
    direction = np.broadcast_arrays(flat * np.sin(azimuth), np.sin(elevation), flat * np.cos(azimuth))
    rays = f32(np.stack(direction, axis=-1).reshape(-1, 3))
    radius = np.full(len(rays), 15, np.float32)
    for _ in range(22):  # sphere tracing towards the middle
        radius -= 0.9 * _distance(f32(rays * radius[:, None]))
    return f32(rays * radius[:, None])


def nose_height(x: Floats, y: Floats) -> Floats:
    """Give how far the nose stands out (cm) over the face at points of the frontal plane."""
    ridge = curve(y, [(-4.95, 0), (-4.6, 0.75), (-4.2, 2.0), (-3.75, 2.55), (-3.2, 2.35), (-1.5, 1.35),
                      (0.0, 0.6), (1.0, 0.25), (2.4, 0)])  # fmt: skip
    width = curve(y, [(-4.9, 0.85), (-4.0, 0.86), (-3.2, 0.88), (-1.6, 0.85), (0.0, 0.85), (1.4, 1.2)])
    across = f32(1 / (1 + (np.abs(x) / width) ** 2.6))
    wings = 1.05 * bump(np.abs(x), 1.32, 0.36) * bump(y, -4.12, 0.42)
    between = 0.55 * bump(x, 0, 0.3) * bump(y, -4.6, 0.25)
    nostrils = 0.55 * bump(np.abs(x), 0.72, 0.27) * bump(y, -4.72, 0.17)
    return f32(ridge * across + wings + between - nostrils)


def _lips(x: Floats, y: Floats) -> Floats:
    side = np.abs(x)
    bow = 0.16 * bump(side, 0.55, 0.35) - 0.12 * bump(side, 0, 0.28)
    upper = 0.52 * bump(y, -6.38 + bow, 0.36) * smoothstep(2.75, 0.8, side)
    lower = 0.62 * bump(y, -7.42, 0.42) * smoothstep(2.5, 0.5, side)
    seam = 0.34 * bump(y, STOMION_Y - 0.02 * side, 0.13) * smoothstep(2.75, 2.2, side)
    corners = 0.25 * bump(side, 2.65, 0.3) * bump(y, -6.9, 0.35)
    mound = 0.55 * bump(side, 0, 2.3) * bump(y, -6.7, 1.6)
    philtrum = 0.1 * bump(x, 0, 0.26) * bump(y, -5.5, 0.42)
    hollow = 0.42 * bump(side, 0, 1.5) * bump(y, -8.55, 0.45)
    return f32(upper + lower - seam - corners + mound - philtrum - hollow)


def _eyes_and_brows(x: Floats, y: Floats) -> Floats:
    side = np.abs(x)
    socket = 1.12 * bump(side, EYE_X - 0.1, 1.45) * bump(y, 0.15, 0.95)
    inner = 0.55 * bump(side, 1.6, 0.5) * bump(y, 0.35, 0.7)
    ball = 0.78 * bump(side, EYE_X, 1.05) * bump(y, -0.02, 0.78)
    crease = 0.16 * bump(y, 0.86 - 0.1 * (side - EYE_X) ** 2, 0.14) * bump(side, EYE_X + 0.1, 1.1)
    bag = 0.12 * bump(y, -1.15 + 0.1 * (side - EYE_X) ** 2, 0.2) * bump(side, EYE_X - 0.2, 1.0)
    brow = 0.32 * bump(y, 2.1 - 0.07 * (side - 3.6) ** 2, 0.55) * smoothstep(0.6, 1.6, side)
    brow *= smoothstep(6.2, 4.6, side)
    glabella = 0.15 * bump(x, 0, 0.8) * bump(y, 1.9, 0.8)
    temple = 0.35 * bump(side, 6.4, 1.1) * bump(y, 2.6, 2.0)
    return f32(ball + brow + glabella - socket - inner - crease - bag - temple)


def _folds(x: Floats, y: Floats) -> Floats:
    side = np.abs(x)
    cheek_line = 1.95 + 0.42 * np.maximum(0, -4.0 - y)
    nasolabial = bump(side, cheek_line, 0.22) * smoothstep(-3.7, -4.6, y) * smoothstep(-8.0, -6.9, y)
    marionette = bump(side, 2.95, 0.2) * smoothstep(-7.1, -7.7, y) * smoothstep(-9.6, -8.6, y)
    forehead = sum(bump(y, at + 0.06 * np.cos(x), 0.13) for at in (3.4, 4.3, 5.2)) * bump(x, 0, 2.6)
    crow = sum(
        bump(y - slope * (side - 4.8), at, 0.09) for at, slope in ((0.3, 0.3), (-0.1, 0), (-0.5, -0.3))
    )
    crow = crow * smoothstep(4.8, 5.1, side) * smoothstep(6.2, 5.5, side)
    frown = bump(side, 0.55, 0.12) * bump(y, 1.7, 0.55)
    return f32(nasolabial + 0.6 * marionette + 0.45 * forehead + 0.5 * crow + 0.5 * frown)


@cache
def template() -> Template:
    """Build the average head once for a process."""
    base = _skull()
    x, y = base[:, 0], base[:, 1]
    outward = normalised(base * f32([1 / 7.0**2, 1 / 11.0**2, 1 / 9.0**2]))
    front = smoothstep(0.12, 0.5, outward[:, 2])
    nose = f32(nose_height(x, y) * front)
    relief = f32((_lips(x, y) + _eyes_and_brows(x, y)) * front)
    vertices = base + f32([0, 0, 1]) * (nose + relief)[:, None]
    faces = grid_faces(ROWS, COLUMNS, closed=True)
    return Template(f32(vertices), faces, nose, f32(_folds(x, y) * front))
