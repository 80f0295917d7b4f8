"""Where are the 68 points of the iBUG 300-W scheme on a face?

Order: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, outer lips 48-59, inner lips 60-67; left and right
are the picture's.
"""

from functools import cache

import numpy as np

from datatools.synthetic import eyes, head
from datatools.synthetic.arrays import Floats, f32
from datatools.synthetic.head import EYE_X, STOMION_Y
from datatools.synthetic.identity import Identity
from datatools.synthetic.scene import Pose
from datatools.synthetic.skin import brow_line

# The picture's right half of the jaw line on the average head, from the ear to the chin: x, y, z cm.
_JAW = f32([
    (6.75, 0.3, 2.6), (6.75, -1.7, 2.6), (6.6, -3.7, 2.4), (6.2, -5.6, 2.4), (5.5, -7.4, 3.0),
    (4.6, -8.8, 4.0), (3.4, -10.0, 5.4), (1.8, -10.8, 6.8), (0.0, -11.1, 7.5),
])  # fmt: skip
_NOSE = (
    (0, 0.6),
    (0, -1.0),
    (0, -2.5),
    (0, -3.75),
    (-1.15, -4.5),
    (-0.6, -4.75),
    (0, -4.9),
    (0.6, -4.75),
    (1.15, -4.5),
)
_OUTER_LIPS = ((-2.6, -6.87), (-1.5, -6.25), (-0.5, -5.9), (0, -6.0), (0.5, -5.9), (1.5, -6.25), (2.6, -6.87),
               (1.6, -7.6), (0.7, -7.93), (0, -7.98), (-0.7, -7.93), (-1.6, -7.6))  # fmt: skip
_SEAM = 0.13  # cm above and below the middle of the lips: what lies between moves apart with the mouth


def _onto_surface(x: Floats, y: Floats) -> Floats:
    """Give points (n, 3) of the average face at places of the frontal plane."""
    vertices = _front()
    far = (vertices[:, 0] - x[:, None]) ** 2 + (vertices[:, 1] - y[:, None]) ** 2
    nearest = np.argpartition(far, 3, axis=1)[:, :3]
    weight = 1 / (np.take_along_axis(far, nearest, axis=1) + 1e-4)
    z = (vertices[nearest, 2] * weight).sum(axis=1) / weight.sum(axis=1)
    return f32(np.stack([x, y, z], axis=1))


@cache
def _front() -> Floats:
    vertices = head.template().vertices
    return f32(vertices[(vertices[:, 2] > 3) & (np.abs(vertices[:, 1]) < 12)])


def on_average_head(identity: Identity, pose: Pose) -> Floats:
    """Give the 68 points (68, 3) on the average head, in cm; lids as open as they are in this pose."""
    jaw = np.concatenate([_JAW * f32([-1, 1, 1]), _JAW[-2::-1]])
    brow_x = f32([5.3, 4.5, 3.5, 2.4, 1.3])
    brows = [(-x, y) for x, y in zip(brow_x, brow_line(brow_x), strict=True)]
    brows += [(-x, y) for x, y in reversed(brows)]
    offset = f32([-eyes.HALF_WIDTH, -0.5, 0.5, eyes.HALF_WIDTH])
    upper, lower = eyes.lids(identity, pose, offset)
    eye = [
        (offset[3], upper[3]), (offset[2], upper[2]), (offset[1], upper[1]),
        (offset[0], upper[0]), (offset[1], lower[1]), (offset[2], lower[2]),
    ]  # fmt: skip  # outer corner, over the pupil to the inner corner, back below
    left = [(-(EYE_X + out), height) for out, height in eye]
    right = [(EYE_X + out, height) for out, height in (eye[3], eye[2], eye[1], eye[0], eye[5], eye[4])]
    inner_x = f32([-2.2, -1.0, 0, 1.0, 2.2])
    inner = [(x, STOMION_Y + _SEAM * (abs(x) < 2)) for x in inner_x]
    inner += [(x, STOMION_Y - _SEAM) for x in (1.0, 0.0, -1.0)]
    flat = f32([*brows, *_NOSE, *left, *right, *_OUTER_LIPS, *inner])
    return f32(np.concatenate([jaw, _onto_surface(flat[:, 0], flat[:, 1])]))
