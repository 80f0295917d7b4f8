"""A score that was kept has its grid, whatever happened in between."""

import dataclasses

import numpy as np

from datatools import tables
from datatools.fairness.maps.error_grid import Grid
from datatools.fairness.maps.keeping import GridKeeper
from datatools.fairness.maps.maps_result import GRID
from datatools.records import Score
from datatools.workspace import Workspace
from tests.scores import score_with_iou


def _score(number: int, parents: str = "v1") -> Score:
    return dataclasses.replace(score_with_iou(f"s{number}", f"p{number}", 0.9), parents=parents)


def _grid(number: int) -> Grid:
    cells = (np.arange(GRID * GRID) + number).astype(np.uint8).reshape(GRID, GRID)
    return Grid(cells, cells[::-1], np.full_like(cells, 255))


def _asked(*scores: Score) -> list[tuple[Score, int]]:
    return [(score, 0) for score in scores]


def test_grids_come_back_from_the_table(workspace: Workspace) -> None:
    """A byte a cell, from the top, in the order of rows."""
    with GridKeeper(workspace) as grids:
        grids.keep(_score(1), _grid(1))
    grids.write(_asked(_score(1)))
    (row,) = workspace.rows(tables.ERROR_GRIDS)
    assert row.over == _grid(1).over.tobytes()
    assert row.under == _grid(1).under.tobytes()
    assert row.inside == _grid(1).inside.tobytes()
    assert (row.sample_id, row.person_id, row.model, row.reference_source) == ("s1", "p1", "student", "human")


def test_what_a_killed_run_kept_is_not_lost(workspace: Workspace) -> None:
    """Grids wait in a journal beside the table, and come back from it as they were."""
    with GridKeeper(workspace) as killed:
        killed.keep(_score(1), _grid(1))
    assert not workspace.has(tables.ERROR_GRIDS)
    with GridKeeper(workspace) as grids:
        assert grids.had(_score(1))
        assert not grids.had(_score(1, parents="v2"))
        assert not grids.had(_score(2))
        grids.keep(_score(2), _grid(2))
    grids.write(_asked(_score(1), _score(2)))
    assert [row.over for row in workspace.rows(tables.ERROR_GRIDS)] == [
        _grid(number).over.tobytes() for number in (1, 2)
    ]
    assert list(workspace.table_file(tables.ERROR_GRIDS).parent.glob(".*journal")) == []


def test_a_grid_goes_with_its_score(workspace: Workspace) -> None:
    """What belongs to a score that was made anew, that failed or that is gone leaves the table."""
    with GridKeeper(workspace) as grids:
        for number in range(4):
            grids.keep(_score(number), _grid(number))
    grids.write(_asked(*map(_score, range(4))))
    failed = dataclasses.replace(_score(1), status="failed", error="broken")
    with GridKeeper(workspace) as later:
        pass
    later.write(_asked(_score(0), failed, _score(2, parents="v2")))
    assert [row.sample_id for row in workspace.rows(tables.ERROR_GRIDS)] == ["s0"]


def test_without_any_grid_there_is_no_table(workspace: Workspace) -> None:
    """A workspace without faces looks as it did."""
    with GridKeeper(workspace) as grids:
        pass
    grids.write(_asked(_score(1)))
    assert not workspace.has(tables.ERROR_GRIDS)


def test_scores_around_a_face_without_a_grid_are_counted(workspace: Workspace) -> None:
    """Good ones that were asked for now: of six, the one that has none."""
    around = dataclasses.replace(_score(1), ref_face=7)
    with GridKeeper(workspace) as grids:
        grids.keep(_score(0), _grid(0))
    failed = dataclasses.replace(around, sample_id="s3", status="failed", error="broken")
    others = [(dataclasses.replace(around, sample_id="s4"), -1), (_score(5), 0)]
    scores = [*_asked(_score(0), around, failed), *others]
    assert grids.write(scores) == 1


def test_two_models_of_names_that_begin_alike_keep_their_grids(workspace: Workspace) -> None:
    """One word for a key has another order than its parts: ``net/`` comes after ``net-2/``."""
    scores = [dataclasses.replace(_score(1), model=model) for model in ("net", "net-2")]
    with GridKeeper(workspace) as grids:
        for score in scores:
            grids.keep(score, _grid(1))
    grids.write(_asked(*scores))
    assert [row.model for row in workspace.rows(tables.ERROR_GRIDS)] == ["net", "net-2"]
