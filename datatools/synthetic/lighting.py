"""How much light does each point of a person receive, and how much of it reaches the camera?"""

from dataclasses import dataclass

import cv2
import numpy as np

from datatools.synthetic.arrays import Floats, f32, normalised, smoothstep
from datatools.synthetic.scene import Light

_CELL_CM = 0.55  # of the shadow map
_TAPS = ((0, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))  # cells that a point is compared with
_SKY = ((0.0, 0.95, 0.35), (-0.75, 0.5, 0.45), (0.75, 0.5, 0.45), (0.0, 0.1, 1.0), (0.0, -0.75, 0.65))
_SKY_SHARE = (0.3, 0.2, 0.2, 0.2, 0.1)
# Red light travels furthest under the skin, so the edge of a shadow is red (d'Eon and Luebke 2007).
_WRAP = f32([0.3, 0.14, 0.1])


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What the pixels of a person are made of; k pixels."""

    albedo: Floats  # (k, 3) linear, 0-1
    gloss: Floats  # (k,) strength of the highlight
    translucency: Floats  # (k,) 0 cloth to 1 skin


def key_direction(light: Light) -> Floats:
    """Give the unit vector (3,) towards the key light."""
    azimuth, elevation = np.radians([light.azimuth_deg, light.elevation_deg])
    flat = np.cos(elevation)
    return f32([flat * np.sin(azimuth), np.sin(elevation), flat * np.cos(azimuth)])


def key_colour(light: Light) -> Floats:
    """Give the key light's colour (3,); the mean is 1."""
    return f32([1 + 0.13 * light.warmth, 1.0, 1 - 0.17 * light.warmth])


def sky_colour(light: Light) -> Floats:
    """Give the colour (3,) of the light from all round."""
    return f32([1 - 0.05 * light.warmth, 1.0, 1.03 + 0.06 * light.warmth])


def reached(points: Floats, normals: Floats, occluders: Floats, direction: Floats) -> Floats:
    """Give the share (n,) of a soft light from ``direction`` that is not blocked on its way.

    A shadow map: occluders are splatted into cells across the light, the nearest to the light stays;
    a point is compared with the cells round it.
    """
    helper = f32([0, 1, 0]) if abs(direction[1]) < 0.9 else f32([1, 0, 0])
    right = normalised(np.cross(helper, direction)[None])[0]
    axes = np.stack([right, np.cross(direction, right), direction], axis=1)
    caster, point = occluders @ axes, points @ axes
    low = caster[:, :2].min(axis=0) - 3 * _CELL_CM
    across, down = (np.ceil((caster[:, :2].max(axis=0) - low) / _CELL_CM)).astype(int) + 4
    column, row = ((caster[:, :2] - low) / _CELL_CM).astype(np.int64).T
    depth = np.full(across * down, -1e3, np.float32)
    np.maximum.at(depth, row * across + column, caster[:, 2])
    depth = cv2.dilate(depth.reshape(down, across), np.ones((2, 2), np.uint8))
    # Blocked only by what is clearly nearer to the light, the more so at grazing angles.
    facing = normals @ direction
    bias = 0.55 + 0.7 * (1 - np.clip(facing, 0, 1))
    column, row = ((point[:, :2] - low) / _CELL_CM).astype(np.int64).T
    column, row = np.clip(column, 2, across - 3), np.clip(row, 2, down - 3)
    lit = np.zeros(len(points), np.float32)
    for step_x, step_y in _TAPS:
        above = depth[row + step_y, column + step_x] - point[:, 2] - bias
        lit += smoothstep(0.5, 0.0, above)
    return f32(lit / len(_TAPS))


def sky_reached(points: Floats, normals: Floats, occluders: Floats) -> Floats:
    """Give the share (n,) of the light from all round that reaches the points."""
    total = np.zeros(len(points), np.float32)
    for share, way in zip(_SKY_SHARE, _SKY, strict=True):
        direction = normalised(f32([way]))[0]
        facing = np.clip(0.5 + 0.5 * (normals @ direction), 0, 1)
        # What the camera sees can also be reached from the camera.
        open_share = 1.0 if way[2] == 1 else reached(points, normals, occluders, direction)
        total += share * facing * open_share
    return f32(total)


def shade(surface: Surface, normals: Floats, key_share: Floats, sky_share: Floats, light: Light) -> Floats:
    """Give the linear light (k, 3) that pixels send to the camera; 1 is white at exposure 1."""
    direction = key_direction(light)
    facing = (normals @ direction)[:, None]
    soft = surface.translucency[:, None]
    wrap = _WRAP * soft
    diffuse = np.clip((facing + wrap) / (1 + wrap), 0, None)
    diffuse *= 1 - soft * 0.35 * (1 - diffuse)
    share = key_share[:, None]
    bleed = share + (np.sqrt(share) - share) * (2 * wrap)  # red bleeds into shadows too
    # Light that bounced off skin is red: shadows on skin are never grey.
    sky = (1 - light.key) * 1.75 * sky_colour(light) + 0.1 * surface.albedo
    lit = 1.55 * light.key * key_colour(light) * diffuse * bleed + sky * sky_share[:, None]
    half = normalised((direction + f32([0, 0, 1]))[None])[0]
    glint = np.clip(normals @ half, 0, 1)
    for _ in range(4):  # to the 16th power
        glint = glint * glint
    away = 1 - np.clip(normals[:, 2], 0, 1)
    shine = 0.9 * light.key * surface.gloss * key_share * glint
    sheen = 0.35 * surface.gloss * sky_share * (away * away) ** 2
    rim = -0.15 - normals[:, 2] + 0.75 * np.abs(normals[:, 0]) + 0.35 * normals[:, 1]
    rim = 1.1 * light.rim * np.clip(rim, 0, None) * smoothstep(0.55, 0.1, normals[:, 2])
    mirrored = shine[:, None] * key_colour(light) + sheen[:, None] * sky_colour(light)
    return f32(surface.albedo * (lit + rim[:, None]) + mirrored + 0.06 * rim[:, None])
