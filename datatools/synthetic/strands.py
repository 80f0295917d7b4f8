"""How are thousands of hairs drawn, lit, and hidden by what is in front of them?"""

from dataclasses import dataclass

import cv2
import numpy as np

from datatools.synthetic import lighting
from datatools.synthetic.arrays import Floats, f32, normalised, smoothstep
from datatools.synthetic.mesh import Camera
from datatools.synthetic.scene import Light

_PIECE = 3  # segments of a strand that share one brightness and one depth
_TONES = 24
_DEPTHS = 14
_SHIFT = 4  # fractional bits of OpenCV's coordinates


@dataclass(frozen=True, slots=True, eq=False)
class Strands:
    """Hairs as lines through t points, in the camera's frame."""

    points: Floats  # (n, t, 3) cm
    outward: Floats  # (n, t, 3) unit normals of the volume of hair
    exposure: Floats  # (n,) 0 deep inside the hair to 1 on its surface
    shade: Floats  # (n,) each strand's own brightness, about 1
    width_cm: Floats  # (n,)
    colour: Floats  # (3,) linear


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Strands on the oversampled canvas, those behind the surfaces apart from those before them."""

    behind: Floats  # (H, W, 4) linear colour premultiplied with coverage, and coverage
    before: Floats


def _brightness(strands: Strands, light: Light, lit: Floats) -> tuple[Floats, Floats]:
    """Give diffuse light and highlight (n, t), about 0-1 (Kajiya and Kay 1989)."""
    direction = lighting.key_direction(light)
    tangent = normalised(np.gradient(strands.points, axis=1))
    facing = strands.outward @ direction
    half = normalised((direction + f32([0, 0, 1]))[None])[0]
    along = tangent @ half
    sharp = np.clip(1 - along**2, 0, 1) ** 22 * np.clip(facing + 0.3, 0, 1)
    deep = 0.35 + 0.65 * strands.exposure[:, None]
    key = 1.35 * light.key * np.clip(facing * 0.75 + 0.35, 0, 1) * lit
    sky = (1 - light.key) * 1.35 * (0.62 + 0.38 * strands.outward[..., 1])
    rim = 0.8 * light.rim * smoothstep(0.25, -0.45, strands.outward[..., 2])
    diffuse = (key + sky + rim) * deep * strands.shade[:, None]
    return f32(diffuse), f32((light.key * sharp * lit + 0.25 * rim) * deep * strands.shade[:, None])


def draw(
    strands: Strands, camera: Camera, light: Light, lit: Floats, nearest: Floats, *, tolerance_cm: float
) -> Drawn:
    """Draw strands from the farthest to the nearest.

    ``lit`` (n, t) is the share of the key light that arrives; ``nearest`` (H, W) the depth of the
    surfaces, -inf where there are none. A piece up to ``tolerance_cm`` behind a surface still shows.
    """
    shape = (nearest.shape[0], nearest.shape[1])
    n, t, _ = strands.points.shape
    projected = camera.project(strands.points.reshape(-1, 3)).reshape(n, t, 3)
    diffuse, spark = _brightness(strands, light, lit)
    starts = np.arange(0, t - 1, _PIECE)
    index = np.minimum(starts[:, None] + np.arange(_PIECE + 1), t - 1)  # (pieces, _PIECE + 1)
    lines = projected[:, index].reshape(-1, _PIECE + 1, 3)
    middle = lines[:, _PIECE // 2 + 1]
    x = np.clip(middle[:, 0], 0, shape[1] - 1).astype(np.int64)
    y = np.clip(middle[:, 1], 0, shape[0] - 1).astype(np.int64)
    is_behind = middle[:, 2] < nearest[y, x] - tolerance_cm
    tone = np.clip(np.sqrt(diffuse[:, index].mean(axis=2)).ravel() * _TONES / 1.25, 0, _TONES - 1).astype(int)
    glint = np.clip(spark[:, index].mean(axis=2).ravel() * 8, 0, 7).astype(int)
    near, far = float(middle[:, 2].max()), float(middle[:, 2].min())
    layer = ((middle[:, 2] - far) / max(near - far, 1e-6) * (_DEPTHS - 1)).astype(int)
    width_px = np.clip(np.round(strands.width_cm * camera.scale_px), 1, 12).astype(int)
    width_px = np.repeat(width_px, len(starts))
    key = ((layer * _TONES + tone) * 8 + glint) * 16 + width_px
    coordinates = np.round(np.clip(lines[..., :2], -4000, 8000) * (1 << _SHIFT)).astype(np.int32)
    canvases: list[Floats] = []
    for chosen in (is_behind, ~is_behind):
        canvas = np.zeros((*shape, 3), np.uint8)
        which = np.flatnonzero(chosen)
        # Widest first within a layer and tone would hide the thin: mix widths by drawing in depth order.
        which = which[np.argsort(key[which], kind="stable")]
        cuts = np.flatnonzero(np.diff(key[which])) + 1
        for group in np.split(which, cuts) if len(which) else []:
            code = int(key[group[0]])
            paint = (int((code >> 7) % _TONES * 255 // (_TONES - 1)), 255, int((code >> 4) % 8 * 36))
            cv2.polylines(canvas, list(coordinates[group]), False, paint, code % 16, cv2.LINE_AA, _SHIFT)
        canvases.append(_coloured(canvas, strands.colour, light))
    return Drawn(canvases[0], canvases[1])


def _coloured(
    canvas: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], colour: Floats, light: Light
) -> Floats:
    """Turn (tone, coverage, highlight) into premultiplied colour and coverage (H, W, 4)."""
    values = canvas.astype(np.float32) * np.float32(1 / 255)
    cover = values[..., 1]
    tone = np.divide(values[..., 0], cover, out=np.zeros_like(cover), where=cover > 0)
    diffuse = cover * (tone * 1.25) ** 2
    result = np.empty((*cover.shape, 4), np.float32)
    warm = 0.5 * (lighting.key_colour(light) + lighting.sky_colour(light))
    shine = 0.10 + 0.5 * colour
    result[..., :3] = diffuse[..., None] * (colour * warm) + values[..., 2, None] * (shine * warm)
    result[..., 3] = cover
    return result
