"""Does a mark change just when a row about its sample does?"""

from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.browse import marks
from datatools.records import LandmarkRow, Sample
from datatools.workspace import Workspace
from tests.unit.report.builders import fill


@pytest.fixture
def samples(workspace: Workspace, tmp_path: Path) -> list[Sample]:
    """Fill a workspace; give its readable samples."""
    return fill(workspace, tmp_path / "src", 5)[1:]


def of(workspace: Workspace, samples: list[Sample], *names: str) -> list[int]:
    """Give the marks as numbers."""
    return [int(mark) for mark in marks.of_samples(workspace, samples, names)]


def faces(workspace: Workspace) -> list[LandmarkRow]:
    """Give the faces of a workspace."""
    return workspace.rows(tables.LANDMARKS)


def test_the_same_tables_give_the_same_marks(workspace: Workspace, samples: list[Sample]) -> None:
    """Each sample has one of its own, whichever others are asked for."""
    found = of(workspace, samples)
    assert (of(workspace, samples[1:]), len(set(found))) == (found[1:], 4)


def test_only_the_sample_of_a_changed_row_has_another_mark(
    workspace: Workspace, samples: list[Sample]
) -> None:
    """Also where the change is one value in the middle of a list."""
    before = of(workspace, samples)
    first, second, *others = faces(workspace)
    assert second.points is not None
    moved = [*second.points[:7], second.points[8], second.points[7], *second.points[9:]]
    workspace.write(tables.LANDMARKS, [first, replace(second, points=moved), *others])
    changed = [mark != old for mark, old in zip(of(workspace, samples), before, strict=True)]
    assert changed == [False, True, False, False]


def test_an_empty_value_elsewhere_changes_nothing(workspace: Workspace, samples: list[Sample]) -> None:
    """A column reads as another type when some row of it is empty; the other rows say what they said."""
    before = of(workspace, samples)
    *others, last = faces(workspace)
    empty = replace(last, face=None, points=None, box=None, score=None, is_cut=None, scheme="none")
    workspace.write(tables.LANDMARKS, [*others, empty])
    assert of(workspace, samples)[:-1] == before[:-1]


def test_no_list_is_not_an_empty_list(workspace: Workspace, samples: list[Sample]) -> None:
    """What is not known differs from what is known to be nothing."""
    found, lists = [], (None, list[float]())
    for points in lists:
        first, *others = faces(workspace)
        workspace.write(tables.LANDMARKS, [replace(first, points=points), *others])
        found.append(of(workspace, samples)[0])
    assert found[0] != found[1]


def test_another_reference_file_is_another_mark(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """No table says that a file was put in the place of another, or that it is gone."""
    before, path = of(workspace, samples), tmp_path / "src" / str(samples[0].reference_mask)
    path.write_bytes(path.read_bytes() + b"x")
    other = of(workspace, samples)
    path.unlink()
    gone = of(workspace, samples)
    assert len({before[0], other[0], gone[0]}) == 3
    assert before[1:] == other[1:] == gone[1:]


def test_another_metric_is_another_mark(workspace: Workspace, samples: list[Sample]) -> None:
    """Every sample gets its field."""
    before, after = of(workspace, samples, "iou"), of(workspace, samples, "iou", "f1")
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_a_table_that_goes_while_the_folder_is_listed_is_a_change(
    workspace: Workspace, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not an error: another stage is at work."""
    before = marks.stamp(workspace)
    stat = Path.stat

    def gone(path: Path, *, follow_symlinks: bool = True) -> object:
        if path.name == "scores.parquet":
            raise FileNotFoundError(path)
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", gone)
    assert len(marks.stamp(workspace)) == len(before) - 1
