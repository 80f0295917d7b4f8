"""How do people's answers get into the workspace?

From the data set that an ingested source was read from, or from a label sheet. Every answer is checked
against its question and vocabulary. Answers are appended as one batch and never overwritten; those
that are there already are left out, so importing twice adds nothing. A sheet's answer without a date is
new when it differs from the annotator's last one, and then gets ``answered_at``.

Of a data set, files whose name or row gives no labels, and photographs that it labels in two ways, are
listed in reports/annotate_import/.

Example::

    datatools annotate import --workspace ws --from-source mebeauty
    datatools annotate import --workspace ws --sheet answers.csv --annotator-id ann01
    datatools annotate import --workspace ws --sheet answers-ann01.json
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from datatools import duplicates, incoming, sheets, tables
from datatools.asking import batch as saved
from datatools.errors import DataError, UsageError
from datatools.exchange._detect import detect
from datatools.incoming import Beside
from datatools.intake import Columns, Finder, fresh
from datatools.label_conflicts import Conflict, conflicts
from datatools.progress import Progress
from datatools.readers import AnswerSource, Reader
from datatools.records import Sample, Source, StageResult
from datatools.settings import PictureSettings
from datatools.sheets import Cell, Rejected
from datatools.workspace import Workspace, file_name

STAGE = "annotate_import"
_WAIT_S = 600.0
_SHOWN = 5
# The lists that an import may leave in its report's folder, and their columns.
_LISTS = {
    "rejected": ("where", "sample", "question", "value", "reason"),
    "unlabelled": ("picture", "reason"),
    "conflicts": ("conflict", "question", "picture", "sample", "value", "reason"),
    "notes": ("where", "sample", "question", "value", "note"),
}


class Settings(PictureSettings):
    """Settings of ``annotate import``."""

    from_source: str | None = None
    """Import the answers that came with this ingested source."""

    options: dict[str, str] = Field(default_factory=dict)
    """The reader's options, as given to ingest, or the format's: --options.NAME VALUE."""

    sheet: Path | None = None
    """Import a label sheet (CSV, one answer a line, or one column a question), a file that the page of
    `annotate export --html` saved, or one of another format."""

    format: str | None = None
    """The sheet's format (csv, xlsx, label_studio, cvat, fiftyone, hf), where the file does not tell."""

    annotator_id: str | None = None
    """Who filled the sheet in, where it has no column annotator_id. A code, not a name."""

    answer_source: AnswerSource = "annotator"
    """Whose word the sheet holds, where it has no column source."""

    vocabularies: dict[str, str] = Field(default_factory=dict)
    """The sheet's vocabularies, where it has no column for them: --vocabularies.QUESTION NAME@VERSION."""

    answered_at: str | None = None
    """When the sheet was filled in (ISO 8601 with a time zone), where it has no column created_at; now if
    not given."""

    duplicates: bool = True
    """Look for near-duplicate pictures of which a source says different things, beside equal files; pictures
    that check has not seen are read for it."""

    skip_invalid: bool = False
    """Import the valid answers though others are not; the others are listed in a file."""


def _reader(sources: Sequence[Source], name: str, options: dict[str, str]) -> Reader:
    # Imported here: readers bring their own packages.
    from datatools.readers import _detect

    known = tables.index(sources, "source")
    if name not in known:
        raise UsageError(f"expected an ingested source among {sorted(known)}, got {name!r}")
    return _detect.detect(Path(known[name].root), known[name].reader, options)


def _cells(path: Path, settings: Settings, beside: Beside) -> Iterator[Cell]:
    """Give the cells of a sheet, or of a file that the page of ``annotate export --html`` saved."""
    if settings.format is None and saved.matches(path):
        file = saved.read(path)
        beside.remarks += file.remarks
        yield from file.cells
        return
    for row in detect(path, settings.format, settings.options).read(path):
        if isinstance(row, Rejected):
            beside.rejected.append(row)
        else:
            yield row


def _batch(sheet: Path) -> str:
    return f"sheet:{sheet.name}"


def _take_in(
    workspace: Workspace, settings: Settings, samples: Sequence[Sample], beside: Beside
) -> tuple[Columns, int]:
    """Read and check every answer; give those about chosen samples, and the number of the others."""
    sources = workspace.rows(tables.SOURCES)
    finder = Finder(samples, {row.source for row in sources})
    if settings.sheet is not None:
        defaults = sheets.Defaults(
            annotator_id=settings.annotator_id,
            source=settings.answer_source,
            vocabularies=settings.vocabularies,
        )
        cells = _cells(settings.sheet, settings, beside)
        answers = incoming.of_sheet(cells, _batch(settings.sheet), defaults, finder, beside)
    else:
        name = str(settings.from_source)
        answers = incoming.of_source(name, _reader(sources, name, settings.options), finder, beside)
    chosen = [row for row in samples if settings.only in {None, row.source}][: settings.limit]
    chosen_ids = {row.sample_id for row in chosen}
    given, n_not_chosen = Columns(), 0
    for row in itertools.chain.from_iterable(answers):
        if row.sample_id in chosen_ids:
            given.add(row)
        else:
            n_not_chosen += 1
    return given, n_not_chosen


def _conflicts(
    workspace: Workspace, settings: Settings, samples: Sequence[Sample], beside: Beside, progress: Progress
) -> list[Conflict]:
    """Find the photographs that the source labels in two ways."""
    if not settings.duplicates:
        return conflicts(beside.labels, {})
    labelled = {label.sample_id for label in beside.labels}
    looked_at = [row for row in samples if row.sample_id in labelled and row.status == "ok"]
    groups = duplicates.clusters(workspace, looked_at, progress)
    return conflicts(beside.labels, {sample_id: group[0] for group in groups for sample_id in group})


def _leave_lists(files: Mapping[str, Path], lists: Mapping[str, list[list[str]]]) -> None:
    """Write the lists that hold something, and remove those that an earlier import left."""
    for kind, path in files.items():
        if lists[kind]:
            tables.write_bytes(path, sheets.to_csv(_LISTS[kind], lists[kind]))
        else:
            path.unlink(missing_ok=True)


def _lines(beside: Beside, found: Sequence[Conflict]) -> dict[str, list[list[str]]]:
    """Give the lines of each list."""
    return {
        "rejected": [[r.where, r.sample, r.question, r.value, r.reason] for r in beside.rejected],
        "unlabelled": [list(line) for line in beside.unlabelled],
        "conflicts": [
            [str(number), label.question, label.path, label.sample_id, label.value, conflict.reason]
            for number, conflict in enumerate(found, 1)
            for label in conflict.labels
        ],
        "notes": [[c.where, c.sample, c.question, c.value, c.fields["note"]] for c in beside.notes],
    }


def _facts(kept: pa.Table, n_given: int, n_not_chosen: int, beside: Beside) -> dict[str, object]:
    counts = {row["values"]: row["counts"] for row in pc.value_counts(kept["question"]).to_pylist()}
    return {
        "n_imported": len(kept),
        "n_rejected": len(beside.rejected),
        "n_blank": beside.n_blank,
        "n_not_ingested": beside.n_not_ingested,
        "n_not_chosen": n_not_chosen,
        "n_already_there": n_given - len(kept),
        "n_unlabelled": len(beside.unlabelled),
        "n_notes": len(beside.notes),
        "n_by_question": dict(sorted(counts.items())),
    }


def _notes(
    kept: pa.Table, facts: Mapping[str, object], found: Sequence[Conflict], lists: Mapping[str, str]
) -> list[str]:
    notes = [f"{len(kept)} new answers about {len(pc.unique(kept['sample_id']))} samples."]
    if facts["n_already_there"]:
        notes.append(f"{facts['n_already_there']} answers were there already.")
    if facts["n_blank"]:
        notes.append(f"{facts['n_blank']} cells of the sheet are still empty.")
    if facts["n_not_ingested"]:
        notes.append(
            f"{facts['n_not_ingested']} pictures of the data set were not ingested; their answers wait."
        )
    if facts["n_rejected"]:
        notes.append(f"{facts['n_rejected']} answers were rejected: see {lists['rejected']}.")
    if facts["n_notes"]:
        notes.append(f"{facts['n_notes']} answers have a note: see {lists['notes']}.")
    if facts["n_unlabelled"]:
        notes.append(f"{facts['n_unlabelled']} files give no labels: see {lists['unlabelled']}.")
    if found:
        notes.append(
            f"{len(found)} labels differ between files of one photograph, so at least one is wrong: see "
            f"{lists['conflicts']}."
        )
    return notes


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Import answers from an ingested data set or from a label sheet.

    Raises:
        UsageError: neither or both of a source and a sheet were named, or the source is unknown.
        DataError: answers do not fit their questions, and ``skip_invalid`` was not set.
        LockedError: somebody else has been importing for many minutes.
    """
    workspace.require()
    if (settings.from_source is None) == (settings.sheet is None):
        raise UsageError("expected either --from-source NAME or --sheet FILE")
    if settings.dry_run:
        return _import(workspace, settings, progress)
    # One after the other: each leaves out what is there already, and must see what the others brought.
    with workspace.locked("annotate import", [workspace.report_folder(STAGE) / "lists"], wait_s=_WAIT_S):
        return _import(workspace, settings, progress)


def _import(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    origin = settings.from_source or str(settings.sheet)
    progress.say(f"reading the answers of {origin}")
    answered_at = sheets.utc(settings.answered_at or datetime.now(UTC).isoformat(timespec="seconds"))
    samples = workspace.rows(tables.MANIFEST)
    beside = Beside()
    given, n_not_chosen = _take_in(workspace, settings, samples, beside)
    found = _conflicts(workspace, settings, samples, beside, progress)
    folder = workspace.report_folder(STAGE)
    files = {kind: folder / f"{kind}-{file_name(Path(origin).stem)}.csv" for kind in _LISTS}
    if not settings.dry_run:
        _leave_lists(files, _lines(beside, found))
    lists = {kind: workspace.relative(path) for kind, path in files.items()}
    if beside.rejected and not settings.skip_invalid:
        first = "\n".join(f"  {row.where}: {row.question}: {row.reason}" for row in beside.rejected[:_SHOWN])
        raise DataError(
            f"{len(beside.rejected)} answers of {origin} cannot be kept, so none was imported. The first:\n"
            f"{first}\nAll are listed in {lists['rejected']}. Mend them, or give --skip-invalid to import "
            "the rest"
        )
    own = None if settings.sheet is None else _batch(settings.sheet)
    kept = fresh(workspace, given.table(), answered_at, dates_first=own is not None, sheet=own)
    facts = _facts(kept, len(given), n_not_chosen, beside) | {"n_conflicts": len(found)}
    notes = [*_notes(kept, facts, found, lists), *beside.remarks]
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.SOURCES, tables.MANIFEST, tables.OBSERVATIONS)
    with workspace.run(
        STAGE, settings.model_dump(mode="json"), reads=reads, writes=(tables.ANNOTATIONS,)
    ) as record:
        if len(kept):
            rows = tables.sorted_arrow(tables.ANNOTATIONS, kept)
            facts["batch"] = workspace.relative(workspace.append_rows(rows))
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=notes)
