"""How many people in each group settle a gap of so many points?

From flags alone, or from what a workspace holds: its scores tell how much values vary, its answers how many
people there are. In a workspace the plan goes to WS/reports/NAME/plan.json with a plot of power against
people; elsewhere nothing is written unless --out names a folder.

Example::

    datatools audit plan --gap 0.02 --people women:30 men:400
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import plugins, tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace, recorded_versions

if TYPE_CHECKING:  # statistics are loaded when the stage runs, not when its flags are read
    import pandas as pd

    from datatools.fairness.planning.planned_groups import PlannedGroups
    from datatools.fairness.planning.planning_result import PlanResult, Variation

STAGE = "audit_plan"
RESULT_FILE, PLOT_FILE = "plan.json", "plan.png"
_METRIC = "iou_fg_image"  # what published spreads are known of
_READS = (
    tables.MANIFEST,
    tables.SCORES,
    tables.ANNOTATIONS,
    tables.CONSENSUS,
    tables.MEASUREMENTS,
)


class Settings(StageSettings):
    """Settings of ``audit plan``; --limit and --seed have no meaning here."""

    gap: float = Field(default=0.02, gt=0, lt=1)
    """The gap to find, in the metric's unit (0.02 is 2 points of 100)."""

    margin: float = Field(default=0.01, gt=0, lt=1)
    """The margin of equivalence: smaller gaps do not matter."""

    power: float = Field(default=0.8, ge=0.5, lt=1)
    """The chance that the gap is found, or equivalence shown."""

    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """Chance of one false gap or more in the whole family of comparisons."""

    groups: int | None = Field(default=None, ge=2)
    """How many groups of equal size are compared; without --people and --attributes, two by default."""

    comparisons: int | None = Field(default=None, ge=1)
    """Comparisons that are corrected together; by default those of the groups or attributes, one model."""

    people: list[str] = Field(default_factory=list)
    """People who are there, as in A:30 B:400."""

    attributes: list[str] | None = None
    """Attributes of the workspace whose groups are to be compared, as `audit` takes them."""

    cross: int = Field(default=2, ge=1)
    """Cross up to so many of the attributes; 1 crosses none."""

    min_people: int = Field(default=5, ge=1)
    """With --attributes: groups of fewer people are not shown."""

    pictures_per_person: int | None = Field(default=None, ge=1)
    """Pictures of each person; by default as many as the scored people have, else 1."""

    model: str | None = None
    """The model in the workspace whose scores tell how much values vary; not needed where there is one."""

    metric: str = _METRIC
    """The metric whose gap is to be found."""

    between: float | None = Field(default=None, ge=0, lt=1)
    """Standard deviation of people's true values (0-1), instead of a measured or published one."""

    within: float | None = Field(default=None, ge=0, lt=1)
    """Standard deviation of one person's pictures (0-1), instead of a measured or published one."""

    name: str = "plan"
    """The report's name: WS/reports/NAME."""

    out: Path | None = None
    """Folder to write plan.json and plan.png to, instead of the workspace."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Plan how many people settle a gap, and what more pictures of each buy.

    Raises:
        UsageError: people that are no sizes, an attribute, metric or model that does not exist, or flags
            that contradict each other.
        DataError: scores that do not vary.
    """
    from datatools.report.planning import plot, terminal

    is_there = (workspace.root / "tables").is_dir()
    if is_there or settings.model is not None or settings.attributes is not None:
        workspace.require()
    result = _plan(workspace, settings, progress, is_there=is_there)
    facts = result.model_dump(mode="json", exclude={"curves", "settings", "versions", "inputs"})
    notes = [*terminal(result), *result.notes]
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=notes)
    files = {RESULT_FILE: result.model_dump_json(indent=1).encode() + b"\n", PLOT_FILE: plot(result)}
    if settings.out is not None:
        for name, content in files.items():
            settings.out.mkdir(parents=True, exist_ok=True)
            tables.write_bytes(settings.out / name, content)
        notes.append(f"Wrote {settings.out / RESULT_FILE} and {PLOT_FILE}.")
    elif is_there:
        folder = workspace.report_folder(settings.name)
        paths = [folder / name for name in files]
        with workspace.run(STAGE, settings.model_dump(mode="json"), reads=_READS, writes=paths) as record:
            for path, content in zip(paths, files.values(), strict=True):
                tables.write_bytes(path, content)
            record.facts |= facts
        notes.append(f"Wrote {workspace.relative(paths[0])} and {PLOT_FILE}.")
    else:
        notes.append(f"{workspace.root} is no workspace, so nothing was written; --out FOLDER keeps a plan.")
    return StageResult(stage=STAGE, facts=facts, notes=notes)


def _plan(workspace: Workspace, settings: Settings, progress: Progress, *, is_there: bool) -> "PlanResult":
    from datatools.fairness.planning.planning import Goal, plan

    scores = _scores(workspace, settings) if is_there else None
    variation = _variation(settings, scores)
    found = _groups(workspace, settings, scores)
    pictures = settings.pictures_per_person
    if pictures is None:
        pictures = 1 if scores is None else max(1, round(len(scores) / scores["person_id"].nunique()))
    goal = Goal(
        metric=settings.metric,
        gap=settings.gap,
        margin=settings.margin,
        power=settings.power,
        alpha=settings.alpha,
        n_groups=found.n_groups,
        n_comparisons=settings.comparisons or found.n_comparisons,
        pictures_per_person=pictures,
    )
    return plan(
        goal,
        variation,
        found.groups,
        name=settings.name,
        settings=settings.model_dump(mode="json"),
        n_suppressed=found.n_suppressed,
        inputs=workspace.hashes(_READS) if is_there else {},
        versions=recorded_versions(),
        progress=progress,
    )


# -- how much values vary --------------------------------------------------------------------------


def _scores(workspace: Workspace, settings: Settings) -> "pd.DataFrame | None":
    """Give the good scores of the model, against the kind of reference with most pictures."""
    if not workspace.has(tables.SCORES):
        if settings.model is not None:
            raise UsageError(
                f"expected scores of {settings.model}, found none: run `datatools evaluate` first"
            )
        return None
    scores = workspace.frame(tables.SCORES)
    scores = scores[scores["status"] == "ok"]
    known = sorted(map(str, scores["model"].unique()))
    if settings.model is None and len(known) != 1:
        if settings.between is not None and settings.within is not None:
            return None
        raise UsageError(
            f"expected --model, one of those that were scored ({', '.join(known) or 'none'}), or --between "
            "and --within"
        )
    model = settings.model or known[0]
    if model not in known:
        raise UsageError(f"expected a model that was scored ({', '.join(known)}), got {model!r}")
    scores = scores[scores["model"] == model]
    sources = scores["reference_source"].value_counts().sort_index()
    return scores[scores["reference_source"] == sources.idxmax()]


def _variation(settings: Settings, scores: "pd.DataFrame | None") -> "Variation":
    from datatools.fairness.statistics.variation import PUBLISHED, measured

    metric = plugins.build("metrics", settings.metric)
    given = {
        name: value
        for name, value in (("between", settings.between), ("within", settings.within))
        if value is not None
    }
    if len(given) == 2:
        variation = PUBLISHED if scores is None else measured(scores, metric)
        between, within = (100 * given[name] for name in ("between", "within"))
        told = f"{between:g} points between people and {within:g} within one person's pictures, as given."
        return variation.model_copy(update={**given, "n_people": None, "n_images": None, "source": told})
    if given:
        raise UsageError("expected --between and --within together, got only one of them")
    if scores is not None:
        return measured(scores, metric)
    if settings.metric != _METRIC:
        raise UsageError(
            f"expected --between and --within, or a workspace with scores: no spread of {settings.metric} is "
            f"published here, only one of {_METRIC}"
        )
    return PUBLISHED


def _groups(workspace: Workspace, settings: Settings, scores: "pd.DataFrame | None") -> "PlannedGroups":
    """Give the groups that are compared."""
    from datatools.fairness.planning.planned_groups import of_attributes, of_words

    if settings.attributes is None:
        return of_words(settings.people, settings.groups)
    if settings.people:
        raise UsageError("expected --people or --attributes, got both")
    person_of = {sample.sample_id: sample.person_id for sample in workspace.samples()}
    if scores is not None:
        scored = set(scores["sample_id"])
        person_of = {sample: person for sample, person in person_of.items() if sample in scored}
    return of_attributes(workspace, settings.attributes, person_of, settings.cross, settings.min_people)
