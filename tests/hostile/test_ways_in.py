"""Every way in which a picture, a mask or a video enters is one of the ways that judge it first."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datatools import images, video
from datatools.asking import pictures
from datatools.asking.task import Picture
from datatools.browse import pictured
from datatools.errors import DataError, DatatoolsError
from datatools.fairness.brought.mask_folders import score_folders
from datatools.fairness.composition.framing import camera
from datatools.making.backgrounds import read_pair
from datatools.making.showing import plate
from datatools.outside import containers
from datatools.progress import Progress
from datatools.report.contact import thumbnail
from datatools.student.data import Source, packed
from tests import datasets
from tests.hostile.jpegs import baseline
from tests.hostile.pngs import file, head, pixels
from tests.stages.test_predict import clip
from tests.unit.student.exports import PREPROCESSING

_PACKAGE = Path(images.__file__).parent


def _page(path: Path) -> None:
    picture = Picture(sample_id="0" * 16, image=path, mask=None, asked=())
    pictures.write(path.parent / "page", picture, 640)


WAYS: dict[str, Callable[[Path], object]] = {
    "picture": images.read_rgb,
    "reference mask": images.read_reference_mask,
    "mask of ours": images.read_mask,
    "matte of ours": images.read_matte,
    "composition": camera,
    "background": lambda path: read_pair(path, path),
    "predict's background": lambda path: plate(str(path)),
    "annotation page": _page,
    "panel": lambda path: pictured.portrait(path, path),
    "contact sheet": lambda path: thumbnail(path, path),
    "training": lambda path: packed(Source("a", path, path), PREPROCESSING),
    "video": video.Frames,
}


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _vast(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(baseline())
        stream.truncate(1 << 40)


def _giant(path: Path) -> None:
    path.write_bytes(file(head(60_000, 60_000, 8, 0), pixels(bytes_px=1)))


def _cut(path: Path) -> None:
    path.write_bytes(baseline()[:20])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", [_pipe, _device, _vast, _giant, _cut])
def test_what_was_put_in_a_pictures_place_is_refused(
    tmp_path: Path, way: str, make: Callable[[Path], None]
) -> None:
    """After ingest, too: nobody waits for it, and nobody loads it."""
    make(tmp_path / "a.png")
    with pytest.raises(DatatoolsError):
        WAYS[way](tmp_path / "a.png")


def test_folders_of_masks_are_scored_past_what_is_no_mask(tmp_path: Path) -> None:
    """A pipe is no mask; a bomb, a cut file and a circle of links cost themselves alone."""
    for folder in (tmp_path / "pred", tmp_path / "ref"):
        for number in range(3):
            datasets.write_picture(tmp_path / "unused.png", number, folder / f"{number}.png")
        (folder / "up").symlink_to(tmp_path, target_is_directory=True)
        _giant(folder / "giant.png")
        _pipe(folder / "pipe.png")
    scores = score_folders(tmp_path / "pred", tmp_path / "ref", "m", Progress("quiet"), areas_only=True)
    assert len(scores.sheet.frame) == 4
    assert "giant: giant.png: 60000 x 60000 px is 3600 megapixels" in " ".join(scores.notes)


def test_frames_that_are_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first is decoded."""
    film = clip(tmp_path / "film.mp4")
    monkeypatch.setattr(video, "MAX_MEGAPIXELS", 0.001)
    with pytest.raises(DataError, match="frames of 96 x 128 px are too large"):
        video.Frames(film)


def test_a_video_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(DataError, match=r"gone\.mp4, which cannot be opened: No such file"):
        video.Frames(tmp_path / "gone.mp4")


# Decoders and writers of tables that nothing else may call, and why the others may.
_ALLOWED = {
    "Image.open": {"decoding.py"},
    "cv2.imread": set[str](),
    "cv2.imdecode": {"plain_png.py", "student/camera.py"},  # the second: what it encoded itself
    "cv2.VideoCapture": {"video.py"},
    "np.load": {"student/data.py"},  # packs of ours, memory-mapped
    "pickle.load": {"spool.py"},  # a nameless file of the same process
    "csv.writer": {
        "outside/formulas.py",
        "quality/examples.py",  # numbers alone
        "withdrawal/_text.py",  # cells stay as they were written
    },
    "csv.DictWriter": {"student/logs.py"},  # numbers alone
}


def test_nothing_goes_past_the_ways_that_judge() -> None:
    """A new call of a decoder, or a new writer of CSV, is seen here first."""
    found: dict[str, set[str]] = {name: set() for name in _ALLOWED}
    for module in _PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) in found:
                found[name].add(module.relative_to(_PACKAGE).as_posix())
    assert found == _ALLOWED


def test_a_picture_that_changes_while_it_is_read_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged is what is decoded: the file may be cut short meanwhile."""
    datasets.write_picture(tmp_path / "a.png", 1)
    whole = images.read_rgb(tmp_path / "a.png")
    check = containers.check

    def cut(data: bytes) -> None:
        (tmp_path / "a.png").write_bytes(b"")
        check(data)

    monkeypatch.setattr(containers, "check", cut)
    assert np.array_equal(images.read_rgb(tmp_path / "a.png"), whole)
