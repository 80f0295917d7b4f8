"""How do landmarks, numbers and ancestors that came with pictures join those of their tables?

All in the order of the samples' ids. Of files with the same bytes the first that something came with counts.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar

from datatools import streams, tables
from datatools.keys import Keys
from datatools.readers._arrived import Arrived, Has
from datatools.readers._inspect import given_faces
from datatools.records import LandmarkRow, Lineage, Measurement
from datatools.selection import GIVEN
from datatools.tables import Table
from datatools.workspace import Workspace

Row = TypeVar("Row", bound=streams.OfSample)


def write(workspace: Workspace, arrived: Arrived, replaced: Keys, measured_by: str) -> None:
    """Write what came besides pictures and masks into its tables.

    Args:
        workspace: where to.
        arrived: what came.
        replaced: the ids of the samples that the source had before, or has now.
        measured_by: who is said to have measured the numbers.
    """
    _write(workspace, tables.LANDMARKS, _landmarks(workspace, arrived, replaced))
    _write(workspace, tables.MEASUREMENTS, _measurements(workspace, arrived, measured_by))
    _write(workspace, tables.LINEAGE, _lineage(workspace, arrived, replaced))


def _write(workspace: Workspace, table: Table[Row], rows: Iterator[Row]) -> None:
    """Write a table, unless it has no rows and never had."""
    first = next(rows, None)
    if first is not None or workspace.has(table):
        streams.write(workspace, table, rows if first is None else chain([first], rows))


def _landmarks(workspace: Workspace, arrived: Arrived, replaced: Keys) -> Iterator[LandmarkRow]:
    """Give the landmarks that came with the data beside what finders found."""

    def staying(rows: Iterable[LandmarkRow]) -> Iterator[LandmarkRow]:
        located = replaced.located(rows, _sample_id)
        return (row for row, which in located if row.detector != GIVEN or which < 0)

    def new() -> Iterator[LandmarkRow]:
        before = streams.Alongside(workspace, tables.LANDMARKS)
        for same in arrived.given(Has.LANDMARKS):
            sample, entry = same[0]
            if not any(row.detector == GIVEN for row in staying(before.of(sample.sample_id))):
                yield from given_faces(sample, entry.landmarks)

    old = staying(streams.Rows(workspace, tables.LANDMARKS))
    return streams.merged(tables.LANDMARKS, old, new())


def _measurements(workspace: Workspace, arrived: Arrived, measured_by: str) -> Iterator[Measurement]:
    def new() -> Iterator[Measurement]:
        for same in arrived.given(Has.MEASUREMENTS):
            sample_id = same[0][0].sample_id
            values = {
                name: value for _, entry in reversed(same) for name, value in entry.measurements.items()
            }
            for name in sorted(values):
                yield Measurement(sample_id=sample_id, name=name, value=values[name], measured_by=measured_by)

    rows = streams.Rows(workspace, tables.MEASUREMENTS)
    old = (row for row in rows if row.measured_by != measured_by)
    return streams.merged(tables.MEASUREMENTS, old, new())


def _lineage(workspace: Workspace, arrived: Arrived, replaced: Keys) -> Iterator[Lineage]:
    def new() -> Iterator[Lineage]:
        for same in arrived.given(Has.ANCESTRY):
            sample, entry = same[0]
            made = entry.ancestry
            assert made is not None  # asked for
            yield Lineage(
                sample_id=sample.sample_id,
                kind=made.kind,
                parent=made.parent,
                background=made.background,
                box=None if made.box is None else list(made.box),
                recipe=made.recipe,
            )

    located = replaced.located(streams.Rows(workspace, tables.LINEAGE), _sample_id)
    old = (row for row, which in located if which < 0)
    last = ""
    for row in streams.merged(tables.LINEAGE, new(), old):  # of another source's picture the new one counts
        if row.sample_id != last:
            yield row
        last = row.sample_id


def _sample_id(row: streams.OfSample) -> str:
    return row.sample_id
