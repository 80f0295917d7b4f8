"""What should people know about a data set before they use it? Write its cards.

WS/cards/data/: README.md, a data card as the Hub reads it; croissant.json, the same for programs, with the
fields for responsible AI; datasheet.md, the questions of Datasheets for Datasets; LICENSE.md, the licence of
each source; and tables/, the tables that Croissant and the Hub load. What can be counted is counted, with
small groups withheld; what only people know is asked for: ``--template`` writes the open questions as TOML,
``--answers`` puts the answers in. Pictures are left out, unless ``--share`` names a source whose licence
lets you hand them on.

Example::

    datatools card data --workspace ws --template answers.toml
    datatools card data --workspace ws --answers answers.toml
"""

from collections.abc import Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # statistics are loaded when the stage runs, not when its flags are read
    from datatools.report.cards.answers import Answers
    from datatools.report.cards.card_result import CardFacts
    from datatools.report.cards.tables_beside import Beside

STAGE = "card_data"
_FOLDER = ("cards", "data")
_BESIDE = ("tables", "pictures", "masks")  # folders in it that hold nothing of anybody else's
_READS = (
    tables.MANIFEST,
    tables.SOURCES,
    tables.LINEAGE,
    tables.ANNOTATIONS,
    tables.CONSENSUS,
    tables.MEASUREMENTS,
    tables.MATTES,
    tables.MASKS,
    tables.FINDINGS,
    tables.SPLITS,
    tables.SCORES,
    tables.PARITY,
)


class Settings(StageSettings):
    """Settings of ``card data``; --limit has no meaning here."""

    answers: Path | None = None
    """A TOML file of people's answers to what a workspace cannot know."""

    template: Path | None = None
    """Write the open questions to this TOML file, and no card."""

    out: Path | None = None
    """Folder of the cards, instead of WS/cards/data."""

    audit: str | None = None
    """The audit whose findings are told, WS/reports/NAME; the latest by default."""

    min_people: int = Field(default=5, ge=1)
    """Groups of fewer people are not shown."""

    share: list[str] = Field(default_factory=list)
    """Sources whose pictures and masks are put beside the cards: you say that their licences let you."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write the data card, its Croissant description and its datasheet.

    Raises:
        UsageError: no such audit, source or file of answers, an answer that fits no question, or a source
            to be shared whose licence limits it.
        DataError: a result or a table cannot be read.
    """
    from datatools.report.cards import answers as given
    from datatools.report.cards import datasheet, facts, measured, shared, tables_beside

    workspace.require()
    answers = given.Answers() if settings.answers is None else given.read(settings.answers)
    to_share = shared.chosen(workspace, settings.share)
    beside = tables_beside.beside(workspace)
    found = facts.collect(
        workspace,
        audit=settings.audit,
        min_people=settings.min_people,
        seed=settings.seed,
        tables_beside=[each.fact for each in beside],
        shared=[each.fact for each in to_share],
    )
    if settings.template is not None:
        return _template(settings.template, measured.measured(found), dry_run=settings.dry_run)
    told = datasheet.progress(found, answers)
    result: dict[str, object] = {
        "n_images": found.n_images,
        "n_people": found.n_people,
        "n_tables": len(found.tables),
        "n_shared": sum(each.n_files for each in found.shared),
        "answered": told,
    }
    folder = workspace.root.joinpath(*_FOLDER) if settings.out is None else settings.out
    files = _files(found, answers, beside)
    if settings.dry_run:
        note = f"Would write {', '.join(sorted(files))} to {folder}."
        return StageResult(stage=STAGE, facts=result, notes=[told, note])
    paths = {name: folder / name for name in files}
    ours = [path for path in paths.values() if path.is_relative_to(workspace.root)]
    with workspace.run(STAGE, settings.model_dump(mode="json"), reads=_READS, writes=ours) as record:
        shared.write(workspace, folder, to_share, progress)
        for name, data in files.items():
            tables.write_bytes(paths[name], data)
        if settings.out is None:
            _remove_older(
                folder, {*files, *(shared.file_of(each, row) for each in to_share for row in each.samples)}
            )
        record.facts |= {**result, "files": {name: tables.sha256_bytes(data) for name, data in files.items()}}
    return StageResult(stage=STAGE, facts=result, notes=[told, *_notes(found, folder)])


def _template(path: Path, measured: "Mapping[str, object]", *, dry_run: bool) -> StageResult:
    from datatools.report.cards import answers as given
    from datatools.report.cards.questions import QUESTIONS

    n_open = len(QUESTIONS) - len(measured)
    facts: dict[str, object] = {"template": str(path), "n_open": n_open}
    if dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[f"Would write {n_open} questions to {path}."])
    if path.exists():
        raise UsageError(
            f"{path} is there already, perhaps with answers in it: name another file, or remove it"
        )
    tables.write_bytes(path, given.template(measured))
    note = f"Wrote {n_open} questions to {path}: answer what you can, then give it as --answers."
    return StageResult(stage=STAGE, facts=facts, notes=[note])


def _files(facts: "CardFacts", answers: "Answers", beside: "list[Beside]") -> dict[str, bytes]:
    """Write every file but the pictures, by its place in the folder."""
    from datatools.report.cards import croissant, datasheet, licence, readme

    return {
        "README.md": readme.render(facts, answers).encode(),
        "datasheet.md": datasheet.render(facts, answers, readme.title(facts, answers.about)).encode(),
        "croissant.json": croissant.render(facts, answers, beside),
        licence.FILE: licence.page(facts, answers.about).encode(),
        **{each.fact.file: each.data for each in beside},
    }


def _remove_older(folder: Path, kept: Set[str]) -> None:
    """Remove tables, pictures and masks of an earlier card, which this one does not name."""
    for name in _BESIDE:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and path.relative_to(folder).as_posix() not in kept:
                path.unlink()


def _notes(facts: "CardFacts", folder: Path) -> list[str]:
    found = [f"Wrote README.md, datasheet.md, croissant.json and {len(facts.tables)} tables to {folder}."]
    if any(each.name == "annotations" for each in facts.tables):
        found.append(
            "tables/annotations.parquet holds an answer a row, about single people: publish it only where "
            "they and the law allow it."
        )
    return found
