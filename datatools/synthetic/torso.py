"""What is the shape of the neck, the shoulders and the chest, and of the clothes on them?"""

import numpy as np

from datatools.synthetic.arrays import Floats, bump, curve, f32, smoothstep
from datatools.synthetic.identity import Identity
from datatools.synthetic.mesh import Mesh, grid_faces
from datatools.synthetic.noise import look_up
from datatools.synthetic.scene import Garment, Pose

ROWS, COLUMNS = 72, 120
NECK_Z = -2.2  # of the neck's axis where it leaves the shoulders

_HALF_WIDTH = [(-60, 23.0), (-40, 22.6), (-29, 21.9), (-24.5, 20.6), (-22, 18.2), (-20, 14.6), (-18.3, 10.6),
               (-16.8, 7.6), (-15.2, 6.15), (-13, 5.5), (-8, 5.3), (-5, 4.8)]  # fmt: skip
_HALF_DEPTH = [(-60, 12.0), (-40, 11.0), (-28, 9.4), (-22, 7.4), (-18, 6.3), (-15, 5.7), (-8, 5.2), (-5, 4.6)]
_CENTRE_Z = [(-60, -2.5), (-30, -3.0), (-20, -3.2), (-15, -2.6), (-8, -1.2), (-5, -0.9)]


def neckline(garment: Garment, x: Floats, z: Floats) -> Floats:
    """Give the height (cm) below which a garment covers the body, at points round the neck."""
    forward = smoothstep(-4, 4, z)
    round_neck = -14.6 - 2.3 * forward
    if garment == "turtleneck":
        return f32(np.full_like(x, -11.4) - 0.8 * forward)
    if garment == "vneck":
        return f32(round_neck - 6.0 * forward * np.maximum(0, 1 - np.abs(x) / 4.6))
    if garment in ("shirt", "blazer"):
        return f32(-13.6 - 1.2 * forward - 3.4 * forward * np.maximum(0, 1 - np.abs(x) / 2.6))
    return f32(round_neck)


def _folds(x: Floats, y: Floats, z: Floats, garment: Garment, shift: float) -> Floats:
    """Give the height (cm) of a garment's folds."""
    hang = look_up("swell", x * 0.9 + 0.35 * y + shift, y * 0.45 - 0.3 * x + z, 46)
    pull = look_up("swell", x * 0.5 - 0.8 * y + 2 * shift, y * 0.35 + 0.5 * x, 23)
    armpit = bump(np.abs(x), 14.5, 2.0) * smoothstep(-25, -32, y) * smoothstep(0, 4, z)
    stiffness = {"blazer": 0.5, "turtleneck": 0.7}.get(garment, 1.0)
    return f32(stiffness * (0.34 * hang + 0.3 * np.abs(pull)) - 0.9 * armpit)


def build(identity: Identity, pose: Pose) -> Mesh:
    """Build the body, clothes included; ``rest`` is the average body that textures refer to."""
    y, angle = np.meshgrid(
        f32(np.concatenate([np.linspace(-5, -24, 48), np.linspace(-24.8, -60, ROWS - 48)])),
        f32(np.linspace(-np.pi, np.pi, COLUMNS, endpoint=False)),
        indexing="ij",
    )
    y, angle = f32(y.ravel()), f32(angle.ravel())
    power = 2 / (2.0 + 0.5 * smoothstep(-15, -24, y))
    sine, cosine = np.sin(angle), np.cos(angle)
    x = np.sign(sine) * np.abs(sine) ** power * curve(y, _HALF_WIDTH)
    z = np.sign(cosine) * np.abs(cosine) ** power * curve(y, _HALF_DEPTH) + curve(y, _CENTRE_Z)
    rest = f32(np.stack([x, y, z], axis=1))
    return Mesh(_dressed(identity, pose, rest), rest, grid_faces(ROWS, COLUMNS, closed=True))


def _dressed(identity: Identity, pose: Pose, rest: Floats) -> Floats:
    x, y, z = rest.T
    side, forward = np.abs(x), smoothstep(-1, 4, z)
    is_man = identity.gender == "male"
    # Collarbones, the notch between them, and the two muscles that run down to it.
    relief = 0.45 * bump(y, -17.6 + 0.07 * side, 0.45) * smoothstep(0.8, 2.5, side) * smoothstep(15, 9, side)
    relief -= 0.5 * bump(x, 0, 0.8) * bump(y, -17.4, 0.8)
    relief += (
        0.25 * bump(side, 0.9 + 0.42 * (y + 17.0), 0.8) * smoothstep(-17, -15.5, y) * smoothstep(-9, -11, y)
    )
    relief += (0.35 if is_man else 0.05) * bump(x, 0, 0.7) * bump(y, -13.0, 0.7)
    bust = 0.0 if is_man else 2.4
    chest = bust * bump(side, 7.0, 4.0) * bump(y, -33, 5.0)
    garment = pose.garment
    covered = smoothstep(0.0, -0.5, y - neckline(garment, x, z))
    thickness = {"blazer": 0.9, "hoodie": 0.9, "turtleneck": 0.5}.get(garment, 0.4)
    shift = float(pose.seed % 997)
    cloth = covered * (thickness + _folds(x, y, z, garment, shift) * smoothstep(0.3, -3, y + 16))
    outward = np.stack([x / 15, np.full_like(x, 0.0), z - curve(y, _CENTRE_Z)], axis=1)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
    moved = rest + outward * cloth[:, None]
    moved[:, 1] += cloth * smoothstep(-16, -20, y) * smoothstep(22, 16, side)
    moved[:, 2] += (relief * (1 - covered) + chest) * forward
    fat = identity.shape[4]
    broad = 0.96 + 0.03 * identity.shape[0] + (0.03 if is_man else -0.1)
    neck = 1 + 0.05 * fat + (0.06 if is_man else -0.09)
    moved[:, 0] *= broad * smoothstep(-13, -22, y) + neck * (1 - smoothstep(-13, -22, y))
    return f32(moved)
