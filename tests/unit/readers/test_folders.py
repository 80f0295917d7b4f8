"""How plain folders and image-and-mask folders are walked and paired."""

import os
from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.readers import Entry
from datatools.readers._detect import detect
from datatools.readers._files import walk
from tests import datasets


def _paths(root: Path, name: str) -> list[str]:
    return [entry.path for entry in detect(root, name, {}).entries()]


def test_folder_takes_files_by_their_suffix(tmp_path: Path) -> None:
    """A text file named .jpg is a row to fail; hidden files and other suffixes are none."""
    for name in ("b.JPEG", "a.jpg", "notes.txt", ".hidden.jpg", "x.heic", "sub/c.png", "__MACOSX/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert _paths(tmp_path, "folder") == ["a.jpg", "b.JPEG", "sub/c.png", "x.heic"]


def test_hidden_folders_are_skipped(tmp_path: Path) -> None:
    """Thumbnails that a tool hides are not the user's pictures."""
    (tmp_path / ".thumbs").mkdir()
    (tmp_path / ".thumbs" / "a.jpg").touch()
    assert _paths(tmp_path, "folder") == []


def test_links_make_no_loop(tmp_path: Path) -> None:
    """A link to a folder above is not followed; what it shows is there already."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jpg").touch()
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    assert _paths(tmp_path, "folder") == ["sub/a.jpg"]


def test_link_to_a_folder_outside_is_an_entry_that_says_so(tmp_path: Path) -> None:
    """Pictures behind such a link do not vanish silently."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "more").symlink_to(tmp_path / "outside")
    assert [found.path for found in walk(tmp_path / "root")] == ["more"]
    (entry,) = detect(tmp_path / "root", "folder", {}).entries()
    assert (entry.path, str(entry.problem).partition(":")[0]) == (
        "more",
        "a link to a folder outside the source",
    )


def test_a_folder_that_cannot_be_listed_is_an_entry_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pictures do not vanish silently."""
    (tmp_path / "a.png").touch()
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    first, closed = detect(tmp_path, "folder", {}).entries()
    assert (first.path, first.problem) == ("a.png", None)
    assert (closed.path, closed.problem) == ("closed", "a folder that cannot be listed: Permission denied")


def _masked(root: Path, **options: str) -> list[Entry]:
    return list(detect(root, "folder_masks", options).entries())


def test_masks_are_of_unstated_origin_unless_the_user_says(tmp_path: Path) -> None:
    """Nobody's word is not a person's: only the option makes scores against the masks accuracy."""
    datasets.folder_masks(tmp_path)
    assert {entry.mask_source for entry in _masked(tmp_path)} == {"model:unstated"}
    assert {entry.mask_source for entry in _masked(tmp_path, mask_source="human")} == {"human"}


def test_unknown_mask_source_is_refused(tmp_path: Path) -> None:
    """A misspelt source would silently turn accuracy into agreement."""
    with pytest.raises(UsageError, match="human, rendered, keyed or model:NAME, got 'hand'"):
        detect(tmp_path, "folder_masks", {"mask_source": "hand"})


def test_masks_beside_their_pictures_are_paired(tmp_path: Path) -> None:
    """NAME_mask and NAME_matte belong to NAME, in any folder."""
    for name in ("a.jpg", "a_mask.png", "sub/b.jpg", "sub/b_matte.png", "sub/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    pairs = [(entry.path, entry.mask) for entry in detect(tmp_path, None, {}).entries()]
    assert pairs == [("a.jpg", "a_mask.png"), ("sub/b.jpg", "sub/b_matte.png"), ("sub/c.jpg", None)]


def test_mask_without_a_picture_is_an_entry_that_says_so(tmp_path: Path) -> None:
    """Pictures and masks that do not match in number are named, not cut to the shorter list."""
    datasets.folder_masks(tmp_path)
    (tmp_path / "images" / "1.jpg").unlink()
    (tmp_path / "masks" / "2.png").unlink()
    found = [(entry.path, entry.mask, entry.problem) for entry in _masked(tmp_path)]
    assert found == [
        ("images/0.jpg", "masks/0.png", None),
        ("images/1", None, "masks/1.png is a mask without a picture of the same name"),
        ("images/2.jpg", None, None),
    ]


def test_folders_may_have_other_names(tmp_path: Path) -> None:
    """Options name the folders; masks in them may end in _mask; other folders are left alone."""
    for name in ("clip/x/a.jpg", "cut/x/a_mask.png", "other/b.jpg", "clip/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    pairs = [(entry.path, entry.mask) for entry in _masked(tmp_path, images="clip", masks="cut")]
    assert pairs == [("clip/x/a.jpg", "cut/x/a_mask.png")]


def test_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file or a misspelt path is a usage error before any reader is asked."""
    with pytest.raises(UsageError, match="expected a folder of pictures"):
        detect(tmp_path / "gone", None, {})


def test_unknown_reader_is_refused_with_the_names(tmp_path: Path) -> None:
    """The error lists the readers there are."""
    with pytest.raises(UsageError, match="folder_masks, london"):
        detect(tmp_path, "londn", {})
