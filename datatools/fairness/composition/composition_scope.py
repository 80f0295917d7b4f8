"""What does a workspace know of the people of a data set, before their composition is judged?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools import answers, conditions, selection, tables, vocab
from datatools.checks.near_duplicate import kept_instead
from datatools.errors import UsageError
from datatools.fairness.chain.parity import BANDS
from datatools.fairness.composition.composition_result import Reading
from datatools.fairness.composition.labelled import (
    Everybody,
    Labels,
    answered,
    everybody,
    measured,
    without_few_several,
)
from datatools.fairness.evaluation import reading_of
from datatools.fairness.who.groups import BINNED, attributes_of
from datatools.records import Sample
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
    samples: Sequence[Sample]
    singles: list[Labels]
    framings: pd.DataFrame  # a row a picture that was looked at: numbers, and mask_source; by sample_id
    cluster_of: Mapping[str, str] | None  # near-duplicates share one; None: the stage check has not run
    scores: Scores | None
    notes: list[str]  # attributes that could not be used


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
    has_numbers = workspace.has(tables.MEASUREMENTS)
    numbers = workspace.frame(tables.MEASUREMENTS) if has_numbers else pd.DataFrame(columns=["name"])
    numbers = numbers[numbers["sample_id"].isin(people.person_of.index)] if has_numbers else numbers
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


def _default_specs(workspace: Workspace, numbers: pd.DataFrame) -> list[str]:
    said = workspace.annotations().select(["question", "vocabulary"]).to_pandas().drop_duplicates()
    pairs = [(str(q), str(v)) for q, v in said.itertuples(index=False)]
    known = set(numbers["name"].unique())
    return [*attributes_of(pairs), *(spec for spec in BANDS if spec.partition(":")[0] in known)]


def _single(spec: str, workspace: Workspace, numbers: pd.DataFrame, people: Everybody) -> Labels:
    binned = BINNED.fullmatch(spec)
    if binned is not None:
        return measured(binned["name"], [float(e) for e in binned["edges"].split(",")], numbers, people)
    wanted = vocab.axis(spec)
    if spec in set(numbers["name"].unique()):
        raise UsageError(f"{spec} is a measurement: give the edges to cut it at, as in {spec}:10,28,41,55")
    vocab.question(wanted.question)
    return answered(wanted, spec, answers.columns(workspace, wanted), people)


def samples_of(
    workspace: Workspace,
    *,
    source: str | None,
    split: str | None,
    exclude: Sequence[str],
    limit: int | None,
) -> list[Sample]:
    """Give the pictures under audit: no composites, perhaps of one source or split alone.

    Args:
        workspace: whose pictures are audited.
        source: None: of all.
        split: None: of all.
        exclude: conditions of measurements that leave pictures out.
        limit: the first ones alone.

    Raises:
        UsageError: a source, split or condition that does not exist, or nothing is left.
    """
    made = selection.composites(workspace)
    samples = [row for row in workspace.samples(source=source) if row.sample_id not in made]
    if split is not None:
        splits = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}
        if split not in splits.values():
            raise UsageError(f"expected a split among {sorted(set(splits.values()))}, got {split!r}")
        samples = [row for row in samples if splits.get(row.sample_id) == split]
    for condition in exclude:
        out = conditions.measured(condition, workspace.rows_or_empty(tables.MEASUREMENTS))
        samples = [row for row in samples if row.sample_id not in out]
    if not samples:
        raise UsageError("expected pictures to audit, found none: run `datatools ingest` first")
    return samples[:limit]


def framings_of(workspace: Workspace, samples: Sequence[Sample]) -> pd.DataFrame:
    """Give the numbers of the framings table, a row for each sample that was looked at."""
    if not samples or not workspace.has(tables.FRAMINGS):
        return pd.DataFrame()
    rows = workspace.frame(tables.FRAMINGS)
    rows = rows[(rows["status"] == "ok") & rows["sample_id"].isin([sample.sample_id for sample in samples])]
    if rows.empty:
        return pd.DataFrame()
    codes, names = pd.factorize(np.concatenate(rows["names"].to_list()))
    wide = np.full((len(rows), len(names)), np.nan)
    wide[np.repeat(np.arange(len(rows)), rows["names"].map(len)), codes] = np.concatenate(
        rows["values"].to_list()
    )
    found = pd.DataFrame(wide, index=rows["sample_id"].to_numpy(), columns=names)
    return found.assign(mask_source=rows["mask_source"].to_numpy())


def clusters_of(workspace: Workspace, samples: Sequence[Sample]) -> dict[str, str] | None:
    """Give each sample's cluster of near-duplicates; None where the stage check has not looked for them."""
    if not workspace.has(tables.FINDINGS):
        return None
    seen = workspace.frame(tables.FINDINGS)
    seen = seen[seen["check"] == _DUPLICATES]
    if seen.empty:
        return None
    failed = seen[~seen["passed"].astype(bool)]
    instead = {
        name: kept_instead(str(d)) for name, d in zip(failed["sample_id"], failed["detail"], strict=True)
    }
    ids = [sample.sample_id for sample in samples]
    return {sample_id: instead.get(sample_id, sample_id) for sample_id in ids}


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
    rows = pd.DataFrame()
    if workspace.has(tables.SCORES):
        rows = workspace.frame(tables.SCORES)
        rows = rows[(rows["status"] == "ok") & rows["sample_id"].isin(people.person_of.index)]
    if rows.empty and model is None:
        return None
    names = sorted(rows["model"].unique()) if not rows.empty else []
    if model is not None and model not in names:
        raise UsageError(f"expected a model that was scored ({', '.join(names) or 'none'}), got {model!r}")
    chosen = model or (_OWN_MASKS if _OWN_MASKS in names else names[0])
    rows = rows[rows["model"] == chosen]
    references = rows["reference_source"].unique()
    reference = min(references, key=lambda name: (reading_of(name) != "accuracy", name))
    rows = rows[rows["reference_source"] == reference]
    union = rows["tp"] + rows["fp"] + rows["fn"]
    value = (rows["tp"] / union).where(union > 0, 1.0).to_numpy(np.float64)
    person = people.person_of.loc[rows["sample_id"]].to_numpy()
    iou = np.full(len(people), np.nan)
    n = np.bincount(person, minlength=len(people))
    sums = np.bincount(person, value, minlength=len(people))
    iou[n > 0] = sums[n > 0] / n[n > 0]
    return Scores(str(chosen), reading_of(str(reference)), iou)


def people_of(samples: Sequence[Sample]) -> Everybody:
    """Number the people of the samples."""
    return everybody({sample.sample_id: sample.person_id for sample in samples})


def conflicts(scope: Scope) -> dict[str, int]:
    """Count, by attribute, the clusters of near-duplicates whose people are in different groups."""
    people_in: dict[str, set[int]] = defaultdict(set)
    for sample_id, cluster in (scope.cluster_of or {}).items():
        people_in[cluster].add(int(scope.people.person_of[sample_id]))
    several = [sorted(people) for people in people_in.values() if len(people) > 1]
    found = {}
    for label in scope.singles:
        codes = label.code[:, 0]
        found[label.name] = sum(len({c for c in codes[people].tolist() if c >= 0}) > 1 for people in several)
    return found
