"""What does a workspace hold, whole or of chosen pictures alone, counted without an object for each row?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from datatools import answers, columns, counting, selection, tables
from datatools.tables import Table
from datatools.workspace import Workspace

Row = TypeVar("Row")

_REASONS = 3  # of failures that are told


@dataclass(frozen=True, slots=True)
class Line:
    """One fact, for programs and for people."""

    name: str
    fact: object
    sentence: str


def lines(workspace: Workspace, among: pa.StringArray | None) -> Iterator[Line]:
    """Count what there is: samples, faces, masks, findings, answers, splits, scores, models, reports.

    Args:
        workspace: to look at.
        among: these samples alone; None: all. Models, reports and runs are told whole.

    Raises:
        TableError: a table is broken.
    """
    yield from _samples(workspace, among)
    yield from _faces(workspace, among)
    yield from _masks(workspace, among)
    yield from _verdicts(workspace, among)
    for question, count in sorted(answers.n_by_question(workspace, among).items()):
        yield Line(f"answers:{question}", count, str(count))
    splits = {split: n for (split,), n in _tally(workspace, tables.SPLITS, ("split",), among).items()}
    if splits:
        yield Line("splits", splits, ", ".join(f"{name} {count}" for name, count in splits.items()))
    scores = _tally(workspace, tables.SCORES, ("model", "reference_source", "status"), among)
    for (model, reference, status), count in sorted(scores.items()):
        if status == "ok":
            reading = "accuracy" if selection.measures_accuracy(reference) else "agreement"
            yield Line(f"scores:{model}", count, f"{count} against {reference} masks ({reading})")
    models = sorted(path.parent.name for path in workspace.root.glob("models/*/model.pt"))
    reports = sorted(path for path in workspace.root.glob("reports/*/index.html"))
    yield Line("models", models, ", ".join(models) or "none yet")
    yield Line("reports", [str(path) for path in reports], ", ".join(map(str, reports)) or "none yet")
    yield Line("runs", len(workspace.run_files()), str(len(workspace.run_files())))


def _share(count: int, total: int) -> str:
    return f"{count} of {total} ({count / total:.1%})" if total else "0"


def _pieces(
    workspace: Workspace,
    table: Table[Row],
    words: tuple[str, ...],
    others: tuple[str, ...],
    among: pa.StringArray | None,
) -> Iterator[pa.Table]:
    """Read columns, of the chosen samples alone."""
    own = () if among is None or "sample_id" in others else ("sample_id",)
    for rows in workspace.pieces(table, (*words, *others, *own), encoded=words):
        yield rows if among is None else rows.filter(columns.is_about(rows, among))


def _tally(
    workspace: Workspace, table: Table[Row], words: tuple[str, ...], among: pa.StringArray | None
) -> Counter[tuple[str, ...]]:
    counts: Counter[tuple[str, ...]] = Counter()
    for rows in _pieces(workspace, table, words, (), among):
        counts.update(counting.tally(rows.select(words)))
    return counts


def _samples(workspace: Workspace, among: pa.StringArray | None) -> Iterator[Line]:
    by_source: Counter[str] = Counter()
    n_failed, reasons, people = 0, list[str](), list[pa.ChunkedArray]()
    for rows in _pieces(workspace, tables.MANIFEST, ("source", "status"), ("person_id", "error"), among):
        for (source,), count in counting.tally(rows.select(["source"])).items():
            by_source[source] += count
        is_ok = counting.equals(rows["status"], "ok")
        if not is_ok.all():
            failed = rows.filter(counting.mask(~is_ok))
            n_failed += len(failed)
            reasons += [error or "" for error in failed["error"][:_REASONS].to_pylist()]
            rows = rows.filter(counting.mask(is_ok))
        people.append(rows["person_id"])
    n = by_source.total()
    sources = ", ".join(f"{name} {count}" for name, count in sorted(by_source.items()))
    yield Line("samples", n, f"{n} ({sources})" if n else "none yet")
    if n_failed:
        yield Line("failed", n_failed, f"{n_failed}: {'; '.join(reasons[:_REASONS])}")
    chunks = [chunk for column in people for chunk in column.chunks]
    n_people = pc.count_distinct(pa.chunked_array(chunks, pa.string())).as_py()
    yield Line("people", n_people, f"{n_people}")


def _faces(workspace: Workspace, among: pa.StringArray | None) -> Iterator[Line]:
    if workspace.has(tables.LANDMARKS):
        sample_ids, has_face = selection.faced(workspace)
        if among is not None:
            has_face = has_face[counting.bools(pc.is_in(sample_ids, value_set=among))]
        n_with = int(has_face.sum())
        yield Line("faces", n_with, f"found in {_share(n_with, len(has_face))}")


def _masks(workspace: Workspace, among: pa.StringArray | None) -> Iterator[Line]:
    mattes = _tally(workspace, tables.MATTES, ("teacher", "status"), among)
    for (teacher, status), count in sorted(mattes.items()):
        if status == "ok":
            yield Line(f"mattes:{teacher}", count, str(count))
    if workspace.has(tables.MASKS):
        n_masks = _tally(workspace, tables.MASKS, ("status",), among)["ok",]
        yield Line("masks", n_masks, str(n_masks))


def _verdicts(workspace: Workspace, among: pa.StringArray | None) -> Iterator[Line]:
    if not workspace.has(tables.FINDINGS):
        return
    sample_ids, is_good = selection.verdicts(workspace)
    if among is not None:
        is_good = is_good[counting.bools(pc.is_in(sample_ids, value_set=among))]
    n_accepted = int(is_good.sum())
    yield Line("accepted", n_accepted, _share(n_accepted, len(is_good)))
    failed: Counter[str] = Counter()
    for rows in _pieces(workspace, tables.FINDINGS, ("check",), ("passed",), among):
        rejected = rows.filter(counting.mask(~counting.bools(rows["passed"])))
        failed.update({check: n for (check,), n in counting.tally(rejected.select(["check"])).items()})
    told = ", ".join(f"{name} {count}" for name, count in failed.most_common())
    yield Line("rejected_by", dict(failed), told or "nothing")
