"""Which tables can a workspace have, and which verb makes each again?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from datatools import columns, parts, tables
from datatools.repair.trouble import set_aside
from datatools.tables import Table
from datatools.workspace import Workspace

Row = TypeVar("Row")

_AT_ONCE = 8192  # rows


@dataclass(frozen=True, slots=True)
class Known:
    """A table and where it comes from."""

    name: str
    verbs: str  # that make it again
    table: object  # as ``Workspace.run`` takes it
    read: Callable[[Path], None]  # raises TableError where it is broken
    is_made_of_files: bool  # of which the rows keep the hashes
    made_with: str | None  # the table whose rows are made in the same step: without them it is not made again

    def path(self, workspace: Workspace) -> Path:
        """Give the path of the one file that holds it, or would."""
        return workspace.root / "tables" / f"{self.name}.parquet"


def _known(
    table: Table[Row], verbs: str, *, is_made_of_files: bool = False, made_with: str | None = None
) -> Known:
    def read(path: Path) -> None:
        for _ in columns.batches(path, table, at_once=_AT_ONCE):
            pass

    return Known(table.name, verbs, table, read, is_made_of_files, made_with)


_INGEST = "`datatools ingest` of each source"
KNOWN = (
    _known(tables.SOURCES, _INGEST),
    _known(tables.MANIFEST, _INGEST),
    _known(tables.LINEAGE, _INGEST),
    _known(tables.LANDMARKS, f"{_INGEST}, then `datatools landmarks`"),
    _known(tables.MEASUREMENTS, f"{_INGEST}, then `datatools measure`"),
    _known(tables.MEASURED, "`datatools measure`"),
    _known(tables.FRAMINGS, "`datatools composition`"),
    _known(tables.MATTES, "`datatools segment`", is_made_of_files=True),
    _known(tables.MASKS, "`datatools refine`", is_made_of_files=True),
    _known(tables.ALPHAS, "`datatools matting`", is_made_of_files=True),
    _known(tables.MADE, "`datatools crop` or `datatools compose`"),
    _known(tables.EFFECTS, "`datatools refine`", made_with=tables.MASKS.name),
    _known(tables.OBSERVATIONS, "`datatools check`"),
    _known(tables.FINDINGS, "`datatools check`"),
    _known(tables.PARITY, "`datatools check`"),
    _known(tables.CONSENSUS, "`datatools annotate consensus`"),
    _known(tables.SPLITS, "`datatools split`"),
    _known(tables.SCORES, "`datatools evaluate` of each model"),
    _known(tables.ERROR_GRIDS, "`datatools evaluate` of each model"),
    _known(tables.MASK_PAIRS, "`datatools audit`"),
    _known(tables.GROUPS, "`datatools audit`"),
)
# Whoever edits these by hand edits what no stage could make again without the pictures and their listings.
OF_INGEST = frozenset({tables.SOURCES.name, tables.MANIFEST.name, tables.LINEAGE.name})


def names_with(known: Known) -> tuple[str, ...]:
    """Give the paths of a table and of the one that has to be made again with it."""
    return tuple(f"tables/{each.name}.parquet" for each in _with(known))


def set_aside_with(workspace: Workspace, known: Known) -> None:
    """Set a table aside, and the one that has to be made again with it."""
    for each in _with(known):
        path = each.path(workspace)
        if parts.exists(path):
            set_aside(workspace, path if path.is_file() else parts.folder(path))


def _with(known: Known) -> tuple[Known, ...]:
    return (known, *(other for other in KNOWN if other.name == known.made_with))
