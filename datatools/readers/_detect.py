"""Which reader reads a folder?"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from datatools import plugins
from datatools.errors import UsageError
from datatools.readers import Reader
from datatools.readers.webdataset import is_brought_shards

AUTO = "auto"
# These two match by pictures alone, so every reader that knows its data set by a listing goes first.
_LAST = ("folder_masks", "folder")
SHARDS = "webdataset"


def detect(root: Path, reader: str | None, options: Mapping[str, str]) -> Reader:
    """Make the named reader, or the first one that recognises the folder.

    Raises:
        UsageError: the root is no folder, or no reader has that name or takes these options.
    """
    if not root.is_dir():
        raise UsageError(f"expected a folder of pictures, {root} is not one")
    name = _recognised(root) if reader in {None, AUTO} else str(reader)
    return cast("Reader", plugins.build("readers", name, {**options, "root": root}))


def name_of(reader: Reader) -> str:
    """Give the name under which a reader can be made again."""
    return type(reader).__module__.rpartition(".")[2]


def _recognised(root: Path) -> str:
    if is_brought_shards(root):
        return SHARDS
    specific = [name for name in plugins.names("readers") if name not in _LAST]
    known = (name for name in (*specific, *_LAST) if plugins.build("readers", name, {"root": root}).matches())
    return next(known)  # the plain folder matches whatever comes
