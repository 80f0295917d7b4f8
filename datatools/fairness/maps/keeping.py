"""How do the error grids of scored pictures reach their table, whenever the scoring is killed?

A grid goes into a journal before its score does: a score that was kept has its grid, and one that was not is
made again with it. What belongs to no score any more leaves the table.
"""

import base64
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from datatools import tables
from datatools.fairness.maps.error_grid import GRIDS_VERSION, Grid
from datatools.fairness.maps.maps_result import GRID
from datatools.journal import Journal
from datatools.records import ErrorGrid, Score
from datatools.workspace import Workspace

_N_CELLS = GRID * GRID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A row of the table as a journal of text holds it."""

    sample_id: str
    person_id: str
    model: str
    reference_source: str
    cells: str  # over, under and inside, in base 64
    parents: str


_LINES = tables.Table(tables.ERROR_GRIDS.name, _Line, tables.ERROR_GRIDS.key)


class GridKeeper:
    """The grids of a workspace while pictures are scored."""

    def __init__(self, workspace: Workspace) -> None:
        """Read what the table and an interrupted run hold."""
        self._workspace = workspace
        self._journal = Journal(workspace, _LINES)
        self._rows = {key_of(row): row for row in workspace.rows_or_empty(tables.ERROR_GRIDS)}
        lines = (line for found in self._journal.items().values() for line in found)
        self._rows |= {key_of(line): _unpacked(line) for line in lines}

    def __enter__(self) -> "GridKeeper":
        self._journal.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._journal.__exit__(*exc)

    def keep(self, score: Score, grid: Grid) -> None:
        """Keep the grid of a score, before the score itself is kept."""
        row = ErrorGrid(
            sample_id=score.sample_id,
            person_id=score.person_id,
            model=score.model,
            reference_source=score.reference_source,
            over=grid.over.tobytes(),
            under=grid.under.tobytes(),
            inside=grid.inside.tobytes(),
            parents=_parents(score),
        )
        self._journal.append(key_of(row), [_packed(row)])
        self._rows[key_of(row)] = row

    def has(self, score: Score) -> bool:
        """Say whether there is a grid of this score, and not of an older one of the same picture."""
        row = self._rows.get(key_of(score))
        return row is not None and row.parents == _parents(score)

    def write(self, scores: Iterable[Score]) -> None:
        """Write the table of these scores' grids, all that there are, and forget the journal."""
        rows = [self._rows[key_of(score)] for score in scores if score.status == "ok" and self.has(score)]
        if rows or self._workspace.has(tables.ERROR_GRIDS):
            self._workspace.write(tables.ERROR_GRIDS, rows)
        self._journal.remove()


def key_of(row: Score | ErrorGrid | _Line) -> str:
    """Name the picture, the model and the kind of reference in one word."""
    return f"{row.sample_id}/{row.model}/{row.reference_source}"


def _parents(score: Score) -> str:
    return tables.fingerprint(score.parents, GRIDS_VERSION)


def _packed(row: ErrorGrid) -> _Line:
    cells = base64.b64encode(row.over + row.under + row.inside).decode()
    same = {name: value for name, value in asdict(row).items() if isinstance(value, str)}
    return _Line(cells=cells, **same)


def _unpacked(line: _Line) -> ErrorGrid:
    same = asdict(line)
    cells = base64.b64decode(same.pop("cells"))
    over, under, inside = (cells[part * _N_CELLS : (part + 1) * _N_CELLS] for part in range(3))
    return ErrorGrid(over=over, under=under, inside=inside, **same)
