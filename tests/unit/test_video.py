"""A video appears when every frame is in it."""

from pathlib import Path

import numpy as np
import pytest

from datatools import video
from datatools.errors import DataError


def _write(path: Path, n_frames: int) -> None:
    rng = np.random.default_rng(0)
    with video.written(path, 25.0) as file:
        for _ in range(n_frames):
            file.add(rng.integers(0, 255, (64, 48, 3)).astype(np.uint8))


def test_a_video_holds_its_frames(tmp_path: Path) -> None:
    """And nothing lies beside it."""
    _write(tmp_path / "a.mp4", 7)
    frames = video.Frames(tmp_path / "a.mp4")
    assert frames.n_frames == 7
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    frames.close()


def test_a_video_that_the_disk_cut_off_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder says nothing; a broken file must not take the place of a whole one."""
    close = video.VideoFile.close

    def cut(self: video.VideoFile) -> None:
        close(self)
        (beside,) = tmp_path.glob(".*")
        beside.write_bytes(beside.read_bytes()[:500])

    monkeypatch.setattr(video.VideoFile, "close", cut)
    with pytest.raises(DataError, match=r"expected 7 frames in .*, 0 can be read: the disk is full"):
        _write(tmp_path / "a.mp4", 7)
    assert list(tmp_path.iterdir()) == []


def test_a_video_without_frames_is_none(tmp_path: Path) -> None:
    """A camera that gave nothing leaves nothing."""
    _write(tmp_path / "a.mp4", 0)
    assert list(tmp_path.iterdir()) == []
