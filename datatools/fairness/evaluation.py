"""How good is a model on a set of scores, taken as a whole?"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from datatools import columns, counting, plugins, tables
from datatools.errors import DataError, UsageError
from datatools.fairness.estimates import Interval, Reading
from datatools.fairness.maps.keeping import key
from datatools.fairness.result import EvaluationResult
from datatools.fairness.statistics.intervals import overall
from datatools.fairness.statistics.people import by_person
from datatools.keys import Keys
from datatools.metrics import Metric
from datatools.records import Score
from datatools.selection import measures_accuracy
from datatools.workspace import Workspace

MAIN_METRIC = "iou_fg_image"  # what the field reports
_NAMES = [field.name for field in dataclasses.fields(Score)]
_UNUSED = ("sample_id", "split", "seconds", "parents")
_WORDS = ("model", "reference_source", "status")
_AT_ONCE = 4096  # scores whose keys are objects together


def chosen_metrics(names: Sequence[str] | None) -> list[Metric]:
    """Build the named metrics, or all of them, the main one first.

    Raises:
        UsageError: no such metric, or an empty list.
    """
    if names is not None and not names:
        raise UsageError("expected at least one metric, got an empty list")
    every = sorted(plugins.names("metrics"), key=lambda name: (name != MAIN_METRIC, name))
    return [plugins.build("metrics", name) for name in names or every]


def reading_of(reference_source: str) -> Reading:
    """Say what a score against such masks is called."""
    return "accuracy" if measures_accuracy(reference_source) else "agreement"


def frame_of(scores: Sequence[Score]) -> pd.DataFrame:
    """Put scores into a frame in their order, which the metrics that know batches read."""
    return pd.DataFrame([dataclasses.asdict(score) for score in scores], columns=_NAMES)


def scored(workspace: Workspace, model: str, keys: Keys) -> pd.DataFrame:
    """Read what a summary needs of a model's scores, failed ones too, in the order of their table.

    Args:
        workspace: whose scores are read.
        model: its name.
        keys: of the scores that are wanted, as ``key_of`` gives them.
    """
    names = [name for name in _NAMES if name not in _UNUSED]

    def ours(rows: pa.Table) -> pa.Table:
        pictures, references = (rows[name].to_pylist() for name in ("sample_id", "reference_source"))
        words = [key(one, model, other) for one, other in zip(pictures, references, strict=True)]
        return rows.select(names).filter(counting.mask(keys.find(words) >= 0))

    pieces = workspace.pieces(
        tables.SCORES, ("sample_id", *names), where={"model": {model}}, encoded=_WORDS, at_once=_AT_ONCE
    )
    rows = columns.joined(tables.SCORES, names, _WORDS, map(ours, pieces))
    held = {}
    for name in names:  # column by column, so that they do not stand in memory twice
        held[name] = rows[name].to_pandas()
        rows = rows.drop_columns(name)
    return pd.DataFrame(held, copy=False)


def summarise(
    scores: pd.DataFrame, metrics: Sequence[Metric], *, n_replicates: int, rng: np.random.Generator
) -> EvaluationResult:
    """Summarise one model's scores against one kind of reference; failed rows are counted, not scored.

    Args:
        scores: as ``frame_of`` or ``scored`` gives them.
        metrics: what is computed of them.
        n_replicates: of the bootstrap.
        rng: draws them.

    Raises:
        DataError: no picture could be scored.
    """
    good = good_rows(scores)
    if not len(good):
        reasons = scores["error"].iloc[:1].tolist()
        raise DataError(f"expected scores of at least one picture, got none of {len(scores)}: {reasons}")
    model, reference = (str(good[name].iloc[0]) for name in ("model", "reference_source"))
    codes, ids = pd.factorize(good["person_id"], sort=True)
    good = good.assign(person_id=pd.Categorical.from_codes(codes, pd.Index(ids, dtype=object)))
    found: dict[str, Interval] = {}
    for metric in metrics:  # one after the other: the sums of all would take as much as the scores
        estimate = overall(metric, by_person(good, [metric]), n_replicates, rng)
        found[metric.name] = Interval(value=estimate.value, low=estimate.low, high=estimate.high)
    return EvaluationResult(
        model=model,
        reference=reference,
        reading=reading_of(reference),
        n_images=len(good),
        n_people=len(ids),
        n_failed=len(scores) - len(good),
        metrics=found,
    )


def good_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Give the rows that could be scored; where all could, they are not copied."""
    is_good = scores["status"] == "ok"
    return scores if is_good.all() else scores[is_good]


def sentence(result: EvaluationResult) -> str:
    """Say the result for people: which model, on what, against which masks, how well."""
    first, interval = next(iter(result.metrics.items()))
    ends = (interval.value, interval.low, interval.high)
    value, low, high = ("undefined" if v is None else f"{100 * v:.1f}" for v in ends)
    return (
        f"{result.model} on {result.n_images} pictures of {result.n_people} people: {result.reading} against "
        f"{result.reference} masks, {first} {value} [{low}, {high}] points of 100; "
        f"{result.n_failed} pictures failed."
    )


def undefined(results: Sequence[EvaluationResult]) -> list[str]:
    """Say which metrics have no value, and why; nothing where all have one."""
    notes = []
    for result in results:
        names = [name for name, interval in result.metrics.items() if interval.value is None]
        if names:
            notes.append(
                f"Without a value for {result.model} against {result.reference} masks: {', '.join(names)}. "
                "Errors by zone of the face need faces with landmarks (`datatools landmarks`), and all "
                "directional errors a person in the reference."
            )
    return notes
