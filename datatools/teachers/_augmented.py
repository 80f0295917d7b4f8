"""What does a teacher say when it looks more than once? Test-time augmentation.

``flip`` adds the mirrored picture; ``zoom`` adds the part that holds the person, as the first look saw
it, enlarged to the network's whole input: in a street photograph the person is a tenth of the picture.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datatools import tables
from datatools.masks import RGB, Face, Landmarks, Mask, Matte
from datatools.teachers import Batched, Concurrent, Licensed, Teacher

View = Literal["flip", "zoom"]

_VERSION = 1  # raise it when the code below gives other mattes
_MARGIN_FRAC = 0.15  # of the person's box, added on each side
_WORTH_FRAC = 0.7  # a box of more of the picture than this shows nothing new


class Augmented:
    """A teacher that averages what it sees in several views of a picture."""

    def __init__(self, teacher: Teacher, views: Sequence[View]) -> None:
        self.name = teacher.name
        self.needs_faces = teacher.needs_faces
        self.fingerprint = tables.fingerprint("augmented", _VERSION, teacher.fingerprint, sorted(views))
        self.licence = teacher.licence if isinstance(teacher, Licensed) else ""
        self.batch_size = teacher.batch_size if isinstance(teacher, Batched) else 1
        self.is_concurrent = isinstance(teacher, Concurrent) and teacher.is_concurrent
        self._teacher = teacher
        self._views = frozenset(views)

    def matte(self, image: RGB, faces: Sequence[Face]) -> Matte:
        (matte,) = self.mattes([image], [faces])
        return matte

    def mattes(self, images: Sequence[RGB], faces: Sequence[Sequence[Face]]) -> list[Matte]:
        found = self._look(images, faces)
        boxes = {n: _person_box(Matte(whole).threshold()) for n, whole in enumerate(found)}
        zoomed = {n: box for n, box in boxes.items() if box is not None and "zoom" in self._views}
        near = self._look(
            [
                np.ascontiguousarray(images[n][top:bottom, left:right])
                for n, (left, top, right, bottom) in zoomed.items()
            ],
            [[_moved(face, left, top) for face in faces[n]] for n, (left, top, _, _) in zoomed.items()],
        )
        for (n, (left, top, right, bottom)), part in zip(zoomed.items(), near, strict=True):
            found[n] = found[n].copy()
            found[n][top:bottom, left:right] = (found[n][top:bottom, left:right] + part) / 2
        return [Matte(np.clip(whole, 0, 1, dtype=np.float32)) for whole in found]

    def _look(self, images: Sequence[RGB], faces: Sequence[Sequence[Face]]) -> list[NDArray[np.float32]]:
        """Give the mattes of one view, averaged with its mirror images' where that is wanted."""
        seen = self._ask(images, faces)
        if "flip" not in self._views:
            return seen
        others = self._ask(
            [np.ascontiguousarray(image[:, ::-1]) for image in images],
            [
                [_mirrored(face, image.shape[1]) for face in shown]
                for image, shown in zip(images, faces, strict=True)
            ],
        )
        pairs = zip(seen, others, strict=True)
        return [np.asarray((first + other[:, ::-1]) / 2, np.float32) for first, other in pairs]

    def _ask(self, images: Sequence[RGB], faces: Sequence[Sequence[Face]]) -> list[NDArray[np.float32]]:
        """Ask the teacher, about as many pictures at once as it takes."""
        if not isinstance(self._teacher, Batched):
            return [self._teacher.matte(*pair).array for pair in zip(images, faces, strict=True)]
        starts = range(0, len(images), self.batch_size)
        calls = [slice(start, start + self.batch_size) for start in starts]
        return [matte.array for call in calls for matte in self._teacher.mattes(images[call], faces[call])]


def _person_box(mask: Mask) -> tuple[int, int, int, int] | None:
    """Give the person's box with its margin (left, top, right, bottom px), or None if it is no gain."""
    rows, columns = np.flatnonzero(mask.array.any(axis=1)), np.flatnonzero(mask.array.any(axis=0))
    if not len(rows):
        return None
    height, width = mask.array.shape
    grow_y = round(_MARGIN_FRAC * (rows[-1] - rows[0] + 1))
    grow_x = round(_MARGIN_FRAC * (columns[-1] - columns[0] + 1))
    left, right = max(0, int(columns[0]) - grow_x), min(width, int(columns[-1]) + 1 + grow_x)
    top, bottom = max(0, int(rows[0]) - grow_y), min(height, int(rows[-1]) + 1 + grow_y)
    is_worth_it = (right - left) * (bottom - top) <= _WORTH_FRAC * width * height
    return (left, top, right, bottom) if is_worth_it else None


def _moved(face: Face, left: int, top: int) -> Face:
    x0, y0, x1, y1 = face.box
    points = None
    if face.landmarks is not None:
        offset = np.array([left, top], np.float32)
        points = Landmarks(face.landmarks.points - offset, face.landmarks.scheme)
    return Face((x0 - left, y0 - top, x1 - left, y1 - top), points, face.score)


def _mirrored(face: Face, width_px: int) -> Face:
    # Without landmarks: their order says left and right, which a mirror exchanges.
    x0, y0, x1, y1 = face.box
    return Face((width_px - x1, y0, width_px - x0, y1), None, face.score)
