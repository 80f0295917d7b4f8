"""How do our scores become evaluations that FiftyOne's own Model Evaluation panel reads?

The pixel counts of scores.parquet are handed over as they are: nothing is computed again. FiftyOne treats the
background as missing, so that over all pictures its accuracy is our ``iou_fg_global``, its F-score Dice, and
its confusion matrix the four counts. Our other metrics come along under their own names.

An evaluation's key and its note in the panel say whether it is accuracy or agreement. Where a model's masks
are not in the workspace there is no prediction to point at: a click then finds its pictures by their
reference masks.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools import plugins, selection, tables
from datatools.browse import home
from datatools.browse.fields import GENERATED, REFERENCE, field_names
from datatools.browse.samples import label
from datatools.database import engine
from datatools.metrics import Metric
from datatools.progress import Progress
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import fiftyone
    from fiftyone.operators.store import ExecutionStore

INFO = "datatools_evaluations"  # the key of the data set's info: what was registered, from which table
CLASSES = ("background", "person")
_OWN_MASKS = "generated"  # the model name that evaluate gives the masks of the workspace
_NOTE = "datatools"  # before a metric's name: whose definition it is
_STORE = "model_evaluation_panel_builtin"
_ROWS = "FiftyOne's Accuracy is iou_fg_global; the rows below F1-Score are the toolkit's metrics."

Values = NDArray[np.float64]  # (n_images,)
Count = Literal["tp", "fp", "fn", "tn"]
# The reference's class, the model's class.
_CELLS: Mapping[Count, tuple[str, str]] = {
    "tn": ("background", "background"),
    "fp": ("background", "person"),
    "fn": ("person", "background"),
    "tp": ("person", "person"),
}


def register(workspace: Workspace, dataset: "fiftyone.Dataset", progress: Progress) -> list[str]:
    """Register an evaluation for each model and kind of reference; what did not change stays.

    Args:
        workspace: whose scores are read.
        dataset: the workspace's, up to date.
        progress: tells people what is left alone.

    Returns:
        The keys of the evaluations that are ours.

    Raises:
        TableError: the scores are broken.
    """
    about = dict(dataset.info.get(INFO) or {})
    there = set(dataset.list_evaluations())
    before = set(about.get("keys", ())) & there
    shown = pd.Index(dataset.values("sample_id"))
    stamp = _stamp(workspace, shown)
    # An App that was open while scores changed left old numbers there, under the new evaluation too.
    _store(dataset).clear_cache()
    if about.get("stamp") == stamp and before == set(about.get("keys", ())):
        return sorted(before)
    found: list[str] = []
    with engine.without_deprecations():
        keys = _keys(dataset)
        for model, source, rows in _scored(workspace, shown):
            key = keys[model, source]
            if key in there - before:
                progress.say(f"browse: the evaluation {key} is not ours and stays as it is")
                continue
            old = _identity(dataset, key) if key in there else None
            _write(dataset, key, _fields(dataset, workspace, model, source), rows)
            _tell(dataset, source, old, _identity(dataset, key))
            found.append(key)
        for key in sorted(before.difference(found)):
            dataset.delete_evaluation(key)
    dataset.info[INFO] = {"stamp": stamp, "keys": found}
    dataset.save()
    return found


def _keys(dataset: "fiftyone.Dataset") -> dict[tuple[str, str], str]:
    """Name the evaluations as the fields of their metrics begin, by model and kind of reference."""
    models = dataset.info[home.INFO]["models"]
    return {(one["model"], one["reference_source"]): one["prefix"] for one in models}


def _identity(dataset: "fiftyone.Dataset", key: str) -> str:
    return str(dataset._doc.evaluations[key].id)


def _store(dataset: "fiftyone.Dataset") -> "ExecutionStore":
    """Give where the panel keeps its notes and what it computed."""
    from fiftyone.operators.store import ExecutionStore

    return ExecutionStore.create(_STORE, dataset._doc.id)


def _tell(dataset: "fiftyone.Dataset", source: str, old: str | None, new: str) -> None:
    """Say in the panel's note what the numbers are; a note that somebody wrote there stays."""
    reading = f"Accuracy against {source} masks."
    if not selection.measures_accuracy(source):
        reading = f"Agreement with {source} masks: not accuracy, whatever the rows are called."
    store = _store(dataset)
    notes = dict(store.get("notes") or {})
    notes[new] = notes.pop(old, None) or f"{reading} {_ROWS}"
    store.set("notes", notes)


def _stamp(workspace: Workspace, shown: pd.Index) -> str:
    path = workspace.root / "tables" / f"{tables.SCORES.name}.parquet"
    scores = tables.sha256_file(path) if path.exists() else ""
    return tables.fingerprint(1, scores, *sorted(map(str, shown)))


def _scored(workspace: Workspace, shown: pd.Index) -> list[tuple[str, str, pd.DataFrame]]:
    """Give the scores of the samples that are shown, by model and kind of reference."""
    if not workspace.has(tables.SCORES):
        return []
    frame = workspace.frame(tables.SCORES)
    frame = frame[(frame["status"] == "ok") & frame["sample_id"].isin(shown)]
    groups = frame.groupby(["model", "reference_source"], sort=True, observed=True)
    return [(str(model), str(source), rows) for (model, source), rows in groups]


def _fields(dataset: "fiftyone.Dataset", workspace: Workspace, model: str, source: str) -> tuple[str, str]:
    """Give the fields of the model's masks and of the references."""
    schema = dataset.get_field_schema()
    given = workspace.frame_or_empty(tables.MANIFEST, ("mask_source",))["mask_source"]
    reference = REFERENCE if source in set(given) else GENERATED
    mattes = field_names(f"matte_{name}" for name in dataset.info[home.INFO]["teachers"])
    own = GENERATED if model == _OWN_MASKS else mattes.get(f"matte_{model}", reference)
    return own if own in schema else reference, reference


def _write(dataset: "fiftyone.Dataset", key: str, fields: tuple[str, str], rows: pd.DataFrame) -> None:
    from fiftyone.utils.eval.segmentation import SegmentationResults, SimpleEvaluationConfig

    prediction, reference = fields
    config = SimpleEvaluationConfig(prediction, reference)
    method = config.build()
    method.register_run(dataset, key, cleanup=False)
    method.register_samples(dataset, key)
    _write_samples(dataset, key, rows)
    counts = {name: rows[name].to_numpy(np.int64) for name in _CELLS}
    totals = {name: int(values.sum()) for name, values in counts.items()}
    results = SegmentationResults(
        dataset,
        config,
        key,
        np.array([[totals["tn"], totals["fp"]], [totals["fn"], totals["tp"]]]),
        list(CLASSES),
        matches=_matches(rows["sample_id"].tolist(), counts, prediction, reference),
        missing=CLASSES[0],
        custom_metrics=_metrics(rows),
        backend=method,
    )
    method.save_run_results(dataset, key, results)


def _matches(
    sample_ids: Sequence[str], counts: Mapping[Count, NDArray[np.int64]], prediction: str, reference: str
) -> list[tuple[str, str, int, str, str]]:
    """Give (reference's class, model's class, pixels, reference's label, model's label) of each picture."""
    found = []
    for place, sample_id in enumerate(sample_ids):
        ids = [str(label(sample_id, field, 0, "")["_id"]) for field in (reference, prediction)]
        for name, (wanted, said) in _CELLS.items():
            if counts[name][place]:
                found.append((wanted, said, int(counts[name][place]), ids[0], ids[1]))
    return found


def _metrics(rows: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Give every metric that is defined over these pictures, in the form of FiftyOne's custom metrics."""
    found: dict[str, dict[str, object]] = {}
    for name in plugins.names("metrics"):
        metric: Metric = plugins.build("metrics", name)
        value = float(metric.value(metric.columns(rows).sum(axis=0)))
        if np.isfinite(value):
            is_error = name.startswith(("over_", "under_"))
            told = {"key": name, "label": name, "value": value, "lower_is_better": is_error}
            found[f"{_NOTE}/{name}"] = told
    return found


def _write_samples(dataset: "fiftyone.Dataset", key: str, rows: pd.DataFrame) -> None:
    """Write FiftyOne's three numbers of each picture.

    Past FiftyOne's own objects: they would mark every sample as changed, and the next sync would write it.
    """
    from pymongo import UpdateOne

    tp, fp, fn = (rows[name].to_numpy(np.float64) for name in ("tp", "fp", "fn"))
    names = (f"{key}_accuracy", f"{key}_precision", f"{key}_recall")
    values = [_ratio(tp, tp + fp + fn), _ratio(tp, tp + fp), _ratio(tp, tp + fn)]
    operations: list[object] = [
        UpdateOne({"sample_id": sample_id}, {"$set": dict(zip(names, of_sample, strict=True))})
        for sample_id, *of_sample in zip(rows["sample_id"], *(part.tolist() for part in values), strict=True)
    ]
    dataset._sample_collection.update_many({}, {"$unset": dict.fromkeys(names, "")})
    dataset._sample_collection.bulk_write(operations, ordered=False)


def _ratio(part: Values, whole: Values) -> Values:
    """Divide; 0 where there is nothing to divide by, as FiftyOne has it."""
    found: Values = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return found
