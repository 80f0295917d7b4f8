"""Where does a model's mask add to the reference, and where does it leave out?

A grey PNG for each scored mask that is kept in the workspace, beside its other caches: 1 wrongly added, 2
wrongly left out. A map whose counts are not those of the score is of another mask than the one that was
scored, and is not made.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datatools import tables
from datatools.errors import DataError
from datatools.images import read_mask, read_matte, read_reference_mask, to_png
from datatools.metrics._counts import resized
from datatools.workspace import Workspace, file_name

OVER, UNDER = 1, 2
TARGETS = {OVER: "wrongly added", UNDER: "wrongly left out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One scored mask that is still there, and what it was scored against."""

    sample_id: str
    model: str
    reference_source: str
    mask: Path
    is_matte: bool  # soft: cut at one half, as for scoring
    reference: Path
    n_over: int  # px, as the score has it
    n_under: int
    parents: str  # of the mask and of the score


def folder(workspace: Workspace) -> Path:
    """Give where the maps lie; they may be removed at any time."""
    return workspace.root / "cache" / "errors"


def path_of(workspace: Workspace, kept: Kept) -> Path:
    """Give a map's path; another mask has another name, so that no browser shows an old one."""
    pair = file_name(f"{kept.model}_on_{kept.reference_source}")
    stamp = tables.fingerprint(1, kept.parents)[:8]
    return folder(workspace) / pair / f"{kept.sample_id}-{stamp}.png"


def make(workspace: Workspace, kept: Kept) -> Path | None:
    """Make a map that is not there yet; None where its mask is not the scored one or cannot be read.

    Raises:
        OSError: the workspace cannot be written to.
    """
    path = path_of(workspace, kept)
    if path.is_file():
        return path
    try:
        reference = read_reference_mask(kept.reference).mask
        mask = read_matte(kept.mask).threshold() if kept.is_matte else read_mask(kept.mask)
    except DataError:
        return None
    found, wanted = resized(mask, reference.array.shape).array, reference.array
    shown = np.where(found & ~wanted, OVER, np.where(wanted & ~found, UNDER, 0)).astype(np.uint8)
    counts = [int(np.count_nonzero(shown == error)) for error in (OVER, UNDER)]
    if counts != [kept.n_over, kept.n_under]:
        return None
    tables.write_bytes(path, to_png(shown))
    return path


def there(workspace: Workspace) -> set[str]:
    """Give the paths of all maps that are there."""
    return {str(path) for path in folder(workspace).resolve().glob("*/*.png")}


def sweep(workspace: Workspace, used: Iterable[str]) -> None:
    """Remove the maps that no sample shows any more."""
    for path in there(workspace).difference(used):
        Path(path).unlink(missing_ok=True)
