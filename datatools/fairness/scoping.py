"""Which pictures of a workspace does an audit look at, and what is known of them beside their scores?"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa

from datatools import columns, conditions, counting, lists, selection, tables, vocab
from datatools.errors import UsageError
from datatools.fairness.audit import Scope, good_rows
from datatools.fairness.chain.chain_cases import gather
from datatools.fairness.chain.mask_pairs import compare_masks, given_pairs, pairs_frame
from datatools.fairness.evaluation import chosen_metrics
from datatools.fairness.labels.codings import axes_of_codings
from datatools.fairness.labels.label_beliefs import belief_of
from datatools.fairness.maps.error_maps import GRID_COLUMNS
from datatools.fairness.sections import Evidence
from datatools.fairness.who.axes import Known, axes_of
from datatools.fairness.who.groups import Axis
from datatools.fairness.who.pictured import Pictured
from datatools.fairness.why.numbers import Numbers
from datatools.metrics import Metric
from datatools.progress import Progress
from datatools.records import Score
from datatools.workspace import Workspace

_WORDS = ("model", "reference_source", "split", "status")
# Whatever is asked: who it is about, and what the chain and the notes of an audit read.
_ALWAYS = ("sample_id", "person_id", *_WORDS, "tp", "fp", "fn")
_UNUSED_OF_SCORES = frozenset({"seconds", "parents", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is under audit."""

    attributes: Sequence[str] | None  # None: every question that places people in groups
    models: Sequence[str] | None  # None: all that were scored
    split: str | None
    exclude: Sequence[str]  # conditions of measurements
    source: str | None
    limit: int | None
    listed: str | None = None  # a list of samples, by its name


def scope_of(workspace: Workspace, wanted: Wanted, metrics: Sequence[str] | None = None) -> Scope:
    """Read what is under audit.

    Args:
        workspace: whose tables are read.
        wanted: what is under audit.
        metrics: whose counts are read of the scores; None: all counts.

    Raises:
        UsageError: an attribute, model, split, condition or metric that does not exist.
    """
    # Columns, not records: an audit may be of a million pictures.
    files = selection.files_of(workspace, wanted.source)
    everything = files[files["status"] == "ok"]
    samples = everything[~selection.among(everything["sample_id"], selection.composites(workspace))]
    notes: list[str] = []
    if len(samples) < len(everything):
        notes.append(f"{len(everything) - len(samples)} composites show nobody new and are not audited.")
    if wanted.split is not None:
        splits = workspace.frame_or_empty(tables.SPLITS, ("sample_id", "split"))
        known = sorted(str(split) for split in splits["split"].unique())
        if wanted.split not in known:
            raise UsageError(f"expected a split among {known}, got {wanted.split!r}")
        inside = splits.loc[splits["split"] == wanted.split, "sample_id"]
        samples = samples[selection.among(samples["sample_id"], inside)]
        notes.append(f"Only the split {wanted.split} is audited.")
    for condition in wanted.exclude:
        kept = samples[~selection.among(samples["sample_id"], conditions.measured(workspace, condition))]
        notes.append(f"Left out for {condition}: {len(samples) - len(kept)} of {len(samples)} pictures.")
        samples = kept
    if wanted.listed is not None:
        samples = samples[selection.among(samples["sample_id"], lists.read(workspace, wanted.listed))]
        lists.require_some(wanted.listed, len(samples))
        notes.append(f"Only the samples of the list {wanted.listed} are audited.")
    samples = samples[: wanted.limit]
    n_unreadable = int((files["status"] == "failed").sum())
    person_of = Pictured.read(*(_text(samples[name]) for name in ("sample_id", "person_id")))
    del files, everything, samples
    axes, unusable = axes_of(workspace, wanted.attributes, person_of)
    checked, accepted = _judged(workspace, person_of)
    scores = _scores(workspace, wanted.models, person_of, metrics)
    pa.default_memory_pool().release_unused()  # what was read and left out: of a million pictures 250 MB
    return Scope(
        person_of=person_of,
        scores=scores,
        axes=axes,
        checked=checked,
        accepted=accepted,
        n_unreadable=n_unreadable,
        notes=[*notes, *unusable],
    )


def _text(column: "pd.Series[str]") -> pa.ChunkedArray:
    held = pa.array(column, pa.string())
    return held if isinstance(held, pa.ChunkedArray) else pa.chunked_array([held])


def _judged(workspace: Workspace, person_of: Pictured) -> tuple[pa.StringArray, pa.StringArray | None]:
    """Give the samples under audit that check judged, and those that are accepted; None: it has not run."""
    if not workspace.has(tables.FINDINGS):
        return pa.array([], pa.string()), None
    judged, is_good = selection.verdicts(workspace)
    is_ours = person_of.places(judged) >= 0
    return judged.filter(counting.mask(is_ours)), judged.filter(counting.mask(is_ours & is_good))


def _scores(
    workspace: Workspace, models: Sequence[str] | None, person_of: Pictured, metrics: Sequence[str] | None
) -> pd.DataFrame:
    """Read the scores of the samples under audit, failed ones too."""
    names = [field.name for field in dataclasses.fields(Score) if field.name not in _UNUSED_OF_SCORES]
    if metrics is not None:
        counts = {*_ALWAYS, *_read_by(chosen_metrics(metrics))}
        names = [name for name in names if name in counts]
    rows = workspace.pieces(tables.SCORES, names, encoded=_WORDS)
    kept = columns.joined(
        tables.SCORES,
        names,
        _WORDS,
        (piece.filter(columns.is_about(piece, person_of.in_order)) for piece in rows),
    )
    held = {}
    for name in names:  # column by column, so that they do not stand in memory twice
        held[name] = _categories(kept[name]) if name in _WORDS else kept[name].to_pandas()
        kept = kept.drop_columns(name)
    return of_models(pd.DataFrame(held, copy=False), models)


def _categories(column: pa.ChunkedArray) -> pd.Categorical:
    """Give text of few words as numbers of the words, which are sorted."""
    array = counting.whole(column)
    words = array.dictionary.to_pylist()
    in_order = sorted(set(words))
    place = {word: number for number, word in enumerate(in_order)}
    number_of = np.array([*(place[word] for word in words), -1], np.int32)
    codes = number_of[array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return pd.Categorical.from_codes(codes, pd.Index(in_order, dtype=object))


class _Noting:
    """A frame of no scores that notes which of its columns were read."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __len__(self) -> int:
        return 0

    def __getitem__(self, name: str) -> "pd.Series[float]":
        self.names.add(name)
        return pd.Series(dtype=np.float64)


def _read_by(metrics: Sequence[Metric]) -> set[str]:
    """Name the counts that metrics are computed of."""
    noting = _Noting()
    for metric in metrics:
        metric.columns(cast("pd.DataFrame", noting))
    return noting.names


def of_models(scores: pd.DataFrame, models: Sequence[str] | None) -> pd.DataFrame:
    """Give the scores of these models; None: of all.

    Raises:
        UsageError: a model that was not scored.
    """
    if models is None:
        return scores
    known = sorted(str(model) for model in scores["model"].unique())
    unknown = sorted(set(models) - set(known))
    if unknown:
        raise UsageError(f"expected models that were scored ({', '.join(known)}); got {', '.join(unknown)}")
    return scores[scores["model"].isin(models)]


def evidence_of(
    workspace: Workspace,
    scope: Scope,
    wanted: Wanted,
    seed: int,
    progress: Progress,
    *,
    chain: bool,
    codings: bool,
) -> Evidence:
    """Read what the sections of an audit need beside the scores.

    Args:
        workspace: whose tables are read; masks that no table compares yet are compared now.
        scope: of ``scope_of``.
        wanted: the same.
        seed: of the draws of uncertain labels.
        progress: shows the comparing of masks.
        chain: whether to follow groups through the factory, which reads masks.
        codings: whether other ways to make groups are tried.
    """
    known = Known(workspace, scope.person_of)
    words = wanted.attributes if wanted.attributes is not None else [one.name for one in scope.axes]
    shown = Pictured.of(scope.person_of)
    beliefs = [belief_of(workspace, word, known.vocabularies_of_people(word), shown, seed) for word in words]
    if codings:  # made now, before the statistics take memory, and kept
        for word in words:
            axes_of_codings(word, known)
    pa.default_memory_pool().release_unused()
    cases, pairs = None, None
    if chain:
        cases = gather(workspace, scope.person_of, good_rows(scope.scores), progress)
        compared = compare_masks(workspace, given_pairs(workspace, shown), progress)
        pairs = pairs_frame(compared.own(), shown)
    numbers, visible = Numbers.read(workspace, shown), _visible(known)
    pa.default_memory_pool().release_unused()
    return Evidence(
        attributes=words,
        measurements=numbers,
        coded_from=known if codings else None,
        visible=visible,
        beliefs=[one for one in beliefs if one is not None],
        cases=cases,
        mask_pairs=pairs,
        grids=workspace.frame(tables.ERROR_GRIDS, GRID_COLUMNS)
        if workspace.has(tables.ERROR_GRIDS)
        else None,
    )


def _visible(known: Known) -> list[Axis]:
    """Give who wears what, and other things that are seen in pictures, as far as it was answered."""
    asked = vocab.questions()
    found = []
    for name in sorted(name for name in known.questions if asked[name].kind == "visible"):
        try:
            found.append(known.axis(name))
        except UsageError:  # answered in several vocabularies, or of nobody here: not asked for either
            continue
    return found
