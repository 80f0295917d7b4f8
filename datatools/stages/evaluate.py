"""How well do a model's masks agree with reference masks, picture by picture?

In a workspace every picture with a reference becomes a row of the scores table. With ``--data`` a
folder is scored directly and nothing is written.

Example::

    datatools evaluate --data portraits/ --model selfie --json
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from datatools import lists, selection, tables
from datatools.crews import Crew
from datatools.crews.hire import hire
from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.progress import Progress
from datatools.records import Sample, Score, StageResult
from datatools.selection import Target
from datatools.settings import CrewSettings, ListedSettings
from datatools.workspace import Workspace, inside

if TYPE_CHECKING:  # statistics and networks are loaded when a stage runs, not when its flags are read
    from datatools.fairness.result import EvaluationResult
    from datatools.fairness.scoring import Model, Pair
    from datatools.metrics import Metric
    from datatools.readers import Entry

GENERATED = "generated"  # the workspace's own masks, in the place of a model or of a reference
_READS = (tables.MANIFEST, tables.SPLITS, tables.LANDMARKS, tables.MASKS, tables.FINDINGS)
_FOLDER_FINDER = "dlib68"  # finds faces for a teacher that needs them, where no landmarks stage ran


class Settings(ListedSettings, CrewSettings):
    """Settings of ``evaluate``."""

    model: str
    """A teacher, a file (.pt, .pth, .onnx, .xml or a card .toml), a trained model's name, or generated."""

    data: Path | None = None
    """Score on this folder of pictures and masks instead of the workspace; nothing is written."""

    reader: str = "auto"
    """With --data: how the folder is read."""

    options: dict[str, str] = Field(default_factory=dict)
    """With --data: the reader's options, as in --options.mask_source human."""

    reference: Literal["given", "generated"] = "given"
    """Masks to score against: those that came with the data, or the accepted generated ones."""

    split: str | None = None
    """Score this split alone (train, val or test)."""

    metrics: list[str] | None = None
    """Metrics to report; all of them by default."""

    replicates: int = Field(default=10_000, ge=100)
    """Bootstrap replicates behind every interval."""

    maps: bool = False
    """Score pictures again that have a face but no error map: an older version scored them without one."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Score a model against reference masks.

    Raises:
        UsageError: no such model, metric, split or folder, or generated masks against themselves.
        DataError: no picture has a reference mask, or none can be scored.
    """
    if settings.data is not None:
        return _run_folder(workspace, settings.data, settings, progress)
    return _run_workspace(workspace, settings, progress)


def evaluate_folder(
    folder: Path,
    model: str,
    *,
    reader: str = "auto",
    options: Mapping[str, str] | None = None,
    limit: int | None = None,
    metrics: Sequence[str] | None = None,
    replicates: int = 10_000,
    seed: int = 0,
    progress: Progress | None = None,
    crew: Crew | None = None,
) -> "list[EvaluationResult]":
    """Score a teacher, or a file of one, on a folder of pictures and masks; write nothing there.

    One result for each kind of reference mask, accuracy before agreement; nearly every folder has one
    kind. The same picture under two names is scored once.

    Raises:
        UsageError: no such folder, reader, model or metric.
        DataError: no picture has a reference mask, or none can be scored.
    """
    from datatools.fairness.evaluation import chosen_metrics
    from datatools.fairness.scoring import load_model, score

    chosen = chosen_metrics(metrics)
    pairs = _folder_pairs(folder, reader, options or {})[:limit]
    loaded = load_model(model, finder=_FOLDER_FINDER)
    with TemporaryDirectory() as scratch:
        scores = score(
            Workspace(scratch),
            loaded,
            pairs,
            progress or Progress("quiet"),
            crew=crew or hire(),
            is_strange=True,
        )
        rows = list(scores.derived.rows)
    return _summaries(rows, chosen, replicates, seed)


def _run_folder(workspace: Workspace, folder: Path, settings: Settings, progress: Progress) -> StageResult:
    if settings.samples is not None:
        raise UsageError("--samples is about a workspace: leave it out, or leave --data out")
    model = str(workspace.trained_model(settings.model) or settings.model)
    if settings.dry_run:
        n_pairs = len(_folder_pairs(folder, settings.reader, settings.options)[: settings.limit])
        return _dry(n_pairs, settings)
    results = evaluate_folder(
        folder,
        model,
        reader=settings.reader,
        options=settings.options,
        limit=settings.limit,
        metrics=settings.metrics,
        replicates=settings.replicates,
        seed=settings.seed,
        progress=progress,
        crew=settings.crew(),
    )
    return _result(results)


def _folder_pairs(folder: Path, reader: str, options: Mapping[str, str]) -> "list[Pair]":
    from datatools.readers._detect import detect

    entries = [
        entry
        for entry in detect(folder, reader, options).entries()
        if entry.mask is not None and (entry.ancestry is None or entry.ancestry.kind != selection.COMPOSITE)
    ]
    if not entries:
        raise DataError(
            f"{folder}: expected pictures with reference masks (composites are not for testing), found none"
        )
    pairs: dict[str, Pair] = {}
    for entry in entries:
        pair = _folder_pair(folder, entry)
        pairs.setdefault(pair.sample_id, pair)
    return list(pairs.values())


def _folder_pair(folder: Path, entry: "Entry") -> "Pair":
    from datatools.fairness.scoring import Pair

    assert entry.mask is not None
    problem: str | None = None
    image = mask = folder / entry.path
    try:
        image, mask = inside(folder, entry.path), inside(folder, entry.mask)
        sample_id = tables.sha256_file(image)[:16]
    except (DatatoolsError, OSError) as error:
        problem = f"{entry.path}: {error}"
        sample_id = tables.fingerprint(entry.path)
    if entry.mask_source is None:
        problem = f"{entry.path}: the reader does not say who made its mask"
    return Pair(
        sample_id=sample_id,
        person_id=entry.person_id or sample_id,
        split=entry.source_split,
        image=image,
        reference=Target(mask, entry.mask_source or "unstated"),
        problem=problem,
    )


def _run_workspace(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    workspace.require()
    if settings.model == settings.reference == GENERATED:
        raise UsageError("expected a model to score against the generated masks, got those masks themselves")
    return score_model(workspace, settings, _model(workspace, settings.model), progress)


def score_model(workspace: Workspace, settings: Settings, model: "Model", progress: Progress) -> StageResult:
    """Score a loaded model in the workspace, as ``run`` does with the one that the settings name.

    Raises:
        UsageError, DataError: as ``run``.
    """
    from datatools.fairness.evaluation import chosen_metrics
    from datatools.fairness.scoring import score

    chosen = chosen_metrics(settings.metrics)
    pairs = _workspace_pairs(workspace, settings, model)
    if settings.dry_run:
        return _dry(len(pairs), settings)
    reads = (*_READS, *lists.files(workspace, settings.samples))
    writes = (tables.SCORES, tables.ERROR_GRIDS)
    with workspace.run("evaluate", settings.model_dump(mode="json"), reads=reads, writes=writes) as record:
        scores = score(workspace, model, pairs, progress, crew=settings.crew(), wants_grids=settings.maps)
        derived = scores.derived
        wanted = {(pair.sample_id, model.name, pair.reference.mask_source) for pair in pairs}
        rows = [row for row in derived.rows if (row.sample_id, row.model, row.reference_source) in wanted]
        # The table's order, so that metrics that know batches give one value however a run was resumed.
        results = _summaries(
            sorted(rows, key=lambda row: row.sample_id), chosen, settings.replicates, settings.seed
        )
        result = _result(results, scores.unmapped())
        counts = {"n_computed": derived.n_computed, "n_kept": derived.n_kept}
        record.facts |= {**result.facts, **counts, "n_without_map": scores.n_without_grid}
    return result


def _model(workspace: Workspace, name: str) -> "Model":
    from datatools.fairness.scoring import Model, load_model

    if name == GENERATED:
        return Model(GENERATED, GENERATED, needs_faces=False, predict=None)
    return load_model(str(workspace.trained_model(name) or name))


def _workspace_pairs(workspace: Workspace, settings: Settings, model: "Model") -> "list[Pair]":
    """Pair every sample in scope with its reference; samples without one are left out."""
    from datatools.fairness.scoring import Pair

    made = selection.composites(workspace)  # to learn from alone
    readable = lists.samples(workspace, source=settings.only, listed=settings.samples, limit=None)
    samples = [row for row in readable if row.sample_id not in made]
    references = _references(workspace, samples, settings.reference)
    splits = _splits(workspace, settings.split)
    faces = selection.faces(workspace)  # for models that need them, and for errors by zone of the face
    masks = tables.index(workspace.rows(tables.MASKS), "sample_id") if model.name == GENERATED else {}
    pairs: list[Pair] = []
    for sample in samples:
        sample_id, reference = sample.sample_id, references.get(sample.sample_id)
        if reference is None or (settings.split is not None and splits.get(sample_id) != settings.split):
            continue
        mask = masks.get(sample_id)
        if model.name == GENERATED and mask is None:
            continue
        pairs.append(
            Pair(
                sample_id=sample_id,
                person_id=sample.person_id,
                split=splits.get(sample_id),
                image=workspace.image_file(sample),
                reference=reference,
                prediction=workspace.file(mask.path) if mask is not None and mask.path is not None else None,
                faces=faces.get(sample_id),
                problem=mask.error if mask is not None and mask.path is None else None,
            )
        )
    if not pairs:
        raise DataError(
            f"expected samples with {settings.reference} reference masks in scope, found none of "
            f"{len(samples)}; score against the masks made here with --reference generated"
        )
    return pairs[: settings.limit]


def _references(workspace: Workspace, samples: Sequence[Sample], kind: str) -> Mapping[str, Target]:
    if kind == GENERATED:
        return selection.training_targets(workspace, "generated")
    found = ((sample.sample_id, selection.reference_target(workspace, sample)) for sample in samples)
    return {sample_id: target for sample_id, target in found if target is not None}


def _splits(workspace: Workspace, wanted: str | None) -> Mapping[str, str]:
    splits = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}
    if wanted is not None and wanted not in splits.values():
        known = sorted(set(splits.values()))
        raise UsageError(f"expected a split among {known}, got {wanted!r}; the stage split makes them")
    return splits


def _summaries(
    rows: Sequence[Score], metrics: "Sequence[Metric]", replicates: int, seed: int
) -> "list[EvaluationResult]":
    """Summarise each kind of reference alone: accuracy and agreement are never averaged."""
    import numpy as np

    from datatools.fairness.evaluation import summarise

    kinds = sorted({row.reference_source for row in rows}, key=_accuracy_first)
    results = []
    for kind in kinds:
        of_kind = [row for row in rows if row.reference_source == kind]
        results.append(summarise(of_kind, metrics, n_replicates=replicates, rng=np.random.default_rng(seed)))
    return results


def _accuracy_first(reference_source: str) -> tuple[bool, str]:
    return not selection.measures_accuracy(reference_source), reference_source


def _result(results: "Sequence[EvaluationResult]", more: Sequence[str] = ()) -> StageResult:
    from datatools.fairness.evaluation import sentence, undefined

    facts = results[0].model_dump(mode="json")
    if len(results) > 1:
        facts["others"] = [result.model_dump(mode="json") for result in results[1:]]
    notes = [*map(sentence, results), *undefined(results), *more]
    return StageResult(stage="evaluate", facts=facts, notes=notes)


def _dry(n_pairs: int, settings: Settings) -> StageResult:
    note = f"Would score {settings.model} on {n_pairs} pictures; nothing is written."
    return StageResult(stage="evaluate", facts={"n_to_score": n_pairs}, notes=[note])
