"""Which colour is each point of a person's skin?

Points are places on the average head (see ``head.py``), so every feature is painted where the relief
has it, whoever's head it is.
"""

import numpy as np

from datatools.synthetic import beard, hair
from datatools.synthetic.arrays import Floats, bump, curve, f32, mix, smoothstep, srgb
from datatools.synthetic.head import STOMION_Y
from datatools.synthetic.identity import MONK_SRGB, Identity
from datatools.synthetic.noise import look_up
from datatools.synthetic.scene import Pose


def base_colour(identity: Identity) -> Floats:
    """Give the linear colour (3,) of a person's evenly lit skin."""
    swatch = f32(srgb(*MONK_SRGB[identity.monk_tone - 1]))
    pale = float(smoothstep(0.3, 0.9, swatch.mean()))
    dark = float(smoothstep(0.05, 0.02, swatch.mean()))
    # Swatches are flat colour: the palest and the darkest lack the red that skin shows under white light.
    pink = f32([1.0, 1 - 0.2 * pale, 1 - 0.3 * pale - 0.05 * identity.undertone])
    brown = 1 + dark * f32([0.9, 0.6, 0.45])  # and cameras expose a dark face a little longer
    return f32(np.clip(swatch * pink * brown * (1 - 0.18 * pale), 0.01, 0.74))


def paint(identity: Identity, pose: Pose, rest: Floats) -> tuple[Floats, Floats]:
    """Give albedo (k, 3) and gloss (k,) of skin at points of the average head; eyes come on top."""
    x, y, z = rest.T
    side = np.abs(x)
    front = smoothstep(1.5, 5.0, z)
    lightness = float(base_colour(identity).mean())
    shift = float(identity.seed % 1009)
    u, v = x + 0.35 * z + shift, y - 0.2 * z
    mottle = look_up("cloud", u, v, 17)
    pores = look_up("grain", u, v, 9.0)
    albedo = base_colour(identity) * (1 + 0.02 * mottle + 0.025 * pores)[:, None]
    red = 0.9 * bump(side, 4.1, 1.5) * bump(y, -3.2, 1.4) + 0.8 * bump(side, 0, 1.0) * bump(y, -3.7, 0.9)
    red = (red + 0.5 * bump(y, -10, 1.2) * bump(side, 0, 1.5) + 0.2 * mottle * front) * front
    ruddy = f32([0.04, -0.15, -0.15]) * (0.75 + 0.7 * identity.makeup)
    albedo *= 1 + red[:, None] * ruddy
    # Thin, darker skin in the sockets and by the nose, the shadow of a shaved beard, the hairs' roots.
    socket = bump(side, 3.0, 1.5) * bump(y, -0.1, 0.9) * front
    tired = bump(side, 2.6, 0.9) * bump(y, -1.25, 0.35) * front * smoothstep(25, 70, identity.age)
    albedo *= 1 - f32([0.14, 0.2, 0.17]) * (socket + 0.7 * tired)[:, None]
    if identity.makeup:
        lid = bump(side, 3.25, 1.15) * bump(y, 0.85, 0.35) * front * identity.makeup
        albedo *= 1 - f32([0.25, 0.4, 0.3]) * lid[:, None]
    if identity.gender == "male":
        jaw = smoothstep(-4.6, -6.2, y - 0.12 * side**1.3) * smoothstep(0.5, 2.5, z)
        shaved = jaw * (0.85 + 0.15 * pores) * (0.09 if lightness > 0.25 else 0.05)
        albedo *= 1 - f32([1.0, 0.85, 0.7]) * shaved[:, None]
    roots = beard.shadow(identity, rest) * (0.85 + 0.15 * pores)
    if identity.hair != "bald":
        roots = np.maximum(roots, 0.8 * hair.scalp(identity, rest))
    albedo = mix(albedo, f32(srgb(*identity.hair_colour)) * 0.55, np.clip(roots, 0, 1)[:, None])
    if identity.freckles:
        spots = smoothstep(1.1, 2.0, look_up("grain", u, v, 21.0)) * bump(y, -1.8, 1.9) * front
        albedo *= 1 - f32([0.22, 0.4, 0.5]) * (identity.freckles * spots)[:, None]
    age_spots = smoothstep(2.0, 2.6, look_up("cloud", 1.7 * u, 1.7 * v, 9)) * smoothstep(55, 80, identity.age)
    albedo *= 1 - f32([0.15, 0.22, 0.25]) * age_spots[:, None]
    gloss = (
        (0.24 if lightness < 0.1 else 0.16)
        + 0.12 * bump(side, 0, 1.8) * smoothstep(-5, 4, y)
        + 0.08 * bump(side, 3.8, 1.5) * bump(y, -2, 1.2)
    )
    gloss = f32(gloss * (1 + 0.35 * pores) * (0.8 if identity.makeup else 1.0))
    albedo, gloss = _nostrils_and_lips(identity, pose, x, y, front, albedo, gloss)
    return _brows(identity, x, y, front, albedo), gloss


def _nostrils_and_lips(
    identity: Identity, pose: Pose, x: Floats, y: Floats, front: Floats, albedo: Floats, gloss: Floats
) -> tuple[Floats, Floats]:
    side = np.abs(x)
    nostril = bump(side, 0.72, 0.3) * bump(y, -4.66 + 0.12 * (side - 0.72), 0.13) * front
    albedo = albedo * (1 - f32([0.75, 0.85, 0.85]) * smoothstep(0.25, 0.9, nostril)[:, None])
    rim = bump(side, 1.9, 0.14) * bump(y, -4.2, 0.45) * front
    albedo *= 1 - f32([0.22, 0.3, 0.3]) * rim[:, None]
    top = curve(side, [(0, -5.98), (0.5, -5.86), (1.3, -6.16), (2.1, -6.6), (2.7, STOMION_Y)])
    bottom = curve(side, [(0, -7.98), (0.8, -7.93), (1.7, -7.55), (2.3, -7.15), (2.7, STOMION_Y)])
    on_lips = smoothstep(top + 0.1, top - 0.12, y) * smoothstep(bottom - 0.12, bottom + 0.12, y)
    on_lips *= smoothstep(2.72, 2.45, side) * front
    base = base_colour(identity)
    colour = base * f32([0.86, 0.58, 0.58]) if base.mean() > 0.12 else base * f32([1.0, 0.78, 0.8])
    if identity.makeup > 0.35:
        colour = mix(colour, f32(srgb(168, 44, 56)) * (0.3 + base.mean()), 0.65 * identity.makeup)
    wrinkles = look_up("thread", x * 3.0, y * 0.25, 9)
    albedo = mix(albedo, colour * (1 + 0.05 * wrinkles)[:, None], 0.92 * on_lips[:, None])
    gloss = f32(gloss + (0.25 + 0.2 * identity.makeup) * on_lips)
    line = bump(y, STOMION_Y - 0.02 * side, 0.07) * smoothstep(2.75, 2.3, side) * front
    albedo *= 1 - f32([0.55, 0.68, 0.68]) * line[:, None]
    if pose.mouth_open > 0.02:
        # The seam is where the surface stretches: what lies between the lips is painted into it.
        gap = smoothstep(0.125, 0.1, np.abs(y - STOMION_Y)) * smoothstep(2.35, 2.1, side) * front
        teeth = smoothstep(-0.06, -0.03, y - STOMION_Y) * (1 - 0.55 * smoothstep(0.6, 2.0, side))
        between = 1 - 0.25 * smoothstep(0.75, 1.0, np.abs(np.sin(side * np.pi / 0.8 + np.pi / 2)))
        inside = mix(f32([0.05, 0.012, 0.012]), f32([0.72, 0.66, 0.56]), (teeth * between)[:, None])
        albedo = mix(albedo, inside, gap[:, None])
    return f32(albedo), f32(gloss)


def brow_line(side: Floats) -> Floats:
    """Give the height (cm) of the middle of the brow at distances from the midline."""
    return curve(side, [(0.9, 1.7), (1.5, 1.85), (2.6, 2.2), (3.9, 2.48), (4.8, 2.2), (5.6, 1.65)])


def _brows(identity: Identity, x: Floats, y: Floats, front: Floats, albedo: Floats) -> Floats:
    side = np.abs(x)
    is_man = identity.gender == "male"
    thickness = curve(side, [(1.0, 0.28), (1.6, 0.36), (3.2, 0.33), (4.6, 0.22), (5.5, 0.08)])
    thickness = thickness * (1.25 if is_man else 0.85) * (1 + 0.12 * identity.shape[3])
    offset = y - brow_line(side)
    # Hairs lean outwards: slanted streaks.
    streaks = look_up("thread", 1.6 * side - 1.1 * offset + identity.seed % 31, 0.35 * offset + 0.1 * side, 7)
    ragged = smoothstep(1.25, 0.35, np.abs(offset) / thickness + 0.16 * streaks)
    ends = smoothstep(0.95, 1.5, side) * smoothstep(5.6, 5.0, side)
    dark = f32(srgb(*identity.hair_colour)) * 0.55
    strength = (0.86 if is_man else 0.78) * ragged * ends * front * (0.8 + 0.2 * np.clip(streaks, -1, 1))
    return mix(albedo, dark, np.clip(strength, 0, 1)[:, None])
