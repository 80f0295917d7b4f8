"""What does a workspace know of the people of a data set, before their composition is judged?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datatools import answers, conditions, counting, filtering, selection, tables, vocab
from datatools.checks.near_duplicate import kept_instead
from datatools.errors import UsageError
from datatools.fairness.chain.parity import BANDS
from datatools.fairness.composition.composition_result import Reading
from datatools.fairness.composition.labelled import (
    Codes,
    Everybody,
    Labels,
    answered,
    measured,
    numbered,
    without_few_several,
)
from datatools.fairness.evaluation import reading_of
from datatools.fairness.who.groups import BINNED, attributes_of
from datatools.workspace import Workspace

_DUPLICATES = "near_duplicate"
_OWN_MASKS = "generated"  # the model name of the workspace's own masks in the scores


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How well one model's masks fit each person, where people were scored."""

    model: str
    reading: Reading
    iou: NDArray[np.float64]  # (n_people,) the mean over a person's pictures; NaN without one


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The people under audit and all that is known of them."""

    people: Everybody
    pictures: pa.Table  # sample_id, person_id and source of each, as the people's samples
    singles: list[Labels]
    framings: pd.DataFrame  # a row a picture that was looked at: numbers, and mask_source; by sample_id
    cluster: Codes | None  # (n_samples,) near-duplicates share one; None: nobody looked for them
    scores: Scores | None
    notes: list[str]  # attributes that could not be used


class _Numbers:
    """The measurements table, read by the name of what was measured."""

    def __init__(self, workspace: Workspace, people: Everybody) -> None:
        self._workspace = workspace
        self._people = people
        names = workspace.columns(tables.MEASUREMENTS, ("name",), encoded=("name",))
        self.names = {name for (name,) in counting.tally(names)}
        self._known: dict[str, tuple[Codes, NDArray[np.float64]]] = {}

    def of(self, name: str) -> tuple[Codes, NDArray[np.float64]]:
        """Give the number of the person and the value of every picture that has one."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> tuple[Codes, NDArray[np.float64]]:
        where = {"name": (name,)}
        rows = self._workspace.columns(tables.MEASUREMENTS, ("sample_id", "value"), where=where)
        person, value = self._people.of(rows["sample_id"]), rows["value"].to_numpy()
        is_ours = (person >= 0) & ~np.isnan(value)
        return person[is_ours], value[is_ours]


def singles_of(
    workspace: Workspace, wanted: Sequence[str] | None, people: Everybody, min_people: int
) -> tuple[list[Labels], list[str]]:
    """Put people into the groups of every attribute that is asked for.

    Args:
        workspace: whose answers and measurements are read.
        wanted: as the audit's attributes; None: every question, and every band of measurements.
        people: everybody.
        min_people: fewer people of several values are no group.

    Returns:
        The attributes, and a sentence for each that could not be made and was not asked for.

    Raises:
        UsageError: an attribute that was asked for does not exist.
    """
    numbers = _Numbers(workspace, people)
    specs = wanted if wanted is not None else _default_specs(workspace, numbers)
    found, notes = [], []
    for spec in dict.fromkeys(specs):
        try:
            found.append(without_few_several(_single(spec, workspace, numbers, people), min_people))
        except UsageError as error:
            if wanted is not None:
                raise
            notes.append(f"Not counted: {error}.")
    return found, notes


def _default_specs(workspace: Workspace, numbers: _Numbers) -> list[str]:
    asked = ("question", "vocabulary")
    pairs = counting.tally(workspace.columns(tables.ANNOTATIONS, asked, encoded=asked))
    bands = [
        spec
        for spec in BANDS
        if (name := spec.partition(":")[0]) in numbers.names and len(numbers.of(name)[0])
    ]
    return [*attributes_of([(question, vocabulary) for question, vocabulary in pairs]), *bands]


def _single(spec: str, workspace: Workspace, numbers: _Numbers, people: Everybody) -> Labels:
    binned = BINNED.fullmatch(spec)
    if binned is not None:
        return measured(binned["name"], [float(e) for e in binned["edges"].split(",")], numbers, people)
    wanted = vocab.axis(spec)
    if spec in numbers.names:
        raise UsageError(f"{spec} is a measurement: give the edges to cut it at, as in {spec}:10,28,41,55")
    vocab.question(wanted.question)
    return answered(wanted, spec, answers.table(workspace, wanted, people.samples), people)


def pictures_of(
    workspace: Workspace,
    *,
    source: str | None,
    split: str | None,
    exclude: Sequence[str],
    limit: int | None,
) -> pa.Table:
    """Give the pictures under audit: no composites, perhaps of one source or split alone.

    Args:
        workspace: whose pictures are audited.
        source: None: of all.
        split: None: of all.
        exclude: conditions of measurements that leave pictures out.
        limit: the first ones alone.

    Returns:
        Columns sample_id, in its order, person_id and source.

    Raises:
        UsageError: a source, split or condition that does not exist, or nothing is left.
    """
    pictures = filtering.readable(workspace, source)
    made = pa.array(sorted(selection.composites(workspace)), pa.string())
    pictures = filtering.without(pictures, made)
    if split is not None:
        pictures = filtering.among(pictures, filtering.in_split(workspace, split))
    for condition in exclude:
        pictures = filtering.without(pictures, conditions.measured(workspace, condition))
    if not len(pictures):
        raise UsageError("expected pictures to audit, found none: run `datatools ingest` first")
    return pictures[:limit].combine_chunks()


def framings_of(workspace: Workspace, people: Everybody) -> pd.DataFrame:
    """Give the numbers of the framings table, a row for each of their samples that was looked at."""
    columns = ("sample_id", "names", "values", "mask_source", "status")
    pieces = []
    for rows in workspace.pieces(tables.FRAMINGS, columns, encoded=("status", "mask_source")):
        is_ours = counting.equals(rows["status"], "ok") & (people.of(rows["sample_id"]) >= 0)
        pieces.append(_wide(rows.filter(counting.mask(is_ours))))
    found = pd.concat(pieces) if pieces else pd.DataFrame()
    return found if len(found) else pd.DataFrame()


def _wide(rows: pa.Table) -> pd.DataFrame:
    """Give each name of a list column a column of its own."""
    names = counting.whole(rows["names"])
    each = pc.list_flatten(names).dictionary_encode()
    wide = np.full((len(rows), len(each.dictionary)), np.nan)
    values = pc.list_flatten(counting.whole(rows["values"])).to_numpy()
    wide[pc.list_parent_indices(names).to_numpy(), each.indices.to_numpy()] = values
    found = pd.DataFrame(wide, index=rows["sample_id"].to_numpy(), columns=each.dictionary.to_pylist())
    return found.assign(mask_source=counting.whole(rows["mask_source"]).cast(pa.string()).to_numpy(False))


def twins_of(workspace: Workspace) -> dict[str, str] | None:
    """Give what is kept instead of each near-duplicate; None where the stage check has not looked for them.

    Raises:
        DataError: a finding of near_duplicate is broken.
    """
    names, where = ("sample_id", "passed", "detail"), {"check": (_DUPLICATES,)}
    seen = workspace.columns(tables.FINDINGS, names, where=where)
    if not len(seen):
        return None
    failed = seen.filter(counting.mask(~counting.bools(seen["passed"])))
    rows = zip(failed["sample_id"].to_pylist(), failed["detail"].to_pylist(), strict=True)
    return {name: kept_instead(str(detail)) for name, detail in rows}


def clusters_of(workspace: Workspace, people: Everybody) -> Codes | None:
    """Number each sample's cluster of near-duplicates; None where the stage check has not looked for them.

    Raises:
        DataError: a finding of near_duplicate is broken.
    """
    twins = twins_of(workspace)
    if twins is None:
        return None
    cluster = np.arange(len(people.samples))
    doubles, kept = pa.array(list(twins), pa.string()), pa.array(list(twins.values()), pa.string())
    place = pc.index_in(doubles, value_set=people.samples).fill_null(-1).to_numpy()
    # What is kept may be no sample under audit; it is a cluster's name all the same.
    others = kept.dictionary_encode()
    own = pc.index_in(others.dictionary, value_set=people.samples).fill_null(-1).to_numpy()
    number = np.where(own >= 0, own, len(cluster) + np.arange(len(own)))[others.indices.to_numpy()]
    cluster[place[place >= 0]] = number[place >= 0]
    return cluster


def scores_of(workspace: Workspace, model: str | None, people: Everybody) -> Scores | None:
    """Give each person's mean IoU under one model; None where nobody was scored.

    Args:
        workspace: whose scores are read.
        model: None: the workspace's own masks, or else the first model. Human and rendered references
            go before others.
        people: everybody.

    Raises:
        UsageError: the model was not scored on these people.
    """
    counts, words = ("tp", "fp", "fn"), ("model", "reference_source", "status")
    rows = workspace.columns(tables.SCORES, ("sample_id", *counts, *words), encoded=words)
    person = people.of(rows["sample_id"])
    is_ours = counting.equals(rows["status"], "ok") & (person >= 0)
    rows, person = rows.filter(counting.mask(is_ours)), person[is_ours]
    if not len(rows) and model is None:
        return None
    scored = counting.tally(rows.select(words[:2]))
    names = sorted({name for name, _ in scored})
    if model is not None and model not in names:
        raise UsageError(f"expected a model that was scored ({', '.join(names) or 'none'}), got {model!r}")
    chosen = model or (_OWN_MASKS if _OWN_MASKS in names else names[0])
    references = [reference for name, reference in scored if name == chosen]
    reference = min(references, key=lambda name: (reading_of(name) != "accuracy", name))
    is_chosen = counting.equals(rows["model"], chosen) & counting.equals(rows["reference_source"], reference)
    rows, person = rows.filter(counting.mask(is_chosen)), person[is_chosen]
    tp, fp, fn = (rows[name].to_numpy().astype(np.float64) for name in counts)
    union = tp + fp + fn
    value = np.divide(tp, union, out=np.ones(len(union)), where=union > 0)
    iou = np.full(len(people), np.nan)
    n = np.bincount(person, minlength=len(people))
    sums = np.bincount(person, value, minlength=len(people))
    iou[n > 0] = sums[n > 0] / n[n > 0]
    return Scores(str(chosen), reading_of(str(reference)), iou)


def people_of(pictures: pa.Table) -> Everybody:
    """Number the people of pictures, as ``pictures_of`` gives them."""
    return numbered(counting.whole(pictures["sample_id"]), counting.whole(pictures["person_id"]))


def conflicts(scope: Scope) -> dict[str, int]:
    """Count, by attribute, the clusters of near-duplicates whose people are in different groups."""
    if scope.cluster is None:
        return {label.name: 0 for label in scope.singles}
    has_several = np.bincount(scope.cluster)[scope.cluster] > 1
    cluster, person = scope.cluster[has_several], scope.people.person[has_several]
    found = {}
    for label in scope.singles:
        code = label.code[person, 0]
        span = max(int(code.max(initial=0)) + 1, 1)
        groups = np.unique(cluster[code >= 0] * span + code[code >= 0]) // span
        _, n_groups = np.unique(groups, return_counts=True)
        found[label.name] = int((n_groups > 1).sum())
    return found
