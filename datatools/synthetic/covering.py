"""What do hijabs, turbans, headwraps and beanies look like?

A covering is the head's own surface moved outwards. Beyond its hem it dips under the skin, so that its
edge is where the two surfaces meet.
"""

import numpy as np

from datatools.synthetic import head
from datatools.synthetic.arrays import Floats, bump, curve, f32, mix, normalised, smoothstep, srgb
from datatools.synthetic.identity import Covering, Identity
from datatools.synthetic.mesh import Mesh, grid_faces
from datatools.synthetic.noise import look_up

DRAPE_ROWS, DRAPE_COLUMNS = 60, 120
_BEHIND = -0.9  # cm under the skin, where nothing is covered
# Height of the lower edge at places from the back (z < 0) to the front of the average head, cm.
_HEMS: dict[Covering, tuple[tuple[float, float], ...]] = {
    "turban": ((-9, -3.6), (-4, -2.2), (0, 0.4), (4, 2.6), (7, 3.9), (9, 4.3)),
    "headwrap": ((-9, -4.0), (-4, -2.0), (0, 2.0), (4, 3.6), (7, 4.9), (9, 5.2)),
    "beanie": ((-9, -2.6), (-4, -1.2), (0, 1.2), (4, 2.6), (7, 3.4), (9, 3.6)),
}


def hides(covering: Covering, rest: Floats) -> Floats:
    """Give where a covering lies on the head (n,), 0 to 1, at points of the average head."""
    x, y, z = rest.T
    if covering == "none":
        return np.zeros(len(rest), np.float32)
    if covering == "hijab":
        from_face = np.hypot(x / 6.15, (y + 2.5) / 8.3)
        return np.maximum(smoothstep(1.0, 1.14, from_face), smoothstep(1.6, 0.4, z))
    return smoothstep(-0.25, 0.35, y - curve(z, _HEMS[covering]))


def _height(identity: Identity, rest: Floats) -> Floats:
    """Give how far (n,) cm a covering stands off the head."""
    x, y, z = rest.T
    covering, shift = identity.covering, identity.seed % 37
    around = np.arctan2(x, z + 1.0)
    soft = look_up("swell", 1.5 * x + shift, 1.5 * y - z, 30)
    if covering == "hijab":
        from_face = np.hypot(x / 6.15, (y + 2.5) / 8.3)
        rolls = 0.2 * np.sin(8.0 * from_face + 1.0 * soft) * smoothstep(1.05, 1.25, from_face)
        return f32(0.75 + 0.5 * smoothstep(1.0, 1.3, from_face) + rolls + 0.08 * soft)
    if covering == "turban":
        slope = np.where(x > 0, 0.42, -0.42) * np.abs(x)
        wraps = np.abs(np.sin(1.15 * (y + slope * np.sign(x + 0.8)) + 0.7 * soft))
        return f32(1.9 + 1.7 * bump(y, 6.0, 3.2) + 0.55 * wraps**0.6)
    if covering == "headwrap":
        wraps = np.abs(np.sin(0.95 * y + 0.9 * np.sin(around) + 0.8 * soft))
        knot = 4.2 * bump(y, 10.5, 2.6) * bump(x, 1.5, 3.4) * smoothstep(5, 8, y)
        return f32(1.1 + 0.4 * wraps**0.6 + knot * (1 + 0.12 * soft))
    ribs = 0.1 * np.abs(np.sin(around * 34))
    fold = 0.45 * smoothstep(3.4, 3.0, y - curve(z, _HEMS["beanie"]))
    return f32(0.75 + ribs + fold + 0.9 * smoothstep(8, 11, y) + 0.08 * soft)


def build(identity: Identity) -> list[Mesh]:
    """Build a covering's surfaces, undeformed (``vertices``) over the average head or body (``rest``)."""
    if identity.covering == "none":
        return []
    average = head.template()
    outward = normalised(average.vertices * f32([1 / 7.2**2, 1 / 9.5**2, 1 / 9.0**2]))
    share = hides(identity.covering, average.vertices)[:, None]
    smooth = f32(
        np.where(share > 0.02, average.vertices - f32([0, 0, 1]) * average.nose[:, None], average.vertices)
    )
    high = _height(identity, average.vertices)[:, None]
    moved = smooth + outward * mix(_BEHIND, high, share)
    meshes = [Mesh(f32(moved), average.vertices, average.faces)]
    if identity.covering == "hijab":
        meshes.append(_drape(identity))
    return meshes


def _drape(identity: Identity) -> Mesh:
    """Build the part of a hijab that goes round the neck and over the shoulders."""
    level, around = np.meshgrid(
        np.linspace(0, 1, DRAPE_ROWS),
        np.linspace(-np.pi, np.pi, DRAPE_COLUMNS, endpoint=False),
        indexing="ij",
    )
    hem = -24.5 - 3.5 * bump(around, 0, 0.7)
    y = f32((-4.0 + (hem + 4.0) * level).ravel())
    angle = f32(around.ravel())
    wide = curve(
        y,
        [(-30, 20.5), (-25, 19.8), (-22, 17.6), (-19, 13.6), (-16.5, 9.8), (-13, 7.5), (-9, 7.0), (-4, 6.6)],
    )
    deep = curve(y, [(-30, 10.8), (-24, 9.4), (-19, 7.8), (-13, 6.9), (-9, 6.9), (-4, 6.4)])
    power = 2 / (2.0 + 0.4 * smoothstep(-15, -24, y))
    x = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power * wide
    z = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power * deep - 1.6
    shift = identity.seed % 53
    swing = look_up("swell", 4 * np.sin(angle) + 0.2 * y + shift, 2 * np.cos(angle) + 0.15 * y, 22)
    rolls = np.sin(0.9 * y + 1.6 * np.abs(np.sin(angle * 0.5 + 0.3)) * 4 + 1.1 * swing)
    folds = (0.42 * rolls + 0.2 * swing) * smoothstep(-8, -12, y)
    under = -1.6 * smoothstep(0.93, 1.0, f32(level.ravel()))
    grow = 1 + ((folds + under + 0.25) / 9.0)
    points = f32(np.stack([x * grow, y, (z + 1.6) * grow - 1.6], axis=1))
    return Mesh(points, f32(np.stack([x, y, z], axis=1)), grid_faces(DRAPE_ROWS, DRAPE_COLUMNS, closed=True))


def paint(identity: Identity, rest: Floats) -> tuple[Floats, Floats]:
    """Give a covering's albedo (k, 3) and gloss (k,)."""
    x, y, z = rest.T
    colour = f32(srgb(*identity.covering_colour)) * 0.9
    weave = look_up("grain", x + 0.4 * z, y, 5.0)
    albedo = colour * (1 + 0.05 * weave)[:, None]
    variant = identity.seed % 3
    if identity.covering == "headwrap" and variant:
        row = np.floor(y / 1.3)
        column = (x + 0.7 * z) / 1.3 + 0.5 * (row % 2)
        dot = np.hypot(column - np.floor(column) - 0.5, y / 1.3 - row - 0.5)
        second = f32(srgb(220, 180, 80)) if variant == 1 else f32(srgb(226, 214, 196))
        albedo = mix(albedo, second, smoothstep(0.3, 0.22, dot)[:, None])
    if identity.covering == "beanie":
        around = np.arctan2(x, z + 1.0)
        ribs = 0.82 + 0.18 * np.abs(np.sin(around * 34))
        edge = bump(y - curve(z, _HEMS["beanie"]), 3.3, 0.12)
        albedo = albedo * (ribs * (1 - 0.45 * edge))[:, None]
    return f32(np.clip(albedo, 0.004, 0.9)), f32(np.full(len(x), 0.03))
