"""Columns of a table are its records' fields, whatever is left out on the way."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools import columns, tables
from datatools.errors import TableError
from datatools.records import Measurement

IDS = st.text("abc", min_size=1, max_size=2)
NAMES = st.sampled_from(["blur", "ita_deg", "yaw_deg"])


def _rows(keys: set[tuple[str, str]]) -> list[Measurement]:
    return [
        Measurement(sample_id=sample_id, name=name, value=float(number), measured_by="x")
        for number, (sample_id, name) in enumerate(sorted(keys))
    ]


def _write(path: Path, rows: Sequence[Measurement], rows_of_a_group: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "ROWS_OF_A_GROUP", rows_of_a_group)
        tables.write(path, tables.MEASUREMENTS, rows)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    keys=st.sets(st.tuples(IDS, NAMES), max_size=12),
    rows_of_a_group=st.integers(1, 5),
    wanted=st.sets(IDS, max_size=4),
    name=st.none() | NAMES,
    is_encoded=st.booleans(),
)
def test_filters_leave_the_rows_that_records_would(
    tmp_path: Path,
    keys: set[tuple[str, str]],
    rows_of_a_group: int,
    wanted: set[str],
    name: str | None,
    is_encoded: bool,
) -> None:
    """By sample and by name, in the order of the key, dictionary-encoded or not."""
    path = tmp_path / "t.parquet"
    rows = _rows(keys)
    _write(path, rows, rows_of_a_group)
    where: dict[str, set[str]] = {"sample_id": wanted} | ({} if name is None else {"name": {name}})
    encoded = ("name", "sample_id") if is_encoded else ()
    found = columns.read(path, tables.MEASUREMENTS, ("value", "sample_id"), where=where, encoded=encoded)
    expected = [row for row in rows if row.sample_id in wanted and name in (None, row.name)]
    assert found["value"].to_pylist() == [row.value for row in expected]
    assert found["sample_id"].to_pylist() == [row.sample_id for row in expected]
    assert found.column_names == ["value", "sample_id"]
    assert tables.read_about(path, tables.MEASUREMENTS, wanted) == [r for r in rows if r.sample_id in wanted]
    assert columns.n_rows(path, tables.MEASUREMENTS) == len(rows)


def test_groups_that_cannot_hold_it_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of four groups holds the sample."""
    path = tmp_path / "t.parquet"
    _write(path, _rows({(sample_id, "blur") for sample_id in "abcdefgh"}), 2)
    read: list[int] = []
    whole = pq.ParquetFile.read_row_group

    def counted(file: pq.ParquetFile, number: int, names: list[str]) -> pa.Table:
        read.append(number)
        return whole(file, number, names)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counted)
    found = columns.read(path, tables.MEASUREMENTS, ("sample_id",), where={"sample_id": ["e"]})
    assert (found["sample_id"].to_pylist(), read) == (["e"], [2])


def test_a_file_without_statistics_is_read_whole(tmp_path: Path) -> None:
    """Another program may have written it."""
    path = tmp_path / "t.parquet"
    rows = _rows({("a", "blur"), ("b", "blur")})
    pq.write_table(tables.to_arrow(tables.MEASUREMENTS, rows), path, write_statistics=False)
    assert tables.read_about(path, tables.MEASUREMENTS, ["b"]) == [rows[1]]


def test_a_column_that_an_older_version_had_not_holds_nothing(tmp_path: Path) -> None:
    """It is empty, and no row has the value that is looked for."""
    path = tmp_path / "t.parquet"
    rows = tables.to_arrow(tables.SCORES, []).drop_columns(["ref_hair"])
    tables.write_bytes(path, tables.to_bytes(rows))
    assert columns.read(path, tables.SCORES, ("ref_hair",))["ref_hair"].to_pylist() == []
    older = tables.schema(tables.LANDMARKS).empty_table().drop_columns(["error"])
    tables.write_bytes(path, tables.to_bytes(older))
    assert len(columns.read(path, tables.LANDMARKS, ("sample_id",), where={"error": ["x"]})) == 0


@pytest.mark.parametrize("is_in_dictionary", [True, False])
def test_letters_that_are_no_text_are_refused(tmp_path: Path, is_in_dictionary: bool) -> None:
    """A hostile file says that bytes are UTF-8 which are not."""
    path = tmp_path / "t.parquet"
    plain = tables.to_arrow(tables.MEASUREMENTS, _rows({("a", "blur")}))
    wrong = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    broken = plain.set_column(1, plain.schema.field("name"), wrong)
    pq.write_table(broken, path, use_dictionary=is_in_dictionary)
    for encoded in ((), ("name",)):
        with pytest.raises(TableError, match="is not a readable Parquet table"):
            columns.read(path, tables.MEASUREMENTS, ("name",), encoded=encoded)


def test_files_one_after_the_other_may_hold_the_same(tmp_path: Path) -> None:
    """Batches of answers do; a word has one number in all of them."""
    paths = [tmp_path / f"{number}.parquet" for number in range(2)]
    for path, names in zip(paths, ({"blur", "ita_deg"}, {"yaw_deg", "blur"}), strict=True):
        tables.write(path, tables.MEASUREMENTS, _rows({("a", name) for name in names}))
    pieces = columns.of_files(paths, tables.MEASUREMENTS, ("name",), encoded=("name",))
    found = columns.joined(tables.MEASUREMENTS, ("name",), ("name",), pieces)
    assert found["name"].to_pylist() == ["blur", "ita_deg", "blur", "yaw_deg"]
    assert len({tuple(chunk.dictionary.to_pylist()) for chunk in found["name"].chunks if len(chunk)}) == 1
    with pytest.raises(TableError, match="no table measurements"):
        list(columns.of_files([tmp_path / "none.parquet"], tables.MEASUREMENTS))


@settings(max_examples=40, deadline=None)
@given(keys=st.sets(IDS), wanted=st.sets(IDS))
def test_rows_about_samples_are_found_between_their_ends(keys: set[str], wanted: set[str]) -> None:
    """Both sorted: what lies outside is not looked through."""
    rows = pa.table({"sample_id": pa.array(sorted(keys), pa.string())})
    found = columns.is_about(rows, pa.array(sorted(wanted), pa.string()))
    assert found.to_pylist() == [key in wanted for key in sorted(keys)]


def test_sorting_orders_by_words_not_by_their_numbers() -> None:
    """A dictionary's words may come in any order."""
    rows = [dataclasses.asdict(row) for row in _rows({("b", "blur"), ("a", "blur")})]
    plain = pa.Table.from_pylist(rows[::-1], schema=tables.schema(tables.MEASUREMENTS))
    encoded = plain.set_column(0, "sample_id", plain["sample_id"].dictionary_encode())
    assert columns.sort(tables.MEASUREMENTS, encoded)["sample_id"].to_pylist() == ["a", "b"]
