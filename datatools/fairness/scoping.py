"""Which pictures of a workspace does an audit look at, and what is known of them beside their scores?"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from datatools import columns, conditions, lists, selection, tables, vocab
from datatools.errors import UsageError
from datatools.fairness.audit import Scope
from datatools.fairness.chain.chain_cases import gather
from datatools.fairness.chain.mask_pairs import compare_masks, given_pairs, pairs_frame
from datatools.fairness.labels.label_beliefs import belief
from datatools.fairness.maps.error_maps import GRID_COLUMNS
from datatools.fairness.sections import Evidence
from datatools.fairness.who.axes import axes_of
from datatools.fairness.who.groups import Axis, axis
from datatools.fairness.who.membership import answers
from datatools.progress import Progress
from datatools.records import Annotation, Measurement, Score
from datatools.workspace import Workspace

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


def scope_of(workspace: Workspace, wanted: Wanted) -> Scope:
    """Read what is under audit.

    Raises:
        UsageError: an attribute, model, split or condition that does not exist.
    """
    # Frames, not records: an audit may be of a million pictures.
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
    codes, people = pd.factorize(samples["person_id"])  # so that a person's name stands in memory once
    names = np.array(people, object)[codes]
    person_of = dict(zip(samples["sample_id"].to_numpy(object), names, strict=True))
    axes, unusable = axes_of(workspace, wanted.attributes, person_of)
    checked, accepted = _judged(workspace, person_of)
    return Scope(
        person_of=person_of,
        scores=_scores(workspace, wanted.models, person_of),
        axes=axes,
        checked=checked,
        accepted=accepted,
        n_unreadable=int((files["status"] == "failed").sum()),
        notes=[*notes, *unusable],
    )


def _judged(
    workspace: Workspace, sample_ids: Mapping[str, str]
) -> tuple[frozenset[str], frozenset[str] | None]:
    """Give the samples under audit that check judged, and those that are accepted; None: it has not run."""
    if not workspace.has(tables.FINDINGS):
        return frozenset(), None
    judged, is_good = selection.verdicts(workspace)
    ours = list(sample_ids)
    place = pc.index_in(pa.array(ours, pa.string()), value_set=judged).fill_null(-1).to_numpy()
    good = np.append(is_good, False)[place]
    # The mapping's own words: the same ones anew take as much memory again.
    checked = frozenset(name for name, at in zip(ours, place.tolist(), strict=True) if at >= 0)
    return checked, frozenset(name for name, one in zip(ours, good.tolist(), strict=True) if one)


def _scores(
    workspace: Workspace, models: Sequence[str] | None, sample_ids: Mapping[str, str]
) -> pd.DataFrame:
    """Read the scores of the samples under audit, failed ones too."""
    names = [field.name for field in dataclasses.fields(Score) if field.name not in _UNUSED_OF_SCORES]
    ours = pa.array(sorted(sample_ids), pa.string())
    rows = workspace.pieces(tables.SCORES, names)
    kept = columns.joined(
        tables.SCORES, names, (), (piece.filter(columns.is_about(piece, ours)) for piece in rows)
    )
    held = {}
    for name in names:  # column by column, so that they do not stand in memory twice
        held[name] = kept[name].to_pandas()
        kept = kept.drop_columns(name)
    return of_models(pd.DataFrame(held, copy=False), models)


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
    # A million answers are read one by one only where a section asks for them.
    needs_answers = codings or _tells_more(workspace)
    said = answers(workspace, wanted.attributes or ()) if needs_answers else []
    measured: list[Measurement] = workspace.rows_or_empty(tables.MEASUREMENTS)
    words = wanted.attributes if wanted.attributes is not None else [one.name for one in scope.axes]
    beliefs = [belief(word, said, scope.person_of, seed) for word in words]
    cases, pairs = None, None
    if chain:
        good = scope.scores[scope.scores["status"] == "ok"]
        cases = gather(workspace, scope.person_of, good, progress)
        compared = compare_masks(workspace, given_pairs(workspace, set(scope.person_of)), progress)
        pairs = pairs_frame(compared.rows, scope.person_of)
    return Evidence(
        person_of=scope.person_of,
        attributes=words,
        measurements=measured,
        annotations=said,
        visible=_visible(said, measured, scope.person_of),
        beliefs=[one for one in beliefs if one is not None],
        cases=cases,
        mask_pairs=pairs,
        grids=workspace.frame(tables.ERROR_GRIDS, GRID_COLUMNS)
        if workspace.has(tables.ERROR_GRIDS)
        else None,
    )


def _tells_more(workspace: Workspace) -> bool:
    """Say whether several people answered a question, or anybody one about what is seen in pictures."""
    pairs = workspace.annotations().group_by(["question", "annotator_id"]).aggregate([])
    questions = [str(question) for question in pairs["question"].to_pylist()]
    asked = vocab.questions()
    return len(set(questions)) < len(questions) or any(asked[name].kind == "visible" for name in questions)


def _visible(
    said: Sequence[Annotation], measured: Sequence[Measurement], person_of: Mapping[str, str]
) -> list[Axis]:
    """Give who wears what, and other things that are seen in pictures, as far as it was answered."""
    asked = vocab.questions()
    names = sorted({row.question for row in said if asked[row.question].kind == "visible"})
    found = []
    for name in names:
        try:
            found.append(axis(name, said, measured, person_of))
        except UsageError:  # answered in several vocabularies, or of nobody here: not asked for either
            continue
    return found
