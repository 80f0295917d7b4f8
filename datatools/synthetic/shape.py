"""How does a person's head, with its expression, differ from the average head?

All changes are smooth functions of a point's place on the average head, so anything that sits on the
head (ears, glasses, landmarks) moves with it.
"""

import numpy as np

from datatools.synthetic.arrays import Floats, bump, f32, smoothstep
from datatools.synthetic.head import EYE_X, STOMION_Y, nose_height
from datatools.synthetic.identity import Identity
from datatools.synthetic.scene import Pose

JAW_DROP_CM = 1.15  # of a fully open mouth


def _widths(identity: Identity, rest: Floats) -> Floats:
    """Give the factor (n,) on x."""
    c = identity.shape
    y = rest[:, 1]
    is_man = identity.gender == "male"
    jaw = 0.045 * c[0] + (0.035 if is_man else -0.045)
    factor = 1 + 0.022 * c[1] + jaw * bump(y, -8.0, 2.6)
    factor += 0.022 * c[2] * bump(y, -2.5, 2.0) + 0.018 * c[3] * bump(y, 5.0, 3.0)
    fat = 0.03 * c[4] * bump(y, -6.0, 3.0)
    return f32(factor + fat)


def _features(identity: Identity, rest: Floats, front: Floats) -> Floats:
    """Give the displacement (n, 3) of the nose, eyes, lips, brows, chin and cheeks, in cm."""
    c = identity.shape
    x, y = rest[:, 0], rest[:, 1]
    side, sign = np.abs(x), np.sign(x)
    is_man = identity.gender == "male"
    nose = nose_height(x, y) * front
    wings = bump(side, 1.3, 0.8) * bump(y, -4.1, 0.9) * front
    lips = bump(y, STOMION_Y, 1.0) * bump(side, 0, 2.6) * front
    chin = bump(y, -9.6, 1.4) * bump(side, 0, 2.2) * front
    brow = bump(y, 2.0, 0.8) * smoothstep(6.5, 3.5, side) * front
    cheek = bump(side, 4.6, 1.5) * bump(y, -3.0, 1.8) * front
    hollow = bump(side, 4.8, 1.3) * bump(y, -6.2, 1.7) * front
    eye = bump(side, EYE_X, 1.7) * bump(y, 0, 1.1) * front
    lid_slant = bump(y, 0, 0.7) * (side - EYE_X) * bump(side, EYE_X, 1.5) * front
    dx = sign * (0.16 * c[5] * wings + 0.09 * c[6] * eye + 0.12 * c[7] * lips * smoothstep(0.5, 2.4, side))
    dy = 0.16 * c[8] * bump(y, -3.9, 1.1) * bump(side, 0, 1.6) * front  # length of the nose
    dy += (y - STOMION_Y) * 0.13 * (c[9] + (0.0 if is_man else 0.5)) * lips  # fullness of the lips
    dy += (0.1 * c[10] + (-0.1 if is_man else 0.16)) * brow + 0.09 * c[11] * lid_slant
    dy -= (0.3 * c[12] + (0.25 if is_man else -0.2)) * smoothstep(-5, -11, y)  # length of the chin
    dz = (0.09 * c[13] - (0.0 if is_man else 0.05)) * nose + 0.12 * (c[9] + 0.2) * lips
    dz += (0.2 * c[14] + (0.15 if is_man else -0.1)) * chin + (
        0.1 * c[15] + (0.16 if is_man else -0.14)
    ) * brow
    dz += 0.18 * c[16] * cheek + (0.3 * c[4] + 0.1) * hollow
    uneven = 0.07 * c[17] * np.sin(0.45 * y + 1.3) * front  # no face is symmetric
    return f32(np.stack([dx + uneven, dy, dz], axis=1))


def _expression(pose: Pose, rest: Floats, front: Floats) -> Floats:
    """Give the displacement (n, 3) that smiling, opening the mouth and raising the brows make, in cm."""
    x, y = rest[:, 0], rest[:, 1]
    side, sign = np.abs(x), np.sign(x)
    corner = bump(side, 2.6, 1.1) * bump(y, -6.9, 1.0) * front
    cheek = bump(side, 3.9, 1.3) * bump(y, -3.2, 1.3) * front
    dx = sign * pose.smile * (0.42 * corner + 0.1 * cheek)
    dy = pose.smile * (0.42 * corner + 0.22 * cheek)
    dz = pose.smile * (0.3 * cheek - 0.25 * corner)
    dy += 0.22 * pose.brow_raise * bump(y, 2.1, 0.8) * smoothstep(6.5, 4.0, side) * front
    # Below the seam of the lips everything drops with the jaw, least at the corners of the mouth.
    across = smoothstep(2.75, 1.2, side)
    below = smoothstep(STOMION_Y + 0.12, STOMION_Y - 0.12, y)
    chin = smoothstep(STOMION_Y, -10.0, y)
    drop = (
        pose.mouth_open
        * JAW_DROP_CM
        * (below * across * (1 - 0.35 * chin) + 0.65 * chin * (1 - across * below))
    )
    dy -= drop * front
    dy += 0.22 * pose.mouth_open * bump(y, -6.4, 0.5) * across * front
    return f32(np.stack([dx, dy, dz], axis=1))


def stretch(identity: Identity, points: Floats, rest: Floats) -> Floats:
    """Give points (n, 3) the breadth and the size of this head; enough for hair, which hides the rest."""
    size = 0.985 + 0.012 * identity.shape[2] + (0.02 if identity.gender == "male" else -0.02)
    stretched = points * np.float32(size)
    stretched[:, 0] *= _widths(identity, rest)
    return stretched


def deform(identity: Identity, pose: Pose, rest: Floats, folds: Floats | None = None) -> Floats:
    """Move points (n, 3) of the average head to where this person has them with this expression.

    ``folds`` is the template's depth of lines, for points that are its vertices.
    """
    z = rest[:, 2]
    front = smoothstep(2.0, 5.5, z)
    moved = rest + _features(identity, rest, front) + _expression(pose, rest, front)
    moved = stretch(identity, f32(moved), rest)
    if folds is not None:
        age = smoothstep(28, 75, identity.age)
        depth = 0.03 + 0.13 * float(age) + 0.1 * max(0.0, pose.smile)
        moved[:, 2] -= depth * folds
    return f32(moved)
