"""How do the error grids of scored pictures reach their table, whenever the scoring is killed?

A grid goes into a journal before its score does: a score that was kept has its grid, and one that was not is
made again with it. What belongs to no score any more leaves the table.
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from itertools import chain, groupby, islice

from datatools import streams, tables
from datatools.fairness.maps.error_grid import GRIDS_VERSION, Grid
from datatools.fairness.maps.maps_result import GRID
from datatools.journal import Journal
from datatools.keys import Marked, Texts
from datatools.records import ErrorGrid, Score
from datatools.workspace import Workspace

_N_CELLS = GRID * GRID
_AT_ONCE = 4096  # grids whose keys are objects together


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

    def had(self, score: Score) -> bool:
        """Say whether there was a grid of this score, and not of an older one of the same picture.

        Those that are kept from the first question on do not count.
        """
        (place,) = self._first.keys.find([key_of(score)])
        return place >= 0 and self._first.has(place, _parents(score))

    @cached_property
    def _first(self) -> Marked:
        keys, parents = Texts(), Texts()
        names = ("sample_id", "model", "reference_source", "parents")
        for piece in self._workspace.pieces(tables.ERROR_GRIDS, names, at_once=_AT_ONCE):
            for *name, made_of in zip(*(column.to_pylist() for column in piece.columns), strict=True):
                keys.add(key(*name))
                parents.add(made_of)
        for lines in self._journal.last():  # they stand above the table's
            for line in lines:
                keys.add(key_of(line))
                parents.add(line.parents)
        return Marked(keys, parents)

    def write(self, scores: Iterable[tuple[Score, int]]) -> int:
        """Write the table of these scores' grids, all that there are, and forget the journal.

        Args:
            scores: all of the workspace in the order of their table, each with a number that is below 0
                where nobody asked for it now.

        Returns:
            How many good scores that were asked for were counted around a face, and have no grid.
        """
        missing: list[int] = [0]
        grids = self._of(scores, missing)
        first = list(islice(grids, 1))
        if first or self._workspace.has(tables.ERROR_GRIDS):
            streams.write(self._workspace, tables.ERROR_GRIDS, chain(first, grids))
        self._journal.remove()
        return missing[0]

    def _of(self, scores: Iterable[tuple[Score, int]], missing: list[int]) -> Iterator[ErrorGrid]:
        """Give the grids of good scores; both come in the order of one key. Count those without."""
        grids = self._everything()
        grid = next(grids, None)
        for score, asked in scores:
            mine = streams.key_of(tables.SCORES, score)
            while grid is not None and streams.key_of(tables.ERROR_GRIDS, grid) < mine:
                grid = next(grids, None)
            if score.status != "ok":
                continue
            if grid is not None and key_of(grid) == key_of(score) and grid.parents == _parents(score):
                yield grid
            elif asked >= 0 and is_around_face(score):
                missing[0] += 1

    def _everything(self) -> Iterator[ErrorGrid]:
        rows = streams.Rows(self._workspace, tables.ERROR_GRIDS)
        old = self._journal.others(rows, key_of)
        lines = (line for lines in self._journal.last() for line in lines)
        # The journal goes by one word for all of the key: "net/" comes after "net-2/".
        of_samples = groupby(lines, lambda line: line.sample_id)
        new = (
            _unpacked(line)
            for _, some in of_samples
            for line in sorted(some, key=partial(streams.key_of, _LINES))
        )
        return streams.merged(tables.ERROR_GRIDS, old, new)


def key_of(row: Score | ErrorGrid | _Line) -> str:
    """Name the picture, the model and the kind of reference in one word."""
    return key(row.sample_id, row.model, row.reference_source)


def key(sample_id: str, model: str, reference_source: str) -> str:
    """Give what ``key_of`` gives."""
    return f"{sample_id}/{model}/{reference_source}"


def is_around_face(score: Score) -> bool:
    """Say whether errors were counted by zone of a face; only then is there a grid."""
    return score.ref_face is not None


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
