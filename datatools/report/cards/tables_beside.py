"""Which tables lie beside a data card, row by row as the workspace holds them?

They are the workspace's own files, byte for byte, so that their hashes are those of the run records. Only
the answers are one file made of many batches, with the annotators numbered instead of named.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from datatools import tables
from datatools.records import Annotation
from datatools.report.cards.card_result import TableFact
from datatools.tables import Table
from datatools.workspace import Workspace

Row = TypeVar("Row")
FOLDER = "tables"
SAMPLES = "samples"
_PEOPLE = frozenset({"annotator", "self_report"})


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A table, as it will lie beside the card."""

    fact: TableFact
    key: tuple[str, ...]  # columns that identify a row
    schema: pa.Schema
    data: bytes


def beside(workspace: Workspace) -> list[Beside]:
    """Gather the tables that are there; not that of the sources, which holds folders of this machine.

    Raises:
        TableError: a table is broken.
    """
    found = [
        _kept(workspace, SAMPLES, tables.MANIFEST, "a file of a source: a picture, or why it is none"),
        _answers(workspace),
        _kept(workspace, "consensus", tables.CONSENSUS, "what several people's answers together say"),
        _kept(workspace, "measurements", tables.MEASUREMENTS, "a number read off a picture"),
        _kept(workspace, "masks", tables.MASKS, "the mask that was generated for a picture"),
        _kept(workspace, "findings", tables.FINDINGS, "one check's verdict on one generated mask"),
        _kept(workspace, "splits", tables.SPLITS, "the split of a picture and of all others of its person"),
        _kept(
            workspace, "scores", tables.SCORES, "how a model's mask differs from a reference mask, in pixels"
        ),
    ]
    return [each for each in found if each is not None]


def _kept(workspace: Workspace, name: str, table: Table[Row], holds: str) -> Beside | None:
    if not workspace.has(table):
        return None
    workspace.frame(table, table.key[:1])  # a file that is broken, or of another version, is refused here
    return _beside(name, table, holds, workspace.table_file(table).read_bytes())


def _answers(workspace: Workspace) -> Beside | None:
    said: list[Annotation] = workspace.rows_or_empty(tables.ANNOTATIONS)
    if not said:
        return None
    data = tables.to_bytes(tables.to_arrow(tables.ANNOTATIONS, numbered(said)))
    return _beside("annotations", tables.ANNOTATIONS, "one answer to one question about a picture", data)


def _beside(name: str, table: Table[Row], holds: str, data: bytes) -> Beside:
    file = pq.ParquetFile(pa.BufferReader(data))
    fact = TableFact(
        name=name,
        file=f"{FOLDER}/{name}.parquet",
        holds=holds,
        n_rows=file.metadata.num_rows,
        n_bytes=len(data),
        sha256=tables.sha256_bytes(data),
    )
    return Beside(fact, table.key, file.schema_arrow, data)


def numbered(rows: Sequence[Annotation]) -> list[Annotation]:
    """Give answers whose annotators are numbers: their names are nobody else's business."""
    taken = {row.annotator_id for row in rows}
    people = sorted({row.annotator_id for row in rows if row.source in _PEOPLE})
    free = (name for n in itertools.count(1) if (name := f"annotator-{n:03d}") not in taken)
    number_of = dict(zip(people, free, strict=False))
    return [
        replace(row, annotator_id=number_of[row.annotator_id]) if row.source in _PEOPLE else row
        for row in rows
    ]
