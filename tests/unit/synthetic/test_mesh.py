"""Does the rasteriser show the right triangle at the right pixel?"""

import numpy as np
import pytest

from datatools.synthetic.arrays import f32
from datatools.synthetic.mesh import Camera, Mesh, grid_faces, normals, rasterise


def _square(z: float, side: float = 10.0) -> Mesh:
    corners = f32([[0, side, z], [side, side, z], [0, 0, z], [side, 0, z]])
    return Mesh(corners, corners, grid_faces(2, 2, closed=False))


def test_square_covers_its_pixels_once() -> None:
    """Every pixel centre inside belongs to one triangle, none outside to any."""
    camera = Camera(1.0, 2.5, 14.5, 1e9)
    fragments = rasterise(camera.project(_square(0.0).vertices), _square(0.0).faces, (20, 20))
    seen = np.zeros((20, 20), int)
    np.add.at(seen.ravel(), fragments.pixels, 1)
    expected = np.zeros((20, 20), int)
    expected[5:15, 3:13] = 1
    assert (seen == expected).all()
    assert fragments.weights.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_nearer_surface_hides_the_farther() -> None:
    """Depth decides, not the order of the triangles."""
    near, far = _square(1.0), _square(0.0)
    for meshes in ((near, far), (far, near)):
        vertices = np.concatenate([m.vertices for m in meshes])
        faces = np.concatenate([meshes[0].faces, meshes[1].faces + 4]).astype(np.int32)
        fragments = rasterise(Camera(1.0, 2.0, 14.0, 1e9).project(vertices), faces, (20, 20))
        assert fragments.depth == pytest.approx(1)


def test_surface_seen_from_behind_is_not_drawn() -> None:
    """Only the outside of a surface shows."""
    square = _square(0.0)
    fragments = rasterise(
        Camera(1.0, 2.0, 14.0, 1e9).project(square.vertices), square.faces[:, ::-1].copy(), (20, 20)
    )
    assert len(fragments.pixels) == 0


def test_interpolation_is_linear_across_the_surface() -> None:
    """A value that is linear over the vertices is linear over the pixels."""
    square = _square(0.0)
    camera = Camera(1.0, 2.5, 14.5, 1e9)
    fragments = rasterise(camera.project(square.vertices), square.faces, (20, 20))
    x = fragments.take(square, square.vertices[:, :1])[:, 0]
    assert x == pytest.approx(fragments.pixels % 20 - 2.5, abs=1e-4)


def test_nearer_things_look_larger() -> None:
    """The camera is a pinhole: at half the distance things are twice as large."""
    camera = Camera(10.0, 0.0, 0.0, 100.0)
    far, near = camera.project(f32([[1, 0, 0], [1, 0, 50]]))
    assert near[0] == pytest.approx(2 * far[0])


def test_normals_point_to_the_viewer() -> None:
    """A grid whose rows go down and columns right faces the camera."""
    square = _square(0.0)
    assert normals(square.vertices, square.faces) == pytest.approx(f32([[0, 0, 1]] * 4))
