"""How does a workspace become a FiftyOne data set, again and again?"""

from types import ModuleType
from typing import TYPE_CHECKING

from datatools import __version__, tables
from datatools.browse import engine, fields
from datatools.browse.samples import GENERATED, REFERENCE, to_fiftyone
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.workspace import Workspace, file_name

if TYPE_CHECKING:
    import fiftyone

_BATCH = 128
_TARGETS = (1, 255)  # person in masks that came with the data; ours hold 0 and 255
_COLOURS = {GENERATED: "#12d6b0", REFERENCE: "#b45cff"}  # neither is a colour of skin or hair
_OPACITY = 0.35  # the face stays to be seen through its mask
_WORST = 200  # samples of a "worst" view: as many as one looks through


def default_name(workspace: Workspace) -> str:
    """Give a workspace's data set a name of its own: two folders of one name do not meet."""
    root = workspace.root.resolve()
    return f"datatools-{file_name(root.name)}-{tables.fingerprint(str(root))[:6]}"


def build_dataset(
    workspace: Workspace, name: str, progress: Progress, *, limit: int | None = None
) -> "fiftyone.Dataset":
    """Build the data set, in the place of an earlier one of the same workspace.

    Raises:
        UsageError: a data set of that name was not made from this workspace, or as ``engine.load``.
        MissingExtraError: fiftyone is not installed.
        TableError: a table is missing or broken.
    """
    fo = engine.load()
    origin = str(workspace.root.resolve())
    if name in fo.list_datasets():
        found = fo.load_dataset(name).info.get("datatools", {}).get("workspace")
        if found != origin:
            other = f"made from {found}" if found else "not made by datatools"
            raise UsageError(f"the FiftyOne data set {name} is {other}: choose another name with --name")
    samples = workspace.samples(limit=limit)
    facts = fields.read(workspace)
    # Built under a name of its own, so that an interrupted build never stands for the workspace.
    building = f"{name}.building"
    if building in fo.list_datasets():
        fo.delete_dataset(building)
    dataset = fo.Dataset(building)
    dataset.info = {"datatools": {"workspace": origin, "version": __version__}}
    with progress.bar("browse", len(samples)) as advance:
        for start in range(0, len(samples), _BATCH):
            group = samples[start : start + _BATCH]
            made = [to_fiftyone(fo, workspace, sample, facts) for sample in group]
            dataset.add_samples(made, dynamic=True, progress=False)
            for _ in group:
                advance()
    _dress(fo, dataset, facts)
    if name in fo.list_datasets():
        fo.delete_dataset(name)
    dataset.name = name
    dataset.persistent = True
    return dataset


def _dress(fo: ModuleType, dataset: "fiftyone.Dataset", facts: fields.Facts) -> None:
    """Name the masks' values, save the views that a reviewer starts from, show little at first."""
    dataset.default_mask_targets = dict.fromkeys(_TARGETS, "person")
    schema = dataset.get_field_schema()
    # Every overlay at once hides the picture; the rest is one click away in the sidebar.
    overlays = [overlay for overlay in (GENERATED, REFERENCE) if overlay in schema]
    dataset.app_config.active_fields = fo.ActiveFields(exclude=False, paths=overlays[:1])
    dataset.app_config.color_scheme = fo.ColorScheme(
        opacity=_OPACITY,
        fields=[{"path": name, "fieldColor": colour} for name, colour in _COLOURS.items()],
    )
    dataset.save()
    if facts.accepted is not None:
        dataset.save_view("accepted", dataset.match_tags("accepted"))
        dataset.save_view("rejected", dataset.match_tags("rejected"))
    for name in facts.score_fields:
        if name in schema:
            worst = dataset.exists(name).sort_by(name).limit(_WORST)
            dataset.save_view(f"worst {name}", worst)
