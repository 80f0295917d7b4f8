"""Is a rendered set read back as it was written?"""

from pathlib import Path

import numpy as np
import pytest

from datatools import plugins
from datatools.errors import DataError
from datatools.images import read_reference_mask
from datatools.progress import Progress
from datatools.readers import Reader
from datatools.readers.rendered import RenderedReader
from datatools.synthetic.dataset import RenderSettings, plan, render_set

_SETTINGS = RenderSettings(n_people=2, max_pictures=1, max_px=256, two_person_frac=0.5, seed=1, workers=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a finished set of two people."""
    root = tmp_path_factory.mktemp("rendered") / "set"
    render_set(root, _SETTINGS, Progress("quiet"))
    return root


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """Give the set's tables and landmarks in a folder that a test may break."""
    for path in folder.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "landmarks").mkdir()
    for path in (folder / "landmarks").iterdir():
        (tmp_path / "landmarks" / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_finished_set_is_recognised_and_another_folder_is_not(folder: Path, tmp_path: Path) -> None:
    """The reader offers itself for its own folders only."""
    reader: Reader = plugins.build("readers", "rendered", {"root": folder})
    assert reader.matches()
    assert "rendered" in reader.licence
    assert not RenderedReader(tmp_path).matches()


def test_entries_carry_all_that_was_rendered(folder: Path) -> None:
    """Paths, people, masks, faces, answers and measurements come back."""
    entries = list(RenderedReader(folder).entries())
    planned = plan(_SETTINGS)
    assert [entry.person_id for entry in entries] == [p.person_id for p in planned]
    for entry, picture in zip(entries, planned, strict=True):
        assert (folder / entry.path).is_file()
        assert entry.mask is not None
        assert read_reference_mask(folder / entry.mask).encoding == "binary255"
        assert entry.mask_source == "rendered"
        assert entry.problem is None
        assert len(entry.landmarks) == (1 if picture.companion is None else 2)
        assert {face.scheme for face in entry.landmarks} == {"ibug68"}
        assert entry.measurements["monk_tone"] == picture.identity.monk_tone
        by_source = {
            source: [a for a in entry.answers if a.source == source] for source in ("dataset", "annotator")
        }
        assert len(by_source["annotator"]) == 9
        assert {a.annotator_id for a in by_source["dataset"]} == {"dataset:rendered"}
        assert all(a.created_at and a.lead_time_s is not None for a in by_source["annotator"])
        assert all(a.created_at is None and a.presentation_order is None for a in by_source["dataset"])


def test_missing_table_is_named(copy: Path) -> None:
    """A set without its answers is a data error."""
    (copy / "answers.csv").unlink()
    with pytest.raises(DataError, match=r"answers\.csv"):
        list(RenderedReader(copy).entries())


def test_missing_column_is_named(copy: Path) -> None:
    """A table with other columns is a data error."""
    (copy / "measurements.csv").write_text("id,value\n")
    with pytest.raises(DataError, match="expected the columns name; got id, value"):
        list(RenderedReader(copy).entries())


def test_unknown_source_of_an_answer_is_named(copy: Path) -> None:
    """An answer must say who gave it."""
    text = (copy / "answers.csv").read_text().replace(",annotator,", ",oracle,", 1)
    (copy / "answers.csv").write_text(text)
    with pytest.raises(DataError, match="got 'oracle'"):
        list(RenderedReader(copy).entries())


def test_broken_landmarks_are_the_pictures_problem(copy: Path) -> None:
    """A picture whose landmarks are unreadable or misshapen is still a row, with its reason."""
    first, second = sorted((copy / "landmarks").iterdir())
    first.write_bytes(b"not numpy")
    np.save(second, np.zeros((1, 5, 2), np.float32))
    problems = [entry.problem or "" for entry in RenderedReader(copy).entries()]
    assert "cannot be read" in problems[0]
    assert "expected (faces, 68, 2)" in problems[1]
