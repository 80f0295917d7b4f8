"""Are the copies of the answers compared with the batches, and made again?"""

import pytest

from datatools import folding
from datatools.repair import unreadable
from datatools.workspace import Workspace
from tests.stages.people import answer


@pytest.fixture
def copied(workspace: Workspace) -> Workspace:
    """Give a workspace whose answers were copied."""
    for number in range(20):
        workspace.append_batch([answer(number, "male")])
    folding.fold(workspace.annotations_folder, workspace.batch_files())
    return workspace


def test_a_repair_removes_copies_that_are_not_the_answers(copied: Workspace) -> None:
    """The answers are read as before, and the next fold makes the copies again."""
    path = folding.file(copied.annotations_folder)
    before, rows = path.read_bytes(), copied.annotations()
    path.write_bytes(before[:-9])
    (found,) = unreadable.broken_copies(copied)
    assert found.sentence(is_done=False).startswith("cache/answers.parquet: cannot be read (")
    assert found.sentence(is_done=False).endswith("; would be removed; it is made again of the batches")
    assert found.mend is not None
    found.mend()
    assert not path.exists()
    assert list(unreadable.broken_copies(copied)) == []
    folding.fold(copied.annotations_folder, copied.batch_files())
    assert path.read_bytes() == before
    assert copied.annotations().num_rows == rows.num_rows


def test_a_broken_batch_is_no_trouble_of_its_copy(copied: Workspace) -> None:
    """It is named itself, as answers that are missing."""
    copied.batch_files()[0].write_bytes(b"broken")
    assert list(unreadable.broken_copies(copied)) == []
