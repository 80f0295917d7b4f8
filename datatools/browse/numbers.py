"""Which numbers does each sample have, and under which field names?

Columns over all samples, from whole tables: measurements, checks' scores, agreement of annotators, and every
metric that has a value for one picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools import answers, plugins, selection, tables
from datatools.browse.fields import Scored, field_names, slug
from datatools.metrics import Metric
from datatools.workspace import Workspace

# Their value for one picture would be that of another metric, or depend on the other pictures.
_OF_SETS = frozenset({"iou_fg_global", "miou2_global", "official_batchmean"})

Column = NDArray[np.float64]  # (n_samples,); NaN where a sample has no such number


@dataclass(frozen=True, slots=True)
class Numbers:
    """Columns by field name, in the order of the samples that were asked for."""

    ids: pd.Index
    columns: dict[str, Column]
    scored: list[Scored]

    def of(self, sample_id: str) -> dict[str, float]:
        """Give the numbers that a sample has."""
        place = self.ids.get_loc(sample_id)
        found = {name: float(column[place]) for name, column in self.columns.items()}
        return {name: value for name, value in found.items() if value == value}


def image_metrics() -> list[str]:
    """Name the metrics whose value for one picture means something."""
    return [name for name in plugins.names("metrics") if name not in _OF_SETS]


def read(workspace: Workspace, ids: pd.Index) -> Numbers:
    """Read the numbers of these samples.

    Raises:
        TableError: a table is broken.
        DataError: an answer is not of its vocabulary.
    """
    columns: dict[str, Column] = {}
    measured = workspace.frame_or_empty(tables.MEASUREMENTS, ("sample_id", "name", "measured_by", "value"))
    raw = {f"measured_{name}_{by}": rows for (name, by), rows in measured.groupby(["name", "measured_by"])}
    for name, field in field_names(raw).items():
        columns[field] = _column(ids, raw[name]["sample_id"], raw[name]["value"])
    findings = workspace.frame_or_empty(tables.FINDINGS, ("sample_id", "check", "score"))
    for check, rows in findings.groupby("check"):
        columns[slug(f"check_{check}")] = _column(ids, rows["sample_id"], rows["score"])
    columns |= _agreement(workspace, ids)
    scored = []
    for pair, metrics in _scores(workspace, ids):
        columns |= {f"{pair.prefix}_{name}": values for name, values in metrics.items()}
        scored.append(pair)
    return Numbers(
        ids, {name: values for name, values in columns.items() if np.isfinite(values).any()}, scored
    )


def _column(ids: pd.Index, sample_ids: "pd.Series[str]", values: "pd.Series[float]") -> Column:
    """Put values at the places of their samples; what is no finite number is left out."""
    found = np.full(len(ids), np.nan)
    places = ids.get_indexer(pd.Index(sample_ids.astype(object)))
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    use = (places >= 0) & np.isfinite(numbers)
    found[places[use]] = numbers[use]
    return found


def _agreement(workspace: Workspace, ids: pd.Index) -> dict[str, Column]:
    """Give the share of annotators whose last answer is the most frequent one, where several answered.

    Somebody who contradicts themselves agrees with nobody.
    """
    said = answers.columns(workspace)[["sample_id", "question", "value"]].astype(object)
    key = ["sample_id", "question"]
    n_people = said.groupby(key).size()
    same = said.dropna(subset="value").groupby([*key, "value"]).size().groupby(level=key).max()
    share = (same.reindex(n_people.index, fill_value=0) / n_people)[n_people > 1].reset_index(name="share")
    return {
        slug(f"agreement_{question}"): _column(ids, rows["sample_id"], rows["share"])
        for question, rows in share.groupby("question")
    }


def _scores(workspace: Workspace, ids: pd.Index) -> Iterator[tuple[Scored, dict[str, Column]]]:
    """Give each pair of model and reference with its metrics' columns."""
    if not workspace.has(tables.SCORES):
        return
    frame = workspace.frame(tables.SCORES)
    metrics: list[Metric] = [plugins.build("metrics", name) for name in image_metrics()]
    good = frame[frame["status"] == "ok"].groupby(["model", "reference_source"])
    pairs = {(str(model), str(source)): rows for (model, source), rows in good}
    prefixes = {pair: _prefix(*pair) for pair in pairs}
    named = field_names(prefixes.values())
    errors = field_names("errors_{}_on_{}".format(*pair) for pair in pairs)
    for (model, source), rows in pairs.items():
        found = {}
        for metric in metrics:
            values = pd.Series(metric.value(metric.columns(rows)))
            column = _column(ids, rows["sample_id"], values)
            if np.isfinite(column).any():
                found[metric.name] = column
        pair = Scored(
            model=model,
            reference_source=source,
            is_accuracy=selection.measures_accuracy(source),
            metrics=sorted(found),
            prefix=named[prefixes[model, source]],
            errors=errors[f"errors_{model}_on_{source}"],
        )
        yield pair, found


def _prefix(model: str, source: str) -> str:
    reading = "accuracy" if selection.measures_accuracy(source) else "agreement"
    return f"{reading}_{model}_on_{source}"
