"""What has become known of a trained student? Write its model card anew, with how well it does.

Training writes the card with validation figures. Once `evaluate` has scored the model on pictures kept
aside, and perhaps `audit` has compared groups on them, this puts both into the card, with the run record
of the training. ``--also`` names other workspaces in which the same weights were scored: test sets.

Example::

    datatools card --workspace ws --name student --also celebamask-ws
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import selection, tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import Score, StageResult
from datatools.report.provenance import RunRecord, records
from datatools.settings import StageSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # statistics and torch are loaded when the stage runs, not when its flags are read
    from datatools.fairness.result import AuditResult
    from datatools.student.card import Card, Evaluation, Run

STAGE = "card"
_AUDIT_FILE = "audit.json"


class Settings(StageSettings):
    """Settings of ``card``."""

    name: str = "student"
    """The model: WS/models/NAME."""

    split: str = "test"
    """The split whose scores are shown; a workspace without splits shows all."""

    audit: str = "audit"
    """The audit whose groups are shown, WS/reports/NAME; none where it is of another split."""

    also: list[Path] = Field(default_factory=list)
    """Other workspaces in which this model was scored; none of its training pictures may be among them."""

    replicates: int = Field(default=10_000, ge=100)
    """Bootstrap replicates behind every interval."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:  # noqa: ARG001  # every stage's
    """Write a model's card anew, with the scores and the audits that are there.

    Raises:
        UsageError: no such model, or another workspace holds pictures that it learned from.
        DataError: the card or an audit cannot be read, or the card is not that of the weights.
    """
    from datatools.student import card_file
    from datatools.student.folder import ModelFolder

    workspace.require()
    files = ModelFolder(workspace.model_folder(settings.name))
    card = card_file.read(files.card_json)
    run = _run_of(card, files.model)
    training = _training_of(records(workspace), run.weights_sha256, workspace.relative(files.model))
    card = replace(card, run=replace(run, record=_file(training), record_sha256=training.sha256))
    notes: list[str] = []
    found: list[Evaluation] = []
    for place in (workspace, *map(Workspace, settings.also)):
        place.require()
        if place is not workspace:
            _refuse_seen(workspace, place)
        found += _evaluations(place, settings, training, notes, is_home=place is workspace)
    card = replace(card, evaluations=found)
    facts: dict[str, object] = {"name": card.name, "n_evaluations": len(found)}
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, _note(card, "Would write")])
    reads = (tables.SCORES, tables.SPLITS, files.model, workspace.report_folder(settings.audit) / _AUDIT_FILE)
    writes = (files.card, files.card_json)
    with workspace.run(STAGE, settings.model_dump(mode="json"), reads=reads, writes=writes) as record:
        card_file.write(files, card)
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=[*notes, _note(card, "Wrote")])


def _note(card: "Card", verb: str) -> str:
    n = len(card.evaluations)
    return (
        f"{verb} the card of {card.name} with {n} evaluation{'' if n == 1 else 's'} on pictures kept aside."
    )


# -- the training ----------------------------------------------------------------------------------


def _run_of(card: "Card", model: Path) -> "Run":
    """Give the run that a card is of, once it is sure that the weights are its own."""
    sha256 = tables.sha256_file(model) if model.is_file() else None
    if card.run is None or card.run.weights_sha256 != sha256:
        raise DataError(
            f"expected the card of {model}, whose SHA-256 is {sha256}; the card beside it is of "
            f"{card.run.weights_sha256 if card.run else 'no file'}: run the same `datatools train` again"
        )
    return card.run


def _file(run: RunRecord) -> str:
    return f"runs/{run.number:04d}-{run.stage}.json"


def _training_of(runs: Sequence[RunRecord], sha256: str, model: str) -> RunRecord:
    """Give the record of the run that wrote these weights."""
    for run in runs:
        if run.outputs.get(model) == sha256:
            return run
    raise DataError(f"no run record says that it wrote {model}: run the same `datatools train` again")


def _refuse_seen(home: Workspace, place: Workspace) -> None:
    """Make sure that no picture or person of another workspace was learned from."""
    learned = {
        key
        for row in home.rows_or_empty(tables.SPLITS)
        if row.split != "test"
        for key in (row.sample_id, row.person_id)
    }
    seen = [row for row in place.samples() if {row.sample_id, row.person_id} & learned]
    if seen:
        raise UsageError(
            f"{place.root} holds {len(seen)} pictures of the training or validation split, such as "
            f"{seen[0].sample_id}: scores on them are not of pictures kept aside"
        )


# -- how well it does ------------------------------------------------------------------------------


def _evaluations(
    place: Workspace, settings: Settings, training: RunRecord, notes: list[str], *, is_home: bool
) -> "list[Evaluation]":
    """Summarise a workspace's scores of the model, one for each kind of reference masks.

    ``is_home``: it was trained there.
    """
    import numpy as np

    from datatools.fairness.card_figures import evaluation
    from datatools.fairness.evaluation import chosen_metrics, frame_of, summarise

    split = settings.split if place.has(tables.SPLITS) else None
    made = selection.composites(place)
    scores = [
        row
        for row in place.rows_or_empty(tables.SCORES)
        if row.model == settings.name and row.split == split and row.sample_id not in made
    ]
    where = f"{place.root}{'' if split is None else f', split {split}'}"
    if not any(row.status == "ok" for row in scores):
        notes.append(f"{where}: {settings.name} was not scored there; `datatools evaluate` does it.")
        return []
    scored = _last_evaluation(records(place), settings.name)
    # By the records' order at home: a clock may have been set back. Two workspaces have only their clocks.
    if scored is None or (
        scored.number < training.number if is_home else scored.started_at < training.started_at
    ):
        notes.append(f"{where}: the scores are older than the weights; run `datatools evaluate` again.")
        return []
    audit = _audit(place, settings.audit, split, notes)
    metrics = chosen_metrics(None)
    found = []
    for kind in sorted({row.reference_source for row in scores}, key=_accuracy_first):
        rows = sorted((row for row in scores if row.reference_source == kind), key=lambda row: row.sample_id)
        rng = np.random.default_rng(settings.seed)
        found.append(
            evaluation(
                summarise(frame_of(rows), metrics, n_replicates=settings.replicates, rng=rng),
                audit,
                data=_sources(place, rows),
                split=split,
                definitions={metric.name: metric.definition for metric in metrics},
                record=_file(scored),
            )
        )
    return found


def _accuracy_first(reference_source: str) -> tuple[bool, str]:
    return not selection.measures_accuracy(reference_source), reference_source


def _sources(place: Workspace, scores: Sequence[Score]) -> str:
    source_of = {sample.sample_id: sample.source for sample in place.samples()}
    return ", ".join(sorted({source_of[row.sample_id] for row in scores if row.sample_id in source_of}))


def _last_evaluation(runs: Sequence[RunRecord], model: str) -> RunRecord | None:
    """Give the record of the last evaluation of a model; a file's model is called after its folder."""
    for run in reversed(runs):
        asked = str(run.settings.get("model", ""))
        if run.stage == "evaluate" and model in {asked, Path(asked).parent.name}:
            return run
    return None


def _audit(place: Workspace, name: str, split: str | None, notes: list[str]) -> "AuditResult | None":
    """Read the audit of the same pictures, if there is one."""
    from pydantic import ValidationError

    from datatools.fairness.result import AuditResult

    path = place.report_folder(name) / _AUDIT_FILE
    if not path.is_file():
        notes.append(f"{place.root}: no audit {name}; `datatools audit` compares groups.")
        return None
    try:
        found = AuditResult.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(f"{path} is not an audit that this version reads: audit again") from error
    scores = place.relative(place.table_file(tables.SCORES))
    if found.settings.get("split") != split:
        notes.append(f"{place.root}: the audit {name} is not of the split {split} alone and is left out.")
        return None
    if found.inputs.get(scores) != tables.sha256_file(place.table_file(tables.SCORES)):
        notes.append(f"{place.root}: the audit {name} is of other scores; run `datatools audit` again.")
        return None
    return found
