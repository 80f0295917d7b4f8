"""Which masks should a person look at first?

Ranks the masks that nobody has reviewed by what a look is expected to gain per minute: dropping a bad one
that was accepted, taking back a good one that was rejected. Writes a label sheet in that order, with a page
of pictures beside it. Write accept, repair or reject into the column value (and lead_time_s, if it was
measured), or look through them by keyboard on the page that ``annotate export --questions mask_review --html
--queue SHEET`` makes in the same order. Then ``annotate import --sheet FILE``: the answers override the
checks, and ``quality --add-reviews`` learns from them.

Example::

    datatools review --workspace ws --annotator-id ann01 --minutes 20
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import selection, sheets, tables, vocab
from datatools.errors import ImageError
from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.settings import PictureSettings
from datatools.unfinished import NewSheet
from datatools.workspace import Workspace, file_name

if TYPE_CHECKING:  # scikit-learn is loaded when the stage runs, not when its flags are read
    from datatools.quality.queue import Place
    from datatools.quality.waiting import Waiting

STAGE = "review"


class Settings(PictureSettings):
    """Settings of ``review``."""

    annotator_id: str = Field(min_length=1)
    """Who will look. A code, not a name."""

    minutes: float | None = Field(default=None, gt=0)
    """Stop the queue where this many minutes are spent; --limit stops it after so many masks."""

    quality_model: Path | None = None
    """Folder of a model that `datatools quality` fitted; else the workspace's own or a packaged one."""

    pictures: bool = True
    """Write the page of pictures; it shows people, so keep it with the data."""

    sheet: Path | None = None
    """File to write; the workspace's sheets/review-ANNOTATOR.csv if not given. The page goes beside it."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Rank the masks by what a person's look at them is expected to gain per minute.

    Raises:
        UsageError: check has not run, or the sheet exists and may hold answers.
        DataError: the quality model, or its curve of reviews, is none.
    """
    from datatools.quality.queue import within
    from datatools.quality.waiting import waiting

    workspace.require()
    path = settings.sheet or workspace.root / "sheets" / f"review-{file_name(settings.annotator_id)}.csv"
    sheet = NewSheet(path, settings.model_dump_json())
    sheet.check()
    samples = {row.sample_id: row for row in workspace.samples(source=settings.only)}
    found = waiting(workspace, samples, settings.quality_model)
    seconds, failed = found.seconds, found.failed
    places = within(found.places, seconds=seconds, minutes=settings.minutes)[: settings.limit]
    facts = _facts(places, seconds)
    notes = [*_notes(places, found, path), found.sentence]
    if not places:
        notes = ["No look at a mask is expected to change anything; no sheet."]
    if settings.dry_run or not places:
        return StageResult(stage=STAGE, facts=facts, notes=notes)
    reads = (tables.MANIFEST, tables.MASKS, tables.OBSERVATIONS, tables.FINDINGS, tables.ANNOTATIONS)
    given = settings.model_dump(mode="json")
    with (
        workspace.locked(STAGE, [path]),
        sheet.written() as is_whole,
        workspace.run(STAGE, given, reads=reads) as record,
    ):
        page = path.with_suffix(".html") if settings.pictures else None
        abouts = {place.sample_id: _about(place, failed) for place in places}
        if page is not None:
            n_unreadable = _write_page(workspace, page, abouts, samples, progress)
            facts |= {"n_unreadable": n_unreadable}
        if not is_whole:
            lines = _lines(abouts, settings.annotator_id, page)
            tables.write_bytes(path, sheets.to_csv(sheets.SHEET_COLUMNS, lines))
        record.facts |= facts
    return StageResult(stage=STAGE, facts={**facts, "sheet": str(path)}, notes=notes)


def _about(place: "Place", failed: Mapping[str, list[str]]) -> str:
    """Say in a few words why a mask stands in the queue."""
    seen = place.prediction
    rejected = f"rejected by {', '.join(failed.get(place.sample_id, []))}"
    return (
        f"{'accepted' if place.is_accepted else rejected}; expected IoU {seen.expected_iou:.3f} "
        f"[{seen.low:.3f}, {seen.high:.3f}], chance that it is bad {place.bad_chance:.0%}, gain "
        f"{100 * place.gain_per_minute:.1f} points a minute"
    )


def _lines(abouts: Mapping[str, str], annotator_id: str, page: Path | None) -> list[list[str]]:
    """Give the sheet's lines, in the order of the queue."""
    question = vocab.question(selection.REVIEW_QUESTION)
    vocabulary = vocab.load(question.vocabularies[0])
    lines = []
    for number, (sample_id, about) in enumerate(abouts.items(), 1):
        cells = {
            "presentation_order": str(number),
            "sample": sample_id,
            "picture": "" if page is None else f"{page.name}#{sample_id}",
            "question": selection.REVIEW_QUESTION,
            "asks": question.text,
            "allowed": vocabulary.allowed,
            "annotator_id": annotator_id,
            "source": "annotator",
            "vocabulary": vocabulary.key,
            "note": about,
        }
        lines.append([cells.get(name, "") for name in sheets.SHEET_COLUMNS])
    return lines


def _write_page(
    workspace: Workspace,
    page: Path,
    abouts: Mapping[str, str],
    samples: Mapping[str, Sample],
    progress: Progress,
) -> int:
    """Write the page of pictures; give the number of masks or pictures that can no longer be read."""
    from datatools.report import contact

    def card(numbered: tuple[int, str]) -> contact.Card | None:
        number, sample_id = numbered
        image = workspace.image_file(samples[sample_id])
        try:
            uri = contact.thumbnail(image, workspace.mask_file(sample_id))
        except ImageError:
            return None
        return contact.Card(sample_id=sample_id, uri=uri, caption=f"{number}. {abouts[sample_id]}")

    cards = []
    with progress.bar("pictures", len(abouts)) as advance, ThreadPoolExecutor(os.cpu_count()) as pool:
        for made in pool.map(card, enumerate(abouts, 1)):
            cards.append(made)
            advance()
    shown = [one for one in cards if one is not None]
    intro = "The order is that of the sheet: the masks at which a look is expected to gain most come first."
    tables.write_bytes(page, contact.page("Masks to review", intro, shown))
    return len(cards) - len(shown)


def _facts(places: "Sequence[Place]", seconds: float) -> dict[str, object]:
    return {
        "n_masks": len(places),
        "n_accepted_now": sum(place.is_accepted for place in places),
        "expected_gain": sum(place.gain for place in places),
        "minutes": len(places) * seconds / 60,
        "seconds_per_mask": seconds,
    }


def _notes(places: "Sequence[Place]", found: "Waiting", path: Path) -> list[str]:
    seconds, n_timed = found.seconds, found.n_timed
    timed = f"the median of {n_timed} reviews" if n_timed else "a guess: no review says how long it took"
    judge = "the curve of earlier reviews" if found.curve is not None else "an IoU of 0.85"
    n_accepted = sum(place.is_accepted for place in places)
    return [
        f"{len(places)} masks to look at in {len(places) * seconds / 60:.0f} minutes ({seconds:.0f} s each, "
        f"{timed}): {path}.",
        f"{n_accepted} are accepted now and may be dropped, {len(places) - n_accepted} are rejected and may "
        f"be taken back; what a person keeps is told by {judge}.",
        "Fill in the column value, then `datatools annotate import --sheet FILE`; or answer by keyboard on "
        "the page of `datatools annotate export --questions mask_review --html --queue FILE`.",
    ]
