"""How does an answer that was just kept appear in FiftyOne's data set at once?

As the next sync would show it; the workspace's tables stay the truth.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datatools import selection
from datatools.browse.fields import slug
from datatools.exchange._items import of_rows
from datatools.exchange.fiftyone import PREFIX, classifications
from datatools.records import Annotation

if TYPE_CHECKING:
    from types import ModuleType

    import fiftyone

VERDICTS = ("accepted", "rejected")


def show(fo: "ModuleType", sample: "fiftyone.Sample", rows: Sequence[Annotation]) -> None:
    """Add an answer to its sample's fields, and save it.

    Args:
        fo: fiftyone, loaded.
        sample: that the answer is about.
        rows: of the answer, as they were kept.
    """
    _add_answer(fo, sample, rows)
    if rows[0].question == selection.REVIEW_QUESTION:
        _add_review(fo, sample, rows[0])
    sample.save()


def _add_answer(fo: "ModuleType", sample: "fiftyone.Sample", rows: Sequence[Annotation]) -> None:
    name = f"{PREFIX}{slug(rows[0].question)}"
    there = sample[name].classifications if sample.has_field(name) and sample[name] is not None else []
    new = [label for item in of_rows(rows) for label in classifications(item)]
    known = {
        (one.label, one["annotator_id"], one["answered_at"]) for one in there if one.has_field("answered_at")
    }
    fresh = [one for one in new if (one["label"], one["annotator_id"], one["answered_at"]) not in known]
    if fresh:
        sample[name] = fo.Classifications(
            classifications=[*there, *(fo.Classification(**label) for label in fresh)]
        )


def _add_review(fo: "ModuleType", sample: "fiftyone.Sample", row: Annotation) -> None:
    """Let the last review decide, whoever gave it; where no check has run, it decides nothing yet."""
    last = sample["review"] if sample.has_field("review") else None
    if last is not None and str(last["answered_at"] or "") > str(row.created_at):
        return
    sample["review"] = fo.Classification(
        label=row.value, reviewer=row.annotator_id, answered_at=row.created_at
    )
    if not set(VERDICTS) & set(sample.tags):
        return
    is_accepted = row.value == "accept"
    verdict = VERDICTS[0] if is_accepted else VERDICTS[1]
    sample["is_accepted"] = is_accepted
    sample.tags = [verdict, *(tag for tag in sample.tags if tag not in VERDICTS)]
