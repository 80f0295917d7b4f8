"""Does the matte doubt pixels that lie well inside a face? They are person."""

from collections.abc import Sequence

import numpy as np

from datatools.masks import RGB, Face, Matte
from datatools.refiners._regions import face_seed
from datatools.tables import fingerprint


class FaceSeed:
    """Raise the matte to 1 inside the eroded face where it is unsure.

    A seed, not a stamp: where the teacher is certain of background it stays, and a face that conflicts
    with the matte in a large part is left alone, because then one of the two is wrong and the check
    ``landmarks_outside`` has to see it.
    """

    name = "face_seed"

    def __init__(self, *, certain: float = 0.35, max_conflict_frac: float = 0.3) -> None:
        self.certain = certain  # a matte at or below is certain of background
        self.max_conflict_frac = max_conflict_frac  # of the seed's pixels
        self.fingerprint = fingerprint(self.name, 1, certain, max_conflict_frac)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        raised = matte.array.copy()
        for face in faces:
            seed = face_seed(face, raised.shape).array
            n_seed = np.count_nonzero(seed)
            if not n_seed:
                continue
            conflict = np.count_nonzero(seed & (matte.array <= 0.5)) / n_seed
            if conflict <= self.max_conflict_frac:
                raised[seed & (matte.array > self.certain)] = 1.0
        return matte if np.array_equal(raised, matte.array) else Matte(raised)


build = FaceSeed
