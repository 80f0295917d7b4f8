"""Which colour are a person's clothes?

Points are places on the average body (see ``torso.py``).
"""

import numpy as np

from datatools.synthetic.arrays import Floats, bump, f32, mix, smoothstep, srgb
from datatools.synthetic.noise import look_up
from datatools.synthetic.scene import Pattern, Pose
from datatools.synthetic.torso import neckline


def _figured(pattern: Pattern, colour: Floats, second: Floats, x: Floats, y: Floats, z: Floats) -> Floats:
    """Give a patterned cloth's colour (k, 3)."""
    around = np.where(z > -2, x, 1.3 * x)  # on the back the cloth is seen at a slant, if at all
    if pattern == "stripes":
        weight = smoothstep(-0.1, 0.1, np.sin(y * np.pi / 1.15))
    elif pattern == "check":
        weight = 0.5 * smoothstep(0.3, 0.5, np.sin(y * np.pi / 1.9)) + 0.5 * smoothstep(
            0.3, 0.5, np.sin(around * np.pi / 1.9)
        )
    elif pattern == "dots":
        row = np.floor(y / 1.6)
        column = around / 1.6 + 0.5 * (row % 2)
        weight = smoothstep(0.3, 0.22, np.hypot(column - np.floor(column) - 0.5, y / 1.6 - row - 0.5))
    elif pattern == "knit":
        stitch = np.sin(around * np.pi / 0.32) * np.sin(
            y * np.pi / 0.42 + 1.6 * np.abs(np.sin(around * np.pi / 0.64))
        )
        return f32(colour * (1 + 0.16 * stitch)[:, None])
    else:
        weight = np.zeros_like(x)
    return mix(colour, second, weight[:, None])


def paint(pose: Pose, rest: Floats) -> tuple[Floats, Floats, Floats]:
    """Give cloth's albedo (k, 3) and gloss (k,), and where it covers the body (k,), 0 skin to 1 cloth."""
    x, y, z = rest.T
    garment = pose.garment
    edge = neckline(garment, x, z)
    covered = smoothstep(0.04, -0.04, y - edge)
    first, second = f32(srgb(*pose.cloth_colour)) * 0.9, f32(srgb(*pose.second_colour)) * 0.85
    weave = look_up("grain", x + 0.4 * z, y, 6.0)
    worn = look_up("cloud", x, y + z + pose.seed % 131, 40)
    albedo = _figured("plain" if garment == "blazer" else pose.pattern, first, second, x, y, z)
    hem_depth = edge - y
    if garment in ("crew", "vneck", "turtleneck", "hoodie"):
        rib = 0.85 + 0.1 * np.sin((x + 0.8 * z) * np.pi / 0.3)
        band = smoothstep(1.25, 1.15, hem_depth)
        albedo = mix(albedo, first * rib[:, None], band[:, None])
        albedo = albedo * (1 - 0.4 * bump(hem_depth, 1.25, 0.09))[:, None]
    if garment in ("shirt", "blazer"):
        albedo = _buttoned(pose, x, y, z, albedo, first, second)
    if garment == "hoodie":
        for side in (-1, 1):
            cord = bump(x, side * 2.6 + 0.25 * np.sin(0.9 * y + side), 0.2)
            cord = cord * smoothstep(-27, -26.5, y) * smoothstep(2, 3, z)
            albedo = mix(albedo, second, (0.9 * cord)[:, None])
    albedo = albedo * (1 + 0.035 * weave + 0.03 * worn)[:, None]
    # The skin just inside a neckline lies in the cloth's shadow.
    gloss = f32(np.full(len(x), 0.02 if garment != "blazer" else 0.03))
    return f32(np.clip(albedo, 0.004, 0.9)), gloss, covered


def _buttoned(
    pose: Pose, x: Floats, y: Floats, z: Floats, albedo: Floats, first: Floats, second: Floats
) -> Floats:
    """Add a collar and a placket, and for a blazer its lapels over the shirt."""
    side, front = np.abs(x), smoothstep(0, 2, z)
    if pose.garment == "blazer":
        shirt = mix(second, f32([0.75, 0.75, 0.76]), 0.55)
        opening = 5.4 * np.clip((y + 38) / 22, 0, 1) ** 0.8
        inside = smoothstep(opening + 0.05, opening - 0.05, side) * front
        lapel_width = 4.6 * smoothstep(-14, -24, y) * smoothstep(-40, -27, y) + 0.6
        lapel = (
            smoothstep(opening + lapel_width + 0.06, opening + lapel_width - 0.06, side)
            * (1 - inside)
            * front
        )
        notch = bump(y, -22.5 - 0.35 * (side - 5), 0.16) * smoothstep(2.0, 3.0, side - opening + 1) * lapel
        edge = bump(side, opening + lapel_width, 0.14) * front * smoothstep(-40, -36, y)
        albedo = albedo * (1 + 0.1 * lapel - 0.5 * np.maximum(edge, notch))[:, None]
        albedo = mix(albedo, f32(np.broadcast_to(shirt, albedo.shape)), inside[:, None])
        albedo = albedo * (1 - 0.55 * bump(side, opening, 0.3) * front * smoothstep(-39, -36, y))[:, None]
        if pose.seed % 3:  # a tie
            width = 0.75 + 0.06 * np.clip(-17 - y, 0, 14)
            tie = smoothstep(width + 0.05, width - 0.05, side) * smoothstep(-15.6, -16.0, y) * front
            slant = 0.9 + 0.2 * np.sign(np.sin((x + y) * 2.2))
            albedo = mix(albedo, first * 0.7 * slant[:, None] + second * 0.2, tie[:, None])
            albedo = (
                albedo * (1 - 0.35 * bump(side, width, 0.1) * smoothstep(-15.6, -16.0, y) * front)[:, None]
            )
    else:
        placket = bump(side, 0.9, 0.06) * front * smoothstep(-17, -18, y)
        button = smoothstep(0.28, 0.2, np.hypot(x, (y + 1000) % 5.5 - 2.75)) * front * smoothstep(-18, -19, y)
        albedo = albedo * (1 - 0.4 * placket)[:, None]
        albedo = mix(albedo, f32([0.55, 0.53, 0.5]), (0.8 * button)[:, None])
    # The collar lies round the neck and ends in two points.
    fall = -17.0 - 2.4 * smoothstep(3.4, 1.2, np.abs(side - 3.2)) * front
    is_collar = smoothstep(fall - 0.05, fall + 0.05, y) * smoothstep(8.5, 7.5, side)
    edge = bump(y, fall, 0.16) * smoothstep(8.5, 7.5, side)
    return f32(albedo * (1 + 0.08 * is_collar - 0.45 * edge)[:, None])
