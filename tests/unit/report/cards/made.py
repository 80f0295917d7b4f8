"""A workspace in which every part of a data card has something to say."""

import json
from pathlib import Path

from datatools.progress import Progress
from datatools.records import Annotation, Sample
from datatools.stages import annotate_agree, annotate_consensus
from datatools.workspace import Workspace
from tests.unit.report.builders import fill, write_audit, write_run

N_FILES = 30  # of which one cannot be read
FEW = 2  # men; too few to be shown


def filled(workspace: Workspace, folder: Path, n_files: int = N_FILES) -> list[Sample]:
    """Write drawn people, answers about them, an audit and the records of runs."""
    samples = fill(workspace, folder, n_files)
    good = [sample for sample in samples if sample.status == "ok"]
    said = [
        answer(sample, question, value, name)
        for number, sample in enumerate(good)
        for question, value in (
            ("perceived_gender", "male" if number < 2 * FEW - 1 else "female"),
            ("glasses", "yes" if number % 4 < 2 else "no"),
        )
        for name in ("Ann Example", "Bob Example")
    ]
    workspace.append_batch(said)
    quiet = Progress("quiet")
    annotate_agree.run(workspace, annotate_agree.Settings(replicates=100), quiet)
    annotate_consensus.run(workspace, annotate_consensus.Settings(draws=100), quiet)
    for path in workspace.run_files():
        path.unlink()  # they hold the clock
    write_run(workspace, 1, "ingest", {"source": "drawn"})
    write_run(workspace, 2, "annotate_import", {"file": "sheet.csv"})
    write_audit(workspace)
    write_audit_run(workspace, 3, "audit")
    return samples


def write_audit_run(workspace: Workspace, number: int, name: str) -> None:
    """Write the record of an audit."""
    path = write_run(workspace, number, "audit", {"name": name})
    record = json.loads(path.read_text()) | {"outputs": {f"reports/{name}/audit.json": "0" * 64}}
    path.write_text(json.dumps(record))


def answer(sample: Sample, question: str, value: str, annotator_id: str) -> Annotation:
    """Give an annotator's answer about a sample."""
    return Annotation(
        sample_id=sample.sample_id,
        question=question,
        value=value,
        annotator_id=annotator_id,
        source="annotator",
        vocabulary="gender@1" if question == "perceived_gender" else "yes_no@1",
        created_at="2026-01-02T03:04:05+00:00",
        lead_time_s=2.5,
        presentation_order=None,
        batch="b",
    )
