"""How does a workspace open in FiftyOne? The only code that imports fiftyone.

Pictures, mattes, masks, faces, findings, answers and scores become fields of one FiftyOne data set. It
points at the workspace's files and copies none; opening the workspace again replaces it.

Example::

    datatools browse --workspace ws
"""

from pydantic import Field

from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace


class Settings(StageSettings):
    """Settings of ``browse``; nothing is random in it."""

    name: str | None = Field(default=None, min_length=1)
    """Name of the FiftyOne data set; made of the workspace's folder if not given."""

    launch: bool = True
    """Open the App and wait until it is interrupted; --no-launch only builds the data set."""

    port: int = Field(default=5151, ge=1, le=65535)
    """Port that the App listens on."""

    address: str = "127.0.0.1"
    """Address that the App listens on; anybody who reaches it sees the pictures."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Open a workspace in FiftyOne.

    Raises:
        UsageError: the folder is no workspace, the name belongs to another data set, the port is taken,
            or FiftyOne's database does not start.
        MissingExtraError: fiftyone is not installed.
        TableError: a table is missing or broken.
    """
    # Imported here: pandas and the metrics are not needed to read the flags.
    from datatools.browse import app, sync

    workspace.require()
    name = settings.name or sync.default_name(workspace)
    n_samples = len(workspace.samples(limit=settings.limit))
    facts: dict[str, object] = {"dataset": name, "n_samples": n_samples}
    if settings.dry_run:
        return StageResult(
            stage="browse", facts=facts, notes=[f"would show {n_samples} samples as the data set {name}"]
        )
    if settings.launch:
        app.require_free_port(settings.address, settings.port)
    dataset = sync.build_dataset(workspace, name, progress, limit=settings.limit)
    facts |= {"fields": sorted(dataset.get_field_schema()), "views": dataset.list_saved_views()}
    notes = [f"{n_samples} samples are in the FiftyOne data set {name}"]
    if settings.launch:
        where = f"http://{settings.address}:{settings.port}"
        progress.say(f"browse: {where}, Ctrl+C to stop")
        app.serve(dataset, settings.port, settings.address)
        facts["url"] = where
    return StageResult(stage="browse", facts=facts, notes=notes)
