"""How is a set of pictures read that ``crop`` or ``compose`` made of others?"""

import re
from collections.abc import Iterator
from pathlib import Path

from datatools.errors import DataError
from datatools.outside.formulas import plain
from datatools.readers import Ancestry, Entry
from datatools.readers._files import has_header, read_rows

INDEX = "index.csv"
COLUMNS = (
    "image",
    "mask",
    "mask_source",
    "person_id",
    "licence",
    "kind",
    "parent",
    "background",
    "box",
    "recipe",
)
_KINDS = ("crop", "composite")
_BOX = re.compile(r"[0-9]{1,9}( [0-9]{1,9}){3}")


class Derived:
    """index.csv with each picture's parent; people keep the names that they have in the parents' manifest."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def licence(self) -> str:
        """Give the licences of the pictures that these were made of."""
        found = sorted({row["licence"] for row in self._rows()})
        return "; ".join(found) or "unknown"

    def matches(self) -> bool:
        return has_header(self._root / INDEX, COLUMNS)

    def entries(self) -> Iterator[Entry]:
        """Give every picture, in the order of the index.

        Raises:
            DataError: no index of made pictures, or a row whose kind or box is none.
        """
        for row in self._rows():
            yield Entry(
                path=row["image"], mask=row["mask"], mask_source=row["mask_source"], ancestry=_ancestry(row)
            )

    def _rows(self) -> list[dict[str, str]]:
        rows = read_rows(self._root / INDEX, COLUMNS)
        return [{name: plain(cell) for name, cell in row.items()} for row in rows]


def _ancestry(row: dict[str, str]) -> Ancestry:
    if row["kind"] not in _KINDS:
        raise DataError(f"{row['image']}: expected a kind among {', '.join(_KINDS)}, got {row['kind']!r}")
    if row["box"] and not _BOX.fullmatch(row["box"]):
        raise DataError(f"{row['image']}: expected a box as `x0 y0 x1 y1`, got {row['box']!r}")
    box = None
    if row["box"]:
        x0, y0, x1, y1 = map(int, row["box"].split(" "))
        box = (x0, y0, x1, y1)
    return Ancestry(
        kind=row["kind"],
        parent=row["parent"],
        person_id=row["person_id"],
        background=row["background"] or None,
        box=box,
        recipe=row["recipe"],
    )


build = Derived
