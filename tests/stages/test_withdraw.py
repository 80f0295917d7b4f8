"""Is a person gone from the workspace, whatever stages left of them and whenever it is killed?"""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.cli import main
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.stages import ingest, report, split, verify, withdraw
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace
from tests.stages import withdrawn
from tests.stages.withdrawn import PERSON

_QUIET = Progress("quiet")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace that is only looked at: its source lies in it."""
    root = tmp_path_factory.mktemp("withdraw") / "ws"
    return withdrawn.build(root, root / "people")


@pytest.fixture
def lived_in(original: Workspace, tmp_path: Path) -> Workspace:
    """Give a copy to withdraw from."""
    return _copy(original, tmp_path / "copy")


def _copy(original: Workspace, root: Path) -> Workspace:
    """Copy a workspace with the sources and made pictures in it."""
    shutil.copytree(original.root, root)
    workspace = Workspace(root)

    def moved(path: str) -> str:
        return path.replace(str(original.root), str(root))

    sources = [replace(row, root=moved(row.root)) for row in workspace.rows(tables.SOURCES)]
    made = [replace(row, folder=moved(row.folder)) for row in workspace.rows(tables.MADE)]
    workspace.write(tables.SOURCES, sources)
    workspace.write(tables.MADE, made)
    return workspace


def _withdraw(workspace: Workspace, **settings: object) -> StageResult:
    wanted = {"person": PERSON, "browser": False, **settings}
    return withdraw.run(workspace, withdraw.Settings.model_validate(wanted), _QUIET)


def test_a_search_finds_the_person_before_and_nothing_after(lived_in: Workspace) -> None:
    """Neither id, nor name, nor SHA-256 of their files: in names, bytes, cells, workbooks."""
    words = withdrawn.words(lived_in)
    assert len(withdrawn.mentions(lived_in.root, words)) > 40
    _withdraw(lived_in)
    assert withdrawn.mentions(lived_in.root, words) == []


def test_no_document_with_pictures_stays(lived_in: Workspace) -> None:
    """Page, PDF and the pictures beside the Markdown go; what has numbers alone stays."""
    folder = lived_in.report_folder("audit")
    with_pictures = {folder / "index.html", folder / "report.pdf", *folder.glob("figures/*.jpeg")}
    assert (len(with_pictures) > 2, all(path.is_file() for path in with_pictures)) == (True, True)
    _withdraw(lived_in)
    assert [path for path in with_pictures if path.exists()] == []
    assert (folder / "report.json").is_file()


def test_everybody_else_stays_as_they_were(lived_in: Workspace) -> None:
    """Other people's rows, pictures, masks and answers are untouched."""
    before = [row for row in lived_in.rows(tables.MANIFEST) if row.person_id != PERSON]
    answers = {row.sample_id for row in before}
    kept = [row for row in lived_in.rows(tables.ANNOTATIONS) if row.sample_id in answers]
    masks = {
        path: path.read_bytes() for row in before if (path := lived_in.mask_file(row.sample_id)).is_file()
    }
    _withdraw(lived_in)
    assert lived_in.rows(tables.MANIFEST) == before
    assert lived_in.rows(tables.ANNOTATIONS) == kept
    assert len(masks) > 3
    assert {path: path.read_bytes() for path in masks} == masks
    assert all(lived_in.image_file(row).is_file() for row in before)


def test_a_mask_that_others_have_too_stays_theirs(lived_in: Workspace) -> None:
    """Two empty masks of one size have the same bytes: those say nothing of anybody."""
    leaving = {row.sample_id for row in lived_in.rows(tables.MANIFEST) if row.person_id == PERSON}
    rows = lived_in.rows(tables.MASKS)
    (one, *_), (other, *_) = (
        [row for row in rows if (row.sample_id in leaving) == is_theirs] for is_theirs in (True, False)
    )
    theirs, others = lived_in.mask_file(one.sample_id), lived_in.mask_file(other.sample_id)
    shutil.copy(theirs, others)
    alike = replace(other, sha256=tables.sha256_file(theirs))
    lived_in.write(tables.MASKS, [alike if row is other else row for row in rows])
    _withdraw(lived_in)
    assert (theirs.exists(), others.exists()) == (False, True)
    assert alike in lived_in.rows(tables.MASKS)


def test_verify_passes_and_lists_what_is_stale(lived_in: Workspace) -> None:
    """Nothing is missed that went, and models, splits and audits say with what they were computed."""
    _withdraw(lived_in)
    result = verify.run(lived_in, verify.Settings(), _QUIET)
    assert _changed(lived_in) == []
    stale = {mark.path: mark.remedy for mark in tombstone.stale(lived_in)}
    assert stale["models/student/model.pt"] == "train --restart"
    assert stale["tables/splits.parquet"] == "split"
    assert stale["reports/audit/audit.json"] == "audit"
    assert any("models/student/model.pt: was computed with somebody" in note for note in result.notes)


def test_what_is_made_again_is_no_longer_stale(lived_in: Workspace) -> None:
    """Even where it comes out the same."""
    _withdraw(lived_in)
    split.run(lived_in, split.Settings(), _QUIET)
    assert "tables/splits.parquet" not in {mark.path for mark in tombstone.stale(lived_in)}


def test_a_report_of_a_stale_audit_says_so(lived_in: Workspace) -> None:
    """In its notes and its facts."""
    _withdraw(lived_in)
    result = report.run(lived_in, report.Settings(), _QUIET)
    assert result.facts["is_stale"]
    assert any("withdrawn on" in note for note in result.notes)


def test_the_tombstone_names_nobody(lived_in: Workspace) -> None:
    """A day, counts by kind, and keyed hashes that are equal to nothing else."""
    words = withdrawn.words(lived_in)
    counts = _withdraw(lived_in).facts["counts"]
    found = tombstone.read(lived_in)
    assert found.tombstones[0].counts == counts
    assert counts["pictures"] >= 2
    assert not any(word in digest for word in words for digest in found.digests)
    assert len(found.digests) == counts["pictures"]


def test_a_withdrawn_picture_does_not_come_back(original: Workspace, lived_in: Workspace) -> None:
    """The same source is read again; its other pictures are read as before."""
    _withdraw(lived_in)
    before = lived_in.rows(tables.MANIFEST)
    columns = {"image": "image", "mask": "mask", "person": "person", "mask_source": "human"}
    source = original.root / "people"
    settings = ingest.Settings(source=source, name="again", reader="table", options=columns)
    result = ingest.run(lived_in, settings, _QUIET)
    assert result.facts["n_withdrawn"] == 2
    assert any("2 pictures were withdrawn" in note for note in result.notes)
    after = lived_in.rows(tables.MANIFEST)
    assert {row.sample_id for row in after} == {row.sample_id for row in before}


def test_one_picture_can_go_and_its_person_stay(lived_in: Workspace) -> None:
    """With everything that was made of it."""
    first, second = (row for row in lived_in.samples(source="people") if row.person_id == PERSON)
    _withdraw(lived_in, person=None, sample=first.sample_id)
    assert withdrawn.mentions(lived_in.root, [first.sample_id]) == []
    assert second in lived_in.samples()


def test_a_dry_run_counts_and_touches_nothing(lived_in: Workspace) -> None:
    """Tables, files and hidden files stay; the counts are those of the withdrawal."""
    before = {path: path.read_bytes() for path in lived_in.root.rglob("*") if path.is_file()}
    result = _withdraw(lived_in, dry_run=True)
    assert {path: path.read_bytes() for path in lived_in.root.rglob("*") if path.is_file()} == before
    assert result.facts["counts"] == _withdraw(lived_in).facts["counts"]


@pytest.fixture
def outside(original: Workspace, tmp_path: Path) -> Workspace:
    """Give a workspace whose source lies beside it."""
    workspace = _copy(original, tmp_path / "ws")
    (workspace.root / "people").rename(tmp_path / "people")
    sources = workspace.rows(tables.SOURCES)
    moved = [
        replace(row, root=str(tmp_path / "people")) if row.source == "people" else row for row in sources
    ]
    workspace.write(tables.SOURCES, moved)
    return workspace


def test_files_of_a_source_outside_are_listed_and_stay(outside: Workspace, tmp_path: Path) -> None:
    """On the screen alone: no file of the workspace holds the list."""
    result = _withdraw(outside)
    names = sorted(
        str(tmp_path / "people" / kind / f"00{n}.png") for kind in ("images", "masks") for n in (4, 5)
    )
    assert result.facts["outside"] == names
    assert all(Path(name).is_file() for name in names)
    assert [f"  {name}" for name in names] == [note for note in result.notes if note.startswith("  ")]
    assert withdrawn.mentions(outside.root, ["images/004.png"]) == []


def test_files_of_a_source_outside_go_when_asked(outside: Workspace, tmp_path: Path) -> None:
    """Pictures and masks of the person alone; the source's list is its owner's."""
    result = _withdraw(outside, delete_sources=True)
    assert sorted(path.name for path in (tmp_path / "people" / "images").iterdir()) == [
        f"00{n}.png" for n in (0, 1, 2, 3, 6, 7)
    ]
    assert (tmp_path / "people" / "people.csv").is_file()
    assert any("4 files were removed from sources" in note for note in result.notes)


_KILLER = """
import os, signal, sys
from datatools.cli import main
from datatools.withdrawal import tombstone
from datatools.withdrawal.ledger import Ledger

at, left = sys.argv[1], [0]
touch, bury, end = Ledger.touch, tombstone.bury, Ledger.end

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def counted(self, path):
    touch(self, path)
    left[0] += 1
    if at.isdigit() and left[0] == int(at):
        die()

def buried(*args, **keywords):
    bury(*args, **keywords)
    die()

def half_ended(self):
    self.intent_file.unlink()
    die()

Ledger.touch = counted
if at == "buried":
    tombstone.bury = buried
if at == "recorded":
    Ledger.end = die
if at == "ending":
    Ledger.end = half_ended
main(sys.argv[2:])
"""


def _killed(workspace: Workspace, at: str) -> None:
    arguments = ["withdraw", PERSON, "--workspace", str(workspace.root), "--quiet", "--no-browser"]
    done = subprocess.run([sys.executable, "-c", _KILLER, at, *arguments], check=False)
    assert done.returncode == -signal.SIGKILL


def _changed(workspace: Workspace) -> list[str]:
    """Give what verify misses; the copies of these tests have other sources than ingest wrote."""
    changed = verify.run(workspace, verify.Settings(), _QUIET).facts["changed"]
    assert isinstance(changed, list)
    return [line for line in changed if not line.startswith("tables/sources.parquet: ")]


def _check_completed(workspace: Workspace, words: list[str], undisturbed: Workspace) -> None:
    assert withdrawn.mentions(workspace.root, words) == []
    assert not [path.name for path in workspace.root.iterdir() if path.name.startswith(".withdrawal")]
    assert list((workspace.root / ".locks").iterdir()) == []
    for folder in ("tables", "masks", "mattes", "made"):
        assert _names(workspace, folder) == _names(undisturbed, folder)
    assert len(tombstone.read(workspace).tombstones) == 1
    assert _changed(workspace) == []


def _names(workspace: Workspace, folder: str) -> list[str]:
    return sorted(
        path.relative_to(workspace.root).as_posix() for path in (workspace.root / folder).rglob("*")
    )


def test_killed_in_the_middle_it_blocks_other_verbs_until_it_is_completed(
    original: Workspace, lived_in: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a name: the interrupted one is known."""
    words = withdrawn.words(lived_in)
    undisturbed = _copy(original, tmp_path / "undisturbed")
    _withdraw(undisturbed)
    _killed(lived_in, "12")
    assert main(["show", "--workspace", str(lived_in.root)]) == 2
    assert "a withdrawal from" in capsys.readouterr().err
    assert main(["ingest", "--source", str(tmp_path), "--workspace", str(lived_in.root)]) == 2
    assert "a withdrawal from" in capsys.readouterr().err
    assert _withdraw(lived_in, person=None, dry_run=True).facts["counts"]
    _withdraw(lived_in, person=None)
    _check_completed(lived_in, words, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("at", ["1", "5", "30", "45", "buried", "recorded", "ending"])
def test_killed_anywhere_the_same_command_completes_it(
    at: str, original: Workspace, lived_in: Workspace, tmp_path: Path
) -> None:
    """Early and late in the sweep, and between the last steps."""
    words = withdrawn.words(lived_in)
    undisturbed = _copy(original, tmp_path / "undisturbed")
    _withdraw(undisturbed)
    _killed(lived_in, at)
    if at == "ending":  # all is done, but for a list that means nothing any more
        with pytest.raises(UsageError, match="nothing was removed"):
            _withdraw(lived_in)
    else:
        _withdraw(lived_in)
    _check_completed(lived_in, words, undisturbed)


@pytest.mark.slow
def test_another_person_after_an_interrupted_one_are_both_gone(lived_in: Workspace) -> None:
    """The interrupted withdrawal is completed first."""
    words = withdrawn.words(lived_in)
    _killed(lived_in, "3")
    _withdraw(lived_in, person="people:p0000")
    assert withdrawn.mentions(lived_in.root, [*words, "people:p0000"]) == []
    assert len(tombstone.read(lived_in).tombstones) == 2


@pytest.mark.parametrize("is_used", [True, False])
def test_a_browser_that_cannot_be_asked_is_told_of(
    lived_in: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_used: bool
) -> None:
    """Where FiftyOne was never used nothing is started; where it does not answer the withdrawal goes on."""

    def silent() -> None:
        raise UsageError("no answer")

    monkeypatch.delenv("FIFTYONE_DATABASE_URI", raising=False)
    monkeypatch.setenv("FIFTYONE_DATABASE_DIR", str(tmp_path if is_used else tmp_path / "none"))
    monkeypatch.setattr("datatools.database.engine.load", silent)
    words = withdrawn.words(lived_in)
    notes = _withdraw(lived_in, browser=True).notes
    told = "could not be asked (no answer)" if is_used else "FiftyOne has no database here."
    assert any(told in note for note in notes)
    assert withdrawn.mentions(lived_in.root, words) == []


def test_records_name_nobody(lived_in: Workspace) -> None:
    """Not even the withdrawal's own, whose settings do not say whom."""
    _withdraw(lived_in)
    record = json.loads(lived_in.run_files()[-1].read_text())
    assert record["settings"] == {"delete_sources": False}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"person": "people:p9999"}, "nothing was removed"),
        ({"person": None, "sample": "00"}, "the sample '00' is not in it"),
        ({"person": None}, "no withdrawal was interrupted"),
        ({"person": None, "dry_run": True}, "no withdrawal was interrupted"),
        ({"sample": "00"}, "got both"),
        ({"limit": 3}, "expected no --limit"),
    ],
)
def test_what_cannot_be_withdrawn_is_refused(
    original: Workspace, settings: dict[str, object], message: str
) -> None:
    """Before anything is touched."""
    with pytest.raises(UsageError, match=message):
        _withdraw(original, **settings)
    assert not original.withdrawal_file.exists()


def test_a_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    """As by every verb."""
    with pytest.raises(UsageError, match="no workspace yet"):
        _withdraw(Workspace(tmp_path / "none"))


def test_a_broken_intent_or_list_of_withdrawals_is_a_data_error(lived_in: Workspace) -> None:
    """The error says what to do."""
    lived_in.withdrawal_file.write_text("{")
    with pytest.raises(DataError, match="withdraw the same person again"):
        _withdraw(lived_in)
    lived_in.withdrawal_file.unlink()
    (lived_in.root / "withdrawals.json").write_text("{")
    with pytest.raises(DataError, match="could come back"):
        _withdraw(lived_in)
