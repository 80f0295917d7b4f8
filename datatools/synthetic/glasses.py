"""What do glasses look like?"""

import numpy as np

from datatools.synthetic.arrays import Floats, f32, srgb
from datatools.synthetic.figure import Figure
from datatools.synthetic.strands import Strands

_POINTS = 49
_CENTRE = (3.3, -0.25)  # of a lens, cm on the frontal plane of the average face
# Half width and half height of a lens, how square it is, and how thick its rim, by kind; cm.
_KINDS = {"round": (2.25, 2.05, 2.2, 0.2), "square": (2.6, 1.75, 4.5, 0.3), "thin": (2.4, 1.55, 3.0, 0.1)}


def _plane(x: Floats) -> Floats:
    """Give how far before the face the frame lies (z, cm)."""
    return f32(10.15 - 0.055 * x * x)


def rims(kind: str) -> Floats:
    """Give the outlines (2, _POINTS, 3) of both lenses on the average face."""
    wide, tall, squareness, _ = _KINDS[kind]
    angle = np.linspace(0, 2 * np.pi, _POINTS)
    cosine, sine = np.cos(angle), np.sin(angle)
    x = np.sign(cosine) * np.abs(cosine) ** (2 / squareness) * wide
    y = np.sign(sine) * np.abs(sine) ** (2 / squareness) * tall * np.where(sine < 0, 1.08, 1.0)
    both = []
    for side in (-1, 1):
        across = f32(side * (_CENTRE[0] + x))
        both.append(np.stack([across, f32(_CENTRE[1] + y), _plane(across)], axis=1))
    return f32(np.stack(both))


def build(person: Figure) -> Strands | None:
    """Build the frame as five lines: two rims, the bridge, two temples; None without glasses."""
    identity = person.identity
    if identity.glasses == "none":
        return None
    wide, _, _, thick = _KINDS[identity.glasses]
    t = np.linspace(-1, 1, _POINTS)
    inner = _CENTRE[0] - wide
    bridge_x = f32(t * inner)
    bridge = np.stack([bridge_x, f32(0.35 + 0.3 * (1 - t * t)), _plane(bridge_x)], axis=1)
    lines = [*rims(identity.glasses), bridge]
    share = (t + 1) / 2
    outer = _CENTRE[0] + wide
    start_z = float(_plane(f32(outer)))
    for side in (-1, 1):
        x = side * (outer + (7.55 - outer) * np.minimum(1, share * 2.2))
        y = 0.35 + 0.2 * share - 1.5 * np.maximum(0, share - 0.9) * 4
        lines.append(np.stack([x, y, start_z + (-1.2 - start_z) * share], axis=1))
    rest = f32(np.stack(lines))
    posed = person.on_head(rest.reshape(-1, 3)).reshape(rest.shape)
    n = len(rest)
    forward = np.broadcast_to(person.turn @ f32([0, 0.45, 0.9]), rest.shape)
    colour = f32(srgb(*identity.glasses_colour)) * 1.3
    width = f32([thick, thick, thick, 0.8 * thick, 0.8 * thick])
    ones = np.ones(n, np.float32)
    return Strands(posed, f32(forward), ones, ones, width, f32(colour))
