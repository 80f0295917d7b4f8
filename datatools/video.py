"""How do frames come out of a video file or a camera, and go into a video file?"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.errors import DataError
from datatools.masks import RGB

SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"})
_FPS = 25.0  # where a camera does not say


class Frames:
    """The frames of a video file, or of a camera given by its number."""

    def __init__(self, source: Path | int) -> None:
        self._capture = cv2.VideoCapture(source if isinstance(source, int) else str(source))
        if not self._capture.isOpened():
            what = f"a camera of number {source}" if isinstance(source, int) else f"a video at {source}"
            raise DataError(f"expected {what}, which cannot be opened")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if np.isfinite(fps) and fps > 0 else _FPS
        self.n_frames = max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))  # 0: nobody knows

    def __iter__(self) -> Iterator[RGB]:
        while True:
            is_there, frame = self._capture.read()
            if not is_there:
                return
            yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)

    def close(self) -> None:
        """Give the file or the camera back."""
        self._capture.release()


class VideoFile:
    """A video file in the making; the first frame gives its size."""

    def __init__(self, path: Path, fps: float) -> None:
        self._path, self._fps = path, fps
        self._writer: cv2.VideoWriter | None = None

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

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            self._writer.release()


@contextmanager
def written(path: Path, fps: float) -> Iterator[VideoFile]:
    """Write a video that appears when it is whole, or, after an interruption, as far as it came."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part{path.suffix}")
    video = VideoFile(beside, fps)
    try:
        yield video
    except KeyboardInterrupt:
        video.close()
        _keep(beside, path)
        raise
    except BaseException:
        video.close()
        beside.unlink(missing_ok=True)
        raise
    video.close()
    _keep(beside, path)


def _keep(beside: Path, path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):  # no frame came
        beside.replace(path)
