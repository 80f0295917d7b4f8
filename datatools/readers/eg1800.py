"""How is EG1800 read when it comes with an index.csv and 49-point landmarks?"""

from collections.abc import Iterator
from pathlib import Path

from datatools.readers import Entry
from datatools.readers._files import has_header, load_faces, read_rows

_COLUMNS = ("id", "image", "mask", "n_landmarks")
_POINTS = 49  # of Saragih's face tracker, which the authors ran; twice as many rows are two faces


class EG1800:
    """index.csv (id, image, mask, n_landmarks), and landmarks/ID.npy where a face was found."""

    licence = "academic use only; photographs from Flickr under unknown licences"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        return has_header(self._root / "index.csv", _COLUMNS)

    def entries(self) -> Iterator[Entry]:
        for row in read_rows(self._root / "index.csv", _COLUMNS):
            file = f"landmarks/{row['id']}.npy"
            faces, problem = load_faces(self._root, file, "eg1800_49", _POINTS)
            yield Entry(
                path=row["image"],
                mask=row["mask"] or None,
                mask_source="human" if row["mask"] else None,
                landmarks=faces,
                problem=problem,
            )


build = EG1800
