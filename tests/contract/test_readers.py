"""What every reader promises, whichever data set it reads; a new reader's file is enough to be tested."""

from pathlib import Path, PurePosixPath

import pytest

from datatools import plugins, vocab
from datatools.errors import UsageError
from datatools.readers import Reader
from datatools.readers._detect import detect, name_of
from tests.datasets import N_PICTURES, WRITERS

NAMES = plugins.names("readers")
_MASK_SOURCES = ("human", "rendered", "keyed", "model:", "composite:")
_PAGES = Path(__file__).parents[2] / "docs" / "datasets"


def _make(name: str, root: Path) -> Reader:
    assert name in WRITERS, f"the reader {name} needs a three-image fixture in tests/datasets.py"
    root.mkdir()
    return detect(root, name, WRITERS[name](root))


@pytest.fixture(params=NAMES)
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    """Give each reader over its own fixture."""
    return _make(request.param, tmp_path / "set")


def test_pictures_are_found(reader: Reader, tmp_path: Path) -> None:
    """Each picture of the fixture is an entry; an entry without a file says what is wrong."""
    entries = list(reader.entries())
    there = [entry for entry in entries if (tmp_path / "set" / entry.path).is_file()]
    assert len(there) == N_PICTURES
    assert all(entry.problem for entry in entries if entry not in there)


def test_order_is_fixed(reader: Reader) -> None:
    """Reading twice gives the same paths in the same order."""
    assert [entry.path for entry in reader.entries()] == [entry.path for entry in reader.entries()]


def test_paths_are_relative_and_posix(reader: Reader) -> None:
    """Paths stay below the root, so that a workspace can be moved with its data."""
    for entry in reader.entries():
        for text in filter(None, (entry.path, entry.mask)):
            path = PurePosixPath(text)
            assert not path.is_absolute()
            assert ".." not in path.parts
            assert path.as_posix() == text


def test_masks_say_who_made_them(reader: Reader) -> None:
    """A mask without a source could not be told from ground truth."""
    for entry in reader.entries():
        assert (entry.mask is None) == (entry.mask_source is None)
        assert entry.mask_source is None or entry.mask_source.startswith(_MASK_SOURCES)


def test_answers_fit_their_vocabularies(reader: Reader) -> None:
    """Question, value, vocabulary and source fit together, so that importing rejects none."""
    for entry in reader.entries():
        for answer in entry.answers:
            vocab.validate_answer(answer.question, answer.value, answer.vocabulary, answer.source)
            assert answer.annotator_id


def test_licence_is_one_line(reader: Reader) -> None:
    """The licence goes into every row and report."""
    assert reader.licence
    assert "\n" not in reader.licence


@pytest.mark.parametrize("name", [name for name in NAMES if name != "table"])
def test_data_set_is_recognised(name: str, tmp_path: Path) -> None:
    """Auto-detection picks the reader that was written for the layout."""
    _make(name, tmp_path / "set")
    assert name_of(detect(tmp_path / "set", None, {})) == name


@pytest.mark.parametrize("name", [name for name in NAMES if name != "folder"])
def test_empty_folder_is_not_taken_for_the_data_set(name: str, tmp_path: Path) -> None:
    """Nothing but the plain folder matches a folder without files."""
    assert not detect(tmp_path, name, {}).matches()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "table"])
def test_misspelt_option_is_refused(name: str, tmp_path: Path) -> None:
    """An option that a reader does not have is named, not ignored."""
    with pytest.raises(UsageError, match="maks"):
        detect(tmp_path, name, {"maks": "x"})


@pytest.mark.parametrize("name", NAMES)
def test_reader_has_its_page(name: str) -> None:
    """docs/datasets has a page for each reader: what it is, licence, who labelled, oddities."""
    assert (_PAGES / f"{name}.md").is_file()
