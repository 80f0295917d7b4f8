"""How is EG1800 read as two papers distribute it: folders, and lists of train and test names?

ExtremeC3Net's authors: images_data_crop/00001.jpg, GT_png/00001_mask.png, train.txt and val.txt with
numbers. PortraitNet's authors: Images/00001.png, Labels/00001.png, eg1800_train.txt and
eg1800_test.txt with file names. Both sets are EG1800 without the photographs that are gone from Flickr,
so a list may name pictures that are not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from datatools import images
from datatools.errors import DataError
from datatools.readers import Entry

_MISSING = "missing: a list names it, but there is no such file"


@dataclass(frozen=True, slots=True)
class _Layout:
    pictures: str  # folder
    masks: str  # folder
    mask_ending: str  # between the picture's stem and the suffix
    mask_suffix: str
    suffix: str  # of a picture that is not there
    lists: dict[str, str]  # split to file


_LAYOUTS = (
    _Layout("images_data_crop", "GT_png", "_mask", ".png", ".jpg", {"train": "train.txt", "val": "val.txt"}),
    _Layout("Images", "Labels", "", ".png", ".png", {"train": "eg1800_train.txt", "val": "eg1800_test.txt"}),
)


class EG1800Original:
    """Pictures of the lists, then those that no list names.

    ``source_split`` is train or val: both papers select on the second list, whatever its name.
    """

    licence = "academic use only; photographs from Flickr under unknown licences"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        return self._layout() is not None

    def entries(self) -> Iterator[Entry]:
        layout = self._layout()
        if layout is None:
            raise DataError(
                f"{self._root}: expected images_data_crop/, GT_png/ and train.txt, or Images/, Labels/ and "
                "eg1800_train.txt"
            )
        pictures = {
            _identity(path.stem): path.relative_to(self._root).as_posix()
            for path in sorted((self._root / layout.pictures).iterdir())
            if path.suffix.lower() in images.SUFFIXES
        }
        listed: set[str] = set()
        for split, file in layout.lists.items():
            for name in self._names(file):
                if name in listed:
                    continue
                listed.add(name)
                path = pictures.get(name)
                if path is None:
                    absent = f"{layout.pictures}/{name}{layout.suffix}"
                    yield Entry(path=absent, source_split=split, problem=_MISSING)
                else:
                    yield _entry(path, layout, split)
        for name, path in pictures.items():
            if name not in listed:
                yield _entry(path, layout, None)

    def _layout(self) -> _Layout | None:
        for layout in _LAYOUTS:
            folders = (self._root / layout.pictures, self._root / layout.masks)
            has_list = any((self._root / file).is_file() for file in layout.lists.values())
            if has_list and all(folder.is_dir() for folder in folders):
                return layout
        return None

    def _names(self, file: str) -> list[str]:
        path = self._root / file
        if not path.is_file():
            return []
        lines = path.read_text("utf-8", errors="replace").split()
        return [_identity(PurePosixPath(line).stem) for line in lines]


def _identity(stem: str) -> str:
    """Give a picture's name as both layouts write it: a number of five digits."""
    return stem.zfill(5)


def _entry(path: str, layout: _Layout, split: str | None) -> Entry:
    mask = f"{layout.masks}/{PurePosixPath(path).stem}{layout.mask_ending}{layout.mask_suffix}"
    return Entry(path=path, mask=mask, mask_source="human", source_split=split)


build = EG1800Original
