"""What is a surface, and which pixels of a picture show which of its triangles?

Lengths are cm in a frame whose x points to the picture's right, y up and z to the camera; the eyes of
an upright head lie at y = 0, the ear canals at z = 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatools.synthetic.arrays import Floats, f32, normalised

Indices = NDArray[np.int32]

# Bounding boxes of triangles are rounded up to these sides, in px; larger triangles are not drawn.
_BOX_SIDES = (1, 2, 3, 4, 5, 6, 8, 10, 13, 18, 26, 40, 64, 120)


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A triangle mesh: where its vertices are, and where they were on the undeformed shape."""

    vertices: Floats  # (n, 3) cm
    rest: Floats  # (n, 3) cm, before the person's shape, expression and pose; textures live here
    faces: Indices  # (m, 3), counter-clockwise seen from outside


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole at ``distance_cm`` from the plane z = 0, which it shows at ``scale_px`` a cm."""

    scale_px: float
    centre_x_px: float  # of the point (0, 0, 0)
    centre_y_px: float
    distance_cm: float

    def project(self, points: Floats) -> Floats:
        """Give (n, 3): x px, y px (down), and depth in cm, larger is nearer."""
        grow = self.scale_px * self.distance_cm / (self.distance_cm - points[:, 2])
        x_px = self.centre_x_px + points[:, 0] * grow
        y_px = self.centre_y_px - points[:, 1] * grow
        return f32(np.stack([x_px, y_px, points[:, 2]], axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Fragments:
    """The pixels that show a mesh: flat pixel index, triangle, barycentric weights, depth."""

    pixels: NDArray[np.int64]  # (k,), index into the raveled canvas, each once
    triangles: NDArray[np.int64]  # (k,)
    weights: Floats  # (k, 3)
    depth: Floats  # (k,) cm

    def take(self, mesh: Mesh, values: Floats) -> Floats:
        """Interpolate per-vertex values (n, c) to the pixels (k, c)."""
        corners = mesh.faces[self.triangles]
        taken = values[corners[:, 0]] * self.weights[:, :1]
        taken += values[corners[:, 1]] * self.weights[:, 1:2]
        taken += values[corners[:, 2]] * self.weights[:, 2:]
        return f32(taken)


@dataclass(frozen=True, slots=True, eq=False)
class _Hits:
    """Pixels that lie in triangles, before the nearest is known."""

    pixels: NDArray[np.int64]
    triangles: NDArray[np.int64]
    weights: Floats
    depth: Floats


def grid_faces(rows: int, columns: int, *, closed: bool) -> Indices:
    """Triangulate a grid of vertices in row order; ``closed`` joins the last column to the first.

    Rows go down, columns to the right, seen from outside.
    """
    right = columns if closed else columns - 1
    row, column = np.mgrid[: rows - 1, :right]
    following = (column + 1) % columns
    a, b = row * columns + column, row * columns + following
    c, d = a + columns, b + columns
    upper = np.stack([a, c, b], axis=-1).reshape(-1, 3)
    lower = np.stack([b, c, d], axis=-1).reshape(-1, 3)
    return np.concatenate([upper, lower]).astype(np.int32)


def normals(vertices: Floats, faces: Indices) -> Floats:
    """Give unit normals (n, 3): the mean of the faces round a vertex, weighted by area."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    flat = faces.ravel()
    summed = [np.bincount(flat, np.repeat(across[:, axis], 3), len(vertices)) for axis in range(3)]
    return normalised(f32(np.stack(summed, axis=1)))


def rasterise(projected: Floats, faces: Indices, shape: tuple[int, int]) -> Fragments:
    """Find the nearest front-facing triangle at every pixel centre of a canvas (H, W).

    ``projected`` is what ``Camera.project`` gives. A z-buffer without a loop over triangles: those
    whose bounding boxes hold equally many pixel centres are tested at all of them at once.
    """
    height, width = shape
    x, y = (np.ascontiguousarray(projected[:, axis])[faces] for axis in (0, 1))  # (m, 3)
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    towards = np.flatnonzero(area < -1e-6)  # counter-clockwise, for y is down
    corners, area = projected[faces[towards]], area[towards]
    first, second, third = (corners[:, i, :2] for i in range(3))
    low = np.ceil(np.minimum(np.minimum(first, second), third)).astype(np.int32)
    high = np.floor(np.maximum(np.maximum(first, second), third)).astype(np.int32)
    np.clip(low, 0, None, out=low)
    np.clip(high, None, [width - 1, height - 1], out=high)
    edge = corners[:, 1:, :2] - corners[:, :1, :2]  # (m, 2, 2) from the first corner
    box = np.searchsorted(_BOX_SIDES, high - low + 1)
    is_kept = (high[:, 0] >= low[:, 0]) & (high[:, 1] >= low[:, 1])
    is_kept &= np.maximum(box[:, 0], box[:, 1]) < len(_BOX_SIDES)
    box_kind = np.where(is_kept, box @ [100, 1], -1)
    parts: list[_Hits] = []
    for kind in np.unique(box_kind[box_kind >= 0]):
        chosen = np.flatnonzero(box_kind == kind)
        box_width, box_height = _BOX_SIDES[kind // 100], _BOX_SIDES[kind % 100]
        step_y, step_x = (step.ravel() for step in np.mgrid[:box_height, :box_width].astype(np.int32))
        dx = f32(low[chosen, 0] - corners[chosen, 0, 0])[:, None] + step_x.astype(np.float32)
        dy = f32(low[chosen, 1] - corners[chosen, 0, 1])[:, None] + step_y.astype(np.float32)
        along = edge[chosen] / area[chosen, None, None]
        # Barycentric weights of the second and the third corner.
        second = dx * along[:, 1, 1, None] - dy * along[:, 1, 0, None]
        third = dy * along[:, 0, 0, None] - dx * along[:, 0, 1, None]
        is_in = (second >= 0) & (third >= 0) & (second + third <= 1)
        hit, place = np.nonzero(is_in)
        x, y = low[chosen[hit], 0] + step_x[place], low[chosen[hit], 1] + step_y[place]
        on_canvas = np.flatnonzero((x < width) & (y < height))
        hit, place, x, y = hit[on_canvas], place[on_canvas], x[on_canvas], y[on_canvas]
        second, third = second[hit, place], third[hit, place]
        weights = np.stack([1 - second - third, second, third], axis=1)
        depth = np.einsum("ki,ki->k", weights, corners[chosen[hit], :, 2])
        parts.append(_Hits(y.astype(np.int64) * width + x, towards[chosen[hit]], weights, depth))
    return _nearest(parts, height * width)


def _nearest(parts: list[_Hits], n_pixels: int) -> Fragments:
    """Keep the nearest hit of every pixel."""
    if not parts:
        nothing = np.empty(0, np.int64)
        return Fragments(nothing, nothing, np.empty((0, 3), np.float32), f32(nothing))
    pixels = np.concatenate([part.pixels for part in parts])
    depth = np.concatenate([part.depth for part in parts])
    nearest = np.full(n_pixels, -np.inf, np.float32)
    np.maximum.at(nearest, pixels, depth)
    winner = np.full(n_pixels, -1, np.int64)
    is_nearest = np.flatnonzero(depth == nearest[pixels])
    winner[pixels[is_nearest]] = is_nearest  # the last of equals stays: one triangle a pixel
    kept = winner[winner >= 0]
    triangles = np.concatenate([part.triangles for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    return Fragments(pixels[kept], triangles[kept], weights[kept], depth[kept])
