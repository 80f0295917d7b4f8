"""How do fields and samples reach FiftyOne's database?

In bulk and past FiftyOne's own objects, which take a hundred times as long. A sample's fields change in one
update together with the mark of what they were made from: whenever a sync is killed, each sample is as it
was or as it is to be, and the next sync can tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING

from datatools.browse.fields import SYNCED, Kind
from datatools.browse.samples import Document
from datatools.errors import UsageError

if TYPE_CHECKING:
    import fiftyone

_TEXTS = ("annotator_id", "answered_by", "answered_at", "vocabulary", "note", "batch", "was")
# Attributes that FiftyOne's labels do not have by themselves: text, number or count.
_ATTRIBUTES: Mapping[Kind, Mapping[str, Kind]] = {
    "segmentation": {"mask_source": "text"},
    "faces": {"detections.finder_score": "number"},
    "landmarks": {"keypoints.scheme": "text"},
    "findings": {"classifications.detail": "text"},
    "answers": {
        **dict.fromkeys((f"classifications.{name}" for name in _TEXTS), "text"),
        "classifications.lead_time_s": "number",
        "classifications.presentation_order": "count",
    },
    "consensus": {
        "classifications.entropy_bits": "number",
        "classifications.n_annotators": "count",
        "classifications.unit": "text",
        "classifications.vocabulary": "text",
    },
    "review": {"reviewer": "text", "answered_at": "text"},
}
_LABELS: Mapping[Kind, str] = {
    "heatmap": "Heatmap",
    "segmentation": "Segmentation",
    "errors": "Segmentation",
    "faces": "Detections",
    "landmarks": "Keypoints",
    "findings": "Classifications",
    "answers": "Classifications",
    "consensus": "Classifications",
    "review": "Classification",
}
_PLAIN: Mapping[Kind, str] = {
    "text": "StringField",
    "number": "FloatField",
    "count": "IntField",
    "flag": "BooleanField",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """A sample that the data set has already."""

    id: str  # FiftyOne's
    synced: str | None  # None: the user added it
    modified_ms: int  # since 1970
    files: list[str]  # of its error maps


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a sample is to be."""

    fields: Document
    tags: list[str]
    mark: str
    is_new: bool


def declare(fo: ModuleType, dataset: "fiftyone.Dataset", kinds: Mapping[str, Kind]) -> None:
    """Add the fields that are not there yet.

    Raises:
        UsageError: a field of that name is of another kind: the user made it.
    """
    wanted = {name: _field(fo, kind) for name, kind in kinds.items()}
    schema = dataset.get_field_schema()
    for name, field in wanted.items():
        there = schema.get(name)
        if there is not None and _type(there) != _type(field):
            raise UsageError(
                f"the field {name} of the FiftyOne data set {dataset.name} is {_type(there)}, and the "
                f"toolkit keeps {_type(field)} there: rename it with "
                f"dataset.rename_sample_field({name!r}, ...), or choose another data set with --name"
            )
    dataset._merge_sample_field_schema(wanted)
    attributes = {
        f"{name}.{path}": _field(fo, of)
        for name, kind in kinds.items()
        for path, of in _ATTRIBUTES.get(kind, {}).items()
    }
    dataset._merge_sample_field_schema(attributes)


def _field(fo: ModuleType, kind: Kind) -> object:
    if kind == "texts":
        return fo.ListField(fo.StringField())
    if kind in _PLAIN:
        return getattr(fo, _PLAIN[kind])()
    return fo.EmbeddedDocumentField(getattr(fo, _LABELS[kind]))


def _type(field: object) -> str:
    document = getattr(field, "document_type", None)
    return type(field).__name__ if document is None else f"{document.__name__} labels"


def milliseconds(moment: datetime) -> int:
    """Give a time of the database as milliseconds since 1970."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


def existing(dataset: "fiftyone.Dataset", errors: Sequence[str]) -> dict[str, Existing]:
    """Give the samples that are there, by sample id; those without one are not ours.

    Args:
        dataset: to look into.
        errors: the fields of error maps.
    """
    wanted = ("sample_id", SYNCED, "last_modified_at", *(f"{name}.mask_path" for name in errors))
    found = {}
    for entry in dataset._sample_collection.find({"sample_id": {"$ne": None}}, dict.fromkeys(wanted, 1)):
        labels = [entry.get(name) for name in errors]
        found[str(entry["sample_id"])] = Existing(
            id=str(entry["_id"]),
            synced=entry.get(SYNCED),
            modified_ms=milliseconds(entry["last_modified_at"]),
            files=[label["mask_path"] for label in labels if label and "mask_path" in label],
        )
    return found


def synced(mark: str, modified_ms: int) -> str:
    """Give what a sample keeps of a sync: from what, and when; a later change in FiftyOne shows."""
    return f"{mark} {modified_ms}"


def acknowledge(dataset: "fiftyone.Dataset", since: datetime) -> None:
    """Let what the toolkit itself did to samples not pass for changes that a user made.

    Args:
        dataset: to change.
        since: when the toolkit began, UTC.
    """
    mark = {"$arrayElemAt": [{"$split": [f"${SYNCED}", " "]}, 0]}
    when = {"$toString": {"$toLong": "$last_modified_at"}}
    dataset._sample_collection.update_many(
        {SYNCED: {"$type": "string"}, "last_modified_at": {"$gte": since.replace(tzinfo=None)}},
        [{"$set": {SYNCED: {"$concat": [mark, " ", when]}}}],
    )


def write(
    dataset: "fiftyone.Dataset", changes: Sequence[Change], kinds: Mapping[str, Kind], own_tags: Sequence[str]
) -> None:
    """Bring samples up to date; the user's fields and tags stay.

    Args:
        dataset: to change.
        changes: the samples.
        kinds: all fields that are ours: those that a sample does not have are taken from it.
        own_tags: all tags that are ours.
    """
    from pymongo import UpdateOne

    now = datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000, tzinfo=None)  # as the database keeps it
    operations: list[object] = []
    for change in changes:
        which = {"sample_id": change.fields["sample_id"]}
        stamped = {SYNCED: synced(change.mark, milliseconds(now)), "last_modified_at": now}
        update: Document = {"$set": change.fields | stamped}
        absent = kinds.keys() - change.fields.keys() - {SYNCED}
        if change.is_new:
            update["$setOnInsert"] = _born(dataset, change, now)
        else:
            operations.append(UpdateOne(which, [{"$set": {"tags": _tags(change.tags, own_tags)}}]))
            update |= {"$unset": dict.fromkeys(absent, "")} if absent else {}
        operations.append(UpdateOne(which, update, upsert=change.is_new))
    dataset._sample_collection.bulk_write(operations, ordered=True)  # the mark comes after the tags


def _born(dataset: "fiftyone.Dataset", change: Change, now: datetime) -> Document:
    """Give what FiftyOne itself keeps of a new sample."""
    # Its order for shuffling, in FiftyOne's own range.
    order = int(str(change.fields["sample_id"]), 16) / 16**16
    return {
        "_media_type": "image",
        "_rand": 0.999 + 0.001 * order,
        "_dataset_id": dataset._doc.id,
        "created_at": now,
        "tags": change.tags,
    }


def _tags(wanted: Sequence[str], own_tags: Sequence[str]) -> Document:
    """Put our tags before those of the user, whatever those are at that moment."""
    is_theirs = {"$not": [{"$in": ["$$this", {"$literal": list(own_tags)}]}]}
    theirs = {"$filter": {"input": {"$ifNull": ["$tags", []]}, "cond": is_theirs}}
    return {"$concatArrays": [{"$literal": list(wanted)}, theirs]}
