"""What does a portrait of a person in a scene look like, and what is known about it exactly?"""

from dataclasses import dataclass

import cv2
import numpy as np

from datatools.masks import RGB, Landmarks, Mask
from datatools.synthetic import backdrop, camera, figure, landmarks, layer
from datatools.synthetic.arrays import f32
from datatools.synthetic.figure import Figure
from datatools.synthetic.identity import Identity
from datatools.synthetic.mesh import Camera
from datatools.synthetic.scene import Pose, Scene

_OVERSAMPLED_PX = 600  # height of the canvas, within 1.4 to 2 times the picture's


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A rendered picture with the truth about it."""

    image: RGB
    mask: Mask  # exact: pixels that people, with all they wear, cover by more than half
    faces: tuple[Landmarks, ...]  # scheme ibug68; the main person first


def render(identity: Identity, scene: Scene, companion: tuple[Identity, Pose] | None = None) -> Portrait:
    """Render one person, or two; the companion stands behind."""
    oversampling = float(np.clip(_OVERSAMPLED_PX / scene.height_px, 1.4, 2.0))
    canvas = (round(scene.height_px * oversampling), round(scene.width_px * oversampling))
    people = [(identity, scene.pose)] if companion is None else [(identity, scene.pose), companion]
    drawn = np.zeros((*canvas, 4), np.float32)
    faces: list[Landmarks] = []
    for who, pose in people:
        person = figure.build(who, pose)
        view = figure.camera(person, scene.width_px, scene.height_px, oversampling)
        cut_out = layer.draw(person, view, scene.light, canvas)
        drawn = layer.over(drawn, cut_out)
        faces.append(_landmarks(person, view, oversampling))
    size = (scene.width_px, scene.height_px)
    small = f32(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA))
    cover = small[..., 3:]
    mask = Mask(cover[..., 0] > 0.5)
    mean = small[..., :3].sum(axis=(0, 1)) / max(float(cover.sum()), 1.0)
    light = small[..., :3] + backdrop.draw(scene, f32(mean)) * (1 - cover)
    return Portrait(camera.develop(scene, light), mask, tuple(faces))


def _landmarks(person: Figure, view: Camera, oversampling: float) -> Landmarks:
    points = view.project(person.on_head(landmarks.on_average_head(person.identity, person.pose)))
    # Pixel centres lie at whole coordinates; the oversampled canvas is shifted by its half pixel.
    return Landmarks(f32((points[:, :2] + 0.5) / oversampling - 0.5), "ibug68")
