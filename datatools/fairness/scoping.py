"""Which pictures of a workspace does an audit look at, and what is known of them beside their scores?"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from datatools import conditions, lists, selection, tables, vocab
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
    columns = (samples[name].to_numpy(object) for name in ("sample_id", "person_id"))
    person_of = dict(zip(*columns, strict=True))
    axes, unusable = axes_of(workspace, wanted.attributes, person_of)
    has_findings = workspace.has(tables.FINDINGS)
    checked = workspace.frame_or_empty(tables.FINDINGS, ("sample_id",))["sample_id"]
    return Scope(
        person_of=person_of,
        scores=_scores(workspace, wanted.models, person_of),
        axes=axes,
        checked=frozenset(checked),
        accepted=frozenset(selection.accepted(workspace)) if has_findings else None,
        n_unreadable=int((files["status"] == "failed").sum()),
        notes=[*notes, *unusable],
    )


def _scores(
    workspace: Workspace, models: Sequence[str] | None, sample_ids: Mapping[str, str]
) -> pd.DataFrame:
    """Read the scores of the samples under audit, failed ones too."""
    names = [field.name for field in dataclasses.fields(Score) if field.name not in _UNUSED_OF_SCORES]
    scores = workspace.frame_or_empty(tables.SCORES, names)
    return of_models(scores[scores["sample_id"].isin(sample_ids)], models)


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
