"""Whose body is that beside the person? A small second face's piece of the mask is a bystander's.

A portrait's mask is the portrayed person. A second face much smaller than the first is someone behind:
a piece of the mask that holds it, and not the first face, is emptied. A second face of similar size is
company, whom EG1800's annotators kept, and stays; so does whoever touches the person, because no line
between the two is known here. Unlike the other rules this one overrules a certain matte: teachers are
right that the bystander is a person.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from datatools.masks import RGB, Face, Matte
from datatools.refiners._regions import face_seed
from datatools.tables import fingerprint


class Bystander:
    """Empty pieces that hold small second faces and not the largest face."""

    name = "bystander"

    def __init__(self, *, max_face_frac: float = 0.3) -> None:
        self.max_face_frac = max_face_frac  # of the largest face's area: as the check several_faces has it
        self.fingerprint = fingerprint(self.name, 1, max_face_frac)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        if len(faces) < 2:
            return matte
        largest = max(face.area_px for face in faces)
        person = matte.array > 0.5
        _, labels = cv2.connectedComponents(person.astype(np.uint8), connectivity=8)
        main, others = set[int](), set[int]()
        for face in faces:
            held = np.unique(labels[face_seed(face, person.shape).array]).tolist()
            (others if face.area_px <= self.max_face_frac * largest else main).update(held)
        dropped = np.isin(labels, sorted(others - main - {0}))
        if not dropped.any() or not main - {0}:
            return matte
        return Matte(np.where(dropped, np.float32(0), matte.array))


build = Bystander
