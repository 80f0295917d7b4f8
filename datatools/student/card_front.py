"""Which settings does a model hub read above a model card, and which results among them?

The form is the Hub's: https://github.com/huggingface/hub-docs/blob/main/modelcard.md. Every result has its
own ``config``, since the Hub tells results apart by task, data set, config and split: the kind of masks,
and the group. Groups that are withheld, and values that are undefined, are left out.
"""

from collections.abc import Iterator

from datatools.front_matter import Plain, front_matter
from datatools.literal import slug
from datatools.student import licences
from datatools.student.card import Card, Evaluation, GroupLine, GroupTable, Interval

_TASK: Plain = {"type": "image-segmentation", "name": "Portrait segmentation"}
_LEVEL = 0.95


def front(card: Card) -> str:
    """Write the block of settings above the card."""
    known = (found.metrics.items() for found in card.evaluations)
    metrics = list(dict.fromkeys(name for each in known for name, value in each if value.value is not None))
    values: dict[str, Plain] = {
        "library_name": "pytorch",
        "pipeline_tag": "image-segmentation",
        "license": "other",
        "license_name": slug(licences.use_of_all(card.limits())),
        "tags": ["portrait-segmentation", "bias-audit", card.network],
        "datasets": list(dict.fromkeys(slug(source.name) for source in card.sources)),
        "metrics": metrics or ["iou_fg_image"],
    }
    results = [result for found in card.evaluations for result in _results(found)]
    if results:
        values["model-index"] = [{"name": card.name, "results": results}]
    return front_matter({name: value for name, value in values.items() if value != []})


def _results(found: Evaluation) -> Iterator[Plain]:
    """Give one entry for everybody, and one for each group that may be shown."""
    metrics = [
        _metric(found, name, value, found.n_images, found.n_people) for name, value in found.metrics.items()
    ]
    shown: list[Plain] = [metric for metric in metrics if metric is not None]
    if shown:
        yield _result(found, None, None, shown)
    for table in found.groups:
        for line in table.groups:
            metric = _metric(found, table.metric, line.value, line.n_images, line.n_people)
            if metric is not None:
                yield _result(found, table, line, [metric])


def _result(
    found: Evaluation, table: GroupTable | None, line: GroupLine | None, metrics: list[Plain]
) -> Plain:
    config = f"{found.reference_source} masks"
    told: dict[str, Plain] = {"measures": found.measures, "reference_masks": found.reference_source}
    if table is not None and line is not None:
        config = f"{config}, {table.attribute} = {line.group}, {table.metric}"
        told |= {
            "attribute": table.attribute,
            "group": line.group,
            "answered_by": table.answered_by,
            "verdict": line.verdict,
            **_ends("gap", line.gap),
        }
    dataset: dict[str, Plain] = {
        "name": found.data,
        "type": slug(found.data),
        "config": config,
        **({} if found.split is None else {"split": found.split}),
        "args": told,
    }
    return {"task": _TASK, "dataset": dataset, "metrics": metrics}


def _metric(
    found: Evaluation, name: str, value: Interval, n_images: int | None, n_people: int | None
) -> Plain:
    if value.value is None:
        return None
    counts: dict[str, Plain] = {"n_images": n_images, "n_people": n_people}
    known = {key: number for key, number in counts.items() if number is not None}
    return {
        "type": name,
        "value": round(value.value, 6),
        "name": f"{name} ({found.measures})",
        "args": {**_ends("", value), "level": _LEVEL, **known},
    }


def _ends(name: str, found: Interval) -> dict[str, Plain]:
    """Give a value's interval, and the value itself where it is named; nothing where it is undefined."""
    values = {"low": found.low, "high": found.high}
    if name:
        values = {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return {key: round(value, 6) for key, value in values.items() if value is not None}
