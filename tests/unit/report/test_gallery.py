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
from datatools.progress import Progress
from datatools.records import Annotation, MatteRow, Sample
from datatools.report import gallery, rebuilt
from datatools.stages import audit
from datatools.workspace import Workspace
from tests.unit.report.builders import fill


def _collect(workspace: Workspace, per_strip: int) -> list[gallery.Strip]:
    """Audit the workspace as it is, and give the gallery."""
    quick = audit.Settings(replicates=200, min_people=2, slices=0, codings=False, chain=False)
    audit.run(workspace, quick, Progress("quiet"))
    result = rebuilt.read_audit(workspace.report_folder("audit") / "audit.json")
    return gallery.collect(workspace, result, per_strip)


def _answer(sample: Sample, value: str) -> Annotation:
    return Annotation(
        sample_id=sample.sample_id,
        question="perceived_gender",
        value=value,
        annotator_id="a1",
        source="annotator",
        vocabulary="gender@1",
        created_at=None,
        lead_time_s=None,
        presentation_order=None,
        batch="b",
    )


def _ious(strip: gallery.Strip) -> list[float]:
    return [float(picture.caption.rpartition("IoU ")[2]) for picture in strip.pictures]


def test_worst_typical_and_best_are_shown(workspace: Workspace, tmp_path: Path) -> None:
    """The strips hold the lowest, the middle and the highest scores."""
    fill(workspace, tmp_path / "src")
    worst, typical, best = _collect(workspace, 2)
    assert (_ious(worst) < _ious(typical) < sorted(_ious(best)), _ious(best)) == (
        True,
        sorted(_ious(best), reverse=True),
    )


def test_groups_have_strips_of_exactly_their_pictures(workspace: Workspace, tmp_path: Path) -> None:
    """Worst, typical and best of each group stand in one strip, each picture once."""
    samples = fill(workspace, tmp_path / "src")[1:]
    women = {sample.sample_id for sample in samples[: len(samples) // 2]}
    workspace.append_batch(
        [_answer(sample, "female" if sample.sample_id in women else "male") for sample in samples]
    )
    strips = {strip.title: strip for strip in _collect(workspace, 3)}
    assert list(strips) == [
        "Worst",
        "Typical",
        "Best",
        "perceived gender = female",
        "perceived gender = male",
    ]
    strip = strips["perceived gender = female"]
    captions = [picture.caption for picture in strip.pictures]
    assert [caption.partition(",")[0] for caption in captions] == ["Worst", "Typical", "Best"]
    shown = {picture.alt.split()[1] for picture in strip.pictures}
    assert shown <= women
    assert _ious(strip) == sorted(_ious(strip))


def test_pictures_carry_no_metadata(workspace: Workspace, tmp_path: Path) -> None:
    """A picture in the page is a small JPEG without EXIF or comments."""
    fill(workspace, tmp_path / "src")
    uri = _collect(workspace, 1)[0].pictures[0].uri
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
    (before, *_) = _collect(workspace, 1)[0].pictures
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
    (after, *_) = _collect(workspace, 1)[0].pictures
    assert before.uri != after.uri


def test_generated_masks_are_outlined(workspace: Workspace, tmp_path: Path) -> None:
    """Where the workspace's own masks were scored, they are the ones drawn."""
    fill(workspace, tmp_path / "src")
    (before, *_) = _collect(workspace, 1)[0].pictures
    scores = [replace(row, model="generated") for row in workspace.rows(tables.SCORES)]
    workspace.write(tables.SCORES, scores)
    (after, *_) = _collect(workspace, 1)[0].pictures
    assert before.uri != after.uri


def test_unreadable_pictures_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    """A picture that was removed since leaves its place empty."""
    fill(workspace, tmp_path / "src")
    for path in (tmp_path / "src" / "images").iterdir():
        path.unlink()
    assert [strip.pictures for strip in _collect(workspace, 2)] == [[], [], []]


def test_failed_and_empty_scores_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    """Only pictures with an IoU are ranked."""
    fill(workspace, tmp_path / "src")
    scores = workspace.rows(tables.SCORES)
    failed = replace(scores[0], status="failed", error="no mask", tp=None)
    empty = replace(scores[1], tp=0, fp=0, fn=0)
    workspace.write(tables.SCORES, [failed, empty])
    assert _collect(workspace, 2) == []
