"""Cards of a data set: run, read, and taken as a program takes them."""

from pathlib import Path

import mlcroissant  # type: ignore[import-untyped]  # it says nothing of its types
import numpy as np

from datatools.progress import Progress
from datatools.records import StageResult
from datatools.stages import card_data
from datatools.stages.card_data import Settings
from datatools.workspace import Workspace

QUIET = Progress("quiet")


def run(workspace: Workspace, **settings: object) -> StageResult:
    """Run the stage."""
    return card_data.run(workspace, Settings.model_validate(settings), QUIET)


def read(folder: Path) -> dict[str, bytes]:
    """Read every file of a card."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def answers_file(path: Path, text: str) -> Path:
    """Write a file of answers."""
    path.write_text(text, "utf-8")
    return path


# -- programs --------------------------------------------------------------------------------------


def records(folder: Path, name: str) -> list[dict[str, object]]:
    """Read records as a program does that knows Croissant, text as text and missing values as None."""
    data = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    issues = data.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    return [
        {key.partition("/")[2]: _plain(value) for key, value in row.items()} for row in data.records(name)
    ]


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
