"""What does a change of the data or of the recipe do, overall and for whom, at the same compute?

Trains every arm of an ablation with every seed, scores all of them on every test, and compares the arms
picture by picture. Arms may be networks that are there already. A command that was stopped goes on when
it is given again; what is trained or scored already is not done twice. See docs/ablate.md.

Example::

    datatools ablate with-and-without-generated --workspace ws --seeds 0 1 2
    datatools ablate against-published --workspace ws --set.published extremec3net_official.pth
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace, file_name, recorded_versions

if TYPE_CHECKING:  # statistics and networks are loaded when the verb runs, not when its flags are read
    from datatools.ablating.plan import Ablation
    from datatools.ablating.scoring import Ground, Scored
    from datatools.ablating.training import Planned
    from datatools.fairness.models.arms_result import AblationResult


class Settings(StageSettings):
    """Settings of ``ablate``; limit holds for training and for scoring."""

    ablation: str
    """A built-in ablation's name, or the path of a TOML file."""

    name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]+$")
    """What models and report are called; the ablation's name by default."""

    seeds: list[int] | None = Field(default=None, min_length=1)
    """Seeds to train each arm with, instead of the file's."""

    arms: list[str] | None = Field(default=None, min_length=1)
    """Compare these arms with the reference arm, instead of all."""

    train: dict[str, str] = Field(default_factory=dict)
    """Settings of train for every arm, instead of the file's: --train.recipe short --train.lr 0.002."""

    set: dict[str, str] = Field(default_factory=dict)
    """The ablation's parameters: --set.NAME VALUE. Networks and workspaces that a file leaves open."""

    jobs: int = Field(default=1, ge=1)
    """Networks to train at once, each in a process on its own cores; changes nothing but the time."""

    minutes: float | None = Field(default=None, gt=0)
    """Stop training after so long, with exit code 1; the same command goes on. For jobs with a time limit."""

    restart: bool = False
    """Throw away runs of other data or settings under these names."""

    margin: float = Field(default=0.01, gt=0, lt=1)
    """Differences certainly smaller than this, in the metric's unit, are equivalent (0.01 is 1 point)."""

    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """Chance of one false difference or more in each family of comparisons."""

    replicates: int = Field(default=10_000, ge=200)
    """Resamples of people and of seeds behind every interval and test."""

    min_people: int = Field(default=5, ge=2)
    """Groups of fewer people are not shown."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Train arms that differ in data or settings with several seeds, and compare them with intervals.

    Raises:
        UsageError: the ablation, a setting, a workspace or an attribute is wrong; a model of a run's name
            was trained on other data or with other settings.
        DataError: a loss is no longer a number, or a test has no picture that every network scored.
    """
    from datatools.ablating import plan, scoring, thresholds, training
    from datatools.fairness.evaluation import chosen_metrics

    workspace.require()
    ablation = plan.load(settings.ablation, settings.set)
    ablation = ablation.overridden(seeds=settings.seeds, train=settings.train, arms=settings.arms)
    name = _name(settings)
    planned = training.plan(workspace, ablation, name, limit=settings.limit, restart=settings.restart)
    tests = [test for test in ablation.tests if test.workspace != ""]
    if not tests:
        raise UsageError("expected a test to score on, all are passed over: give their workspaces by --set")
    grounds = [scoring.prepare(workspace, test, settings.min_people) for test in tests]
    # What is misspelt is refused before anything is trained.
    chosen_metrics(ablation.metrics)
    inputs = {f"network {name}": told for name, told in scoring.fingerprints(workspace, ablation).items()}
    if settings.dry_run:
        return _dry(planned, grounds)
    left = training.attend(workspace, planned.runs, progress, jobs=settings.jobs, minutes=settings.minutes)
    if left:
        notes = [f"{len(left)} of {len(planned.runs)} runs are not done. The same command goes on."]
        return StageResult(stage="ablate", facts={"n_runs_left": len(left)}, notes=notes, passed=False)
    from datatools.report import arms  # after the training: matplotlib takes a second
    from datatools.report.written import leave

    folder = workspace.report_folder(f"ablate-{name}")
    reads, written = (tables.SPLITS, *_weights(workspace, planned)), list[Path]()
    cuts = thresholds.cuts(workspace, ablation, planned, name, progress)
    chosen = scoring.networks(workspace, ablation, planned.models, cuts)
    scored = [
        scoring.score(ground, chosen, ablation.metrics, limit=settings.limit, progress=progress)
        for ground in grounds
    ]
    with workspace.run("ablate", settings.model_dump(mode="json"), reads=reads, writes=written) as record:
        inputs |= workspace.hashes(_weights(workspace, planned))
        result = _result(settings, ablation, planned, scored, inputs, progress)
        result = result.model_copy(update={"thresholds": {cut.name: cut.threshold for cut in cuts.values()}})
        files = _files(result)
        leave(files, folder)
        if "pareto.csv" not in files:  # what an earlier run made of other tests
            (folder / "pareto.csv").unlink(missing_ok=True)
        written += [folder / file for file in files]
        record.facts |= _facts(result)
    notes = [*arms.terminal(result), *result.notes, f"Wrote {workspace.relative(folder)}."]
    return StageResult(stage="ablate", facts=record.facts, notes=notes)


def _name(settings: Settings) -> str:
    return settings.name or file_name(Path(settings.ablation).stem)


def _weights(workspace: Workspace, planned: "Planned") -> list[Path]:
    return [workspace.model_folder(run.settings.name) / "model.pt" for run in planned.runs]


def _dry(planned: "Planned", grounds: "list[Ground]") -> StageResult:
    """Say what would be trained and scored."""
    names = [run.settings.name for run in planned.runs]
    notes = [f"{arm}: {', '.join(phases)}." for arm, phases in planned.pictures_seen.items()]
    if names:
        notes.append(f"Would train {len(names)} networks: {', '.join(names)}.")
    sizes = {ground.test.name: len(ground.samples) for ground in grounds}
    told = ", ".join(f"{name} ({n} pictures)" for name, n in sizes.items())
    notes += [note for ground in grounds for note in ground.notes]
    notes.append(f"Would score them on {told}; nothing is written.")
    facts: dict[str, object] = {
        "runs": names,
        "pictures_seen": planned.pictures_seen,
        "n_test_pictures": sizes,
    }
    return StageResult(stage="ablate", facts=facts, notes=notes)


def _result(
    settings: Settings,
    ablation: "Ablation",
    planned: "Planned",
    scored: "list[Scored]",
    inputs: dict[str, str],
    progress: Progress,
) -> "AblationResult":
    """Compare the arms."""
    from datatools.fairness.evaluation import chosen_metrics
    from datatools.fairness.models.arms import Question, compare, limits
    from datatools.fairness.models.arms_result import AblationResult
    from datatools.fairness.statistics.inference import Rules

    metrics = chosen_metrics(ablation.metrics)
    trials = [trial for one in scored for trial in one.trials]
    skipped = [test.name for test in ablation.tests if test.workspace == ""]
    question = Question(
        reference=ablation.reference,
        metrics=metrics,
        rules=Rules(margin=settings.margin, alpha=settings.alpha),
        min_people=settings.min_people,
        n_replicates=settings.replicates,
        seed=settings.seed,
    )
    compared = compare(trials, question, progress)
    for one in scored:
        inputs = inputs | one.inputs
    return AblationResult(
        name=_name(settings),
        description=ablation.description,
        settings=settings.model_dump(mode="json"),
        arms={
            arm.name: {**ablation.train, **arm.train}
            if arm.is_trained
            else arm.model_dump(include={"model", "like", "threshold"}, exclude_none=True)
            for arm in ablation.arms
        },
        pictures_seen=planned.pictures_seen,
        seeds=ablation.seeds,
        runs=compared.runs,
        rows=compared.rows,
        pareto=compared.pareto,
        n_overall=compared.n_overall,
        n_by_group=compared.n_by_group,
        metric_definitions={metric.name: metric.definition for metric in metrics},
        notes=[
            *(note for one in scored for note in one.notes),
            *(f"Passed over, since no workspace was given for it: {test}." for test in skipped),
            *limits(compared, ablation.seeds, question),
        ],
        inputs=inputs,
        versions=recorded_versions(),
    )


def _files(result: "AblationResult") -> dict[str, bytes]:
    """Give what the report's folder holds, by name."""
    from datatools.report import arms, pareto, written
    from datatools.report.outline import ablation

    return {
        **written.pages(ablation.of(result)),
        ablation.SOURCE: result.model_dump_json(indent=1).encode() + b"\n",
        "comparisons.csv": arms.sheet(result),
        **({"pareto.csv": pareto.sheet(result.pareto)} if result.pareto else {}),
    }


def _facts(result: "AblationResult") -> dict[str, object]:
    verdicts = [row.verdict for row in result.rows if row.is_compared or row.verdict == "suppressed"]
    return {
        "name": result.name,
        "seeds": result.seeds,
        "pictures_seen": result.pictures_seen,
        "n_overall": result.n_overall,
        "n_by_group": result.n_by_group,
        "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        "everybody": [row.model_dump(mode="json") for row in result.rows if row.attribute == "all"],
    }
