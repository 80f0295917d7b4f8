"""A table in parts is the table that one file would hold, and changes in one moment."""

import dataclasses
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools import columns, parts, tables
from datatools.errors import TableError
from datatools.records import Finding

IDS = st.text("0123456789abcdef", min_size=1, max_size=3)


def _findings(ids: Sequence[str], *, passed: bool = True) -> list[Finding]:
    return [
        Finding(sample_id=name, check=check, score=None, passed=passed, detail=None)
        for name in ids
        for check in ("a", "b")
    ]


@pytest.fixture
def short_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let four rows be as many as one file holds."""
    monkeypatch.setattr(tables, "ROWS_OF_A_FILE", 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a table."""
    return tmp_path / "findings.parquet"


@pytest.mark.usefixtures("short_files")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(before=st.sets(IDS, max_size=12), after=st.sets(IDS, max_size=12))
def test_what_was_written_last_is_read(path: Path, before: set[str], after: set[str]) -> None:
    """From one file to parts and back: nothing of the table before is left."""
    for ids in (before, after):
        tables.write(path, tables.FINDINGS, _findings(sorted(ids)))
        assert tables.read(path, tables.FINDINGS) == _findings(sorted(ids))
        assert path.is_file() == (2 * len(ids) <= 4)
        found = [item for item in path.parent.rglob("*") if item.is_file()]
        assert len(found) == len(parts.files(path)) + (not path.is_file())


@pytest.mark.usefixtures("short_files")
def test_parts_that_stay_the_same_are_not_written_again(path: Path) -> None:
    """A row more changes the part of the keys that begin as it does."""
    tables.write(path, tables.FINDINGS, _findings(["0a", "1a", "2a"]))
    before = {file.name: file.stat().st_ino for file in parts.files(path)}
    tables.write(path, tables.FINDINGS, _findings(["0a", "1a", "1b", "2a"]))
    after = {file.name: file.stat().st_ino for file in parts.files(path)}
    assert len(after) == len(before) == 3
    assert len(before.items() & after.items()) == 2


@pytest.mark.usefixtures("short_files")
def test_a_lookup_reads_few_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those whose keys begin otherwise are left alone."""
    tables.write(path, tables.FINDINGS, _findings(["0a", "1a", "2a"]))
    for file in parts.files(path)[:2]:  # only their ends are read
        data = file.read_bytes()
        file.write_bytes(data[:4] + bytes(40) + data[44:])
    assert tables.read_about(path, tables.FINDINGS, ["2a"]) == _findings(["2a"])
    with pytest.raises(TableError, match=r"part-00000.* is not a readable Parquet table"):
        tables.read(path, tables.FINDINGS)


def _cluster(path: Path, pieces: Sequence[Sequence[Finding]]) -> None:
    """Leave parts as a cluster's workers do: in any order, without a list."""
    parts.folder(path).mkdir()
    for number, rows in enumerate(pieces):
        plain = pa.Table.from_pylist(
            [dataclasses.asdict(row) for row in rows], schema=tables.schema(tables.FINDINGS)
        )
        (parts.folder(path) / f"part-{number}.parquet").write_bytes(tables.to_bytes(plain))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ids=st.sets(IDS, min_size=2), order=st.randoms(use_true_random=False), n=st.integers(1, 4))
def test_parts_of_a_cluster_are_read_as_one_file(
    tmp_path_factory: pytest.TempPathFactory, ids: set[str], order: object, n: int
) -> None:
    """In the order of the key, whichever worker wrote what; and its hash is the same on every look."""
    path = tmp_path_factory.mktemp("t") / "findings.parquet"
    rows = _findings(sorted(ids))
    shuffled = list(rows)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    _cluster(path, [shuffled[start::n] for start in range(n)])
    assert parts.exists(path)
    assert tables.read(path, tables.FINDINGS) == rows
    assert columns.n_rows(path, tables.FINDINGS) == len(rows)
    assert parts.sha256(path) == parts.sha256(path)


def test_two_parts_of_a_cluster_with_one_key_are_refused(path: Path) -> None:
    """Nobody knows which of the two rows holds."""
    _cluster(path, [_findings(["0a"]), _findings(["0a"], passed=False)])
    with pytest.raises(TableError, match="'sample_id': '0a', 'check': 'a'} came twice"):
        columns.read(path, tables.FINDINGS, ["passed"])


@pytest.mark.usefixtures("short_files")
def test_a_clusters_parts_are_replaced_whole(path: Path) -> None:
    """The next stage that writes the table writes parts of ours."""
    _cluster(path, [_findings(["0a", "1a"]), _findings(["2a"])])
    tables.write(path, tables.FINDINGS, _findings(["0b", "1a", "2a"]))
    assert tables.read(path, tables.FINDINGS) == _findings(["0b", "1a", "2a"])
    assert len(list(parts.folder(path).glob("*.parquet"))) == 3


_STEPS = ("open", "os.fsync", "os.rename", "os.replace", "os.unlink", "os.remove", "os.rmdir")


def _kill_at(step: int) -> None:
    """End this process at one of its steps that change the disk."""
    import sys

    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in {"os.rename", "os.remove", "os.rmdir"} or (event == "open" and "w" in str(arguments[1])):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


@pytest.mark.usefixtures("short_files")
@pytest.mark.parametrize("before", [["0a"], ["0a", "1a", "2a"], "cluster"], ids=["file", "parts", "cluster"])
@pytest.mark.parametrize("after", [["3a", "4a"], ["1a", "2b", "3a"]], ids=["to file", "to parts"])
def test_killed_at_any_step_the_table_is_one_of_the_two(
    tmp_path: Path, before: list[str] | str, after: list[str]
) -> None:
    """Never a mixture, and writing again ends with the same bytes as if nothing had happened."""
    undisturbed: set[tuple[str, bytes]] = set()
    for step in range(40):
        path = tmp_path / str(step) / "findings.parquet"
        path.parent.mkdir()
        if before == "cluster":
            _cluster(path, [_findings(["0a"]), _findings(["1a"])])
            old = _findings(["0a", "1a"])
        else:
            old = _findings(before)
            tables.write(path, tables.FINDINGS, old)
        child = os.fork()
        if child == 0:
            _kill_at(step)
            tables.write(path, tables.FINDINGS, _findings(after))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if step == 0:
            undisturbed = _held(path)
        else:
            assert tables.read(path, tables.FINDINGS) in (old, _findings(after))
        tables.write(path, tables.FINDINGS, _findings(after))
        assert _held(path) == undisturbed
        if step > 0 and os.waitstatus_to_exitcode(status) == 0:
            return
    raise AssertionError("the writer never came to its end")


def _held(path: Path) -> set[tuple[str, bytes]]:
    found = (item for item in path.parent.rglob("*") if item.is_file())
    # What was being written is nobody's; ``verify --repair`` removes it.
    return {(item.name, item.read_bytes()) for item in found if item.suffix != tables.PART}


@pytest.mark.parametrize("text", ["no", "[]", '{"parts": 3}', '{"parts": ["../part-1.parquet"]}', "{}"])
def test_a_broken_list_is_named(path: Path, text: str) -> None:
    """Nor does it lead out of its folder."""
    parts.folder(path).mkdir()
    (parts.folder(path) / parts.LIST).write_text(text)
    with pytest.raises(TableError, match=r"_parts\.json is no list of a table's parts"):
        tables.read(path, tables.FINDINGS)


@pytest.mark.usefixtures("short_files")
def test_a_part_that_is_gone_is_said(path: Path) -> None:
    """The table is not read as if it had been shorter."""
    tables.write(path, tables.FINDINGS, _findings(["0a", "1a", "2a"]))
    parts.files(path)[1].unlink()
    with pytest.raises(TableError, match="no table findings at"):
        tables.read(path, tables.FINDINGS)
    with pytest.raises(FileNotFoundError):
        parts.sha256(path)


def test_other_files_beside_parts_stay(path: Path) -> None:
    """They are not ours."""
    _cluster(path, [_findings(["0a"])])
    (parts.folder(path) / "_SUCCESS").touch()
    tables.write(path, tables.FINDINGS, _findings(["1a"]))
    assert [item.name for item in parts.folder(path).iterdir()] == ["_SUCCESS"]


def test_a_writer_that_never_rests_is_waited_for_in_vain(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look finds another list, whose parts are gone again."""
    names = (path.with_name(f"part-{number}.parquet") for number in range(100))
    monkeypatch.setattr(parts, "files", lambda _: [next(names)])
    with pytest.raises(TableError, match="no table findings at"):
        columns.read(path, tables.FINDINGS)
