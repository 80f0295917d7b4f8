"""Rows survive the disk, equal rows give equal bytes, and a wrong row is refused, not bent."""

import dataclasses
import errno
import random
import types
import typing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools import tables
from datatools.errors import TableError
from datatools.records import Measurement, Sample
from datatools.tables import Table

TABLES = [value for value in vars(tables).values() if isinstance(value, Table)]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS: dict[object, st.SearchStrategy[object]] = {
    str: TEXT,
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=8),
}


def _values(hint: object) -> st.SearchStrategy[object]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return st.none() | _values(next(a for a in arguments if a is not type(None)))
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is list:
        return st.lists(_values(arguments[0]), max_size=3)
    return SCALARS[hint]


def _rows(table: Table[typing.Any]) -> st.SearchStrategy[list[typing.Any]]:
    hints = typing.get_type_hints(table.record)
    one = st.builds(table.record, **{name: _values(hint) for name, hint in hints.items()})
    return st.lists(one, max_size=5, unique_by=lambda row: tuple(getattr(row, name) for name in table.key))


def _sample(**changes: object) -> Sample:
    sample = Sample(
        sample_id="a" * 16,
        path="1.jpg",
        width_px=3,
        height_px=4,
        source="set",
        licence="own",
        person_id="p",
        reference_mask=None,
        mask_source=None,
        mask_encoding=None,
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )
    return dataclasses.replace(sample, **changes)  # type: ignore[arg-type]  # some are wrong on purpose


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), order=st.randoms(use_true_random=False))
def test_write_then_read_is_identity(
    tmp_path: Path, table: Table[typing.Any], data: st.DataObject, order: random.Random
) -> None:
    """For every table: the same rows come back, and their order at writing changes no byte."""
    rows = data.draw(_rows(table))
    first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
    tables.write(first, table, rows)
    shuffled = list(rows)
    order.shuffle(shuffled)
    tables.write(second, table, shuffled)
    assert first.read_bytes() == second.read_bytes()
    back = tables.read(first, table)
    assert sorted(map(repr, back)) == sorted(map(repr, rows))


def test_nan_survives(tmp_path: Path) -> None:
    """NaN is undefined, None is absent: they stay apart."""
    path = tmp_path / "t.parquet"
    row = Measurement(sample_id="a", name="yaw_deg", value=float("nan"), measured_by="x")
    tables.write(path, tables.MEASUREMENTS, [row])
    assert np.isnan(tables.read(path, tables.MEASUREMENTS)[0].value)


def test_rows_come_back_in_the_order_of_their_key(tmp_path: Path) -> None:
    """None sorts before any value."""
    path = tmp_path / "t.parquet"
    tables.write(path, tables.MANIFEST, [_sample(sample_id=name) for name in "cab"])
    assert [row.sample_id for row in tables.read(path, tables.MANIFEST)] == ["a", "b", "c"]


def test_two_rows_for_one_key_are_refused() -> None:
    """The error names the key."""
    with pytest.raises(TableError, match=r"one row for each key; \{'sample_id': 'aaaaaaaaaaaaaaaa'\}"):
        tables.to_arrow(tables.MANIFEST, [_sample(), _sample(path="2.jpg")])


WRONG = [
    ({"path": None}, "column path expects a value in every row, got None"),
    ({"width_px": 1.5}, "column width_px expects integers, got 1.5"),
    ({"width_px": True}, "column width_px does not take"),
    ({"width_px": 2**70}, "column width_px does not take"),
    ({"path": 3}, "column path does not take"),
    ({"path": "caf\udce9.jpg"}, "column path does not take"),
    ({"aliases": [1]}, "column aliases does not take"),
]


@pytest.mark.parametrize(("changes", "reason"), WRONG)
def test_a_value_of_another_type_is_refused(changes: dict[str, object], reason: str) -> None:
    """Nothing is cut down, rounded or left out to make it fit."""
    with pytest.raises(TableError, match=f"table manifest: {reason}"):
        tables.to_arrow(tables.MANIFEST, [_sample(**changes)])


def test_numpy_scalars_are_taken(tmp_path: Path) -> None:
    """They are what arithmetic on arrays gives."""
    path = tmp_path / "t.parquet"
    tables.write(path, tables.MANIFEST, [_sample(width_px=np.int64(7))])
    assert tables.read(path, tables.MANIFEST)[0].width_px == 7


def test_a_missing_table_says_what_to_do(tmp_path: Path) -> None:
    """Run the stage that writes it."""
    with pytest.raises(TableError, match=r"no table manifest at .*run the stage"):
        tables.read(tmp_path / "t.parquet", tables.MANIFEST)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    """Such as one that was cut off."""
    path = tmp_path / "t.parquet"
    tables.write(path, tables.MANIFEST, [_sample()])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match="not a readable Parquet table"):
        tables.read(path, tables.MANIFEST)


def test_a_table_of_another_schema_names_the_columns(tmp_path: Path) -> None:
    """A table of an older version is not read as if it were of this one."""
    path = tmp_path / "t.parquet"
    tables.write(path, tables.MANIFEST, [_sample()])
    with pytest.raises(TableError, match=r"missing columns \['measured_by', 'name', 'value'\]"):
        tables.read(path, tables.MEASUREMENTS)


def test_a_table_of_an_older_version_lacks_what_may_be_absent(tmp_path: Path) -> None:
    """Columns that came later are empty, as rows and as some columns of a frame."""
    path = tmp_path / "t.parquet"
    older = tables.to_arrow(tables.MANIFEST, [_sample()]).drop_columns(["source_split", "mask_encoding"])
    tables.write_bytes(path, tables.to_bytes(older))
    (row,) = tables.read(path, tables.MANIFEST)
    assert row == dataclasses.replace(_sample(), source_split=None, mask_encoding=None)
    frame = tables.frame(path, tables.MANIFEST, ("sample_id", "source_split"))
    assert list(frame.columns) == ["sample_id", "source_split"]
    assert frame["source_split"].isna().all()


def test_a_table_as_frame_has_its_columns(tmp_path: Path) -> None:
    """For statistics and notebooks."""
    path = tmp_path / "t.parquet"
    tables.write(path, tables.MANIFEST, [_sample()])
    assert list(tables.frame(path, tables.MANIFEST).columns) == tables.schema(tables.MANIFEST).names


def test_a_record_of_an_unknown_type_has_no_schema() -> None:
    """Only what Arrow can keep without loss is allowed in records."""

    @dataclasses.dataclass(frozen=True)
    class Odd:
        value: complex

    with pytest.raises(TableError, match="must be str, int, float, bool, bytes or a list"):
        tables.schema(Table("odd", Odd, ("value",)))


def test_a_schema_says_its_table_and_version() -> None:
    """A reader of the file alone can tell."""
    metadata = tables.schema(tables.MANIFEST).metadata
    assert metadata == {b"datatools_table": b"manifest@1"}
    assert tables.schema(tables.MANIFEST).field("width_px").type == pa.int64()


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk costs the new table, not the old one."""
    path = tmp_path / "t.bin"
    tables.write_bytes(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*t\.bin'"):
        tables.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_new_file_replaces_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool) -> None:
    """Whoever comes second is told; some file systems know no links."""

    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    if not has_links:
        monkeypatch.setattr("os.link", refuse)
    path = tmp_path / "f"
    assert tables.write_new(path, b"first")
    assert not tables.write_new(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_hashes_of_bytes_and_file_agree(tmp_path: Path) -> None:
    """And are SHA-256: the empty one is well known."""
    path = tmp_path / "f"
    path.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tables.sha256_bytes(b"") == tables.sha256_file(path) == empty


def test_a_fingerprint_tells_its_parts_apart() -> None:
    """Moving a letter from one part to the next is another input."""
    assert tables.fingerprint("ab", "c") != tables.fingerprint("a", "bc")
    assert tables.fingerprint("1") != tables.fingerprint(1)
    assert len(tables.fingerprint()) == 16


def test_an_index_maps_a_field_to_its_row() -> None:
    """For tables keyed by that field alone."""
    rows = [_sample(sample_id="a"), _sample(sample_id="b")]
    assert tables.index(rows, "sample_id") == {"a": rows[0], "b": rows[1]}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_rows(tables.ANNOTATIONS))
def test_columns_are_sorted_as_records_are(rows: list[typing.Any]) -> None:
    """The absent first, text by its letters, numbers by size: equal rows give equal bytes."""
    plain = pa.Table.from_pylist(
        [dataclasses.asdict(row) for row in rows], schema=tables.schema(tables.ANNOTATIONS)
    )
    found = tables.sorted_arrow(tables.ANNOTATIONS, plain)
    wanted = tables.to_arrow(tables.ANNOTATIONS, rows)
    assert found.equals(wanted)
    assert tables.to_bytes(found) == tables.to_bytes(wanted)


def test_columns_with_one_key_twice_are_refused() -> None:
    """Two measurements of one name by one code cannot both hold."""
    row = {"sample_id": "a", "name": "blur", "value": 1.0, "measured_by": "x"}
    twice = pa.Table.from_pylist([row, {**row, "value": 2.0}])
    with pytest.raises(TableError, match=r"'sample_id': 'a', 'name': 'blur'.* came twice"):
        tables.sorted_arrow(tables.MEASUREMENTS, twice)


@pytest.mark.parametrize("columns", [{"sample_id": ["a"]}, {"value": ["much"]}, {"value": [None]}])
def test_columns_of_another_kind_are_refused(columns: dict[str, list[object]]) -> None:
    """A missing column, text for a number, an absent value that must be there."""
    good: dict[str, list[object]] = {"sample_id": ["a"], "name": ["n"], "value": [1.0], "measured_by": ["x"]}
    wrong = columns if "sample_id" in columns else good | columns
    with pytest.raises(TableError, match="table measurements does not take these columns"):
        tables.sorted_arrow(tables.MEASUREMENTS, pa.table(wrong))
