"""Which pictures should an annotator look at next, in which order?

Writes a label sheet (CSV) of the questions that still need answers, and beside it a folder of the
pictures under their sample ids: file names of data sets often give the label away. Each annotator gets
the pictures in an order of their own, drawn by the seed and kept in the column presentation_order, so
that tiredness and habit do not fall on the same pictures for everybody. Fill in the column value, then
``annotate import --sheet FILE``. With ``--html`` a folder with a page takes the sheet's place: it asks by
keyboard, without a network, shows masks under review in several ways, and saves the file to import.
``--format`` writes for another tool, and ``--answers`` what has been answered, nothing left out.

Example::

    datatools annotate export --workspace ws --annotator-id ann01 --questions perceived_gender
    datatools annotate export --workspace ws --answers --format xlsx
    datatools annotate export --workspace ws --annotator-id ann01 --questions mask_review --html
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from datatools import tables, vocab
from datatools.asking.choice import Chosen, Wanted, choose
from datatools.asking.task import Picture, Task
from datatools.errors import UsageError
from datatools.exchange import Format, Item, _views
from datatools.exchange._detect import build
from datatools.exchange._items import of_rows
from datatools.exchange._views import View
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import PictureSettings
from datatools.unfinished import NewSheet
from datatools.workspace import Workspace, file_name

STAGE = "annotate_export"


class Settings(PictureSettings):
    """Settings of ``annotate export``."""

    questions: tuple[str, ...] = ()
    """Questions to ask, as QUESTION or QUESTION:VOCABULARY@VERSION; with --answers all if not given."""

    annotator_id: str | None = Field(default=None, min_length=1)
    """Who will fill the sheet in. A code, not a name. With --answers whose answers, everybody's if not
    given."""

    format: str = "csv"
    """csv, xlsx (a workbook to fill in), label_studio, cvat, fiftyone or hf (a data set of Hugging Face)."""

    answers: bool = False
    """Write the stored answers, all that is known of each, in place of open questions."""

    answers_needed: int = Field(default=1, ge=1)
    """How many annotators should answer about each picture; two or more show how far they agree."""

    sheet: Path | None = None
    """File or folder to write; the workspace's sheets/ANNOTATOR.csv, or another ending by the format, if not
    given. Pictures go beside it. With --html the folder to write, sheets/ANNOTATOR-page if not given."""

    queue: Path | None = None
    """Ask about the pictures of this label sheet, in its order, as `review` writes one; else by lot."""

    honeypots: Path | None = None
    """Label sheet with answers that are known: its pictures are asked about too, mixed in with the others."""

    html: bool = False
    """Write a page to answer by keyboard, without a network, in place of a sheet."""

    picture_px: int = Field(default=1024, ge=64)
    """Longer side of the pictures, at most."""


def _views_of(workspace: Workspace, chosen: Chosen) -> list[View]:
    """Give the pictures that are asked about; a mask under review is seen in one of its own."""
    return [
        View(sample.sample_id, workspace.image_file(sample), chosen.mask(sample) if with_mask else None)
        for sample in chosen.samples
        for with_mask in sorted({asked.is_review for asked in chosen.asked(sample)})
    ]


def _open_items(chosen: Chosen, annotator_id: str) -> list[Item]:
    """Give the open questions: a picture's stand together, pictures in the annotator's order."""
    pairs = [(sample, asked) for sample in chosen.samples for asked in chosen.asked(sample)]
    return [
        Item(
            sample_id=sample.sample_id,
            picture=_views.name(sample.sample_id, with_mask=asked.is_review),
            question=asked.name,
            vocabulary=asked.vocabulary.key,
            annotator_id=annotator_id,
            source=asked.source,
            presentation_order=number,
        )
        for number, (sample, asked) in enumerate(pairs, 1)
    ]


def _write_page(
    workspace: Workspace,
    chosen: Chosen,
    folder: Path,
    annotator_id: str,
    settings: Settings,
    progress: Progress,
) -> tuple[Collection[str], dict[str, object]]:
    """Write the page; give the samples that cannot be read, and what the run's record keeps of it."""
    from datatools.asking import page

    pictures = [
        Picture(
            sample_id=sample.sample_id,
            image=workspace.image_file(sample),
            mask=chosen.mask(sample),
            asked=tuple(chosen.asked(sample)),
        )
        for sample in chosen.samples
    ]
    wanted = Task(
        annotator_id=annotator_id,
        seed=settings.seed,
        order="lot" if settings.queue is None else "queue",
        pictures=pictures,
    )
    with progress.bar("pictures", len(pictures)) as advance:
        written = page.write(folder, wanted, side_px=settings.picture_px, advance=advance)
    return written.unreadable, {"page_id": written.task.page_id}


def _target(workspace: Workspace, settings: Settings, form: Format) -> Path:
    """Give the sheet or the folder to write.

    Raises:
        UsageError: its name does not end as its format's do.
    """
    name = file_name(settings.annotator_id or "answers") if not settings.answers else "answers"
    kind = "page" if settings.html else settings.format
    ending = form.suffix if form.suffix and not settings.html else f"-{kind}"
    path = settings.sheet or workspace.root / "sheets" / f"{name}{ending}"
    if form.suffix and not settings.html and path.suffix.lower() != form.suffix:
        raise UsageError(
            f"expected a name that ends in {form.suffix} for a sheet of {settings.format}, by which the "
            f"import knows it and beside which its pictures lie; got {path.name}"
        )
    return path


def _write_sheet(
    path: Path,
    form: Format,
    items: Sequence[Item],
    views: Sequence[View],
    side_px: int,
    progress: Progress,
    *,
    is_whole: bool,
) -> set[str]:
    """Write a sheet that asks, unless it is whole, and its pictures; give the samples without one."""
    sizes = _views.write(_views.folder(path, form), views, side_px, progress)
    unreadable = {view.sample_id for view in views if view.name not in sizes}
    placed = _views.placed(items, path, form, sizes)
    shown = [item for item in placed if item.sample_id not in unreadable]
    if not is_whole:
        form.write(path, [replace(item, presentation_order=number) for number, item in enumerate(shown, 1)])
    return unreadable


def _write_answers(
    workspace: Workspace, settings: Settings, sheet: NewSheet, form: Format, progress: Progress
) -> StageResult:
    """Write what has been answered."""
    path = sheet.path
    samples = tables.index(workspace.samples(source=settings.only, limit=settings.limit), "sample_id")
    is_all = settings.only is None and settings.limit is None  # those about broken pictures too
    asked = {vocab.axis(spec).question for spec in settings.questions}
    rows = [
        row
        for row in workspace.rows_or_empty(tables.ANNOTATIONS)
        if (is_all or row.sample_id in samples)
        and (not asked or row.question in asked)
        and settings.annotator_id in {None, row.annotator_id}
    ]
    items = of_rows(rows)
    facts: dict[str, object] = {"n_answers": len(items), "n_values": len(rows), "sheet": str(path)}
    notes = [f"{len(items)} answers ({len(rows)} values) as {settings.format}: {path}."]
    if not items:
        return StageResult(stage=STAGE, facts=facts, notes=["There are no such answers; no sheet."])
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.MANIFEST, tables.ANNOTATIONS)
    given = settings.model_dump(mode="json")
    with (
        workspace.locked(STAGE, [path]),
        sheet.written() as is_whole,
        workspace.run(STAGE, given, reads=reads) as record,
    ):
        if form.shows_pictures:
            ids = dict.fromkeys(item.sample_id for item in items if item.sample_id in samples)
            views = [View(one, workspace.image_file(samples[one]), None) for one in ids]
            sizes = _views.write(_views.folder(path, form), views, settings.picture_px, progress)
            items = [replace(item, picture=_views.name(item.sample_id, with_mask=False)) for item in items]
            items = _views.placed(items, path, form, sizes)
        if not is_whole:
            form.write(path, items)
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=notes)


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write a label sheet, or a page, of the questions that still need answers; or the answers themselves.

    Raises:
        UsageError: nothing is asked or nobody, an unknown question, vocabulary or format, or the sheet
            exists and may hold answers.
        DataError: the sheet of the queue or of known answers is none, or the format has no place for an
            answer.
    """
    workspace.require()
    form = build(settings.format)
    if settings.answers and settings.html:
        raise UsageError("expected --answers or --html: the page asks, it shows no answers")
    path = _target(workspace, settings, form)
    sheet = NewSheet(path, settings.model_dump_json())
    sheet.check()
    if settings.answers:
        return _write_answers(workspace, settings, sheet, form, progress)
    annotator_id = settings.annotator_id
    if annotator_id is None or not settings.questions:
        raise UsageError("expected --annotator-id CODE and --questions QUESTION ..., or --answers")
    wanted = Wanted(
        questions=settings.questions,
        annotator_id=annotator_id,
        answers_needed=settings.answers_needed,
        queue=settings.queue,
        honeypots=settings.honeypots,
        source=settings.only,
        limit=settings.limit,
        seed=settings.seed,
    )
    chosen = choose(workspace, wanted)
    items = _open_items(chosen, annotator_id)
    n_samples = len(chosen.samples)
    facts: dict[str, object] = {"n_lines": len(items), "n_samples": n_samples, "sheet": str(path)}
    if settings.honeypots is not None:
        facts["n_known"] = chosen.n_known
    if not items:
        return StageResult(stage=STAGE, facts=facts, notes=["Every question has its answers; no sheet."])
    notes = [f"{len(items)} questions about {n_samples} pictures for {annotator_id}: {path}."]
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.MANIFEST, tables.MASKS, tables.ANNOTATIONS)
    given = settings.model_dump(mode="json")
    with (
        workspace.locked(STAGE, [path]),
        sheet.written() as is_whole,
        workspace.run(STAGE, given, reads=reads) as record,
    ):
        unreadable: Collection[str]
        if settings.html:
            unreadable, page_facts = _write_page(workspace, chosen, path, annotator_id, settings, progress)
            facts |= page_facts
            notes.append(
                "Open index.html there in a browser; it saves the file for `annotate import --sheet`."
            )
        else:
            views = _views_of(workspace, chosen)
            unreadable = _write_sheet(
                path, form, items, views, settings.picture_px, progress, is_whole=is_whole
            )
        if unreadable:
            notes.append(f"{len(unreadable)} pictures or masks can no longer be read and are left out.")
        facts |= {
            "n_lines": sum(item.sample_id not in unreadable for item in items),
            "n_samples": n_samples - len(unreadable),
            "n_unreadable": len(unreadable),
        }
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=notes)
