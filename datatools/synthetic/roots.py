"""Where on the head does each hair have its root?"""

from collections.abc import Callable
from functools import cache

import numpy as np

from datatools.synthetic import head
from datatools.synthetic.arrays import Floats, f32, normalised
from datatools.synthetic.mesh import normals


@cache
def _triangles() -> tuple[Floats, Floats, Floats, Floats]:
    """Give the average head's corners and normals (m, 3, 3), middles (m, 3) and areas (m,)."""
    average = head.template()
    corners = average.vertices[average.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outward = normals(average.vertices, average.faces)[average.faces]
    area = np.linalg.norm(across, axis=1)
    return f32(corners), f32(outward), f32(corners.mean(axis=1)), f32(area)


def draw_roots(
    density: Callable[[Floats], Floats], n: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw places on the average head and the normals there, (n, 3) both.

    ``density`` gives how densely hair grows at points (m, 3), 0 to 1.
    """
    corners, outward, middles, area = _triangles()
    share = np.cumsum(area * density(middles))
    chosen = np.searchsorted(share, rng.random(n) * share[-1])
    chosen = np.minimum(chosen, len(share) - 1)
    first, second = np.sort(rng.random((2, n)), axis=0)
    mixing = f32(np.stack([first, second - first, 1 - second], axis=1))[..., None]
    return f32((corners[chosen] * mixing).sum(axis=1)), normalised(
        f32((outward[chosen] * mixing).sum(axis=1))
    )
