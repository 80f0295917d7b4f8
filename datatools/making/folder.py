"""What lies in a folder of made pictures, and may this run write to it?

Pictures are named by what they were made of and by their bytes, so that none is ever overwritten; the
index, which the reader ``derived`` reads, is written last.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from datatools import images, streams, tables
from datatools.atomic import writing
from datatools.errors import UsageError
from datatools.masks import Mask
from datatools.outside import formulas
from datatools.readers.derived import COLUMNS, INDEX
from datatools.records import MadeRow, Sample
from datatools.workspace import Workspace

_ABOUT = "made.json"


@dataclass(frozen=True, slots=True)
class MadeFolder:
    """A folder of pictures that were made by one stage with one setting."""

    root: Path

    def claim(self, stage: str, settings: Mapping[str, object]) -> None:
        """Make sure that the folder is this stage's, with these settings, or nobody's.

        Raises:
            UsageError: it holds something else.
        """
        self.check(stage, settings)
        tables.write_bytes(self.root / _ABOUT, self._about(stage, settings))

    def check(self, stage: str, settings: Mapping[str, object]) -> None:
        """Do as ``claim``, without writing."""
        about = self.root / _ABOUT
        is_free = not self.root.exists() or (self.root.is_dir() and not any(self.root.iterdir()))
        if is_free or (about.is_file() and about.read_bytes() == self._about(stage, settings)):
            return
        raise UsageError(
            f"{self.root} holds something else, or pictures that {stage} made with other settings: "
            "give another --name or --out"
        )

    @staticmethod
    def _about(stage: str, settings: Mapping[str, object]) -> bytes:
        return json.dumps({"stage": stage, "settings": settings}, indent=1, sort_keys=True).encode() + b"\n"

    def write(self, stem: str, image: bytes, suffix: str, mask: Mask) -> tuple[str, str]:
        """Write a picture and its mask; give their paths below the folder."""
        name = f"{stem}-{tables.fingerprint(image, mask.array.tobytes())[:8]}"
        paths = f"images/{name}{suffix}", f"masks/{name}.png"
        tables.write_bytes(self.root / paths[0], image)
        images.write_mask(self.root / paths[1], mask)
        return paths

    def holds(self, row: MadeRow) -> bool:
        """Say whether the files of a row are there."""
        return row.image is None or all((self.root / str(path)).is_file() for path in (row.image, row.mask))

    def index(self, rows: Iterable[MadeRow], parent_of: Callable[[str], Sample | None]) -> int:
        """Write the listing of the pictures that were kept; give their number.

        ``rows`` come in the order of their samples, which are asked for in that order; a picture without
        its parent is not listed.
        """
        n_listed = 0
        with writing(self.root / INDEX) as stream:
            stream.write(formulas.lines([COLUMNS]).encode())
            for row in rows:
                parent = None if row.image is None else parent_of(row.sample_id)
                if parent is not None:
                    line = _line(row, parent)
                    stream.write(formulas.lines([[line[name] for name in COLUMNS]]).encode())
                    n_listed += 1
        return n_listed

    def index_of(self, workspace: Workspace, rows: Iterable[MadeRow]) -> int:
        """Do as ``index``; the parents are the workspace's readable samples."""
        known = streams.Alongside(workspace, tables.MANIFEST)

        def parent_of(sample_id: str) -> Sample | None:
            return next((sample for sample in known.of(sample_id) if sample.status == "ok"), None)

        return self.index(rows, parent_of)

    def rows(self, made: Iterable[MadeRow]) -> Iterator[MadeRow]:
        """Give those rows whose pictures are, or would be, in this folder."""
        return (row for row in made if row.folder == str(self.root))


def _line(row: MadeRow, parent: Sample) -> dict[str, str]:
    return {
        "image": str(row.image),
        "mask": str(row.mask),
        "mask_source": row.mask_source,
        "person_id": parent.person_id,
        "licence": parent.licence,
        "kind": row.kind,
        "parent": row.sample_id,
        "background": row.background or "",
        "box": "" if row.box is None else " ".join(map(str, row.box)),
        "recipe": row.recipe,
    }
