"""What is the shape of an ear?"""

import numpy as np

from datatools.synthetic.arrays import Floats, bump, f32
from datatools.synthetic.mesh import Indices, grid_faces

_RINGS, _SPOKES = 22, 40
_MIDDLE = (7.25, -1.3, -0.2)  # of the right-hand ear


def build(side: int) -> tuple[Floats, Indices]:
    """Build the ear at the picture's right (``side`` 1) or left (-1): vertices (n, 3) in cm, faces."""
    ring = np.linspace(0, 2, _RINGS)  # to the rim (1) and back along the rear (2)
    radius = np.repeat(np.minimum(ring, 2 - ring), _SPOKES)
    is_rear = np.repeat(ring > 1, _SPOKES)
    spoke = np.tile(np.linspace(0, 2 * np.pi, _SPOKES, endpoint=False), _RINGS)
    up = 3.15 * radius * np.sin(spoke)
    back = 1.75 * radius * np.cos(spoke) * (0.78 + 0.22 * np.sin(spoke))
    # The rim (helix), the fold within it, the bowl before the ear canal, and the lobe.
    height = 0.32 * bump(radius, 0.93, 0.09) * (1 - 0.6 * bump(spoke, 1.5 * np.pi, 0.5))
    height += 0.28 * bump(radius, 0.62, 0.1) * bump(spoke, 0.3, 1.0)
    height -= 0.45 * bump(up, -0.5, 0.75) * bump(back, -0.3, 0.55)
    height += 0.2 * bump(up, -2.5, 0.5) + 0.3 * bump(up, -0.6, 0.4) * bump(back, -1.4, 0.3)
    height = np.where(is_rear, -0.35 * radius, height + 0.45 * (1 - radius) * 0.3)
    turned, leaned = np.radians(30), np.radians(14)
    backward = np.array([np.sin(turned), 0, -np.cos(turned)])
    outward = np.array([np.cos(turned), 0, np.sin(turned)])
    upward = np.array([0.08, np.cos(leaned), -np.sin(leaned)])
    points = np.array(_MIDDLE) + back[:, None] * backward + up[:, None] * upward + height[:, None] * outward
    faces = grid_faces(_RINGS, _SPOKES, closed=True)
    if side < 0:
        points[:, 0] *= -1
        faces = faces[:, ::-1].copy()
    return f32(points), faces
