"""How is Clothing Co-Parsing read: full-body street photographs with human masks?"""

from collections.abc import Iterator
from pathlib import Path

from datatools.readers import Entry
from datatools.readers._files import has_header, read_rows

_COLUMNS = ("id", "image", "mask", "width", "height")


class CCP:
    """index.csv (id, image, mask); a person is clothes, skin, hair and bags."""

    licence = "repository Apache-2.0, photographs unclear"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        return has_header(self._root / "index.csv", _COLUMNS, unwanted=("n_landmarks",))

    def entries(self) -> Iterator[Entry]:
        for row in read_rows(self._root / "index.csv", _COLUMNS):
            yield Entry(
                path=row["image"],
                mask=row["mask"] or None,
                mask_source="human" if row["mask"] else None,
            )


build = CCP
