"""How are thousands of hairs drawn, lit, and hidden by what is in front of them?"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.synthetic import lighting
from datatools.synthetic.arrays import Floats, f32, normalised, smoothstep
from datatools.synthetic.mesh import Camera
from datatools.synthetic.scene import Light

_PIECE = 3  # segments of a strand that share one brightness and one depth
_TONES = 24
_DEPTHS = 14
_BRIGHTEST = 1.25  # square root of the diffuse light that the last tone stands for
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
    """A part of the oversampled canvas: linear colour premultiplied with coverage, and coverage."""

    top: int
    left: int
    picture: Floats  # (h, w, 4)

    def over(self, canvas: Floats) -> None:
        """Lay the part over a canvas (H, W, 4), in place."""
        height, width = self.picture.shape[:2]
        below = canvas[self.top : self.top + height, self.left : self.left + width]
        below *= 1 - self.picture[..., 3:]
        below += self.picture

    def under(self, canvas: Floats) -> None:
        """Lay the part under a canvas (H, W, 4), in place."""
        height, width = self.picture.shape[:2]
        above = canvas[self.top : self.top + height, self.left : self.left + width]
        above += self.picture * (1 - above[..., 3:])


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
) -> tuple[Drawn, Drawn]:
    """Draw strands from the farthest to the nearest: those behind the surfaces, those before them.

    ``lit`` (n,) is the share of the key light that arrives; ``nearest`` (H, W) the depth of the
    surfaces, -inf where there are none. A piece up to ``tolerance_cm`` behind a surface still shows.
    """
    n, t, _ = strands.points.shape
    projected = camera.project(strands.points.reshape(-1, 3)).reshape(n, t, 3)
    diffuse, spark = _brightness(strands, light, lit[:, None])
    starts = np.arange(0, t - 1, _PIECE)
    index = np.minimum(starts[:, None] + np.arange(_PIECE + 1), t - 1)  # (pieces, _PIECE + 1)
    centre = np.minimum(starts + _PIECE // 2 + 1, t - 1)
    middle = projected[:, centre].reshape(-1, 3)
    x = np.clip(middle[:, 0], 0, nearest.shape[1] - 1).astype(np.int64)
    y = np.clip(middle[:, 1], 0, nearest.shape[0] - 1).astype(np.int64)
    is_behind = middle[:, 2] < nearest[y, x] - tolerance_cm
    tone = np.clip(np.sqrt(diffuse[:, centre]).ravel() * (_TONES / _BRIGHTEST), 0, _TONES - 1).astype(int)
    glint = np.clip(spark[:, centre].ravel() * 8, 0, 7).astype(int)
    near, far = float(middle[:, 2].max()), float(middle[:, 2].min())
    layer = ((middle[:, 2] - far) / max(near - far, 1e-6) * (_DEPTHS - 1)).astype(int)
    width_px = np.clip(np.round(strands.width_cm * camera.scale_px), 1, 15).astype(int)
    key = ((layer * _TONES + tone) * 8 + glint) * 16 + np.repeat(width_px, len(starts))
    margin = int(width_px.max()) + 1
    columns, rows = projected[..., 0], projected[..., 1]
    low = np.array([max(0, int(columns.min()) - margin), max(0, int(rows.min()) - margin)])
    high = np.array([int(columns.max()) + margin, int(rows.max()) + margin])
    size = np.maximum(np.minimum(high, nearest.shape[::-1]) - low, 1)
    lines = (projected[:, index, :2] - low).reshape(-1, _PIECE + 1, 2)
    coordinates = np.round(np.clip(lines, -4000, 8000) * (1 << _SHIFT)).astype(np.int32)
    parts: list[Drawn] = []
    for chosen in (is_behind, ~is_behind):
        canvas = np.zeros((size[1], size[0], 3), np.uint8)
        which = np.flatnonzero(chosen)
        which = which[np.argsort(key[which], kind="stable")]
        cuts = np.flatnonzero(np.diff(key[which])) + 1
        for group in np.split(which, cuts) if len(which) else []:
            code = int(key[group[0]])
            paint = ((code >> 7) % _TONES * 255 // (_TONES - 1), 255, (code >> 4) % 8 * 36)
            cv2.polylines(canvas, list(coordinates[group]), False, paint, code % 16, cv2.LINE_AA, _SHIFT)
        parts.append(Drawn(int(low[1]), int(low[0]), _coloured(canvas, strands.colour, light)))
    return parts[0], parts[1]


def _coloured(canvas: NDArray[np.uint8], colour: Floats, light: Light) -> Floats:
    """Turn (tone, coverage, highlight) into premultiplied colour and coverage (h, w, 4)."""
    result = np.zeros((*canvas.shape[:2], 4), np.float32)
    y, x = np.nonzero(canvas[..., 1])
    values = canvas[y, x].astype(np.float32) * np.float32(1 / 255)
    cover = values[:, 1]
    diffuse = cover * (values[:, 0] / cover * _BRIGHTEST) ** 2
    warm = 0.5 * (lighting.key_colour(light) + lighting.sky_colour(light))
    shine = 0.1 + 0.5 * colour
    result[y, x, :3] = diffuse[:, None] * (colour * warm) + values[:, 2:] * (shine * warm)
    result[y, x, 3] = cover
    return result
