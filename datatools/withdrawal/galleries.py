"""Where did this workspace leave galleries: folders with pictures of people that may lie outside of it?

They are remembered before the first picture is written, so that a withdrawal also finds what a run that was
killed has left.
"""

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from datatools.errors import DataError
from datatools.tables import write_bytes
from datatools.workspace import Workspace

MARKER = "gallery.json"  # says that a folder is a gallery
INDEX = "index.html"

_WAIT_S = 10.0  # the list is changed in moments


def is_one(folder: Path) -> bool:
    """Say whether a folder holds a gallery: only such a folder is ever written to again, or cleaned."""
    return (folder / MARKER).is_file()


def remember(workspace: Workspace, folder: Path) -> None:
    """Keep in mind that a folder gets a gallery of this workspace.

    Raises:
        LockedError: somebody else has been changing the list for many seconds.
    """
    with workspace.locked("gallery", [_file(workspace)], wait_s=_WAIT_S):
        folders = sorted({*known(workspace), folder.resolve()})
        text = json.dumps([str(path) for path in folders], indent=1, ensure_ascii=False)
        write_bytes(_file(workspace), text.encode() + b"\n")


def known(workspace: Workspace) -> list[Path]:
    """Give the folders of all galleries that were made, absolute, also of those that are no longer there.

    Raises:
        DataError: the list of them is broken.
    """
    path = _file(workspace)
    if not path.is_file():
        return []
    try:
        return [Path(name) for name in TypeAdapter(list[str]).validate_json(path.read_bytes())]
    except ValidationError as error:
        raise DataError(
            f"{path} is not the list of this workspace's galleries: restore it, or write the folders down "
            'again as ["FOLDER", ...]; a withdrawal must know them'
        ) from error


def sentences(workspace: Workspace) -> list[str]:
    """Say of each gallery that lost its page, or is not where it was, what somebody has to do now."""
    found = []
    for folder in known(workspace):
        if not is_one(folder):
            found.append(
                f"A gallery was written to {folder}, which is not there now: delete it wherever it is."
            )
        elif not (folder / INDEX).is_file():
            found.append(
                f"The gallery in {folder} lost its page and their pictures: `datatools gallery --out "
                f"{folder}` makes the page again. Delete every copy of it."
            )
    return found


def _file(workspace: Workspace) -> Path:
    return workspace.root / "galleries.json"
