"""Which holes inside the mask are errors? Small ones: a large hole, as between arm and body, is real."""

from collections.abc import Sequence

import cv2
import numpy as np

from datatools.masks import RGB, Face, Matte
from datatools.tables import fingerprint


class FillHoles:
    """Fill the holes that person surrounds on all sides, up to a fraction of the person's area."""

    name = "fill_holes"

    def __init__(self, *, max_hole_frac: float = 0.003) -> None:
        self.max_hole_frac = max_hole_frac
        self.fingerprint = fingerprint(self.name, 1, max_hole_frac)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        person = matte.array > 0.5
        outlines, tree = cv2.findContours(person.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        if (
            not outlines or (tree[0, :, 3] < 0).all()
        ):  # nothing inside of anything: known in a tenth of the time
            return matte
        height, width = person.shape
        # 4-connected: the complement of a person that is 8-connected.
        _, labels, stats, _ = cv2.connectedComponentsWithStats((~person).astype(np.uint8), connectivity=4)
        left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
        right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
        is_inside = (left > 0) & (top > 0) & (right < width) & (bottom < height)
        # The limit counts the filled area too, or filling would make room for filling more.
        limit = self.max_hole_frac * (person.sum() + stats[is_inside, cv2.CC_STAT_AREA].sum())
        filled = is_inside & (stats[:, cv2.CC_STAT_AREA] <= limit)
        filled[0] = False  # the person
        if not filled.any():
            return matte
        return Matte(np.where(filled[labels], np.float32(1), matte.array))


build = FillHoles
