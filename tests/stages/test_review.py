"""Masks are queued by what a look gains; the answers come back through the label sheet."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.quality import answers
from datatools.quality import examples as kept
from datatools.quality.committee import MODEL
from datatools.selection import accepted
from datatools.stages import annotate_import
from datatools.stages.review import Settings, run
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.judged import checked, review
from tests.unit.quality.made import examples

# Accepted and bad, accepted and good, rejected and good, rejected and bad, and two in doubt.
SPLITS = (0.5, 0.02, 0.02, 0.5, 0.3, 0.3)
ME = "ann01"


@pytest.fixture
def queued(workspace: Workspace) -> Workspace:
    """Give a workspace with six masks and a model whose IoU is about 1 - split / 2."""
    checked(workspace, SPLITS, rejected=(2, 3, 5))
    kept.write(
        workspace.model_folder(MODEL),
        examples(),
        committee="selfie by mean",
        reference_source="human",
        data="set",
    )
    return workspace


def _sheet(workspace: Workspace) -> list[dict[str, str]]:
    path = workspace.root / "sheets" / f"review-{ME}.csv"
    return list(csv.DictReader(path.read_text().splitlines()))


def test_wrong_decisions_are_looked_at_first(queued: Workspace, quiet: Progress) -> None:
    """The bad one that was accepted and the good one that was rejected, with the reason beside them."""
    result = run(queued, Settings(annotator_id=ME), quiet)
    lines = _sheet(queued)
    assert {lines[0]["sample"], lines[1]["sample"]} == {people.sample_id(0), people.sample_id(2)}
    assert [line["presentation_order"] for line in lines] == [str(n) for n in range(1, len(lines) + 1)]
    notes = {line["sample"]: line["note"] for line in lines}
    assert notes[people.sample_id(0)].startswith("accepted; expected IoU ")
    assert notes[people.sample_id(2)].startswith("rejected by ragged_edge; expected IoU ")
    assert "points a minute" in lines[0]["note"]
    assert result.facts["n_masks"] == len(lines)
    assert "a guess: no review says how long it took" in result.notes[0]


def test_answers_come_back_and_decide(queued: Workspace, quiet: Progress) -> None:
    """Filled in and imported, they override the checks; what was answered is not asked again."""
    run(queued, Settings(annotator_id=ME, limit=2), quiet)
    path = queued.root / "sheets" / f"review-{ME}.csv"
    lines = list(csv.reader(path.read_text().splitlines()))
    value, sample, took = (lines[0].index(name) for name in ("value", "sample", "lead_time_s"))
    for line in lines[1:]:
        line[value] = "accept" if line[sample] == people.sample_id(2) else "reject"
        line[took] = "3"
    filled = queued.root / "filled.csv"
    with filled.open("w", newline="") as stream:
        csv.writer(stream).writerows(lines)
    annotate_import.run(queued, annotate_import.Settings(sheet=filled), quiet)
    assert accepted(queued) == {people.sample_id(n) for n in (1, 2, 4)}
    path.unlink()
    result = run(queued, Settings(annotator_id=ME), quiet)
    assert not {people.sample_id(0), people.sample_id(2)} & {line["sample"] for line in _sheet(queued)}
    assert result.facts["seconds_per_mask"] == 3


def test_the_page_shows_the_queue_without_scripts(queued: Workspace, quiet: Progress) -> None:
    """A picture for each line, inside the page; its policy forbids everything else."""
    run(queued, Settings(annotator_id=ME), quiet)
    text = (queued.root / "sheets" / f"review-{ME}.html").read_text()
    assert text.count("<figure") == text.count("data:image/jpeg;base64,") == len(_sheet(queued))
    assert "<script" not in text
    assert "Content-Security-Policy" in text
    assert _sheet(queued)[0]["picture"].startswith(f"review-{ME}.html#")


def test_a_picture_that_vanished_is_not_shown(queued: Workspace, quiet: Progress) -> None:
    """It stays in the sheet, and is counted."""
    (queued.root.parent / "pictures" / "0.png").unlink()
    result = run(queued, Settings(annotator_id=ME, limit=2), quiet)
    assert result.facts["n_unreadable"] == 1


def test_pictures_can_be_left_out(queued: Workspace, quiet: Progress) -> None:
    """Then there is no page, and the sheet names none."""
    run(queued, Settings(annotator_id=ME, pictures=False), quiet)
    assert not (queued.root / "sheets" / f"review-{ME}.html").exists()
    assert _sheet(queued)[0]["picture"] == ""


def test_the_queue_ends_with_the_minutes(queued: Workspace, quiet: Progress) -> None:
    """Six seconds a look, by default."""
    result = run(queued, Settings(annotator_id=ME, minutes=0.1), quiet)
    assert result.facts["n_masks"] == 1


def test_masks_rejected_for_something_else_are_not_asked_about(queued: Workspace, quiet: Progress) -> None:
    """A duplicate stays one, however good its mask is; what a person answered is settled."""
    rows = queued.rows(tables.FINDINGS)
    rows[2] = replace(rows[2], check="near_duplicate")
    queued.write(tables.FINDINGS, rows)
    queued.append_batch([review(0, "reject", lead_time_s=2.0)])
    run(queued, Settings(annotator_id=ME), quiet)
    assert not {people.sample_id(0), people.sample_id(2)} & {line["sample"] for line in _sheet(queued)}


def test_the_curve_of_reviews_tells_what_people_keep(queued: Workspace, quiet: Progress) -> None:
    """Where nobody accepts anything, rejected masks are not worth a look."""
    never = answers.AcceptCurve(intercept=-50, slope=1e-6, n_accepted=5, n_rejected=5)
    answers.write(queued.model_folder(MODEL), never)
    result = run(queued, Settings(annotator_id=ME), quiet)
    assert people.sample_id(2) not in {
        line["sample"] for line in _sheet(queued) if "gain 0.0" not in line["note"]
    }
    assert "the curve of earlier reviews" in result.notes[1]


def test_a_sheet_that_may_hold_answers_is_kept(queued: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """Another name is another sheet."""
    run(queued, Settings(annotator_id=ME), quiet)
    with pytest.raises(UsageError, match="exists and may hold answers"):
        run(queued, Settings(annotator_id=ME), quiet)
    run(queued, Settings(annotator_id=ME, sheet=tmp_path / "b.csv"), quiet)
    assert (tmp_path / "b.html").exists()


def test_nothing_to_gain_is_no_sheet(workspace: Workspace, quiet: Progress) -> None:
    """No masks to look at."""
    checked(workspace, (0.02,))
    workspace.append_batch([review(0, "accept")])
    result = run(workspace, Settings(annotator_id=ME), quiet)
    assert result.notes == ["No look at a mask is expected to change anything; no sheet."]
    assert not (workspace.root / "sheets").exists()


def test_a_dry_run_writes_nothing(queued: Workspace, quiet: Progress) -> None:
    """It says what the queue would be."""
    result = run(queued, Settings(annotator_id=ME, dry_run=True), quiet)
    assert result.facts["n_masks"]
    assert not (queued.root / "sheets").exists()
    assert not queued.run_files()
