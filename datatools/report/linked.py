"""Where can the pictures of a group be seen: at which address of a gallery that lies beside the report?"""

import os
from pathlib import Path
from urllib.parse import quote

from datatools.errors import UsageError
from datatools.withdrawal import galleries

BESIDE = "gallery"  # a gallery of this name in the report's folder is linked unasked


def gallery_of(report: Path, gallery: Path | None) -> str | None:
    """Give the address of a gallery's page, relative to the report's folder; None where there is none.

    Args:
        report: the report's folder.
        gallery: the gallery's folder; None: the one in the report's folder, where one is there.

    Raises:
        UsageError: the folder holds no gallery.
    """
    folder = report / BESIDE if gallery is None else gallery
    if not (galleries.is_one(folder) and (folder / galleries.INDEX).is_file()):
        if gallery is None:
            return None
        raise UsageError(
            f"expected a gallery in {gallery}, there is none: `datatools gallery --out {gallery}` writes one"
        )
    relative = os.path.relpath(folder.resolve() / galleries.INDEX, report.resolve())
    return quote(Path(relative).as_posix())


def group_in(gallery: str | None, attribute: str, group: str) -> str | None:
    """Give the address at which a gallery shows a group; crossings are named as in the audit."""
    return None if gallery is None else f"{gallery}#group={quote(f'{attribute}:{group}', safe='')}"
