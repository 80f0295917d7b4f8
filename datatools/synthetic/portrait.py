"""What does a portrait of a person in a scene look like, and what is known about it exactly?"""

from dataclasses import dataclass

import cv2
import numpy as np

from datatools.masks import RGB, Landmarks, Mask
from datatools.synthetic import backdrop, camera, figure, landmarks, layer
from datatools.synthetic.arrays import f32
from datatools.synthetic.figure import Figure
from datatools.synthetic.identity import Identity
from datatools.synthetic.layer import Placed
from datatools.synthetic.mesh import Camera
from datatools.synthetic.scene import Pose, Scene

_OVERSAMPLED_PX = 600  # height of the canvas, within 1.4 to 2 times the picture's


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A rendered picture with the truth about it."""

    image: RGB
    mask: Mask  # exact: pixels that people, with all they wear, cover by more than half
    faces: tuple[Landmarks, ...]  # scheme ibug68; the main person first


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """People in their places, ready to be taken in any light before any backdrop."""

    people: tuple[Placed, ...]  # the main person first
    faces: tuple[Landmarks, ...]

    def take(self, scene: Scene) -> Portrait:
        """Take a picture; the scene must have the size and the pose that were staged."""
        drawn = layer.draw(self.people[0], scene.light)
        for behind in self.people[1:]:
            drawn = layer.over(drawn, layer.draw(behind, scene.light))
        size = (scene.width_px, scene.height_px)
        small = f32(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA))
        cover = small[..., 3:]
        mask = Mask(cover[..., 0] > 0.5)
        mean = small[..., :3].sum(axis=(0, 1)) / max(float(cover.sum()), 1.0)
        light = small[..., :3] + backdrop.draw(scene, f32(mean)) * (1 - cover)
        return Portrait(camera.develop(scene, light), mask, self.faces)


def stage(identity: Identity, scene: Scene, companion: tuple[Identity, Pose] | None = None) -> Staged:
    """Put one person, or two, before the camera; the companion stands behind."""
    oversampling = float(np.clip(_OVERSAMPLED_PX / scene.height_px, 1.4, 2.0))
    canvas = (round(scene.height_px * oversampling), round(scene.width_px * oversampling))
    people: list[Placed] = []
    faces: list[Landmarks] = []
    for who, pose in [(identity, scene.pose), *([companion] if companion else [])]:
        person = figure.build(who, pose)
        view = figure.camera(person, scene.width_px, scene.height_px, oversampling)
        people.append(layer.place(person, view, canvas))
        faces.append(_landmarks(person, view, oversampling))
    return Staged(tuple(people), tuple(faces))


def render(identity: Identity, scene: Scene, companion: tuple[Identity, Pose] | None = None) -> Portrait:
    """Render one person, or two, in a scene."""
    return stage(identity, scene, companion).take(scene)


def _landmarks(person: Figure, view: Camera, oversampling: float) -> Landmarks:
    points = view.project(person.on_head(landmarks.on_average_head(person.identity, person.pose)))
    # Pixel centres lie at whole coordinates; the oversampled canvas is shifted by its half pixel.
    return Landmarks(f32((points[:, :2] + 0.5) / oversampling - 0.5), "ibug68")
