"""How are pictures and masks decoded once, so that every epoch reads them fast?

Resized to the training size they lie in one memory-mapped file, named by a hash of what is in it.
"""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools import images, tables
from datatools.errors import DataError, DatatoolsError
from datatools.student.preprocess import Preprocessing

N_CHANNELS = 5  # RGB, mask, matte


@dataclass(frozen=True, slots=True)
class Source:
    """A picture, its mask and the teachers' matte on disk; ``content`` is a hash of the files' bytes."""

    content: str
    image: Path
    mask: Path
    matte: Path | None = None  # the mask stands in for it


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """Resized pictures in one memory-mapped file.

    ``pixels`` is uint8 (n, S, S, 5): RGB, mask (0 background, 255 person, between on the edge) and matte
    (the same, as the teachers see it). A picture in ``failed`` (by index: why) could not be read; its
    pixels are 0.
    """

    name: str  # says what is in it
    pixels: NDArray[np.uint8]
    failed: dict[int, str]


def pack(
    folder: Path,
    sources: Sequence[Source],
    preprocessing: Preprocessing,
    *,
    workers: int,
    advance: Callable[[], None],
) -> Pack:
    """Resize pictures and masks into a file of the folder, or open the one that is there.

    The file's name is a hash of what goes into it. ``advance`` is called once a picture.
    """
    side = preprocessing.size_px
    name = tables.fingerprint(side, preprocessing.resize, [source.content for source in sources])
    path, about = folder / f"pack-{name}.npy", folder / f"pack-{name}.json"
    if not about.exists():  # written last
        folder.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}{tables.PART}")
        try:
            pixels = _room_for(beside, (len(sources), side, side, N_CHANNELS))
            reasons = _fill(pixels, sources, preprocessing, workers, advance)
            pixels.flush()
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        tables.write_bytes(about, json.dumps(reasons).encode())
    failed = {int(index): reason for index, reason in json.loads(about.read_text()).items()}
    return Pack(name, np.load(path, mmap_mode="r"), failed)


def _room_for(path: Path, shape: tuple[int, ...]) -> "np.memmap[tuple[int, ...], np.dtype[np.uint8]]":
    """Make a memory-mapped file of zeros, all of whose bytes have their place on the disk.

    Without that a disk that fills up later ends the process by a signal, and nobody learns why.

    Raises:
        OSError: the disk is full.
    """
    pixels: np.memmap[tuple[int, ...], np.dtype[np.uint8]] = np.lib.format.open_memmap(
        path, mode="w+", dtype=np.uint8, shape=shape
    )
    if hasattr(os, "posix_fallocate"):
        with path.open("rb+") as stream:
            try:
                os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
            except OSError as error:
                error.filename = str(path)
                raise
    return pixels


def _fill(
    pixels: NDArray[np.uint8],
    sources: Sequence[Source],
    preprocessing: Preprocessing,
    workers: int,
    advance: Callable[[], None],
) -> dict[int, str]:
    def fill(index: int) -> str | None:
        try:
            pixels[index] = packed(sources[index], preprocessing)
        except DatatoolsError as error:
            return str(error)
        return None

    failed: dict[int, str] = {}
    with ThreadPoolExecutor(workers) as pool:
        for index, reason in enumerate(pool.map(fill, range(len(sources)))):
            if reason is not None:
                failed[index] = reason
            advance()
    return failed


def packed(source: Source, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Read and resize one picture with its mask and matte; uint8 (S, S, 5).

    Raises:
        ImageError: one of them cannot be read.
        DataError: they differ in size.
    """
    image = images.read_rgb(source.image)
    soft = [images.read_reference_mask(source.mask).mask.array.astype(np.float32)]  # (H, W)
    if source.matte is not None:
        soft.append(images.read_matte(source.matte).array)
    for path, array in zip((source.mask, source.matte), soft, strict=False):
        if image.shape[:2] != array.shape:
            raise DataError(
                f"{source.image.name} is {image.shape[1]} x {image.shape[0]} px, its mask {path} is "
                f"{array.shape[1]} x {array.shape[0]}; give the mask the picture's size"
            )
    side = (preprocessing.size_px, preprocessing.size_px)
    squeezed = preprocessing.squeeze(image)  # (S, S, 3)
    # Area averages leave the edge soft, so that later warps do not make stairs of it.
    small = [cv2.resize(array * 255, side, interpolation=cv2.INTER_AREA) for array in soft]
    both = np.dstack([squeezed, small[0], small[-1]])
    return np.clip(both + 0.5, 0, 255).astype(np.uint8)


def shrunk(folder: Path, name: str, large: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """Give packed pictures at a smaller size, each pixel the mean of those below it.

    They lie in a file of the folder, whose name says of which pack; it is made once.

    Args:
        folder: where the large ones lie.
        name: the large pack's.
        large: uint8 (n, S, S, 5).
        size_px: side T of the small ones.

    Returns:
        uint8 (n, T, T, 5), memory-mapped.
    """
    path = folder / f"pack-{name}-{size_px}.npy"
    if not path.exists():
        beside = path.with_name(f".{path.name}.{os.getpid()}{tables.PART}")
        shape = (len(large), size_px, size_px, N_CHANNELS)
        try:
            small = _room_for(beside, shape)
            for index, pixels in enumerate(large):  # at most four channels at a time
                for some in (slice(0, 3), slice(3, N_CHANNELS)):
                    part = np.ascontiguousarray(pixels[..., some])
                    small[index, ..., some] = cv2.resize(
                        part, (size_px, size_px), interpolation=cv2.INTER_AREA
                    )
            small.flush()
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return np.asarray(np.load(path, mmap_mode="r"))
