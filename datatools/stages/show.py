"""What is in this workspace, and how far has it come?

Example::

    datatools show --workspace ws
"""

from collections import Counter

from datatools import selection, tables
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace


class Settings(StageSettings):
    """Settings of ``show``; it has none of its own."""


def _share(count: int, total: int) -> str:
    return f"{count} of {total} ({count / total:.1%})" if total else "0"


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:  # noqa: ARG001  # every verb has the same call
    """Say what a workspace holds: samples, faces, masks, findings, answers, splits, models, reports.

    Raises:
        UsageError: the folder is no workspace.
    """
    workspace.require()
    facts: dict[str, object] = {"workspace": str(workspace.root)}
    notes = [f"workspace {workspace.root}"]

    def tell(name: str, fact: object, sentence: str) -> None:
        facts[name] = fact
        notes.append(f"  {name:<12} {sentence}")

    samples = workspace.rows_or_empty(tables.MANIFEST)
    n_ok = sum(row.status == "ok" for row in samples)
    by_source = Counter(row.source for row in samples)
    sources = ", ".join(f"{name} {count}" for name, count in sorted(by_source.items()))
    tell("samples", len(samples), f"{len(samples)} ({sources})" if samples else "none yet")
    if n_ok < len(samples):
        reasons = [row.error or "" for row in samples if row.status == "failed"]
        tell("failed", len(reasons), f"{len(reasons)}: {'; '.join(reasons[:3])}")
    people = {row.person_id for row in samples if row.status == "ok"}
    tell("people", len(people), f"{len(people)}")
    if workspace.has(tables.LANDMARKS):
        faces = selection.faces(workspace)
        n_with = sum(bool(found) for found in faces.values())
        tell("faces", n_with, f"found in {_share(n_with, len(faces))}")
    mattes = Counter(row.teacher for row in workspace.rows_or_empty(tables.MATTES) if row.status == "ok")
    for teacher, count in sorted(mattes.items()):
        tell(f"mattes:{teacher}", count, str(count))
    if workspace.has(tables.MASKS):
        n_masks = sum(row.status == "ok" for row in workspace.rows(tables.MASKS))
        tell("masks", n_masks, str(n_masks))
    if workspace.has(tables.FINDINGS):
        findings = workspace.rows(tables.FINDINGS)
        checked = {row.sample_id for row in findings}
        accepted = selection.accepted(workspace)
        tell("accepted", len(accepted), _share(len(accepted), len(checked)))
        failed = Counter(row.check for row in findings if not row.passed)
        reasons_text = ", ".join(f"{name} {count}" for name, count in failed.most_common())
        tell("rejected_by", dict(failed), reasons_text or "nothing")
    answers = Counter(row.question for row in workspace.rows_or_empty(tables.ANNOTATIONS))
    for question, count in sorted(answers.items()):
        tell(f"answers:{question}", count, str(count))
    splits = Counter(row.split for row in workspace.rows_or_empty(tables.SPLITS))
    if splits:
        tell("splits", dict(splits), ", ".join(f"{name} {count}" for name, count in splits.items()))
    scores = Counter(
        (row.model, row.reference_source)
        for row in workspace.rows_or_empty(tables.SCORES)
        if row.status == "ok"
    )
    for (model, reference), count in sorted(scores.items()):
        reading = "accuracy" if selection.measures_accuracy(reference) else "agreement"
        tell(f"scores:{model}", count, f"{count} against {reference} masks ({reading})")
    models = sorted(path.parent.name for path in workspace.root.glob("models/*/model.pt"))
    reports = sorted(path for path in workspace.root.glob("reports/*/index.html"))
    tell("models", models, ", ".join(models) or "none yet")
    tell("reports", [str(path) for path in reports], ", ".join(map(str, reports)) or "none yet")
    tell("runs", len(workspace.run_files()), str(len(workspace.run_files())))
    return StageResult(stage="show", facts=facts, notes=notes)
