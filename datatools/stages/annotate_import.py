"""How do people's answers get into the workspace?

From the data set that an ingested source was read from, or from a label sheet. Every answer is checked
against its question and vocabulary. Answers are appended as one batch and never overwritten; those
that are there already are left out, so importing twice adds nothing. A sheet's answer without a date is
new when it differs from the annotator's last one, and then gets ``answered_at``.

Example::

    datatools annotate import --workspace ws --from-source mebeauty
    datatools annotate import --workspace ws --sheet answers.csv --annotator-id ann01
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from datatools import sheets, tables, vocab
from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.intake import Finder, Known
from datatools.progress import Progress
from datatools.readers import Answer, AnswerSource
from datatools.records import Annotation, StageResult
from datatools.settings import PictureSettings
from datatools.sheets import Rejected
from datatools.workspace import Workspace, file_name

STAGE = "annotate_import"
_SHOWN = 5


class Settings(PictureSettings):
    """Settings of ``annotate import``."""

    from_source: str | None = None
    """Import the answers that came with this ingested source."""

    options: dict[str, str] = Field(default_factory=dict)
    """The reader's options, as given to ingest: --options.NAME VALUE."""

    sheet: Path | None = None
    """Import a label sheet (CSV, one answer a line, or one column a question)."""

    annotator_id: str | None = None
    """Who filled the sheet in, where it has no column annotator_id. A code, not a name."""

    answer_source: AnswerSource = "annotator"
    """Whose word the sheet holds, where it has no column source."""

    vocabularies: dict[str, str] = Field(default_factory=dict)
    """The sheet's vocabularies, where it has no column for them: --vocabularies.QUESTION NAME@VERSION."""

    answered_at: str | None = None
    """When the sheet was filled in (ISO 8601 with a time zone), where it has no column created_at; now if
    not given."""

    skip_invalid: bool = False
    """Import the valid answers though others are not; the others are listed in a file."""


@dataclass(slots=True)
class _Intake:
    """What became of the answers that were read."""

    kept: list[Annotation] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    n_blank: int = 0  # cells of a sheet that nobody filled in
    n_not_ingested: int = 0  # pictures of the source that are not in the manifest
    n_not_chosen: int = 0  # of samples that --only or --limit leaves out
    n_already_there: int = 0

    def facts(self) -> dict[str, object]:
        return {
            "n_imported": len(self.kept),
            "n_rejected": len(self.rejected),
            "n_blank": self.n_blank,
            "n_not_ingested": self.n_not_ingested,
            "n_not_chosen": self.n_not_chosen,
            "n_already_there": self.n_already_there,
            "n_by_question": dict(sorted(Counter(row.question for row in self.kept).items())),
        }


def _annotation(sample_id: str, given: Answer, batch: str) -> Annotation:
    return Annotation(
        sample_id=sample_id,
        question=given.question,
        value=given.value,
        annotator_id=given.annotator_id,
        source=given.source,
        vocabulary=given.vocabulary,
        created_at=given.created_at,
        lead_time_s=given.lead_time_s,
        presentation_order=given.presentation_order,
        batch=batch,
    )


def _from_sheet(
    path: Path, settings: Settings, finder: Finder, intake: _Intake
) -> Iterator[tuple[str, Answer]]:
    defaults = sheets.Defaults(
        annotator_id=settings.annotator_id,
        source=settings.answer_source,
        vocabularies=settings.vocabularies,
    )
    for name, key in settings.vocabularies.items():
        vocab.question(name)
        vocab.load(key)
    for cell in sheets.read(path):
        if not cell.value:
            intake.n_blank += 1
            continue
        try:
            yield finder.of_sheet(cell.sample), sheets.answer(cell, defaults)
        except DatatoolsError as error:
            intake.rejected.append(
                Rejected(
                    where=cell.where,
                    sample=cell.sample,
                    question=cell.question,
                    value=cell.value,
                    reason=str(error),
                )
            )


def _from_source(
    workspace: Workspace, name: str, settings: Settings, finder: Finder, intake: _Intake
) -> Iterator[tuple[str, Answer]]:
    # Imported here: readers bring their own packages.
    from datatools.readers._detect import detect

    sources = tables.index(workspace.rows(tables.SOURCES), "source")
    if name not in sources:
        raise UsageError(f"expected an ingested source among {sorted(sources)}, got {name!r}")
    reader = detect(Path(sources[name].root), sources[name].reader, settings.options)
    for entry in reader.entries():
        sample_id = finder.of_source(name, entry.path)
        if sample_id is None:
            intake.n_not_ingested += 1
            continue
        for given in entry.answers:
            try:
                yield sample_id, sheets.checked(given)
            except DatatoolsError as error:
                intake.rejected.append(
                    Rejected(
                        where=entry.path,
                        sample=sample_id,
                        question=given.question,
                        value=given.value,
                        reason=str(error),
                    )
                )


def _take_in(workspace: Workspace, settings: Settings, answered_at: str) -> _Intake:
    """Read and check every answer; keep those that are new."""
    samples = workspace.rows(tables.MANIFEST)
    finder = Finder(samples, {row.source for row in workspace.rows(tables.SOURCES)})
    chosen = [row for row in samples if settings.only in {None, row.source}][: settings.limit]
    chosen_ids = {row.sample_id for row in chosen}
    intake = _Intake()
    if settings.sheet is not None:
        batch, answers = f"sheet:{settings.sheet.name}", _from_sheet(settings.sheet, settings, finder, intake)
    else:
        batch = f"source:{settings.from_source}"
        answers = _from_source(workspace, str(settings.from_source), settings, finder, intake)
    known = Known(workspace.rows_or_empty(tables.ANNOTATIONS))
    for sample_id, given in answers:
        row = _annotation(sample_id, given, batch)
        is_undated = settings.sheet is not None and row.created_at is None
        if sample_id not in chosen_ids:
            intake.n_not_chosen += 1
        elif row in known or (is_undated and known.has_as_last(row)):
            intake.n_already_there += 1
        else:
            row = replace(row, created_at=answered_at) if is_undated else row
            known.add(row)
            intake.kept.append(row)
    return intake


def _list_rejected(path: Path, rejected: Sequence[Rejected]) -> None:
    columns = ("where", "sample", "question", "value", "reason")
    rows = [[getattr(row, name) for name in columns] for row in rejected]
    tables.write_bytes(path, sheets.to_csv(columns, rows))


def _notes(intake: _Intake, listed: str) -> list[str]:
    n_samples = len({row.sample_id for row in intake.kept})
    notes = [f"{len(intake.kept)} new answers about {n_samples} samples."]
    if intake.n_already_there:
        notes.append(f"{intake.n_already_there} answers were there already.")
    if intake.n_blank:
        notes.append(f"{intake.n_blank} cells of the sheet are still empty.")
    if intake.n_not_ingested:
        notes.append(
            f"{intake.n_not_ingested} pictures of the data set were not ingested; their answers wait."
        )
    if intake.rejected:
        notes.append(f"{len(intake.rejected)} answers were rejected: see {listed}.")
    return notes


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Import answers from an ingested data set or from a label sheet.

    Raises:
        UsageError: neither or both of a source and a sheet were named, or the source is unknown.
        DataError: answers do not fit their questions, and ``skip_invalid`` was not set.
    """
    workspace.require()
    if (settings.from_source is None) == (settings.sheet is None):
        raise UsageError("expected either --from-source NAME or --sheet FILE.csv")
    origin = settings.from_source or str(settings.sheet)
    progress.say(f"reading the answers of {origin}")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    intake = _take_in(workspace, settings, sheets.utc(settings.answered_at or now))
    listing = workspace.report_folder(STAGE) / f"rejected-{file_name(Path(origin).stem)}.csv"
    listed = workspace.relative(listing)
    if not settings.dry_run:
        if intake.rejected:
            _list_rejected(listing, intake.rejected)
        else:
            listing.unlink(missing_ok=True)  # of an earlier try
    if intake.rejected and not settings.skip_invalid:
        first = "\n".join(f"  {row.where}: {row.question}: {row.reason}" for row in intake.rejected[:_SHOWN])
        raise DataError(
            f"{len(intake.rejected)} answers of {origin} cannot be kept, so none was imported. The first:\n"
            f"{first}\nAll are listed in {listed}. Mend them, or give --skip-invalid to import the rest"
        )
    facts = intake.facts()
    notes = _notes(intake, listed)
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.SOURCES, tables.MANIFEST)
    with workspace.run(
        STAGE, settings.model_dump(mode="json"), reads=reads, writes=(tables.ANNOTATIONS,)
    ) as record:
        if intake.kept:
            facts["batch"] = workspace.relative(workspace.append_batch(intake.kept))
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=notes)
