"""How do the error grids of scored pictures reach their table, whenever the scoring is killed?

A grid goes into a journal before its score does: a score that was kept has its grid, and one that was not is
made again with it. What belongs to no score any more leaves the table.
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from datatools import streams, tables
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
        self._workspace = workspace
        self._journal = Journal(workspace, _LINES)
        self._parents: dict[str, str] = {}  # of every grid that there is

    def __enter__(self) -> "GridKeeper":
        self._journal.__enter__()
        names = ("sample_id", "model", "reference_source", "parents")
        for piece in self._workspace.pieces(tables.ERROR_GRIDS, names):
            for row in piece.to_pylist():
                self._parents[_key(row["sample_id"], row["model"], row["reference_source"])] = row["parents"]
        for lines in self._journal.last():
            self._parents |= {key_of(line): line.parents for line in lines}
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
        self._parents[key_of(row)] = row.parents

    def has(self, score: Score) -> bool:
        """Say whether there is a grid of this score, and not of an older one of the same picture."""
        return self._parents.get(key_of(score)) == _parents(score)

    def write(self, scores: Iterable[Score]) -> None:
        """Write the table of these scores' grids, all that there are, and forget the journal."""
        wanted = {key_of(score) for score in scores if score.status == "ok" and self.has(score)}
        if wanted or self._workspace.has(tables.ERROR_GRIDS):
            rows = (row for row in self._everything() if key_of(row) in wanted)
            streams.write(self._workspace, tables.ERROR_GRIDS, rows)
        self._journal.remove()

    def _everything(self) -> Iterator[ErrorGrid]:
        rows = streams.Rows(self._workspace, tables.ERROR_GRIDS)
        old = self._journal.others(rows, key_of)
        new = (_unpacked(line) for lines in self._journal.last() for line in lines)
        return streams.merged(tables.ERROR_GRIDS, old, new)


def key_of(row: Score | ErrorGrid | _Line) -> str:
    """Name the picture, the model and the kind of reference in one word."""
    return _key(row.sample_id, row.model, row.reference_source)


def _key(sample_id: str, model: str, reference_source: str) -> str:
    return f"{sample_id}/{model}/{reference_source}"


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
