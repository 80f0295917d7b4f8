"""Evidence to check, of drawn people."""

from collections.abc import Mapping, Sequence

import numpy as np

from datatools.checks import Check, Evidence, Verdict
from datatools.masks import RGB, Face, Landmarks, Mask, Matte
from tests.pictures import draw_person, face_points


def face(*, shift_px: float = 0.0, has_landmarks: bool = True, scale: float = 1.0) -> Face:
    """Give the face that ``draw_person`` draws, moved to the right and scaled about its top left."""
    points = face_points().points
    low = points.min(axis=0)
    points = ((points - low) * scale + low + [shift_px, 0]).astype(np.float32)
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Face((x0, y0, x1, y1), Landmarks(points, "ibug68") if has_landmarks else None, None)


def evidence(
    *,
    image: RGB | None = None,
    faces: Sequence[Face] = (),
    mattes: Mapping[str, Matte] | None = None,
    mask: Mask | None = None,
    has_mask: bool = True,
) -> Evidence:
    """Give what is known of a drawn person; what is not said is right."""
    drawn, truth = draw_person()
    return Evidence(
        sample_id="a",
        image=drawn if image is None else image,
        faces=faces,
        mattes=mattes or {},
        mask=(mask or truth) if has_mask else None,
    )


def judged(check: Check, seen: Evidence) -> Verdict:
    """Give a check's verdict on a set of one."""
    ((_, verdict),) = check.judge([("a", check.observe(seen))])
    return verdict
