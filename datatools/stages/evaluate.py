"""How well do a model's masks agree with reference masks, picture by picture?

In a workspace every picture with a reference becomes a row of the scores table. With ``--data`` a
folder is scored directly and nothing is written.

Example::

    datatools evaluate --data portraits/ --model selfie --json
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from datatools import lists, selection, tables
from datatools.crews import Crew
from datatools.crews.hire import hire
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import CrewSettings, ListedSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # statistics and networks are loaded when a stage runs, not when its flags are read
    import pandas as pd

    from datatools.fairness.result import EvaluationResult
    from datatools.fairness.scoring import Model
    from datatools.metrics import Metric

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
    from datatools.fairness.evaluation import chosen_metrics, scored
    from datatools.fairness.pairing import folder_pairs
    from datatools.fairness.scoring import load_model, score

    chosen = chosen_metrics(metrics)
    pairs = folder_pairs(folder, reader, options or {}, limit)
    loaded = load_model(model, finder=_FOLDER_FINDER)
    with TemporaryDirectory() as scratch:
        workspace = Workspace(scratch)
        scores = score(
            workspace, loaded, pairs, progress or Progress("quiet"), crew=crew or hire(), is_strange=True
        )
        return _summaries(scored(workspace, loaded.name, scores.derived.keys), chosen, replicates, seed)


def _run_folder(workspace: Workspace, folder: Path, settings: Settings, progress: Progress) -> StageResult:
    if settings.samples is not None:
        raise UsageError("--samples is about a workspace: leave it out, or leave --data out")
    model = str(workspace.trained_model(settings.model) or settings.model)
    if settings.dry_run:
        from datatools.fairness.pairing import folder_pairs

        pairs = folder_pairs(folder, settings.reader, settings.options, settings.limit)
        return _dry(sum(1 for _ in pairs), settings)
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
    from datatools.fairness.evaluation import chosen_metrics, scored
    from datatools.fairness.pairing import workspace_pairs
    from datatools.fairness.scoring import score

    chosen = chosen_metrics(settings.metrics)
    pairs = workspace_pairs(
        workspace,
        partial(lists.each, workspace, source=settings.only, listed=settings.samples, limit=None),
        is_generated=model.name == GENERATED,
        reference=settings.reference,
        split=settings.split,
        limit=settings.limit,
    )
    if settings.dry_run:
        return _dry(sum(1 for _ in pairs), settings)
    reads = (*_READS, *lists.files(workspace, settings.samples))
    writes = (tables.SCORES, tables.ERROR_GRIDS)
    with workspace.run("evaluate", settings.model_dump(mode="json"), reads=reads, writes=writes) as record:
        scores = score(workspace, model, pairs, progress, crew=settings.crew(), wants_grids=settings.maps)
        derived = scores.derived
        # The table's order, so that metrics that know batches give one value however a run was resumed.
        frame = scored(workspace, model.name, derived.keys)
        results = _summaries(frame, chosen, settings.replicates, settings.seed)
        result = _result(results, scores.unmapped())
        counts = {"n_computed": derived.n_computed, "n_kept": derived.n_kept}
        record.facts |= {**result.facts, **counts, "n_without_map": scores.n_without_grid}
    return result


def _model(workspace: Workspace, name: str) -> "Model":
    from datatools.fairness.scoring import Model, load_model

    if name == GENERATED:
        return Model(GENERATED, GENERATED, needs_faces=False, predict=None)
    return load_model(str(workspace.trained_model(name) or name))


def _summaries(
    scores: "pd.DataFrame", metrics: "Sequence[Metric]", replicates: int, seed: int
) -> "list[EvaluationResult]":
    """Summarise each kind of reference alone: accuracy and agreement are never averaged."""
    import numpy as np

    from datatools.fairness.evaluation import summarise

    kinds = sorted(scores["reference_source"].unique(), key=_accuracy_first)
    results = []
    for kind in kinds:
        of_kind = scores if len(kinds) == 1 else scores[scores["reference_source"] == kind]
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
