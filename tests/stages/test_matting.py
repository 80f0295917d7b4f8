"""Are people cut out softly, with what the picture's row promises?"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.errors import TableError
from datatools.images import read_rgb, write_mask, write_matte
from datatools.masks import Mask, Matte
from datatools.progress import Progress
from datatools.records import Finding, MaskRow, MatteRow, StageResult
from datatools.stages import matting, verify
from datatools.workspace import Workspace
from tests.stages import made


def _run(workspace: Workspace, **settings: object) -> StageResult:
    return matting.run(workspace, matting.Settings.model_validate(settings), Progress("quiet"))


@pytest.fixture
def people(workspace: Workspace) -> Workspace:
    """Give three people with generated masks and mattes; the last one's mask was not accepted."""
    made.with_people(workspace, 3)
    masks, mattes, findings = [], [], []
    for place, sample in enumerate(workspace.samples()):
        mask = Mask(np.asarray(Image.open(workspace.reference_file(sample) or "")) > 0)
        path, matte = workspace.mask_file(sample.sample_id), workspace.matte_file("selfie", sample.sample_id)
        masks.append(
            MaskRow(
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:selfie",
                sha256=tables.sha256_bytes(write_mask(path, mask)),
                sample_id=sample.sample_id,
                parents="",
                status="ok",
                error=None,
            )
        )
        mattes.append(
            MatteRow(
                teacher="selfie",
                path=workspace.relative(matte),
                seconds=0.1,
                sha256=tables.sha256_bytes(write_matte(matte, Matte(mask.array.astype(np.float32)))),
                sample_id=sample.sample_id,
                parents="",
                status="ok",
                error=None,
            )
        )
        findings.append(
            Finding(sample_id=sample.sample_id, check="corrupt", score=None, passed=place < 2, detail=None)
        )
    workspace.write(tables.MASKS, masks)
    workspace.write(tables.MATTES, mattes)
    workspace.write(tables.FINDINGS, findings)
    return workspace


def test_accepted_people_are_cut_out(people: Workspace) -> None:
    """Each file is RGBA of the picture's size; its inside is the picture, its outside is empty."""
    result = _run(people)
    assert result.facts["n_cut_out"] == 2
    by_id = {sample.sample_id: sample for sample in people.samples()}
    for row in people.rows(tables.ALPHAS):
        path = people.file(str(row.path))
        assert tables.sha256_file(path) == row.sha256
        found = np.asarray(Image.open(path))
        picture = read_rgb(people.image_file(by_id[row.sample_id]))
        assert found.shape == (*picture.shape[:2], 4)
        inside, outside = found[..., 3] == 255, found[..., 3] == 0
        assert np.abs(found[inside][:, :3].astype(int) - picture[inside]).max() <= 1
        assert (found[outside] == 0).all()
        assert row.method in {"closed_form", "mask"}
        assert (row.remark is None) == (row.method == "closed_form")
        assert row.seconds


def test_every_mask_may_be_cut_out(people: Workspace) -> None:
    """Without acceptance all masks count."""
    assert _run(people, accepted_only=False).facts["n_cut_out"] == 3


def test_acceptance_needs_the_checks(people: Workspace) -> None:
    """Before check has run, nobody is accepted: the error says so."""
    people.table_file(tables.FINDINGS).unlink()
    with pytest.raises(TableError, match="findings"):
        _run(people)
    people.table_file(tables.MATTES).unlink()
    assert _run(people, accepted_only=False).facts["n_cut_out"] == 3


def test_second_run_computes_nothing(people: Workspace) -> None:
    """Cut-outs of unchanged masks are kept; a lost file is made again."""
    _run(people)
    assert _run(people).facts["n_computed"] == 0
    people.file(str(people.rows(tables.ALPHAS)[0].path)).unlink()
    assert _run(people, dry_run=True).facts["n_to_compute"] == 1
    assert _run(people).facts["n_computed"] == 1


def test_changed_cut_out_is_noticed(people: Workspace) -> None:
    """Verify compares cut-outs with what was written."""
    _run(people)
    path = people.file(str(people.rows(tables.ALPHAS)[0].path))
    path.write_bytes(path.read_bytes() + b"x")
    changed = verify.run(people, verify.Settings(), Progress("quiet")).facts["changed"]
    assert changed == [f"{people.relative(path)}: has changed"]


def test_picture_that_is_gone_is_a_failed_row(people: Workspace) -> None:
    """It fails alone, with its reason."""
    people.image_file(people.samples()[0]).unlink()
    assert _run(people).facts["n_failed"] == 1
    failed = [row for row in people.rows(tables.ALPHAS) if row.status == "failed"]
    assert [row.path for row in failed] == [None]
    assert Path(str(failed[0].error).split(":")[0]).suffix == ".png"
