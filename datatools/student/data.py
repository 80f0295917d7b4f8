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


@dataclass(frozen=True, slots=True)
class Source:
    """A picture and its mask on disk; ``content`` is a hash of both files' bytes."""

    content: str
    image: Path
    mask: Path


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """Resized pictures in one memory-mapped file.

    ``pixels`` is uint8 (n, S, S, 4): RGB and mask (0 background, 255 person, between on the edge). A
    picture in ``failed`` (by index: why) could not be read; its pixels are 0.
    """

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
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            pixels = np.lib.format.open_memmap(
                beside, mode="w+", dtype=np.uint8, shape=(len(sources), side, side, 4)
            )
            reasons = _fill(pixels, sources, preprocessing, workers, advance)
            pixels.flush()
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        tables.write_bytes(about, json.dumps(reasons).encode())
    failed = {int(index): reason for index, reason in json.loads(about.read_text()).items()}
    return Pack(np.load(path, mmap_mode="r"), failed)


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
    """Read and resize one picture with its mask; uint8 (S, S, 4).

    Raises:
        ImageError: one of the two cannot be read.
        DataError: they differ in size.
    """
    image = images.read_rgb(source.image)
    mask = images.read_reference_mask(source.mask).mask.array
    if image.shape[:2] != mask.shape:
        raise DataError(
            f"{source.image.name} is {image.shape[1]} x {image.shape[0]} px, its mask {source.mask.name} "
            f"{mask.shape[1]} x {mask.shape[0]}; give the mask the picture's size"
        )
    side = preprocessing.size_px
    squeezed = preprocessing.squeeze(image)  # (S, S, 3)
    # Area averages leave the edge soft, so that later warps do not make stairs of it.
    soft = cv2.resize(mask.astype(np.float32) * 255, (side, side), interpolation=cv2.INTER_AREA)
    both = np.dstack([squeezed, soft])
    return np.clip(both + 0.5, 0, 255).astype(np.uint8)
