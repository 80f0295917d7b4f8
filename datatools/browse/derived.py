"""How do the fields that views work with reach the data set?

They are computed over all samples at once, and written where they changed; a sync of single samples leaves
them alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from datatools.browse import store
from datatools.browse.fields import Kind

if TYPE_CHECKING:
    import fiftyone

_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field's values."""

    kind: Kind
    group: str  # of the sidebar
    values: Mapping[str, object]  # by sample id; other samples have none


def write(
    fo: ModuleType, dataset: "fiftyone.Dataset", columns: Mapping[str, Column], before: Sequence[str]
) -> None:
    """Bring the fields up to date.

    Args:
        fo: FiftyOne.
        dataset: to change.
        columns: by name of the field.
        before: the fields that were there at the last time; those that are no more are deleted.

    Raises:
        UsageError: a field of that name is of another kind: the user made it.
    """
    old = sorted((set(before) - columns.keys()) & dataset.get_field_schema().keys())
    if old:
        dataset.delete_sample_fields(old)
    store.declare(fo, dataset, {name: column.kind for name, column in columns.items()})
    operations = _operations(dataset, columns, columns.keys())
    for start in range(0, len(operations), _BATCH):
        # Not through FiftyOne: a sample whose time of change moves counts as changed by the user.
        dataset._sample_collection.bulk_write(operations[start : start + _BATCH], ordered=False)


def _operations(
    dataset: "fiftyone.Dataset", columns: Mapping[str, Column], names: Collection[str]
) -> list[object]:
    from pymongo import UpdateOne

    found: list[object] = []
    wanted = dict.fromkeys(("sample_id", *names), 1)
    for entry in dataset._sample_collection.find({"sample_id": {"$ne": None}}, wanted):
        values = {name: columns[name].values.get(entry["sample_id"]) for name in names}
        changed = {name: value for name, value in values.items() if value != entry.get(name)}
        if changed:
            there = {name: value for name, value in changed.items() if value is not None}
            gone = dict.fromkeys(changed.keys() - there.keys(), "")
            update = ({"$set": there} if there else {}) | ({"$unset": gone} if gone else {})
            found.append(UpdateOne({"_id": entry["_id"]}, update))
    return found
