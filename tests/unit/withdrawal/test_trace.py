"""What belongs to a person, and which words mean nobody else?"""

from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import UsageError
from datatools.records import Lineage
from datatools.withdrawal.trace import Trace, find, pattern
from datatools.workspace import Workspace
from tests.stages import people

_FOLDER = Path("/nowhere")


def _ingested(workspace: Workspace, persons: list[str], *, source: str = "set") -> None:
    samples = [people.sample(n, person=person, source=source) for n, person in enumerate(persons)]
    named = [replace(row, person_id=row.person_id.replace("/", ":")) for row in samples]
    people.ingest(workspace, _FOLDER, named)


def _lineage(number: int, parent: int, background: int | None = None) -> Lineage:
    return Lineage(
        sample_id=people.sample_id(number),
        kind="composite",
        parent=people.sample_id(parent),
        background=None if background is None else people.sample_id(background),
        box=None,
        recipe="{}",
    )


def _found(workspace: Workspace, person: str) -> Trace:
    return find(workspace, person=person, sample=None)


def test_what_was_made_of_their_pictures_is_theirs(workspace: Workspace) -> None:
    """A composite, a crop of it, and another's composite before their background."""
    _ingested(workspace, ["ann1", "ann1", "bob1", "bob1", "bob1"])
    made = [_lineage(2, parent=0), _lineage(3, parent=2), _lineage(4, parent=9, background=1)]
    workspace.write(tables.LINEAGE, made)
    found = _found(workspace, "set:ann1")
    assert found.samples == [people.sample_id(n) for n in range(5)]


def test_people_whose_other_pictures_stay_keep_their_name(workspace: Workspace) -> None:
    """Only a picture before the withdrawn background goes."""
    _ingested(workspace, ["ann1", "bob1", "bob1"])
    workspace.write(tables.LINEAGE, [_lineage(2, parent=1, background=0)])
    found = _found(workspace, "set:ann1")
    assert (found.people, len(found.samples)) == (["set:ann1"], 2)


@pytest.mark.parametrize(
    ("name", "words"), [("p0012", ["p0012"]), ("12", []), ("white", []), ("p1", []), ("2023", [])]
)
def test_only_telling_names_are_searched_everywhere(
    workspace: Workspace, name: str, words: list[str]
) -> None:
    """A number, a word or two letters may mean anything."""
    _ingested(workspace, [name, "other77"])
    assert _found(workspace, f"set:{name}").words == words


def test_a_name_that_another_source_uses_is_not_searched_everywhere(workspace: Workspace) -> None:
    """There it is somebody else."""
    rows = [people.sample(n, source=source) for n, source in enumerate(("a", "b"))]
    people.ingest(workspace, _FOLDER, [replace(row, person_id=f"{row.source}:p0012") for row in rows])
    found = _found(workspace, "a:p0012")
    assert found.words == []
    assert not pattern(found).search("b:p0012")


def test_mentions_are_whole_words(workspace: Workspace) -> None:
    """p0001 is not found in p00012, but in a file's name."""
    _ingested(workspace, ["p0001", "p00012"])
    mention = pattern(_found(workspace, "set:p0001"))
    assert not mention.search("set:p00012 xp0001 p0001x")
    named = ("set:p0001", "p0001_head.png", f"{people.sample_id(0)}-1")
    assert all(mention.search(text) for text in named)


def test_copies_in_other_sources_are_their_files_too(workspace: Workspace, tmp_path: Path) -> None:
    """An alias names its source, or lies in the sample's own."""
    rows = [people.sample(0, source="a"), people.sample(1, source="b")]
    rows[0] = replace(rows[0], aliases=["copy.jpg", "b:again.jpg"], person_id="a:ann1")
    people.ingest(workspace, tmp_path / "src", rows)
    assert _found(workspace, "a:ann1").outside == [
        str(tmp_path / "src" / name) for name in ("0.jpg", "again.jpg", "copy.jpg")
    ]


def test_files_go_by_the_name_of_a_picture_where_nobody_else_s_is_the_same(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Landmarks beside a picture are theirs; ann/face.npy is not, beside bob/face.jpg."""
    paths = ("ann/face.jpg", "ann/only.jpg", "bob/face.jpg")
    persons = ("set:ann1", "set:ann1", "set:bob1")
    rows = [
        replace(people.sample(n, path=path), person_id=person)
        for n, (path, person) in enumerate(zip(paths, persons, strict=True))
    ]
    for name in (*paths, "landmarks/only.npy", "landmarks/face.npy"):
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / name).touch()
    people.ingest(workspace, tmp_path / "src", rows)
    found = [str(Path(name).relative_to(tmp_path / "src")) for name in _found(workspace, "set:ann1").outside]
    assert found == ["ann/face.jpg", "ann/only.jpg", "landmarks/only.npy"]


def test_nobody_of_that_name_is_a_usage_error(workspace: Workspace) -> None:
    """It says how names are written."""
    _ingested(workspace, ["ann1"])
    with pytest.raises(UsageError, match="SOURCE:NAME"):
        _found(workspace, "ann1")
