"""Lists of chosen samples."""

import pytest

from datatools import lists
from datatools.errors import UsageError
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.people import sample, sample_id


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Give a workspace of six samples of two sources."""
    rows = [sample(number, source="a" if number < 4 else "b") for number in range(6)]
    people.ingest(workspace, workspace.root, rows)
    return workspace


def _ids(*numbers: int) -> list[str]:
    return [sample_id(number) for number in numbers]


def test_what_is_kept_is_read(filled: Workspace) -> None:
    """A list gives back its samples."""
    assert lists.read(filled, lists.keep(filled, _ids(3, 1))) == frozenset(_ids(1, 3))


def test_the_same_samples_are_one_list(filled: Workspace) -> None:
    """Order and repetition make no other list."""
    names = {lists.keep(filled, _ids(1, 3)), lists.keep(filled, _ids(3, 1, 3))}
    assert (len(names), len(list((filled.root / "samples").iterdir()))) == (1, 1)


def test_a_list_goes_with_source_and_limit(filled: Workspace) -> None:
    """The limit counts the samples that are left."""
    name = lists.keep(filled, _ids(1, 2, 3, 5))
    found = lists.samples(filled, source="a", listed=name, limit=2)
    assert [row.sample_id for row in found] == _ids(1, 2)


def test_without_a_list_every_sample_is_there(filled: Workspace) -> None:
    """No list limits nothing."""
    assert len(lists.samples(filled, source=None, listed=None, limit=None)) == 6


def test_a_list_that_is_not_there_is_told(filled: Workspace) -> None:
    """The message names those that are."""
    name = lists.keep(filled, _ids(1))
    with pytest.raises(UsageError, match=name):
        lists.read(filled, "other")


def test_a_file_without_ids_is_no_list(filled: Workspace) -> None:
    """The message says which column is missing."""
    path = lists.file(filled, lists.keep(filled, _ids(1)))
    path.write_text("id\nx\n")
    with pytest.raises(UsageError, match="expected a column sample_id, got id"):
        lists.read(filled, path.stem)


def test_a_list_of_strangers_is_told(filled: Workspace) -> None:
    """A list of another workspace's samples is an error, not an empty run."""
    name = lists.keep(filled, ["f" * 16])
    with pytest.raises(UsageError, match="got none that are in scope"):
        lists.samples(filled, source=None, listed=name, limit=None)


def test_a_list_stays_inside_the_workspace(filled: Workspace) -> None:
    """A name cannot reach another folder."""
    assert lists.file(filled, "../../secret").parent == filled.root / "samples"


@pytest.mark.parametrize("content", [b"sample_id\n\xff\n", b"sample_id\n" + b"x" * 200_000, b'sample_id\n"a'])
def test_a_list_that_is_no_csv_is_refused(filled: Workspace, content: bytes) -> None:
    """Bytes that are no text, a cell without end."""
    path = filled.root / "samples" / "odd.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"odd\.csv: expected a list of samples as CSV in UTF-8"):
        lists.read(filled, "odd")
