"""What do a person's eyes look like, and where are their lids?"""

import numpy as np

from datatools.synthetic.arrays import Floats, bump, f32, mix, smoothstep, srgb
from datatools.synthetic.head import EYE_X
from datatools.synthetic.identity import Identity
from datatools.synthetic.scene import Pose

HALF_WIDTH = 1.52  # cm, from the pupil to a corner
_IRIS_RADIUS = 0.62  # 11.8 mm across in adults (Ruefer 2005)
_BALL_RADIUS = 1.22


def lids(identity: Identity, pose: Pose, offset: Floats) -> tuple[Floats, Floats]:
    """Give the heights (cm) of the upper and the lower lid at offsets from the pupil, outwards positive."""
    place = np.clip(offset / HALF_WIDTH, -1, 1)
    slant = 0.1 * place + 0.03 * identity.shape[11] * place
    arch = np.maximum(0, 1 - place**2)
    openness = (1 + 0.08 * identity.shape[6]) * (1 - pose.squint) + 0.12 * pose.brow_raise
    upper = slant + 0.7 * openness * arch**0.72 * (1 - 0.12 * place)
    lower = slant - 0.45 * (1 - 0.5 * pose.squint - 0.25 * max(0.0, pose.smile)) * arch**0.85 * (
        1 + 0.12 * place
    )
    return f32(upper), f32(lower)


def paint(
    identity: Identity, pose: Pose, rest: Floats, light: Floats, albedo: Floats, gloss: Floats
) -> tuple[Floats, Floats, Floats]:
    """Paint eyes over skin: albedo (k, 3), gloss (k,), and light that the eye mirrors (k,).

    ``light`` points to the key light in the head's frame.
    """
    x, y, z = rest.T
    near = np.flatnonzero((np.abs(y) < 1.8) & (np.abs(np.abs(x) - EYE_X) < 2.6) & (z > 3))
    mirrored = np.zeros(len(x), np.float32)
    if not len(near):
        return albedo, gloss, mirrored
    x, y = x[near], y[near]
    sign = np.sign(x)
    out = np.abs(x) - EYE_X
    upper, lower = lids(identity, pose, out)
    skin = albedo[near]
    lash_dark = mix(
        f32(srgb(*identity.hair_colour)) * 0.25, f32([0.008, 0.007, 0.007]), 0.3 + 0.7 * identity.makeup
    )
    inside = smoothstep(-0.03, 0.03, upper - y) * smoothstep(-0.03, 0.03, y - lower)
    inside *= smoothstep(HALF_WIDTH + 0.02, HALF_WIDTH - 0.06, np.abs(out))
    eye, glint = _eyeball(identity, pose, sign, out, y, upper, lower, light)
    # Crease of the upper lid, wet rim of the lower, lashes along both.
    width = 0.055 + 0.03 * identity.makeup + (0.015 if identity.gender == "female" else 0)
    span = smoothstep(HALF_WIDTH + 0.28, HALF_WIDTH - 0.1, out) * smoothstep(
        -HALF_WIDTH - 0.1, -HALF_WIDTH + 0.3, out
    )
    crease = bump(y, upper + 0.3 + 0.05 * identity.shape[6], 0.075) * span
    skin = f32(skin * (1 - f32([0.3, 0.38, 0.36]) * (0.85 * crease)[:, None]))
    wet = bump(y, lower - 0.02, 0.06) * span
    skin = mix(skin, skin * f32([1.12, 0.8, 0.8]), wet[:, None])
    below = bump(y, lower - 0.09, 0.05) * span
    skin = mix(skin, lash_dark, (0.35 * below)[:, None])
    painted = mix(skin, eye, inside[:, None])
    wing = width * (1 + 0.6 * smoothstep(-0.5, 1.4, out))
    line = bump(y, upper + 0.02 + 0.5 * np.maximum(0, out - HALF_WIDTH + 0.05), wing) * span
    painted = mix(painted, lash_dark, np.clip(1.1 * line, 0, 0.95)[:, None])
    albedo, gloss = albedo.copy(), gloss.copy()
    albedo[near] = painted
    gloss[near] = mix(gloss[near], 0.15, inside)
    mirrored[near] = glint * inside * (1 - np.clip(line, 0, 1))
    return albedo, gloss, mirrored


def _eyeball(
    identity: Identity,
    pose: Pose,
    sign: Floats,
    out: Floats,
    y: Floats,
    upper: Floats,
    lower: Floats,
    light: Floats,
) -> tuple[Floats, Floats]:
    """Give the colour (k, 3) of the eyeball and the strength (k,) of the light's image in it."""
    turn = np.sin(np.radians(pose.gaze_deg)) * _BALL_RADIUS
    from_x = sign * out - turn  # in the picture's direction
    from_y = y - 0.04
    radius = np.hypot(from_x, from_y)
    angle = np.arctan2(from_y, from_x)
    white = f32([0.5, 0.45, 0.42]) * (1 - 0.35 * bump(np.abs(out), HALF_WIDTH, 0.35))[:, None]
    white = mix(white, f32([0.5, 0.24, 0.2]), (0.7 * bump(out, -HALF_WIDTH + 0.08, 0.16))[:, None])
    rays = 1 + 0.22 * np.sin(angle * 23 + 3 * np.sin(angle * 5)) * smoothstep(0.2, 0.45, radius)
    iris = f32(srgb(*identity.eye_colour)) * 1.5
    iris = iris * (rays * (0.75 + 0.6 * smoothstep(0.2, -0.5, from_y)))[:, None]
    ring = smoothstep(0.42, 0.58, radius)
    iris = iris * (1 - 0.75 * ring)[:, None]
    colour = mix(white, iris, smoothstep(_IRIS_RADIUS + 0.035, _IRIS_RADIUS - 0.035, radius)[:, None])
    colour = mix(colour, f32([0.004, 0.004, 0.004]), smoothstep(0.24, 0.2, radius)[:, None])
    # The upper lid and its lashes shade the ball.
    shade = 1 - 0.6 * smoothstep(0.34, 0.0, upper - y) - 0.2 * smoothstep(0.15, 0.0, y - lower)
    spot_x, spot_y = 0.3 * light[0], 0.06 + 0.3 * light[1]
    glint = smoothstep(0.15, 0.08, np.hypot(from_x - spot_x, from_y - spot_y))
    glint = glint + 0.25 * smoothstep(0.16, 0.08, np.hypot(from_x + 0.5 * spot_x, from_y + 0.28))
    return f32(colour * shade[:, None]), f32(glint)
