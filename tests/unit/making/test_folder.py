"""Does a folder of made pictures belong to one setting, and lose nothing?"""

import csv
from pathlib import Path

import numpy as np
import pytest

from datatools.errors import UsageError
from datatools.making.folder import MadeFolder
from datatools.masks import Mask
from datatools.records import MadeRow
from tests.stages.people import sample, sample_id

_MASK = Mask(np.eye(4, dtype=bool))


def _row(number: int, folder: MadeFolder, paths: tuple[str, str] | None) -> MadeRow:
    return MadeRow(
        sample_id=sample_id(number),
        folder=str(folder.root),
        item="head",
        kind="crop",
        image=None if paths is None else paths[0],
        mask=None if paths is None else paths[1],
        mask_source="human",
        background=None,
        box=[1, 2, 3, 4],
        recipe="{}",
        reason=None if paths else "no face was found",
        parents="",
        status="ok",
        error=None,
    )


def test_free_folder_is_claimed_and_kept(tmp_path: Path) -> None:
    """The same stage and settings may come again, others may not."""
    folder = MadeFolder(tmp_path / "set")
    folder.claim("crop", {"seed": 0})
    folder.claim("crop", {"seed": 0})
    with pytest.raises(UsageError, match="other settings"):
        folder.claim("crop", {"seed": 1})
    with pytest.raises(UsageError, match="--name"):
        folder.check("compose", {"seed": 0})


def test_content_is_in_the_name(tmp_path: Path) -> None:
    """Another picture, or another mask, never takes the file of the first."""
    folder = MadeFolder(tmp_path / "set")
    paths = {folder.write("a", b"one", ".png", _MASK), folder.write("a", b"two", ".png", _MASK)}
    paths.add(folder.write("a", b"one", ".png", Mask(~_MASK.array)))
    assert len(paths) == 3
    assert folder.write("a", b"one", ".png", _MASK) in paths


def test_row_is_held_while_both_files_are_there(tmp_path: Path) -> None:
    """A lost mask is noticed; a row that kept nothing has nothing to lose."""
    folder = MadeFolder(tmp_path / "set")
    row = _row(0, folder, folder.write("a", b"one", ".png", _MASK))
    assert folder.holds(row)
    (folder.root / str(row.mask)).unlink()
    assert not folder.holds(row)
    assert folder.holds(_row(0, folder, None))


def test_index_lists_what_was_kept_with_its_parent(tmp_path: Path) -> None:
    """Person and licence come from the manifest; dropped pictures and lost parents are left out."""
    folder = MadeFolder(tmp_path / "set")
    paths = folder.write("a", b"one", ".png", _MASK)
    rows = [_row(0, folder, paths), _row(1, folder, None), _row(2, folder, paths)]
    parents = {s.sample_id: s for s in (sample(0, person="ann"), sample(1))}
    assert folder.index(rows, parents.get) == 1
    with (folder.root / "index.csv").open() as stream:
        (line,) = csv.DictReader(stream)
    assert line["person_id"] == "set/ann"
    assert line["licence"] == "own"
    assert line["box"] == "1 2 3 4"
    assert line["parent"] == sample_id(0)
