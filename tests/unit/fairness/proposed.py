"""What the stages segment and refine leave beside the masks that ``judged.checked`` writes."""

import cv2
import numpy as np

from datatools import tables
from datatools.images import write_matte
from datatools.masks import Matte
from datatools.records import MatteRow
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import people


def propose(workspace: Workspace, teacher: str, numbers: range) -> None:
    """Write a teacher's mattes: the true masks, shrunk by 2 px, with a soft edge."""
    rows = []
    for number in numbers:
        truth = draw_person(seed=number)[1].array.astype(np.uint8)
        hard = cv2.erode(truth, np.ones((5, 5), np.uint8)).astype(np.float32)
        soft = np.clip(cv2.blur(hard, (3, 3)), 0, 1).astype(np.float32)
        path = workspace.matte_file(teacher, people.sample_id(number))
        data = write_matte(path, Matte(soft))
        rows.append(
            MatteRow(
                sample_id=people.sample_id(number),
                teacher=teacher,
                path=workspace.relative(path),
                seconds=None,
                sha256=tables.sha256_bytes(data),
                parents="p",
                status="ok",
                error=None,
            )
        )
    workspace.write(tables.MATTES, [*workspace.rows_or_empty(tables.MATTES), *rows])


def fuse(workspace: Workspace, numbers: range, *, maps: bool = True) -> None:
    """Write the true masks as fused mattes, as the stage refine does with --maps."""
    for number in numbers:
        truth = draw_person(seed=number)[1].array.astype(np.float32)
        write_matte(workspace.fused_file(people.sample_id(number)), Matte(truth))
    with workspace.run("refine", {"maps": maps}):
        pass
