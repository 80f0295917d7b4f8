"""Is what killed runs leave found, mended, and made again to the same bytes?"""

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datatools import tables
from datatools.errors import LockedError, UsageError
from datatools.owners import Owner
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.repair import leftovers, repairing
from datatools.stages import check, crop, ingest, matting, refine, segment, split, verify, withdraw
from datatools.withdrawal.sweep import Sweep
from datatools.workspace import Workspace
from tests.stages import made
from tests.stages.people import answer

_QUIET = Progress("quiet")
Damage = Callable[[Workspace], None]


def run_stages(workspace: Workspace) -> None:
    """Run what makes tables, and pictures of pictures."""
    source = workspace.root.parent / "people"
    options = {"mask_source": "human"}
    ingest.run(workspace, ingest.Settings(source=source, reader="folder_masks", options=options), _QUIET)
    if not workspace.has(tables.LANDMARKS):
        made.with_faces(workspace)
    segment.run(workspace, segment.Settings(teachers=["grabcut"]), _QUIET)
    refine.run(workspace, refine.Settings(maps=True), _QUIET)
    check.run(workspace, check.Settings(), _QUIET)
    matting.run(workspace, matting.Settings(), _QUIET)
    crop.run(workspace, crop.Settings(min_side_px=64), _QUIET)
    split.run(workspace, split.Settings(), _QUIET)


def contents(root: Path) -> dict[str, object]:
    """Give what stages made, by path: a table's rows without clocks' readings, other files' bytes."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() or name.startswith(("runs/", ".broken/")):
            continue
        found[name] = path.read_bytes()
        if path.suffix == ".parquet":
            with contextlib.suppress(pa.ArrowInvalid):  # one that was broken on purpose
                table = pq.read_table(path)
                found[name] = table.drop_columns([c for c in table.column_names if c == "seconds"])
    return found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, object]]:
    """Give a workspace that was never disturbed, a copy of it, and what is in it."""
    folder = tmp_path_factory.mktemp("kept")
    workspace = Workspace(folder / "ws")
    made.with_people(workspace, 3)
    run_stages(workspace)
    workspace.append_batch([answer(1, "male")])
    shutil.copytree(workspace.root, folder / "copy")
    return workspace.root, folder / "copy", contents(workspace.root)


@pytest.fixture
def whole(kept: tuple[Path, Path, dict[str, object]]) -> Iterator[Workspace]:
    """Give the workspace as it was."""
    root, copy, _ = kept
    yield Workspace(root)
    shutil.rmtree(root)
    shutil.copytree(copy, root)


def repaired(workspace: Workspace, **settings: object) -> StageResult:
    """Repair."""
    return verify.run(workspace, verify.Settings.model_validate({"repair": True, **settings}), _QUIET)


def looked(workspace: Workspace) -> StageResult:
    """Verify."""
    return verify.run(workspace, verify.Settings(), _QUIET)


def killed_holding(workspace: Workspace, verb: str, writes: list[object], work: Callable[[], None]) -> None:
    """Do something under locks in a process that is killed then, before its record is written."""
    child = os.fork()
    if not child:
        with workspace.locked(verb, writes):
            work()
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def first(workspace: Workspace, pattern: str) -> Path:
    """Give the first file of a pattern."""
    return sorted(workspace.root.glob(pattern))[0]


def leave_parts(workspace: Workspace) -> None:
    """Leave what writers leave that are killed."""
    (workspace.root / "tables" / f".masks.parquet.{'a' * 16}.part").write_bytes(b"half")
    (workspace.root / "masks" / f".x.png.{'b' * 16}.part").write_bytes(b"half")
    (workspace.root / ".locks" / "masks.todo").write_text("{}")


def break_table(workspace: Workspace) -> None:
    """Cut a table off."""
    path = workspace.table_file(tables.OBSERVATIONS)
    path.write_bytes(path.read_bytes()[:100])


def lose_and_change_files(workspace: Workspace) -> None:
    """Lose a matte, change a mask and a cut-out, lose a crop."""
    first(workspace, "mattes/*/*.png").unlink()
    shutil.copy(first(workspace, "mattes/*/*.png"), first(workspace, "masks/*.png"))
    first(workspace, "alpha/*.png").write_bytes(b"no picture")
    first(workspace, "made/*/images/*.png").unlink()


def leave_orphans(workspace: Workspace) -> None:
    """Leave files of no row, as a run leaves them that was killed between file and journal."""
    for folder in ("mattes/grabcut", "masks", "fused", "disagreement", "alpha"):
        (workspace.root / folder / f"{'0' * 16}.png").write_bytes(b"x")
    (workspace.root / "made" / "crops" / "images" / f"{'0' * 16}-head-{'0' * 8}.png").write_bytes(b"x")


def cut_a_table_by_hand(workspace: Workspace) -> None:
    """Take a row out of tables, and lose another one."""
    workspace.write(tables.EFFECTS, workspace.rows(tables.EFFECTS)[1:])
    workspace.write(tables.MATTES, workspace.rows(tables.MATTES)[1:])
    workspace.write(tables.FINDINGS, workspace.rows(tables.FINDINGS)[1:])
    workspace.table_file(tables.SPLITS).unlink()


def kill_before_the_record(workspace: Workspace) -> None:
    """Write a table, and die before the run's record says so."""

    def work() -> None:
        workspace.write(tables.FINDINGS, workspace.rows(tables.FINDINGS)[1:])
        workspace.write(tables.MATTES, workspace.rows(tables.MATTES)[1:])

    killed_holding(workspace, "check", [tables.FINDINGS, tables.MATTES], work)


def tear_a_journal(workspace: Workspace) -> None:
    """Leave a journal with lines that are none."""
    lines = [b'{"key": "a"}', b"\xff", b'{"key": "a", "rows": [{"sample_id": 1}]}', b'{"key": "b", "ro']
    (workspace.root / "tables" / ".mattes.journal").write_bytes(b"\n".join(lines))


def tear_a_record(workspace: Workspace) -> None:
    """Cut off the record of a run, and write one that is none."""
    path = next(path for path in workspace.run_files() if path.stem.endswith("-matting"))
    path.write_bytes(path.read_bytes()[:50])
    torn = (
        {"outputs": {"a": 1}},
        {"stage": "refine", "inputs": {}, "outputs": {"a": 1}},
        {"stage": "refine", "inputs": {}, "outputs": {"../../a": "b"}},
    )
    for number, record in enumerate(torn, 97):
        (workspace.root / "runs" / f"{number:04d}-refine.json").write_text(json.dumps(record))


def leave_locks(workspace: Workspace) -> None:
    """Leave a dead lock and a torn one."""
    killed_holding(workspace, "evaluate", [tables.SCORES], lambda: None)
    (workspace.root / ".locks" / "groups.json").write_bytes(b"{")


def leave_parts_of_a_table(workspace: Workspace) -> None:
    """Leave parts of a table that one file holds, and of one with another list."""
    data = workspace.table_file(tables.SPLITS).read_bytes()
    home = workspace.root / "tables" / "splits"
    home.mkdir()
    (home / "part-0.parquet").write_bytes(data)


_DAMAGES: tuple[Damage, ...] = (
    leave_parts,
    break_table,
    lose_and_change_files,
    leave_orphans,
    cut_a_table_by_hand,
    kill_before_the_record,
    tear_a_journal,
    tear_a_record,
    leave_locks,
    leave_parts_of_a_table,
)


@pytest.mark.parametrize("damage", _DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damage_is_found_mended_and_made_again(
    whole: Workspace, kept: tuple[Path, Path, dict[str, object]], damage: Damage
) -> None:
    """Verify fails, a rehearsal writes nothing, a repair makes it pass, the stages give the same bytes."""
    damage(whole)
    assert not looked(whole).passed
    before = contents(whole.root)
    told = repaired(whole, dry_run=True)
    assert told.facts["would_mend"] != []
    assert contents(whole.root) == before
    result = repaired(whole)
    assert result.facts["mended"] != []
    assert (result.passed, result.facts["changed"], result.facts["troubles"]) == (True, [], [])
    assert looked(whole).passed
    run_stages(whole)
    assert contents(whole.root) == kept[2]
    assert looked(whole).passed


def test_all_damages_at_once_are_mended_even_by_a_repair_that_is_killed_again_and_again(
    whole: Workspace, kept: tuple[Path, Path, dict[str, object]]
) -> None:
    """Each time a little later; the last one is let through."""
    for damage in _DAMAGES:
        if damage is not leave_parts_of_a_table:  # needs the table that another one takes
            damage(whole)
    for number in range(1, 60, 4):
        if not _repair_killed_at(whole, number):
            break
    assert repaired(whole).passed
    run_stages(whole)
    assert contents(whole.root) == kept[2]


def _repair_killed_at(workspace: Workspace, number: int) -> bool:
    """Repair in a child that dies at its n-th renaming or removing of a file; say whether it died."""
    child = os.fork()
    if not child:
        left = [number]
        for owner, name in ((Path, "rename"), (Path, "unlink"), (Path, "replace"), (os, "link")):
            work = getattr(owner, name)

            def counted(*given: object, _work: Callable[..., object] = work, **named: object) -> object:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return _work(*given, **named)

            setattr(owner, name, counted)
        leftovers._SECOND_LOOK_S = 0.0
        repaired(workspace)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_an_interrupted_withdrawal_is_completed(whole: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """First of all, also beside a torn record; the list that one left behind is removed."""
    asked = withdraw.Settings(sample=whole.samples()[0].sample_id, browser=False)
    monkeypatch.setattr(Sweep, "amend_records", _killed)
    with pytest.raises(KeyboardInterrupt):
        withdraw.run(whole, asked, _QUIET)
    monkeypatch.undo()
    tear_a_record(whole)
    told = repaired(whole, dry_run=True, browser=False)
    assert "a withdrawal was interrupted; would be completed" in str(told.facts["would_mend"])
    result = repaired(whole, browser=False)
    assert "a withdrawal was interrupted; completed: Removed: " in str(result.facts["mended"])
    assert result.facts["troubles"] == []
    assert asked.sample not in {row.sample_id for row in whole.samples()}
    whole.withdrawal_file.with_suffix(".touched").write_text("")
    assert "the list of a withdrawal that was done; removed" in str(repaired(whole).facts["mended"])


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_broken_batch_is_set_aside_and_said_loudly(whole: Workspace) -> None:
    """Answers cannot be made again; those of other batches stay."""
    (good,) = whole.batch_files()
    broken = whole.append_batch([answer(2, "female")])
    data = broken.read_bytes()[:-9]
    broken.write_bytes(data)
    told = str(looked(whole).facts["troubles"])
    assert "ANSWERS ARE MISSING" in told
    assert "would be set aside under .broken: restore it from a copy" in told
    assert repaired(whole).passed
    assert whole.batch_files() == [good]
    assert (whole.root / ".broken" / "tables" / "annotations" / broken.name).read_bytes() == data


def test_answers_that_were_changed_and_can_be_read_are_never_touched(whole: Workspace) -> None:
    """The repair says so, and the gate stays closed."""
    (path,) = whole.batch_files()
    other = whole.append_batch([answer(2, "female")])
    other.replace(path)
    before = path.read_bytes()
    result = repaired(whole)
    assert not result.passed
    assert "these answers were changed after they were kept" in str(result.facts["troubles"])
    assert path.read_bytes() == before


def test_a_source_picture_that_is_gone_is_left_to_people(whole: Workspace) -> None:
    """Its drive may just not be there: nothing is taken out of the manifest."""
    picture = whole.image_file(whole.samples()[0])
    data = picture.read_bytes()
    rows = whole.rows(tables.MANIFEST)
    picture.unlink()
    assert not repaired(whole).passed
    assert whole.rows(tables.MANIFEST) == rows
    picture.write_bytes(data)
    assert looked(whole).passed


def test_a_manifest_that_was_edited_is_left_to_people(whole: Workspace) -> None:
    """No stage could say what it was; ingest can."""
    whole.write(tables.MANIFEST, whole.rows(tables.MANIFEST)[1:])
    result = repaired(whole)
    assert not result.passed
    assert "tables/manifest.parquet: has changed since ingest wrote it" in str(result.facts["changed"])


def test_a_report_that_was_being_made_anew_is_set_aside(whole: Workspace) -> None:
    """Half of its files may be of the run before; a file that somebody edited is left."""
    page, other = (whole.report_folder(name) / "index.html" for name in ("one", "two"))
    with whole.run("report", {}, writes=(page, other)):
        tables.write_bytes(page, b"1")
        tables.write_bytes(other, b"1")
    killed_holding(whole, "report", [page], lambda: tables.write_bytes(page, b"2"))
    other.write_bytes(b"mine")
    result = repaired(whole)
    assert result.facts["changed"] == ["reports/two/index.html: has changed since report wrote it"]
    assert not page.exists()
    assert "`datatools report`, which was killed, makes it again" in str(result.facts["mended"])


def test_a_run_that_goes_on_from_its_journal_is_no_trouble(whole: Workspace) -> None:
    """It is told, and neither verify nor a repair takes anything from it."""
    rows = [{**json.loads(json.dumps(_plain(row)))} for row in whole.rows(tables.MATTES)[:1]]
    journal = whole.root / "tables" / ".mattes.journal"
    line = json.dumps({"key": f"{rows[0]['sample_id']}/grabcut", "rows": rows}) + "\n"
    journal.write_text(line + '{"key": "cut o')
    result = looked(whole)
    assert result.passed
    assert result.facts["unfinished"] == [
        "mattes: 1 items wait for a run that was killed; the same command goes on"
    ]
    assert repaired(whole).passed
    assert journal.read_text().startswith(line)


def _plain(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__slots__}  # type: ignore[attr-defined]  # a record


def test_what_is_being_written_is_left_out(whole: Workspace) -> None:
    """Verify does not accuse a run that is under way, and a repair waits for its end."""
    leave_orphans(whole)
    first(whole, "mattes/*/*.png").unlink()
    names = (tables.MATTES, tables.MASKS, tables.ALPHAS, tables.MADE)
    with whole.locked("segment", names):
        result = looked(whole)
        assert result.passed
        assert sorted(result.facts["running"]) == ["alphas", "made", "masks", "mattes"]  # type: ignore[call-overload]  # a dict
        child = os.fork()
        if not child:
            try:
                repaired(whole)
            except LockedError:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert not looked(whole).passed
    with whole.alone("withdraw"):
        assert repairing.look(whole, hashes=False).mended == []


def test_locks_of_a_machine_that_is_gone_are_broken_when_asked(whole: Workspace) -> None:
    """Only by its name; a lock of another machine is no trouble by itself."""
    path = whole.root / ".locks" / "scores.json"
    owner = json.loads(Owner.this("evaluate", "2026-01-01").to_bytes())
    path.write_text(json.dumps(owner | {"host": "node7"}))
    assert looked(whole).passed
    with pytest.raises(LockedError, match="--repair --gone node7"):
        repaired(whole)
    with pytest.raises(LockedError):
        repaired(whole, gone="node8")
    assert repaired(whole, gone="node7").passed
    assert not path.exists()


def test_a_second_look_spares_what_is_being_written(
    whole: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file under a hidden name, or a lock without content, that is gone a moment later."""
    leave_parts(whole)
    leave_locks(whole)

    def ends(_: float) -> None:
        for path in (*whole.root.rglob("*.part"), whole.root / ".locks" / "groups.json"):
            path.unlink(missing_ok=True)

    monkeypatch.setattr(time, "sleep", ends)
    assert list(leftovers.temporary(whole)) == []
    assert list(leftovers.torn_locks(whole)) == []


def test_a_repair_of_a_whole_workspace_does_nothing(whole: Workspace) -> None:
    """Not even a record."""
    records = whole.run_files()
    result = repaired(whole)
    assert (result.passed, result.facts["mended"]) == (True, [])
    assert whole.run_files() == records


@pytest.mark.parametrize(
    ("settings", "says"),
    [({"gone": "x"}, "expected --repair with it"), ({"repair": True, "report": "a"}, "expected no report")],
)
def test_flags_that_do_not_go_together_are_refused(
    whole: Workspace, settings: dict[str, object], says: str
) -> None:
    """Before anything is done."""
    with pytest.raises(UsageError, match=says):
        verify.run(whole, verify.Settings.model_validate(settings), _QUIET)


def test_no_workspace_is_not_repaired(tmp_path: Path) -> None:
    """There is nothing to mend."""
    with pytest.raises(UsageError, match="is no workspace yet"):
        repaired(Workspace(tmp_path / "none"))
