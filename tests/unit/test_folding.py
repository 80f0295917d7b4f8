"""Are thousands of small batches read fast, and never anything else than what they hold?"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datatools import batches, folding, tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import Annotation
from datatools.stages import withdraw
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample

N = 40
_PLAIN = tables.schema(tables.ANNOTATIONS)  # text as text: dictionaries may hold their words in any order


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    """Give a folder of batches: one answer each, and a large one."""
    for number in range(N):
        workspace.append_batch([answer(number, "male")])
    workspace.append_batch([answer(0, "male"), *(answer(number, "female") for number in range(1, 30))])
    assert not folding.file(workspace.annotations_folder).exists()
    return workspace.annotations_folder


def fold(folder: Path) -> None:
    """Copy the small batches."""
    folding.fold(folder, batches.files(folder))


def plainly(folder: Path) -> pa.Table:
    """Read the batches one by one."""
    return tables.read_encoded(batches.files(folder), tables.ANNOTATIONS).cast(_PLAIN)


def quickly(folder: Path) -> pa.Table:
    """Read them as everybody does, in one piece."""
    found = batches.read(folder)
    assert found["value"].num_chunks == 1
    return found.cast(_PLAIN)


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Count the files that reading opens."""
    files: list[object] = []
    real = pq.ParquetFile

    def note(path: object, **options: object) -> object:
        files.append(path)
        return real(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pq, "ParquetFile", note)
        batches.read(folder)
    return len(files)


def test_what_is_read_is_what_the_batches_hold(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows in the same order, those that two batches hold twice, of one file instead of many."""
    before = plainly(folder)
    fold(folder)
    assert quickly(folder).equals(before)
    assert opened(folder, monkeypatch) == 1


def test_what_came_after_is_read_too(folder: Path, workspace: Workspace) -> None:
    """In the place that its name gives it; the next fold takes it along."""
    fold(folder)
    for number in range(N):
        workspace.append_batch([answer(number, "female", annotator_id="late")])
    assert quickly(folder).equals(plainly(folder))
    fold(folder)
    assert quickly(folder).equals(plainly(folder))


def test_copies_of_a_batch_that_is_gone_are_not_read(folder: Path) -> None:
    """The batches are what counts; the next fold begins anew."""
    fold(folder)
    batches.files(folder)[3].unlink()
    assert quickly(folder).equals(plainly(folder))
    fold(folder)
    assert quickly(folder).equals(plainly(folder))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)


def _alter(path: Path) -> None:
    pq.write_table(pq.read_table(path).drop_columns("lead_time_s"), path)


def _retype(path: Path) -> None:
    table = pq.read_table(path)
    place = table.schema.get_field_index("lead_time_s")
    pq.write_table(table.set_column(place, "lead_time_s", table["lead_time_s"].cast(pa.float32())), path)


@pytest.mark.parametrize("harm", [_cut, _flip, _alter, _retype])
def test_copies_that_are_damaged_are_not_read(folder: Path, harm: object) -> None:
    """They may be removed at any time, so nothing is lost."""
    fold(folder)
    harm(folding.file(folder))  # type: ignore[operator]  # one of the four above
    assert quickly(folder).equals(plainly(folder))


@pytest.mark.parametrize("harm", [_cut, _flip, _alter, _retype])
def test_damaged_copies_are_told(folder: Path, harm: object) -> None:
    """And sound ones, and none, are no trouble."""
    assert folding.trouble(folder) is None
    fold(folder)
    assert folding.trouble(folder) is None
    harm(folding.file(folder))  # type: ignore[operator]  # one of the four above
    told = folding.trouble(folder)
    assert told is not None
    assert told.startswith("cannot be read (" if harm in {_cut, _flip} else "is of another version")


def test_copies_of_what_is_gone_are_told(folder: Path) -> None:
    """Nobody reads them, but they hold what somebody took away."""
    fold(folder)
    batches.files(folder)[3].unlink()
    assert folding.trouble(folder) == f"copies answers that are gone (1 of {N + 1} batches)"


@pytest.mark.parametrize("column", ["value", "batch_file"])
def test_copies_that_say_something_else_are_told(folder: Path, column: str) -> None:
    """An answer that somebody changed, and one that is said to be of another batch."""
    fold(folder)
    path = folding.file(folder)
    rows = pq.read_table(path)
    values = rows[column].to_pylist()
    changed = pa.array(["female", *values[1:]] if column == "value" else [values[-1], *values[1:]])
    pq.write_table(rows.set_column(rows.column_names.index(column), column, changed), path)
    assert folding.trouble(folder) == "is not what the batches hold that it copies"


def test_nobody_waits_for_thousands_of_batches(
    folder: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of older days is copied bit by bit."""
    monkeypatch.setattr(folding, "_AT_ONCE", 20)
    for n_copied in (20, 40):
        fold(folder)
        names = pq.read_table(folding.file(folder))["batch_file"].to_pylist()
        assert len(set(names)) == n_copied


def test_large_batches_and_few_ones_stay_by_themselves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to gain."""
    monkeypatch.setattr(folding, "_SMALL_BYTES", 10)
    fold(folder)
    assert not folding.file(folder).exists()


def test_writers_fold_now_and_then(workspace: Workspace) -> None:
    """Nobody has to ask for it."""
    for number in range(300):
        workspace.append_batch([answer(number, "male")])
    copied = set(pq.read_table(folding.file(workspace.annotations_folder))["batch_file"].to_pylist())
    assert len(copied) > 100


def _append_folding(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[Annotation]:
    monkeypatch.setattr(batches, "_FOLD_EVERY", 1)
    rows = [answer(N, "male")]
    workspace.append_batch(rows)
    return rows


def test_an_answer_is_kept_where_copies_cannot_be(
    folder: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, a cache that cannot be written, another's batch that is broken: the answer is kept."""
    (workspace.root / "cache").write_bytes(b"")
    _append_folding(workspace, monkeypatch)
    (workspace.root / "cache").unlink()
    batches.files(folder)[0].write_bytes(b"broken")
    (row,) = _append_folding(workspace, monkeypatch)
    assert any(tables.read(path, tables.ANNOTATIONS) == [row] for path in batches.files(folder)[1:])


def test_an_answer_that_is_refused_leaves_no_copies(
    folder: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody is being withdrawn: neither the batch nor a copy of theirs stays behind the broom."""
    workspace.withdrawal_file.write_text("{}")
    rows = tables.to_arrow(tables.ANNOTATIONS, [answer(N, "male")])
    monkeypatch.setattr(batches, "_FOLD_EVERY", 1)
    before = batches.files(folder)
    with pytest.raises(UsageError, match="withdrawal"):
        batches.append(folder, rows, confirm=workspace.require)
    assert (batches.files(folder), folding.file(folder).exists()) == (before, False)


def test_nobody_who_was_withdrawn_stays_in_the_copies(
    folder: Path, workspace: Workspace, tmp_path: Path
) -> None:
    """The copies lose their rows as the batches do, and what is read is what the batches hold."""
    ingest(workspace, tmp_path, [sample(number) for number in range(N)])
    fold(folder)
    withdraw.run(workspace, withdraw.Settings(sample=sample(3).sample_id, browser=False), Progress("quiet"))
    assert sample(3).sample_id not in pq.read_table(folding.file(folder))["sample_id"].to_pylist()
    found = quickly(folder)
    assert found.equals(plainly(folder))
    assert len(found) == N + 30 - 2
