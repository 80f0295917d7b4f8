"""Who is in the data set: counts, a reference population, confounding backgrounds, whom to collect next?

Reads people's answers and, where they are there, measurements, masks, scores and findings; asks no
model. Writes WS/reports/NAME/composition.json, the typed result, with its tables as CSV and its plots.
What it looks at in the pictures (background outside the mask, the mask's outline, the file's own facts)
is kept in the framings table. ``--reference-template FILE`` writes a reference population to fill in.

Example::

    datatools composition --workspace ws --attributes perceived_age_band picture_lightness:35,50
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import tables
from datatools.derive import outstanding
from datatools.fairness.composition.composition_result import DEFAULT_NAME, RESULT_FILE
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace, recorded_versions

if TYPE_CHECKING:  # statistics are loaded when the stage runs, not when its flags are read
    import pyarrow as pa

    from datatools.fairness.composition.composition_result import CompositionAudit
    from datatools.fairness.composition.composition_scope import Scope
    from datatools.fairness.composition.labelled import Everybody, Labels
    from datatools.fairness.composition.reference import Reference

STAGE = "composition"
_ASKED = {"name", "cross", "margin", "alpha", "min_people", "gap", "sd", "target", "budget", "seed"}
_READS = (
    tables.MANIFEST,
    tables.LINEAGE,
    tables.ANNOTATIONS,
    tables.MEASUREMENTS,
    tables.MASKS,
    tables.FINDINGS,
    tables.SCORES,
    tables.SPLITS,
)


class Settings(PictureSettings):
    """Settings of ``composition``."""

    name: str = DEFAULT_NAME
    """The report's name: WS/reports/NAME."""

    attributes: list[str] | None = None
    """Questions, QUESTION:VOCABULARY@VERSION, or measurements cut at edges, as in picture_lightness:35,50."""

    cross: int = Field(default=2, ge=1, le=3)
    """Cross up to so many attributes; 1 crosses none."""

    reference: Path | None = None
    """CSV or TOML file with a reference population's shares: attribute, group, share, source."""

    reference_template: Path | None = None
    """Write such a CSV file for these attributes, to fill in, and do nothing else."""

    split: str | None = None
    """Look at this split alone."""

    exclude: list[str] = Field(default_factory=list)
    """Leave out samples by a measurement, as in "qc_bottom_bg>0.2"."""

    pictures: bool = True
    """Look at pictures and masks too; --no-pictures uses the tables alone."""

    margin: float = Field(default=0.05, gt=0, lt=1)
    """Shares certainly closer than this to the reference's are equivalent (0.05 is 5 points of 100)."""

    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """Chance of one false finding or more in each family of comparisons."""

    min_people: int = Field(default=5, ge=1)
    """Groups of fewer people are not shown."""

    model: str | None = None
    """Plan by this model's scores; the workspace's own masks, or the first model, if left out."""

    gap: float = Field(default=0.03, gt=0, lt=1)
    """Gap of mean IoU that every group should be large enough to show; smaller groups are thin."""

    sd: float = Field(default=0.05, gt=0, lt=1)
    """How far people's mean IoU lies apart (standard deviation), where nobody was scored."""

    target: float = Field(default=0.01, ge=0, lt=0.5)
    """Half width of a group's interval that is narrow enough: nobody is collected for more."""

    budget: int = Field(default=100, ge=1, le=10_000)
    """People on the shopping list."""

    replicates: int = Field(default=2_000, ge=200)
    """Resamples of people behind the intervals of the masks' differences."""

    permutations: int = Field(default=999, ge=99)
    """Deals of the labels behind the test of background and camera."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Audit who is in the data set.

    Raises:
        UsageError: an attribute, split, condition or model that does not exist, or no such reference.
        DataError: the reference is wrong or does not fit the attributes.
    """
    from datatools.fairness.composition import looking
    from datatools.fairness.composition.composition_scope import people_of, pictures_of, singles_of
    from datatools.fairness.composition.composition_told import facts_of, sentences
    from datatools.fairness.composition.labelled import crossed
    from datatools.fairness.composition.reference import read_reference, template

    workspace.require()
    pictures = pictures_of(
        workspace,
        source=settings.only,
        split=settings.split,
        exclude=settings.exclude,
        limit=settings.limit,
    )
    people = people_of(pictures)
    singles, missing = singles_of(workspace, settings.attributes, people, settings.min_people)
    if settings.reference_template is not None:
        n = len(singles)
        facts: dict[str, object] = {"template": str(settings.reference_template), "n_attributes": n}
        note = f"Fill in the shares of {settings.reference_template}, remove what you do not know."
        if not settings.dry_run:
            text = template([*singles, *crossed(singles, settings.cross)])
            tables.write_bytes(settings.reference_template, text)
        return StageResult(stage=STAGE, facts=facts, notes=[note])
    references = [] if settings.reference is None else read_reference(settings.reference)
    ids = pictures["sample_id"].to_pylist() if settings.pictures else []
    items = looking.items(workspace, ids) if ids else []
    if settings.dry_run:
        n_todo = len(outstanding(workspace, tables.FRAMINGS, items, key=lambda row: row.sample_id))
        facts = {"n_samples": len(pictures), "n_people": len(people), "n_to_look_at": n_todo}
        note = f"Would count {len(people)} people by {len(singles)} attributes and look at {n_todo} pictures."
        return StageResult(stage=STAGE, facts=facts, notes=[note])
    folder = workspace.report_folder(settings.name)
    writes = (tables.FRAMINGS, folder / RESULT_FILE)
    with workspace.run(STAGE, settings.model_dump(mode="json"), reads=_READS, writes=writes) as record:
        looked = looking.look(workspace, items, progress) if ids else None
        scope = _scope(workspace, settings, pictures, people, (singles, missing))
        result = _audit(workspace, settings, scope, references, progress)
        _write(folder, result)
        record.facts |= facts_of(result)
        if looked is not None:
            record.facts |= {"n_looked_at": looked.n_computed, "n_failed": looked.n_failed}
    lines = [*sentences(result), *result.notes, f"Wrote {workspace.relative(folder)}."]
    return StageResult(stage=STAGE, facts=record.facts, notes=lines)


# -- what is found and written ---------------------------------------------------------------------


def _scope(
    workspace: Workspace,
    settings: Settings,
    pictures: "pa.Table",
    people: "Everybody",
    singles: "tuple[list[Labels], list[str]]",
) -> "Scope":
    import pandas as pd

    from datatools.fairness.composition import composition_scope as scopes

    return scopes.Scope(
        people=people,
        pictures=pictures,
        singles=singles[0],
        framings=scopes.framings_of(workspace, people) if settings.pictures else pd.DataFrame(),
        cluster=scopes.clusters_of(workspace, people),
        scores=scopes.scores_of(workspace, settings.model, people),
        notes=singles[1],
    )


def _audit(
    workspace: Workspace,
    settings: Settings,
    scope: "Scope",
    references: "list[Reference]",
    progress: Progress,
) -> "CompositionAudit":
    from datatools.fairness.composition.composition_audit import Question, audit

    inputs = (
        tables.MANIFEST,
        tables.MEASUREMENTS,
        tables.FRAMINGS,
        tables.FINDINGS,
        tables.SCORES,
        tables.ANNOTATIONS,
    )
    question = Question(
        references=references,
        n_replicates=settings.replicates,
        n_permutations=settings.permutations,
        **settings.model_dump(include=_ASKED),
    )
    return audit(
        scope,
        question,
        settings=settings.model_dump(mode="json"),
        inputs=workspace.hashes(inputs),
        versions=recorded_versions(),
        progress=progress,
    )


def _write(folder: Path, result: "CompositionAudit") -> None:
    from datatools.report.composition import files
    from datatools.report.composition_tables import csv_files

    tables.write_bytes(folder / RESULT_FILE, result.model_dump_json(indent=1).encode() + b"\n")
    written = {**csv_files(result), **files(result)}
    for name, data in written.items():
        tables.write_bytes(folder / name, data)
    # Tables and plots of an earlier audit would pass for this one's.
    for path in (*folder.glob("*.csv"), *folder.glob("*.svg")):
        if path.name not in written:
            path.unlink()
