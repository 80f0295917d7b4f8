"""Which pictures and masks of a folder belong together?

Two layouts: a folder of pictures beside a folder of masks with equal names, or masks beside the
pictures as NAME_mask.png, NAME_matte.png or NAME_alpha.png.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from datatools import images
from datatools.readers import Entry
from datatools.readers._files import walk
from datatools.readers._mask_source import UNSTATED, stated

_MASK_ENDINGS = ("_mask", "_matte", "_alpha")


class FolderMasks:
    """Pictures with masks, paired by name.

    The folder does not say who made the masks. Until the user does (option ``mask_source``: human,
    rendered, keyed or model:NAME), scores against them are agreement, never accuracy.
    """

    licence = "unknown"

    def __init__(
        self, root: Path, images: str = "images", masks: str = "masks", mask_source: str = UNSTATED
    ) -> None:
        self._root = root
        self._images = images
        self._masks = masks
        self._mask_source = stated(mask_source)

    def matches(self) -> bool:
        pictures, masks = self._pairs()
        return not masks.keys().isdisjoint(pictures)

    def entries(self) -> Iterator[Entry]:
        pictures, masks = self._pairs()
        for key in sorted(pictures.keys() | masks.keys()):
            mask = masks.get(key)
            for path in pictures.get(key, ()):
                yield Entry(path=path, mask=mask, mask_source=self._mask_source if mask else None)
            if key not in pictures:
                yield Entry(path=key, problem=f"{mask} is a mask without a picture of the same name")

    def _pairs(self) -> tuple[dict[str, list[str]], dict[str, str]]:
        """Give pictures and masks by the picture's path without its suffix."""
        has_folders = (self._root / self._images).is_dir() and (self._root / self._masks).is_dir()
        pictures: dict[str, list[str]] = {}
        masks: dict[str, str] = {}
        for found in walk(self._root):
            text, path = found.path, PurePosixPath(found.path)
            if found.problem is not None or path.suffix.lower() not in images.SUFFIXES:
                continue
            stem = path.with_suffix("").as_posix()
            key = stem
            for ending in _MASK_ENDINGS:
                key = key.removesuffix(ending)
            if not has_folders:
                is_mask = key != stem
            elif path.is_relative_to(self._masks):
                is_mask = True
                key = (self._images / PurePosixPath(key).relative_to(self._masks)).as_posix()
            elif path.is_relative_to(self._images):
                is_mask, key = False, stem
            else:
                continue
            if is_mask:
                masks.setdefault(key, text)
            else:
                pictures.setdefault(key, []).append(text)
        return pictures, masks


build = FolderMasks
