"""What is counted in a workspace?"""

from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import DataError, TableError
from datatools.records import Annotation
from datatools.report import facts
from datatools.report.facts import Reason, SplitFact
from datatools.workspace import Workspace
from tests.unit.report.builders import fill, write_run


def test_each_step_counts_images_and_people(workspace: Workspace, tmp_path: Path) -> None:
    """What is left after each step is counted in pictures and in people."""
    fill(workspace, tmp_path / "src")
    found = [(s.step, s.n_images, s.n_people) for s in facts.collect(workspace, {}).steps]
    assert found == [
        ("found", 12, 6),
        ("readable", 11, 6),
        ("with a face", 11, 6),
        ("with a mask", 11, 6),
        ("accepted", 10, 5),
    ]


def test_steps_have_their_share_of_what_was_found(workspace: Workspace, tmp_path: Path) -> None:
    """Shares are counted once, here; nothing that shows them divides."""
    fill(workspace, tmp_path / "src")
    shares = [step.share for step in facts.collect(workspace, {}).steps]
    assert shares == [1.0, 11 / 12, 11 / 12, 11 / 12, 10 / 12]


def test_rejections_have_their_share_of_the_masks(workspace: Workspace, tmp_path: Path) -> None:
    """Of those with a mask, since a picture without one was not checked; failures have no such share."""
    fill(workspace, tmp_path / "src")
    found = facts.collect(workspace, {})
    assert [row.share for row in found.rejections] == [1 / 11]
    assert [row.share for row in found.failures] == [None]


def test_reasons_fall_together(workspace: Workspace, tmp_path: Path) -> None:
    """Messages that differ only in the file's name are one reason."""
    samples = fill(workspace, tmp_path / "src")
    error = "001.png: not readable as a picture: the file is empty"
    broken = replace(samples[1], status="failed", error=error)
    workspace.write(tables.MANIFEST, [samples[0], broken, *samples[2:]])
    found = facts.collect(workspace, {}).failures
    assert found == [
        Reason(where="ingest", reason="not readable as a picture: the file is empty", n_images=2)
    ]


def test_failures_of_later_stages_are_told(workspace: Workspace, tmp_path: Path) -> None:
    """An item that a stage could not work on is counted under that stage."""
    fill(workspace, tmp_path / "src")
    scores = workspace.rows(tables.SCORES)
    failed = replace(scores[0], status="failed", error="no mask", tp=None)
    workspace.write(tables.SCORES, [failed, *scores[1:]])
    assert Reason(where="evaluate", reason="no mask", n_images=1) in facts.collect(workspace, {}).failures


def test_pictures_kept_without_their_mask_are_told(workspace: Workspace, tmp_path: Path) -> None:
    """A readable picture whose mask could not be used is no failure, and is not hidden."""
    samples = fill(workspace, tmp_path / "src")
    kept = replace(samples[2], error="the mask has another size", reference_mask=None)
    workspace.write(tables.MANIFEST, [*samples[1:2], kept, *samples[3:]])
    (found,) = facts.collect(workspace, {}).failures
    assert (found.where, found.reason) == ("ingest, picture kept", "the mask has another size")


def test_many_reasons_end_in_a_count(workspace: Workspace, tmp_path: Path) -> None:
    """Beyond twelve reasons the others are counted together."""
    samples = fill(workspace, tmp_path / "src", 20)
    workspace.write(
        tables.MANIFEST, [replace(s, status="failed", error=f"reason {n}") for n, s in enumerate(samples)]
    )
    found = facts.collect(workspace, {}).failures
    assert (len(found), found[-1]) == (
        13,
        Reason(where="all stages", reason="8 other reasons", n_images=8),
    )


def test_rejections_are_counted_by_check(workspace: Workspace, tmp_path: Path) -> None:
    """Each check that did not pass is counted, and rejected pictures once."""
    fill(workspace, tmp_path / "src")
    found = facts.collect(workspace, {})
    assert (found.n_rejected, [(r.where, r.n_images) for r in found.rejections]) == (1, [("ragged_edge", 1)])


def test_reviews_by_people_are_counted(workspace: Workspace, tmp_path: Path) -> None:
    """A mask that a person accepted against the checks counts as reviewed and accepted."""
    samples = fill(workspace, tmp_path / "src")
    review = Annotation(
        sample_id=samples[1].sample_id,
        question="mask_review",
        value="accept",
        annotator_id="a1",
        source="annotator",
        vocabulary="mask_review@1",
        created_at="2026-01-02T03:04:05Z",
        lead_time_s=None,
        presentation_order=None,
        batch="b",
    )
    workspace.append_batch([review])
    found = facts.collect(workspace, {})
    assert (found.n_reviewed, found.n_rejected) == (1, 0)


def test_sources_say_whose_masks_they_bring(workspace: Workspace, tmp_path: Path) -> None:
    """A source is told with its licence and the makers of its masks."""
    fill(workspace, tmp_path / "src")
    (found,) = facts.collect(workspace, {}).sources
    assert (found.source, found.licence, found.n_failed, found.reference_masks) == (
        "drawn",
        "CC0",
        1,
        {"rendered": 11},
    )


def test_splits_come_in_the_order_of_use(workspace: Workspace, tmp_path: Path) -> None:
    """Training comes before testing."""
    fill(workspace, tmp_path / "src")
    assert facts.collect(workspace, {}).splits == [
        SplitFact(split="train", n_images=6, n_people=6),
        SplitFact(split="test", n_images=5, n_people=5),
    ]


def test_stages_that_did_not_run_leave_gaps(workspace: Workspace, tmp_path: Path) -> None:
    """A workspace that was only ingested has two steps and no rejections."""
    fill(workspace, tmp_path / "src")
    for table in ("landmarks", "masks", "findings", "splits", "scores"):
        (workspace.root / "tables" / f"{table}.parquet").unlink()
    found = facts.collect(workspace, {})
    assert (len(found.steps), found.n_rejected, found.splits) == (2, None, [])


def test_changed_and_removed_tables_are_named(workspace: Workspace, tmp_path: Path) -> None:
    """Tables that are not the ones which the audit read are told."""
    fill(workspace, tmp_path / "src")
    same = tables.sha256_file(workspace.table_file(tables.SCORES))
    inputs = {
        "tables/scores.parquet": same,
        "tables/masks.parquet": "0" * 64,
        "tables/gone.parquet": "0" * 64,
    }
    assert facts.collect(workspace, inputs).changed_since == ["tables/gone.parquet", "tables/masks.parquet"]


def test_an_audit_cannot_point_outside(workspace: Workspace, tmp_path: Path) -> None:
    """A path of an audit that leaves the workspace is refused."""
    fill(workspace, tmp_path / "src")
    with pytest.raises(DataError, match="leaves it"):
        facts.collect(workspace, {"../../etc/passwd": "0" * 64})


def test_an_empty_workspace_is_refused(workspace: Workspace) -> None:
    """Without a manifest there is nothing to report on."""
    with pytest.raises(TableError, match="manifest"):
        facts.collect(workspace, {})


def test_training_comes_with_its_card(workspace: Workspace, tmp_path: Path) -> None:
    """A student is told with what its run recorded and its history."""
    fill(workspace, tmp_path / "src")
    write_run(workspace, 1, "train", {"name": "small", "seed": 3})
    folder = workspace.model_folder("small")
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text("phase,epoch,loss,val_iou,lr,elapsed_s\nwhole,1,0.5,0.9,0.001,2.5\n")
    (found,) = facts.collect(workspace, {}).training
    assert (found.model, found.history[0].val_iou) == ("small", 0.9)


def test_a_broken_history_is_named(workspace: Workspace, tmp_path: Path) -> None:
    """A history that is none is an error that names the file."""
    fill(workspace, tmp_path / "src")
    folder = workspace.model_folder("small")
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text("phase,epoch\nwhole,first\n")
    with pytest.raises(DataError, match=r"history\.csv is not a training history"):
        facts.collect(workspace, {})
