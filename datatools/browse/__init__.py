"""How does a workspace open in FiftyOne, and how does it leave for it?

Pictures, mattes, masks, faces, findings, answers and scores become fields of one FiftyOne data set. It
points at the workspace's files and copies none; opening the workspace again brings it up to date. What
``--export`` writes is a copy, for people who have FiftyOne and not this toolkit.

Example::

    datatools browse --workspace ws
"""

from pathlib import Path

from pydantic import Field

from datatools.errors import UsageError
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

    export: Path | None = None
    """Write a copy with all pictures and masks to this new folder, for FiftyOne elsewhere; opens no App."""

    port: int = Field(default=5151, ge=1, le=65535)
    """Port that the App listens on."""

    address: str = "127.0.0.1"
    """Address that the App listens on; anybody who reaches it sees the pictures."""

    install_plugin: bool = False
    """Install the panels (audit, composition, review, annotation) and operators into FiftyOne, and stop."""

    remove_plugin: bool = False
    """Take them out of FiftyOne again, and stop."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Open a workspace in FiftyOne.

    Raises:
        UsageError: two flags do not go together, the folder is no workspace, the name belongs to another
            data set, the port is taken, the folder to export to is not empty, or FiftyOne's database does
            not start or goes away.
        MissingExtraError: fiftyone is not installed.
        TableError: a table is missing or broken.
    """
    # Imported here: pandas and the metrics are not needed to read the flags.
    from datatools.browse import app, evaluations, export, installing, sync
    from datatools.database import engine

    if settings.install_plugin or settings.remove_plugin:
        return _plugin(settings)
    workspace.require()
    name = settings.name or sync.default_name(workspace)
    n_samples = len(workspace.samples(limit=settings.limit))
    facts: dict[str, object] = {"dataset": name, "n_samples": n_samples}
    launches = settings.launch and settings.export is None
    if settings.export is not None:
        export.require_free(settings.export)
    if settings.dry_run:
        return StageResult(
            stage="browse", facts=facts, notes=[f"would show {n_samples} samples as the data set {name}"]
        )
    if launches:
        app.require_free_port(settings.address, settings.port)
    with engine.answering("the data set was brought up to date"):
        dataset = sync.build_dataset(workspace, name, progress, limit=settings.limit)
        facts["evaluations"] = evaluations.register(workspace, dataset, progress)
    facts |= {"fields": sorted(dataset.get_field_schema()), "views": dataset.list_saved_views()}
    notes = [f"{n_samples} samples are in the FiftyOne data set {name}"]
    if settings.export is not None:
        with engine.answering("the data set was exported"):
            n_exported = export.write(dataset, settings.export, progress)
        facts["n_exported"] = n_exported
        notes.append(f"{n_exported} samples with their files are in {settings.export}")
    if launches:
        installing.refresh()  # the stub of an older version names other panels
        where = f"http://{settings.address}:{settings.port}"
        warning = app.exposure(settings.address)
        if warning is not None:
            progress.say(warning)
        progress.say(f"browse: {where}, Ctrl+C to stop")
        app.serve(dataset, settings.port, settings.address)
        facts["url"] = where
    return StageResult(stage="browse", facts=facts, notes=notes)


def _plugin(settings: Settings) -> StageResult:
    from datatools.browse import installing

    if settings.install_plugin and settings.remove_plugin:
        raise UsageError("expected one of --install-plugin and --remove-plugin, got both")
    verb = "install" if settings.install_plugin else "remove"
    if settings.dry_run:
        note = f"Would {verb} the plug-in in {installing.folder()}."
    elif settings.install_plugin:
        note = f"The plug-in is in {installing.install()}: `datatools browse` shows its panels under +."
    else:
        note = "The plug-in was removed." if installing.remove() else "The plug-in was not installed."
    return StageResult(stage="browse", facts={"plugin": str(installing.folder())}, notes=[note])
