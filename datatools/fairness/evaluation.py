"""How good is a model on a set of scores, taken as a whole?"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from datatools import plugins
from datatools.errors import DataError, UsageError
from datatools.fairness.estimates import Interval, Reading
from datatools.fairness.result import EvaluationResult
from datatools.fairness.statistics.intervals import overall
from datatools.fairness.statistics.people import by_person
from datatools.metrics import Metric
from datatools.records import Score
from datatools.selection import measures_accuracy

MAIN_METRIC = "iou_fg_image"  # what the field reports


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
    return pd.DataFrame([dataclasses.asdict(score) for score in scores])


def summarise(
    scores: Sequence[Score], metrics: Sequence[Metric], *, n_replicates: int, rng: np.random.Generator
) -> EvaluationResult:
    """Summarise one model's scores against one kind of reference; failed rows are counted, not scored.

    Raises:
        DataError: no picture could be scored.
    """
    good = [score for score in scores if score.status == "ok"]
    if not good:
        reasons = [score.error for score in scores[:1]]
        raise DataError(f"expected scores of at least one picture, got none of {len(scores)}: {reasons}")
    people = by_person(frame_of(good), list(metrics))
    found: dict[str, Interval] = {}
    for metric in metrics:
        estimate = overall(metric, people, n_replicates, rng)
        found[metric.name] = Interval(value=estimate.value, low=estimate.low, high=estimate.high)
    return EvaluationResult(
        model=good[0].model,
        reference=good[0].reference_source,
        reading=reading_of(good[0].reference_source),
        n_images=len(good),
        n_people=len(people),
        n_failed=len(scores) - len(good),
        metrics=found,
    )


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
