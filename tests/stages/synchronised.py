"""What FiftyOne's data set holds after a sync."""

from typing import Any

from datatools.browse import (
    fields,
    sync,
)
from datatools.progress import Progress
from datatools.workspace import Workspace

QUIET = Progress("quiet")


def synced(workspace: Workspace) -> Any:
    """Sync under the default name."""
    return sync.build_dataset(workspace, sync.default_name(workspace), QUIET)


def held(dataset: Any) -> dict[str, dict[str, Any]]:
    """Give what the database holds of each sample, without what differs from one sync to the next."""
    passing = ("_id", "_dataset_id", "created_at", "last_modified_at", fields.SYNCED)
    return {
        entry["sample_id"]: {name: value for name, value in entry.items() if name not in passing}
        for entry in dataset._sample_collection.find()
    }


def counts(dataset: Any) -> tuple[int, int, int]:
    """Give how many samples the last sync added, changed and removed."""
    about = dataset.info["datatools"]
    return about["n_new"], about["n_changed"], about["n_removed"]


def known(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what FiftyOne draws by lot: a place in the shuffled order, the ids of labels."""
    return {name: _without_ids(value) for name, value in document.items() if name != "_rand"}


def _without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    if isinstance(value, dict):
        there = {name: item for name, item in value.items() if name != "_id" and item is not None}
        return {name: _without_ids(item) for name, item in there.items()}
    return value
