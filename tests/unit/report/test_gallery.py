"""Which pictures does a gallery show?"""

import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from datatools import tables
from datatools.images import write_matte
from datatools.masks import Matte
from datatools.records import MatteRow
from datatools.report import gallery
from datatools.workspace import Workspace
from tests.unit.report.builders import fill


def _ious(strip: gallery.Strip) -> list[float]:
    return [float(picture.caption.removeprefix("IoU ")) for picture in strip.pictures]


def test_worst_typical_and_best_are_shown(workspace: Workspace, tmp_path: Path) -> None:
    """The strips hold the lowest, the middle and the highest scores."""
    fill(workspace, tmp_path / "src")
    worst, typical, best = gallery.collect(workspace, 2)
    assert (_ious(worst) < _ious(typical) < sorted(_ious(best)), _ious(best)) == (
        True,
        sorted(_ious(best), reverse=True),
    )


def test_pictures_carry_no_metadata(workspace: Workspace, tmp_path: Path) -> None:
    """A picture in the page is a small JPEG without EXIF or comments."""
    fill(workspace, tmp_path / "src")
    uri = gallery.collect(workspace, 1)[0].pictures[0].uri
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        assert (image.format, image.height, dict(image.getexif()), "comment" in image.info) == (
            "JPEG",
            300,
            {},
            False,
        )


def test_a_models_own_mask_is_outlined(workspace: Workspace, tmp_path: Path) -> None:
    """A teacher's matte that was kept is drawn beside the reference."""
    fill(workspace, tmp_path / "src")
    (before, *_) = gallery.collect(workspace, 1)[0].pictures
    sample_id = min(row.sample_id for row in workspace.rows(tables.SCORES))
    path = workspace.matte_file("student", sample_id)
    array = np.zeros((128, 96), np.float32)
    array[20:60, 20:60] = 1
    write_matte(path, Matte(array))
    row = MatteRow(
        sample_id=sample_id,
        teacher="student",
        path=workspace.relative(path),
        seconds=0.1,
        sha256="0" * 64,
        parents="p",
        status="ok",
        error=None,
    )
    workspace.write(tables.MATTES, [row])
    (after, *_) = gallery.collect(workspace, 1)[0].pictures
    assert before.uri != after.uri


def test_generated_masks_are_outlined(workspace: Workspace, tmp_path: Path) -> None:
    """Where the workspace's own masks were scored, they are the ones drawn."""
    fill(workspace, tmp_path / "src")
    (before, *_) = gallery.collect(workspace, 1)[0].pictures
    scores = [replace(row, model="generated") for row in workspace.rows(tables.SCORES)]
    workspace.write(tables.SCORES, scores)
    (after, *_) = gallery.collect(workspace, 1)[0].pictures
    assert before.uri != after.uri


def test_unreadable_pictures_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    """A picture that was removed since leaves its place empty."""
    fill(workspace, tmp_path / "src")
    for path in (tmp_path / "src" / "images").iterdir():
        path.unlink()
    assert [strip.pictures for strip in gallery.collect(workspace, 2)] == [[], [], []]


def test_failed_and_empty_scores_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    """Only pictures with an IoU are ranked."""
    fill(workspace, tmp_path / "src")
    scores = workspace.rows(tables.SCORES)
    failed = replace(scores[0], status="failed", error="no mask", tp=None)
    empty = replace(scores[1], tp=0, fp=0, fn=0)
    workspace.write(tables.SCORES, [failed, empty])
    assert gallery.collect(workspace, 2) == []
