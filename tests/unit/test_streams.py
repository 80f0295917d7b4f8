"""Tables are gone over row by row, and written from rows that come one by one, as if they were whole."""

import dataclasses
from itertools import islice

import pyarrow.parquet as pq
import pytest

from datatools import lists, streams, tables
from datatools.errors import TableError, UsageError
from datatools.records import Finding, LandmarkRow, MadeRow
from datatools.workspace import Workspace
from tests.stages import people

TABLE = tables.FINDINGS


def _rows(n_samples: int, checks: tuple[str, ...] = ("a", "b")) -> list[Finding]:
    return [
        Finding(sample_id=people.sample_id(number), check=check, score=number / 7, passed=True, detail=None)
        for number in range(n_samples)
        for check in checks
    ]


def test_many_rows_in_any_order_make_the_bytes_of_the_table(workspace: Workspace) -> None:
    """As ``Workspace.write`` makes them."""
    rows = _rows(1500)
    workspace.write(TABLE, rows)
    whole = workspace.table_file(TABLE).read_bytes()
    streams.write(workspace, TABLE, reversed(rows))
    assert workspace.table_file(TABLE).read_bytes() == whole
    assert list(streams.Rows(workspace, TABLE)) == rows


@pytest.mark.parametrize("n_rows", [1, 1024, 4096, 5000, 9000])
def test_a_heavy_table_grows_to_the_same_bytes(workspace: Workspace, n_rows: int) -> None:
    """In groups of rows, as when it is written at once; in whatever order they come."""
    rows = [
        LandmarkRow(
            sample_id=people.sample_id(number),
            scheme="dlib68",
            points=[number / 7] * (number % 5) if number % 3 else None,
            detector="dlib68",
            score=None,
            face=0,
            n_faces=1,
            box=None,
            is_cut=None,
            parents="p",
            status="ok",
            error=None,
        )
        for number in range(n_rows)
    ]
    workspace.write(tables.LANDMARKS, rows)
    whole = workspace.table_file(tables.LANDMARKS).read_bytes()
    for order in (rows, rows[::-1]):
        streams.write(workspace, tables.LANDMARKS, order)
        assert workspace.table_file(tables.LANDMARKS).read_bytes() == whole
    assert list(streams.Rows(workspace, tables.LANDMARKS)) == rows


def test_long_rows_wait_few_at_a_time(workspace: Workspace) -> None:
    """What was drawn by lot for a picture stands in its row: so many wait that they take a few MB."""
    row = MadeRow(
        sample_id="",
        folder="/made",
        item="0",
        kind="composite",
        image=None,
        mask=None,
        mask_source="rendered",
        background=None,
        box=None,
        recipe="{}",
        reason=None,
        parents="p",
        status="ok",
        error=None,
    )
    streams.write(
        workspace, tables.MADE, (dataclasses.replace(row, sample_id=f"{n:016x}") for n in range(10_000))
    )
    metadata = pq.read_metadata(workspace.table_file(tables.MADE))
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [4096, 4096, 1808]


def test_a_table_is_made_of_its_own_rows(workspace: Workspace) -> None:
    """They are read while what is written comes together."""
    workspace.write(TABLE, _rows(1200))
    streams.write(workspace, TABLE, (row for row in streams.Rows(workspace, TABLE) if row.check == "b"))
    assert workspace.rows(TABLE) == _rows(1200, ("b",))


def test_nothing_is_a_table_too(workspace: Workspace) -> None:
    """Without rows."""
    streams.write(workspace, TABLE, [])
    assert workspace.rows(TABLE) == []


def test_two_rows_of_a_key_are_refused(workspace: Workspace) -> None:
    """Even where they did not come together."""
    with pytest.raises(TableError, match="one row for each key"):
        streams.write(workspace, TABLE, [*_rows(1500), *_rows(1)])


def test_rows_with_other_values_are_left_out(workspace: Workspace) -> None:
    """By the column that is named."""
    workspace.write(TABLE, _rows(3))
    assert list(streams.Rows(workspace, TABLE, {"check": {"b"}})) == _rows(3, ("b",))


def test_rows_stand_alongside_samples(workspace: Workspace) -> None:
    """None for a sample between, before or after those of the table."""
    rows = _rows(6)
    workspace.write(TABLE, [row for row in rows if row.sample_id != people.sample_id(3)])
    beside = streams.Alongside(workspace, TABLE)
    assert [len(beside.of(people.sample_id(number))) for number in (1, 2, 3, 5, 9)] == [2, 2, 0, 2, 0]


def test_a_table_that_is_needed_is_named(workspace: Workspace) -> None:
    """Others that were not written yet have no rows."""
    assert streams.Alongside(workspace, TABLE).of("0") == []
    with pytest.raises(TableError, match="no table findings"):
        streams.Alongside(workspace, TABLE, is_needed=True)
    with pytest.raises(TableError, match="no table manifest"):
        streams.samples(workspace)


def test_samples_come_as_the_workspace_gives_them(workspace: Workspace) -> None:
    """Of one source, the first ones, readable ones."""
    samples = [people.sample(number, source="ab"[number % 2]) for number in range(7)]
    samples[2] = dataclasses.replace(samples[2], status="failed", error="broken")
    people.ingest(workspace, workspace.root, samples)
    for source, limit in ((None, None), ("a", None), ("b", 2), (None, 3)):
        found = list(streams.samples(workspace, source=source, limit=limit))
        assert found == workspace.samples(source=source, limit=limit)
    with pytest.raises(UsageError, match="expected a source among"):
        streams.samples(workspace, source="c")


def test_listed_samples_come_as_the_list_gives_them(workspace: Workspace) -> None:
    """And a list of nobody is refused."""
    people.ingest(workspace, workspace.root, [people.sample(number) for number in range(7)])
    name = lists.keep(workspace, [people.sample_id(number) for number in (1, 4, 5)])
    for limit in (None, 2):
        found = list(lists.each(workspace, source=None, listed=name, limit=limit))
        assert found == lists.samples(workspace, source=None, listed=name, limit=limit)
    nobody = lists.keep(workspace, ["f" * 16])
    with pytest.raises(UsageError):
        list(islice(lists.each(workspace, source=None, listed=nobody, limit=None), 1))
