"""How do frames come out of a video file or a camera, and go into a video file?

The decoder would also open playlists, which name other files and addresses: only files that begin like one
of the containers are handed to it.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.decoding import MAX_MEGAPIXELS
from datatools.errors import DataError
from datatools.masks import RGB
from datatools.outside import regular

SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"})
_FPS = 25.0  # where a camera does not say
_MAX_FPS = 1000.0
_MAX_FRAMES = 1e9
_PROPERTIES = (
    cv2.CAP_PROP_FPS,
    cv2.CAP_PROP_FRAME_WIDTH,
    cv2.CAP_PROP_FRAME_HEIGHT,
    cv2.CAP_PROP_FRAME_COUNT,
)
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})  # MP4 and QuickTime begin with
_MATROSKA = b"\x1a\x45\xdf\xa3"


class Frames:
    """The frames of a video file, or of a camera given by its number."""

    def __init__(self, source: Path | int) -> None:
        if isinstance(source, Path):
            _require_container(source)
        self._capture = cv2.VideoCapture(source if isinstance(source, int) else str(source))
        if not self._capture.isOpened():
            what = f"a camera of number {source}" if isinstance(source, int) else f"a video at {source}"
            raise DataError(f"expected {what}, which cannot be opened")
        fps, width, height, count = map(self._capture.get, _PROPERTIES)
        if width * height > MAX_MEGAPIXELS * 1e6:
            self.close()
            raise DataError(
                f"{source}: frames of {width:.0f} x {height:.0f} px are too large, the limit is "
                f"{MAX_MEGAPIXELS:g} megapixels"
            )
        self.fps = fps if 0 < fps <= _MAX_FPS else _FPS
        self.n_frames = int(count) if 0 < count < _MAX_FRAMES else 0  # 0: nobody knows

    def __iter__(self) -> Iterator[RGB]:
        while True:
            is_there, frame = self._capture.read()
            if not is_there:
                return
            yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)

    def close(self) -> None:
        """Give the file or the camera back."""
        self._capture.release()


def _require_container(path: Path) -> None:
    try:
        with regular.opened(path) as stream:
            start = stream.read(12)
    except OSError as error:
        raise DataError(f"expected a video at {path}, which cannot be opened: {error.strerror}") from error
    is_avi = start.startswith(b"RIFF") and start.endswith(b"AVI ")
    if not (is_avi or start.startswith(_MATROSKA) or start[4:8] in _BOXES):
        raise DataError(f"expected a video at {path}, which cannot be opened: no MP4, MKV, WebM or AVI file")


class VideoFile:
    """A video file in the making; the first frame gives its size."""

    def __init__(self, path: Path, fps: float) -> None:
        self._path, self._fps = path, fps
        self._writer: cv2.VideoWriter | None = None
        self._n_frames = 0

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Append a frame, RGB (H, W, 3) or grey (H, W).

        Raises:
            DataError: this OpenCV cannot write such a video.
        """
        if self._writer is None:
            size = (frame.shape[1], frame.shape[0])
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._path), code, self._fps, size)
            if not self._writer.isOpened():
                raise DataError(f"expected to write a video of {size[0]} x {size[1]} px to {self._path}")
        how = cv2.COLOR_GRAY2BGR if frame.ndim == 2 else cv2.COLOR_RGB2BGR
        self._writer.write(cv2.cvtColor(frame, how))
        self._n_frames += 1

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            self._writer.release()

    def require_whole(self) -> None:
        """Read the file's end: the encoder says nothing of a disk that is full.

        Raises:
            DataError: frames are missing.
        """
        if self._writer is None:
            return
        capture = cv2.VideoCapture(str(self._path))
        n_there = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT))) if capture.isOpened() else 0
        capture.release()
        if n_there != self._n_frames:
            raise DataError(
                f"expected {self._n_frames} frames in {self._path}, {n_there} can be read: the disk is full "
                "or broken; make room, and give the same command again"
            )


@contextmanager
def written(path: Path, fps: float) -> Iterator[VideoFile]:
    """Write a video that appears when it is whole, or, after an interruption, as far as it came.

    Raises:
        DataError: the disk did not take all of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part{path.suffix}")
    video = VideoFile(beside, fps)
    try:
        yield video
        video.close()
        video.require_whole()
    except KeyboardInterrupt:
        video.close()
        _keep(beside, path)
        raise
    except BaseException:
        video.close()
        beside.unlink(missing_ok=True)
        raise
    _keep(beside, path)


def _keep(beside: Path, path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):  # no frame came
        beside.replace(path)
