"""Filters leave the pictures that the manifest's rows say."""

import dataclasses
from pathlib import Path

import pyarrow as pa
import pytest

from datatools import filtering, tables
from datatools.errors import TableError, UsageError
from datatools.records import SplitRow
from datatools.workspace import Workspace
from tests.stages import people


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Give four pictures of two sources, the last of them unreadable."""
    rows = [people.sample(n, source="ab"[n % 2]) for n in range(4)]
    people.ingest(workspace, Path("/"), [*rows[:3], dataclasses.replace(rows[3], status="failed", error="x")])
    return workspace


def _numbers(pictures: pa.Table) -> list[int]:
    return [int(sample_id, 16) for sample_id in pictures["sample_id"].to_pylist()]


def test_readable_pictures_have_a_person_and_a_source(filled: Workspace) -> None:
    """Perhaps of one source alone."""
    found = filtering.readable(filled, None)
    assert _numbers(found) == [0, 1, 2]
    assert found.column_names == ["sample_id", "person_id", "source"]
    assert _numbers(filtering.readable(filled, "a")) == [0, 2]
    assert _numbers(filtering.readable(filled, "b")) == [1]
    with pytest.raises(UsageError, match="a source among"):
        filtering.readable(filled, "c")


def test_nothing_was_ingested(workspace: Workspace) -> None:
    """The error says which stage to run."""
    with pytest.raises(TableError, match="no table manifest"):
        filtering.readable(workspace, None)


def test_pictures_are_kept_or_left_out(filled: Workspace) -> None:
    """By a split, or by any samples; those that are none of the pictures are no matter."""
    filled.write(
        tables.SPLITS,
        [SplitRow(sample_id=people.sample_id(n), person_id="p", split="ab"[n == 1]) for n in range(3)],
    )
    every = filtering.readable(filled, None)
    split = filtering.in_split(filled, "b")
    assert _numbers(filtering.among(every, split)) == [1]
    assert _numbers(filtering.without(every, split)) == [0, 2]
    assert _numbers(filtering.without(every, pa.array(["none"], pa.string()))) == [0, 1, 2]
    with pytest.raises(UsageError, match="a split among"):
        filtering.in_split(filled, "c")
