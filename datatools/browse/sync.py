"""How does a FiftyOne data set become what the workspace is, again and again?

The workspace is the truth. A sync writes the samples that changed, in the tables or in FiftyOne, adds what is
new and removes what is gone. The toolkit's own fields and tags are overwritten (``info["datatools"]`` lists
the fields); the user's fields, tags, views and samples stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd

from datatools import __version__
from datatools.browse import errors_shown, fields, home, marks, numbers, store, views, writing
from datatools.browse.home import default_name as default_name
from datatools.database import engine
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import Sample
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import fiftyone

_TRIES = 3  # while the tables change meanwhile
_PERSON = (1, 255)  # in masks that came with the data; ours hold 0 and 255
_INDEXED = ("person_id", "split")


def build_dataset(
    workspace: Workspace, name: str, progress: Progress, *, limit: int | None = None
) -> "fiftyone.Dataset":
    """Bring a workspace's data set up to date, and make it where there is none.

    Args:
        workspace: to show.
        name: of the data set; ``default_name`` also finds that of a workspace that was moved.
        progress: says what happens.
        limit: of how many samples; others that the data set shows already stay.

    Raises:
        UsageError: a data set of that name was not made from this workspace or by a newer version, a field of
            the user's is in the way, a withdrawal is under way, or as ``engine.load``.
        MissingExtraError: fiftyone is not installed.
        TableError: a table is missing or broken.
    """
    workspace.require()
    fo = engine.load()
    with home.held(workspace, progress.say):
        dataset = _claimed(fo, workspace, name, progress)
        for _ in range(_TRIES):
            workspace.require()
            before = marks.stamp(workspace)
            _bring_up_to_date(fo, dataset, workspace, progress, limit)
            if marks.stamp(workspace) == before:
                break
            progress.say("browse: the tables changed meanwhile, looking again")
        else:
            progress.say("browse: a stage keeps writing; run `datatools browse` again when it is done")
    dataset.reload()
    return dataset


def _claimed(fo: ModuleType, workspace: Workspace, name: str, progress: Progress) -> "fiftyone.Dataset":
    """Give the data set of a workspace: the one there is, one that was moved with it, or a new one."""
    if name not in fo.list_datasets():
        moved = _moved(fo, workspace) if name == default_name(workspace) else None
        if moved is not None:
            progress.say(
                f"browse: the workspace was moved here; its data set {moved.name} is {name} from now on"
            )
            moved.name = name
            return moved
        _create(fo, workspace, name)
    dataset = fo.load_dataset(name)
    about = _about(dataset)
    relation = home.relation(workspace, about)
    if relation in {"copy", "other"}:
        found = about.get("workspace")
        other = f"made from {found}" if found else "not made by datatools"
        why = ", of which this workspace is a copy" if relation == "copy" else ""
        raise UsageError(f"the FiftyOne data set {name} is {other}{why}: choose another name with --name")
    layout = about.get("layout", 0)
    if not isinstance(layout, int) or layout > marks.LAYOUT:
        raise UsageError(
            f"the FiftyOne data set {name} was written by datatools {about.get('version')}, whose fields "
            f"this version, {__version__}, does not know: update datatools, or choose another name "
            "with --name"
        )
    return dataset


def _about(dataset: "fiftyone.Dataset") -> dict[str, object]:
    about: dict[str, object] = dict(dataset.info.get(home.INFO) or {})
    return about


def _moved(fo: ModuleType, workspace: Workspace) -> "fiftyone.Dataset | None":
    """Find the data set of a workspace that was at another place before; not a user's clone of it."""
    for name in fo.list_datasets():
        dataset = fo.load_dataset(name)
        about = _about(dataset)
        if about.get("dataset") == name and home.relation(workspace, about) == "moved":
            return dataset
    return None


def _create(fo: ModuleType, workspace: Workspace, name: str) -> None:
    """Make an empty data set that says whose it is; under its name it never says nothing."""
    # Not persistent yet: FiftyOne itself removes what a killed process leaves.
    dataset = fo.Dataset()
    dataset.media_type = "image"
    dataset.info = {
        home.INFO: home.origin(workspace) | {"dataset": name, "layout": marks.LAYOUT, "fields": []}
    }
    dataset.save()
    try:
        dataset.name = name
    except ValueError as error:
        dataset.delete()
        if name not in fo.list_datasets():  # otherwise another machine made it at the same moment
            raise UsageError(f"FiftyOne takes no data set of the name {name!r}: {error}") from error
        return
    dataset.persistent = True


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done to a data set."""

    stale: list[tuple[Sample, str]]  # with their marks
    gone: list[str]  # FiftyOne's ids
    known: frozenset[str]  # sample ids that are there


def _bring_up_to_date(
    fo: ModuleType, dataset: "fiftyone.Dataset", workspace: Workspace, progress: Progress, limit: int | None
) -> None:
    everyone = workspace.samples()
    about = _about(dataset)
    plan = _plan(dataset, workspace, everyone, limit, about)
    is_current = about.get("is_current") is True and home.relation(workspace, about) == "same"
    started = datetime.now(UTC)
    if plan.stale or plan.gone or not is_current:
        _carry_out(fo, dataset, workspace, everyone, plan, progress)
    views.dress(fo, dataset, workspace, progress)
    store.acknowledge(dataset, started)


def _plan(
    dataset: "fiftyone.Dataset",
    workspace: Workspace,
    everyone: Sequence[Sample],
    limit: int | None,
    about: Mapping[str, object],
) -> _Plan:
    wanted = everyone[:limit]
    fresh = [f"{mark:016x}" for mark in marks.of_samples(workspace, wanted, numbers.image_metrics())]
    schema = dataset.get_field_schema()
    found = store.existing(dataset, [name for name in schema if name.startswith("errors_")])
    maps = errors_shown.there(workspace)
    listed = about.get("fields")
    is_whole = isinstance(listed, list) and schema.keys() >= set(listed)  # else the user deleted a field

    def is_stale(sample: Sample, mark: str) -> bool:
        there = found.get(sample.sample_id)
        if not is_whole or there is None or there.synced != store.synced(mark, there.modified_ms):
            return True
        return not maps.issuperset(there.files)

    ids = {sample.sample_id for sample in everyone}
    gone = [there.id for name, there in found.items() if name not in ids]
    stale = [(sample, mark) for sample, mark in zip(wanted, fresh, strict=True) if is_stale(sample, mark)]
    return _Plan(stale, gone, frozenset(found))


def _carry_out(
    fo: ModuleType,
    dataset: "fiftyone.Dataset",
    workspace: Workspace,
    everyone: Sequence[Sample],
    plan: _Plan,
    progress: Progress,
) -> None:
    about = _about(dataset)
    values = numbers.read(workspace, pd.Index([sample.sample_id for sample in everyone]))
    has_references = any(sample.reference_mask is not None for sample in everyone)
    outline = fields.outline(workspace, values, has_references=has_references)
    before = _own_fields(fo, dataset, about)
    # Said before anything is done, so that what a killed sync leaves is known as ours.
    origin = home.origin(workspace) | {
        "dataset": dataset.name,
        "version": __version__,
        "layout": marks.LAYOUT,
    }
    _tell(dataset, {**about, **origin, "is_current": False, "fields": sorted(before | outline.kinds.keys())})
    store.declare(fo, dataset, outline.kinds)
    _index(dataset)
    old = sorted((before - outline.kinds.keys()) & dataset.get_field_schema().keys())
    if old:
        dataset.delete_sample_fields(old)
    if plan.gone:
        dataset.delete_samples(plan.gone)
    writing.write(fo, dataset, workspace, plan.stale, plan.known, values, outline, progress)
    _name_values(dataset, outline)
    shown = store.existing(dataset, outline.errors).values()
    errors_shown.sweep(workspace, (file for there in shown for file in there.files))
    n_new = sum(sample.sample_id not in plan.known for sample, _ in plan.stale)
    counts = {"n_new": n_new, "n_changed": len(plan.stale) - n_new, "n_removed": len(plan.gone)}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _tell(dataset, {**origin, **outline.to_info(), **counts, "synced_at": now, "is_current": True})
    progress.say("browse: {n_new} samples are new, {n_changed} changed, {n_removed} gone".format(**counts))


def _own_fields(fo: ModuleType, dataset: "fiftyone.Dataset", about: Mapping[str, object]) -> set[str]:
    """Give the fields that earlier syncs made."""
    if "layout" in about:
        listed = about.get("fields")
        return set(listed) if isinstance(listed, list) else set()
    # An older version made the data set anew each time, so that all that is there is its work.
    return set(dataset.get_field_schema()) - set(fo.core.sample.get_default_sample_fields())


def _name_values(dataset: "fiftyone.Dataset", outline: fields.Outline) -> None:
    """Name the values of masks and of error maps."""
    of_errors = {name: dict(errors_shown.TARGETS) for name in outline.errors}
    theirs = {name: of for name, of in dataset.mask_targets.items() if not name.startswith("errors_")}
    dataset.mask_targets = theirs | of_errors
    dataset.default_mask_targets = dict.fromkeys(_PERSON, "person")
    dataset.save()


def _tell(dataset: "fiftyone.Dataset", about: Mapping[str, object]) -> None:
    """Keep what a data set says of itself; what the user put beside it stays."""
    dataset.info[home.INFO] = dict(about)
    dataset.save()


def _index(dataset: "fiftyone.Dataset") -> None:
    """Let the database find samples and people, and hold each sample once, whoever writes."""
    from pymongo.errors import OperationFailure

    try:
        # Sparse: samples that the user adds need no sample id.
        dataset.create_index("sample_id", unique=True, sparse=True)
    except OperationFailure as error:
        raise UsageError(
            f"the FiftyOne data set {dataset.name} holds a sample of the workspace twice ({error}): remove "
            "the copies in FiftyOne, or choose another name with --name"
        ) from error
    for name in _INDEXED:
        if name in dataset.get_field_schema():
            dataset.create_index(name)
