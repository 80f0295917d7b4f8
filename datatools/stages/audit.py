"""For whom do the models, and the data, work worse?

Reads the scores, people's answers and measurements; writes the groups table and
WS/reports/NAME/audit.json, the typed result that every report is made from. Results of any other model come
with --scores FILE, or as masks with --pred FOLDER --ref FOLDER, and --groups FILE; no workspace is needed,
and audit.json goes to --out.

Example::

    datatools audit --workspace ws --attributes perceived_gender ita_deg:10,28,41,55
    datatools audit --scores scores.csv --groups groups.csv --out audit
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from datatools import lists, tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import ListedSettings
from datatools.workspace import Workspace, recorded_versions

if TYPE_CHECKING:  # statistics are loaded when the stage runs, not when its flags are read
    from datatools.fairness.audit import Scope
    from datatools.fairness.gates.gates_result import Gate
    from datatools.fairness.result import AuditResult

RESULT_FILE = "audit.json"
_READS = (
    tables.MANIFEST,
    tables.LINEAGE,
    tables.SCORES,
    tables.ERROR_GRIDS,
    tables.ANNOTATIONS,
    tables.CONSENSUS,
    tables.MEASUREMENTS,
    tables.SPLITS,
    tables.FINDINGS,
    tables.LANDMARKS,
    tables.MATTES,
    tables.MASKS,
)


class Settings(ListedSettings):
    """Settings of ``audit``."""

    name: str = "audit"
    """The report's name: WS/reports/NAME."""

    attributes: list[str] | None = None
    """Questions, QUESTION@consensus, QUESTION:VOCABULARY@VERSION, or measurements cut at edges, as in
    ita_deg:10,28,41,55."""

    cross: int = Field(default=2, ge=1)
    """Cross up to so many attributes; 1 crosses none."""

    metrics: list[str] | None = Field(default=None, min_length=1)
    """Metrics to estimate by group, iou_fg_image by default; the first one is compared between groups. With
    --scores: columns, COLUMN/100 for per cent."""

    models: list[str] | None = None
    """Models to audit; all that were scored by default."""

    baseline: str | None = None
    """Hold every other model against this one, on the same pictures: better, worse, is anyone harmed?"""

    adjust: list[str] | None = None
    """Measurements and questions to adjust gaps for; the usual confounders that were measured by default;
    "none" for nothing."""

    slices: int = Field(default=2, ge=0, le=3)
    """Search for conditions under which models fail, up to so many together; 0 searches for none."""

    codings: bool = True
    """Try other ways to make groups of the same answers: do the verdicts hold?"""

    chain: bool = True
    """Follow the groups from face detection to the student, and compare the data's masks with a consensus."""

    split: str | None = None
    """Audit this split alone."""

    exclude: list[str] = Field(default_factory=list)
    """Leave out samples by a measurement, as in "qc_bottom_bg>0.2"."""

    margin: float = Field(default=0.01, gt=0, lt=1)
    """Gaps certainly smaller than this, in the metric's unit, are equivalent (0.01 is 1 point of 100)."""

    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """Chance of one false gap or more in the whole family of comparisons."""

    contrasts: Literal["rest", "both"] = "rest"
    """Compare each group with everybody else; both: every two groups of an attribute as well."""

    correction: Literal["holm", "bh"] = "holm"
    """What decides: holm bounds the chance of a false gap, bh (Benjamini-Hochberg) the share of them."""

    replicates: int = Field(default=10_000, ge=200)
    """Resamples of people behind every interval and test."""

    min_people: int = Field(default=5, ge=1)
    """Groups of fewer people are not shown."""

    gate: Path | None = None
    """A TOML file of bounds, as in docs/gates.md: exit code 1 when one is broken."""

    junit: Path | None = None
    """With --gate: write what each bound came to as JUnit XML, which CI systems show."""

    scores: Path | None = None
    """Any model's results instead of a workspace's: a table with a row for each picture (.csv, .tsv, .xlsx,
    .parquet), or FHIBE's result file (.json)."""

    groups: Path | None = None
    """With --scores or --pred: a table with people's groups, a row for each picture or person."""

    pred: Path | None = None
    """A folder of masks that a model made, to hold against --ref."""

    ref: Path | None = None
    """With --pred: the folder of masks to hold them against, files of the same names."""

    out: Path | None = None
    """With --scores or --pred: the folder that audit.json goes to."""

    id_column: str | None = None
    """With --scores or --groups: the column that names the picture."""

    person_column: str | None = None
    """... the column that names the person; without one every picture counts as another person."""

    model_column: str | None = None
    """... the column that names the model; with --pred the model's name."""

    reference_source: str | None = None
    """With --scores or --pred: who made the reference masks: human, rendered, keyed or model:NAME; unsaid,
    results are called agreement."""

    answered_by: Literal["self_report", "annotator", "dataset", "model", "measured"] = "dataset"
    """With --groups: who says so."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Compare groups of people in the data and in every model's scores.

    Raises:
        UsageError: an attribute, metric, model, split, condition, confounder or baseline that does not
            exist, or flags that do not go together.
        DataError: a table that somebody brought cannot be read, or does not hold what it should.
    """
    gates = _gates(settings)  # before the work: a mistake in the file should not cost an audit
    if settings.scores is not None or settings.pred is not None:
        return _run_brought(workspace, settings, gates, progress)
    return _run_workspace(workspace, settings, gates, progress)


def _gates(settings: Settings) -> "list[Gate]":
    from datatools.fairness.gates import judging

    if settings.gate is None:
        if settings.junit is not None:
            raise UsageError("--junit tells what gates came to: expected --gate FILE beside it")
        return []
    return judging.read(settings.gate)


def _run_workspace(
    workspace: Workspace, settings: Settings, gates: "Sequence[Gate]", progress: Progress
) -> StageResult:
    from datatools.fairness import recorded
    from datatools.fairness.gates import judging
    from datatools.fairness.rows import group_rows

    for name in ("groups", "ref", "out", "id_column", "person_column", "model_column", "reference_source"):
        if getattr(settings, name) is not None:
            flag = "--" + name.replace("_", "-")
            raise UsageError(f"{flag} is about results that you bring: expected --scores or --pred beside it")
    workspace.require()
    wanted = recorded.asked(settings.model_dump(mode="json"))
    scope = recorded.scope_of(workspace, wanted, progress, lean=True)
    if settings.dry_run:
        return _dry(scope)
    path = workspace.report_folder(settings.name) / RESULT_FILE
    chosen = lists.files(workspace, settings.samples)
    with workspace.run(
        "audit",
        settings.model_dump(mode="json"),
        reads=(*_READS, *chosen),
        writes=(tables.GROUPS, *([tables.MASK_PAIRS] if settings.chain else []), path),
    ) as record:
        inputs = workspace.hashes([*(name for name in _READS if name != tables.LINEAGE), *chosen])
        result = judging.judged(_audit(workspace, scope, settings, inputs, progress), gates)
        workspace.write(tables.GROUPS, [row for model in result.models for row in group_rows(model)])
        tables.write_bytes(path, result.model_dump_json(indent=1).encode() + b"\n")
        found = _told(result, settings, str(workspace.relative(path)))
        record.facts |= found.facts
    return found


def _run_brought(
    workspace: Workspace, settings: Settings, gates: "Sequence[Gate]", progress: Progress
) -> StageResult:
    from datatools.fairness import recorded
    from datatools.fairness.brought import bring
    from datatools.fairness.gates import judging

    for name in ("split", "only", "exclude", "limit", "samples"):
        if getattr(settings, name):
            raise UsageError(
                f"--{name} is about a workspace: leave it out, and bring a table of the rows that you mean"
            )
    if settings.out is None:
        raise UsageError("expected --out FOLDER beside --scores or --pred: audit.json goes there")
    wanted = recorded.asked(settings.model_dump(mode="json"))
    scope = recorded.scope_of(workspace, wanted, progress, lean=True)
    if settings.dry_run:
        return _dry(scope)
    inputs = bring.hashes(settings.scores, settings.groups)
    result = judging.judged(_audit(workspace, scope, settings, inputs, progress), gates)
    path = settings.out / RESULT_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    tables.write_bytes(path, result.model_dump_json(indent=1).encode() + b"\n")
    return _told(result, settings, str(path))


def _dry(scope: "Scope") -> StageResult:
    facts: dict[str, object] = {"n_samples": len(scope.person_of), "n_scores": len(scope.scores)}
    note = f"Would audit {len(scope.person_of)} samples with {len(scope.scores)} scores."
    return StageResult(stage="audit", facts=facts, notes=[note, *scope.notes])


def _audit(
    workspace: Workspace,
    scope: "Scope",
    settings: Settings,
    inputs: Mapping[str, str],
    progress: Progress,
) -> "AuditResult":
    from datatools.fairness import recorded

    kept = settings.model_dump(mode="json")
    return recorded.made(
        workspace,
        scope,
        recorded.asked(kept),
        settings=kept,
        inputs=inputs,
        versions=recorded_versions(),
        progress=progress,
    )


def _told(result: "AuditResult", settings: Settings, path: str) -> StageResult:
    from datatools.fairness import audit_told
    from datatools.fairness.gates import gates_told

    written = [path]
    if settings.junit is not None:
        settings.junit.parent.mkdir(parents=True, exist_ok=True)
        tables.write_bytes(settings.junit, gates_told.junit(result.name, result.gates))
        written.append(str(settings.junit))
    told = gates_told.sentences(result.gates)
    notes = [*audit_told.headlines(result), *result.notes, *told, f"Wrote {' and '.join(written)}."]
    passed = not any(gate.fails for gate in result.gates)
    return StageResult(stage="audit", facts=audit_told.facts(result), notes=notes, passed=passed)
