"""Which pictures go beside a sheet, for the people and tools that answer it?

JPEG, upright, scaled down, named by the sample id alone and without any metadata: a camera's EXIF holds
places and names, and file names of data sets often give the label away.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from datatools import images, tables
from datatools.errors import ImageError
from datatools.exchange import Format, Item
from datatools.masks import RGB
from datatools.progress import Progress

_BACKGROUND_LIGHT = 0.25  # of a mask under review: dark enough to see its edge, light enough to see beyond
Size = tuple[int, int]  # width and height, px


def name(sample_id: str, *, with_mask: bool) -> str:
    """Give a view's file name."""
    return f"{sample_id}_mask.jpg" if with_mask else f"{sample_id}.jpg"


@dataclass(frozen=True, slots=True)
class View:
    """One sample, to be shown as it is or, with a mask under review, dark outside of it."""

    sample_id: str
    image: Path
    mask: Path | None

    @property
    def name(self) -> str:
        """Give the file name."""
        return name(self.sample_id, with_mask=self.mask is not None)


def folder(path: Path, form: Format) -> Path:
    """Give the folder where a sheet's pictures lie."""
    return path.with_suffix("") if form.suffix else path / "data"


def placed(items: Sequence[Item], path: Path, form: Format, sizes: Mapping[str, Size]) -> list[Item]:
    """Say where each item's picture lies beside the sheet and how large it is; None: it is not there."""
    below = folder(path, form).relative_to(path.parent if form.suffix else path).as_posix()
    found = []
    for item in items:
        size = sizes.get(item.picture or "")
        picture = None if size is None else f"{below}/{item.picture}"
        width_px, height_px = size or (None, None)
        found.append(replace(item, picture=picture, width_px=width_px, height_px=height_px))
    return found


def write(where: Path, views: Sequence[View], side_px: int, progress: Progress) -> dict[str, Size]:
    """Write the pictures; give the sizes by file name, without those that can no longer be read."""

    def one(view: View) -> Size | None:
        try:
            image = images.scaled(_shown(view), side_px)
        except ImageError:
            return None
        tables.write_bytes(where / view.name, images.to_jpeg(image))
        return image.shape[1], image.shape[0]

    sizes: dict[str, Size] = {}
    with progress.bar("pictures", len(views)) as advance, ThreadPoolExecutor(os.cpu_count()) as pool:
        for view, size in zip(views, pool.map(one, views), strict=True):
            if size is not None:
                sizes[view.name] = size
            advance()
    return sizes


def _shown(view: View) -> RGB:
    image = images.read_rgb(view.image)
    if view.mask is None:
        return image
    background = ~images.read_mask(view.mask).array
    image = image.copy()
    image[background] = (image[background] * _BACKGROUND_LIGHT).astype(np.uint8)
    return image
