"""The comparison says which file, row and column differ, and passes over clocks alone."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.records import MatteRow
from tests.faults.compare import Compared, compare

_ROW = MatteRow(
    sample_id="a",
    teacher="t",
    path="mattes/t/a.png",
    seconds=1.0,
    sha256="x",
    parents="p",
    status="ok",
    error=None,
)
_RECORD: dict[str, object] = {
    "stage": "segment",
    "settings": {},
    "inputs": {},
    "outputs": {"tables/mattes.parquet": "1"},
    "facts": {"n_computed": 3, "n_failed": 0},
    "started_at": "2026-01-01T00:00:00+00:00",
    "elapsed_s": 1.0,
    "versions": {},
}


def _folders(folder: Path) -> tuple[Path, Path]:
    """Give two workspaces alike."""
    both = folder / "a", folder / "b"
    for root in both:
        tables.write(root / "tables" / "mattes.parquet", tables.MATTES, [_ROW])
        _record(root, 1)
    return both


def _record(root: Path, number: int, **changes: object) -> None:
    path = root / "runs" / f"{number:04d}-segment.json"
    tables.write_bytes(path, json.dumps(_RECORD | changes).encode())


def _mattes(root: Path, **changes: object) -> None:
    row = replace(_ROW, **changes)  # type: ignore[arg-type]  # the fields of a row
    tables.write(root / "tables" / "mattes.parquet", tables.MATTES, [row])


def test_a_clocks_column_and_the_hash_of_its_table_are_no_difference(tmp_path: Path) -> None:
    """The rows say the same."""
    wanted, found = _folders(tmp_path)
    _mattes(found, seconds=2.0)
    _record(found, 1, outputs={"tables/mattes.parquet": "2"}, elapsed_s=9.0, started_at="2027")
    assert compare(wanted, found) == Compared()


def test_a_cell_that_differs_is_named(tmp_path: Path) -> None:
    """By table, row and column."""
    wanted, found = _folders(tmp_path)
    _mattes(found, sha256="y")
    told = compare(wanted, found).differences
    assert told == ["tables/mattes.parquet: row ('a', 't'), column sha256: 'x' and 'y'"]


def test_a_row_that_is_missing_is_named(tmp_path: Path) -> None:
    """And the one in its place."""
    wanted, found = _folders(tmp_path)
    _mattes(found, sample_id="b")
    told = compare(wanted, found).differences
    assert told == [
        "tables/mattes.parquet: row ('a', 't') is missing",
        "tables/mattes.parquet: row ('b', 't') is there and should not be",
    ]


def test_files_that_are_missing_or_too_many_are_named(tmp_path: Path) -> None:
    """Hidden ones apart: a kill may leave them."""
    wanted, found = _folders(tmp_path)
    (wanted / "a.png").write_bytes(b"")
    (found / "b.png").write_bytes(b"")
    (found / ".c.png.part").write_bytes(b"")
    told = compare(wanted, found)
    assert told.differences == ["a.png is missing", "b.png is there and should not be"]
    assert told.left_over == [".c.png.part"]


def test_bytes_of_a_picture_decide(tmp_path: Path) -> None:
    """There is nothing to excuse."""
    wanted, found = _folders(tmp_path)
    (wanted / "a.png").write_bytes(b"1")
    (found / "a.png").write_bytes(b"2")
    assert compare(wanted, found).differences == ["a.png: 1 bytes and 1 bytes that differ"]


def test_a_second_record_of_a_run_that_was_killed_late_is_no_difference(tmp_path: Path) -> None:
    """It says the same but for its own work."""
    wanted, found = _folders(tmp_path)
    _record(found, 2, facts={"n_computed": 0, "n_failed": 0})
    assert compare(wanted, found) == Compared()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"facts": {"n_computed": 3, "n_failed": 1}}, "facts.n_failed: 0 and 1"),
        ({"outputs": {"tables/mattes.parquet": "2"}}, "outputs.tables/mattes.parquet: '1' and '2'"),
    ],
)
def test_a_record_that_says_something_else_is_a_difference(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    """Facts and the hashes of equal files."""
    wanted, found = _folders(tmp_path)
    _record(found, 1, **changes)
    assert compare(wanted, found).differences == [f"runs: segment {{}}.{told}"]


def test_pages_are_compared_by_their_words(tmp_path: Path) -> None:
    """A hash of a file that holds a clock is none of them."""
    wanted, found = _folders(tmp_path)
    (wanted / "a.html").write_text(f"IoU 0.9 of {'1' * 64}")
    (found / "a.html").write_text(f"IoU 0.9 of {'2' * 64}")
    (wanted / "b.html").write_text("IoU 0.9")
    (found / "b.html").write_text("IoU 0.8")
    assert compare(wanted, found).differences == ["b.html: 0: 'IoU 0.9' and 'IoU 0.8'"]
