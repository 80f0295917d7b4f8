"""How does a workspace leave as a data set that others load with FiftyOne alone?

A FiftyOneDataset: a folder with the pictures, masks, mattes and error maps, and every field, tag, view and
evaluation in JSON. What names this machine stays here: the workspace's folder and what syncs keep of it.
"""

import contextlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from datatools import tables
from datatools.browse import evaluations
from datatools.browse.fields import SYNCED
from datatools.browse.home import INFO
from datatools.database import engine
from datatools.errors import UsageError
from datatools.progress import Progress

if TYPE_CHECKING:
    import fiftyone

_ABOUT, _SAMPLES = "metadata.json", "samples.json"
_LOCAL = (
    "workspace",
    "identity",
    "host",
    "dataset",
    "is_current",
    "synced_at",
    "n_new",
    "n_changed",
    "n_removed",
)


def require_free(folder: Path) -> None:
    """Raise UsageError where something is already: an export replaces nothing."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"expected a new or an empty folder to export to, {folder} holds something already")


def write(dataset: "fiftyone.Dataset", folder: Path, progress: Progress) -> int:
    """Write a workspace's data set with its files, and give the number of its samples.

    The folder is there once it is whole: what a killed export leaves has another name.

    Raises:
        UsageError: the folder is not empty, or cannot be written to.
    """
    require_free(folder)
    fo = engine.load()
    folder = folder.resolve()
    unfinished = folder.with_name(f".{folder.name}.unfinished-{os.getpid()}")
    progress.say(f"browse: exporting {len(dataset)} samples to {folder}")
    try:
        # FiftyOne prints, and stdout is for results.
        with contextlib.redirect_stdout(sys.stderr), engine.without_deprecations():
            dataset.export(export_dir=str(unfinished), dataset_type=fo.types.FiftyOneDataset, progress=False)
        _strip(unfinished)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return len(dataset)


def _strip(folder: Path) -> None:
    """Take out what is of no use elsewhere."""
    about = json.loads((folder / _ABOUT).read_text("utf-8"))
    info = about["info"]
    info.pop(evaluations.INFO, None)
    info[INFO] = {name: value for name, value in info.get(INFO, {}).items() if name not in _LOCAL}
    about["sample_fields"] = [field for field in about["sample_fields"] if field["name"] != SYNCED]
    tables.write_bytes(folder / _ABOUT, json.dumps(about, ensure_ascii=False).encode())
    told = json.loads((folder / _SAMPLES).read_text("utf-8"))
    for sample in told["samples"]:
        sample.pop(SYNCED, None)
    tables.write_bytes(folder / _SAMPLES, json.dumps(told, ensure_ascii=False).encode())
