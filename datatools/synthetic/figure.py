"""Where is every surface of a posed person in front of the camera?"""

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.synthetic import covering, ears, head, shape, torso
from datatools.synthetic.arrays import Floats, f32, rotation, smoothstep
from datatools.synthetic.identity import Identity
from datatools.synthetic.mesh import Camera, Mesh, normals
from datatools.synthetic.scene import Pose

HEAD_HEIGHT_CM = 22.3  # crown to chin
_PIVOT = f32([0, -7.5, -1.5])  # where a head turns on its neck


class Part(IntEnum):
    """What a triangle belongs to."""

    HEAD = 0
    EAR = 1
    BODY = 2
    COVERING = 3


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A posed person: all parts as one mesh, in the camera's frame."""

    identity: Identity
    pose: Pose
    mesh: Mesh
    normals: Floats  # (n, 3)
    parts: NDArray[np.uint8]  # (m,) the Part of each triangle
    turn: Floats  # (3, 3) of the head
    grids: tuple[tuple[int, int, int], ...]  # first vertex, rows and columns of the large parts

    @property
    def seen(self) -> NDArray[np.int64]:
        """Give the vertices that may face the camera."""
        return np.flatnonzero(self.normals[:, 2] > -0.3)

    def smoothed(self, values: Floats) -> Floats:
        """Average per-vertex values (n,) with their neighbours, on the large parts."""
        result = values.copy()
        for start, rows, columns in self.grids:
            part = slice(start, start + rows * columns)
            wrapped = np.pad(values[part].reshape(rows, columns), ((0, 0), (2, 2)), mode="wrap")
            result[part] = np.clip(cv2.blur(wrapped, (5, 5))[:, 2:-2].ravel(), 0, 1)
        return result

    def on_head(self, rest: Floats) -> Floats:
        """Give where points (n, 3) of the average head are now."""
        return head_to_camera(self.pose, shape.deform(self.identity, self.pose, rest))


def head_to_camera(pose: Pose, points: Floats) -> Floats:
    """Turn points (n, 3) of a head as the pose says."""
    turn = rotation(pose.yaw_deg, pose.pitch_deg, pose.roll_deg)
    return f32((points - _PIVOT) @ turn.T + _PIVOT)


def body_to_camera(pose: Pose, points: Floats) -> Floats:
    """Turn points (n, 3) of a body; the neck follows the head."""
    with_head = head_to_camera(pose, points)
    turn = rotation(pose.body_yaw_deg, 0, 0.25 * pose.roll_deg)
    axis = f32([0, -20, torso.NECK_Z])
    with_body = (points - axis) @ turn.T + axis
    share = smoothstep(-16.5, -8.5, points[:, 1])[:, None]
    return f32(with_body * (1 - share) + with_head * share)


def build(identity: Identity, pose: Pose) -> Figure:
    """Build and pose all surfaces of a person."""
    average = head.template()
    face = Mesh(
        shape.deform(identity, pose, average.vertices, average.folds), average.vertices, average.faces
    )
    meshes = [(Part.HEAD, face)]
    for side in (-1, 1):
        rest, faces = ears.build(side)
        meshes.append((Part.EAR, Mesh(shape.deform(identity, pose, rest), rest, faces)))
    if identity.covering == "hijab":
        meshes = meshes[:1]  # the ears are under it
    meshes.append((Part.BODY, torso.build(identity, pose)))
    for cover in covering.build(identity):
        meshes.append((Part.COVERING, cover))
    posed: list[Floats] = []
    for part, mesh in meshes:
        # Bodies and coverings hang below the head and turn with both.
        place = body_to_camera if part in (Part.BODY, Part.COVERING) else head_to_camera
        moved = shape.deform(identity, pose, mesh.vertices) if part is Part.COVERING else mesh.vertices
        posed.append(place(pose, moved))
    starts = np.cumsum([0, *(len(points) for points in posed[:-1])])
    faces_all = np.concatenate([m.faces + start for (_, m), start in zip(meshes, starts, strict=True)])
    joined = Mesh(
        np.concatenate(posed), np.concatenate([m.rest for _, m in meshes]), faces_all.astype(np.int32)
    )
    parts = np.concatenate([np.full(len(m.faces), part, np.uint8) for part, m in meshes])
    turn = rotation(pose.yaw_deg, pose.pitch_deg, pose.roll_deg)
    shapes = ((head.ROWS, head.COLUMNS), (torso.ROWS, torso.COLUMNS))
    grids = tuple(
        (int(start), rows, columns)
        for (_, m), start in zip(meshes, starts, strict=True)
        for rows, columns in shapes
        if len(m.vertices) == rows * columns
    )
    return Figure(identity, pose, joined, normals(joined.vertices, joined.faces), parts, turn, grids)


def camera(figure: Figure, width_px: int, height_px: int, oversampling: float) -> Camera:
    """Give the camera that frames a person as the pose asks, on a canvas of oversampled pixels."""
    pose = figure.pose
    scale_px = pose.head_frac * height_px / HEAD_HEIGHT_CM
    eyes = figure.on_head(f32([[0.0, 0.0, 8.0]]))
    centred = Camera(scale_px * oversampling, 0.0, 0.0, 110.0)
    x_px, y_px, _ = centred.project(eyes)[0]
    return Camera(
        scale_px * oversampling,
        pose.centre_x_frac * width_px * oversampling - float(x_px),
        pose.centre_y_frac * height_px * oversampling - float(y_px),
        110.0,
    )
