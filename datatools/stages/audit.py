"""For whom do the models, and the data, work worse?

Reads the scores, people's answers and measurements; writes the groups table and
WS/reports/NAME/audit.json, the typed result that every report is made from.

Example::

    datatools audit --workspace ws --attributes perceived_gender ita_deg:10,28,41,55
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import conditions, selection, tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import Score, StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace, recorded_versions

if TYPE_CHECKING:  # statistics are loaded when the stage runs, not when its flags are read
    import pandas as pd

    from datatools.fairness.audit import Scope
    from datatools.fairness.estimates import Group, ModelAudit
    from datatools.fairness.result import AuditResult

RESULT_FILE = "audit.json"
_SHOWN_GAPS = 5
_UNUSED_OF_SCORES = frozenset({"seconds", "parents", "error"})
_READS = (
    tables.MANIFEST,
    tables.LINEAGE,
    tables.SCORES,
    tables.ANNOTATIONS,
    tables.CONSENSUS,
    tables.MEASUREMENTS,
    tables.SPLITS,
    tables.FINDINGS,
)


class Settings(PictureSettings):
    """Settings of ``audit``."""

    name: str = "audit"
    """The report's name: WS/reports/NAME."""

    attributes: list[str] | None = None
    """Questions, QUESTION@consensus, QUESTION:VOCABULARY@VERSION, or measurements cut at edges, as in
    ita_deg:10,28,41,55."""

    cross: int = Field(default=2, ge=1, le=3)
    """Cross up to so many attributes; 1 crosses none."""

    metrics: list[str] = Field(default=["iou_fg_image"], min_length=1)
    """Metrics to estimate by group; the first one is compared between groups."""

    models: list[str] | None = None
    """Models to audit; all that were scored by default."""

    split: str | None = None
    """Audit this split alone."""

    exclude: list[str] = Field(default_factory=list)
    """Leave out samples by a measurement, as in "qc_bottom_bg>0.2"."""

    margin: float = Field(default=0.01, gt=0, lt=1)
    """Gaps certainly smaller than this, in the metric's unit, are equivalent (0.01 is 1 point of 100)."""

    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """Chance of one false gap or more in the whole family of comparisons."""

    replicates: int = Field(default=10_000, ge=200)
    """Resamples of people behind every interval and test."""

    min_people: int = Field(default=5, ge=1)
    """Groups of fewer people are not shown."""

    gate_gap: float | None = Field(default=None, ge=0)
    """Fail (exit code 1) when a gap stands after the correction and is larger than this."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Compare groups of people in the data and in every model's scores.

    Raises:
        UsageError: an attribute, metric, model, split or condition that does not exist.
    """
    from datatools.fairness.rows import group_rows

    workspace.require()
    scope = _scope(workspace, settings)
    if settings.dry_run:
        facts: dict[str, object] = {"n_samples": len(scope.person_of), "n_scores": len(scope.scores)}
        note = f"Would audit {len(scope.person_of)} samples with {len(scope.scores)} scores."
        return StageResult(stage="audit", facts=facts, notes=[note, *scope.notes])
    path = workspace.report_folder(settings.name) / RESULT_FILE
    with workspace.run(
        "audit", settings.model_dump(mode="json"), reads=_READS, writes=(tables.GROUPS, path)
    ) as record:
        result = _audit(workspace, settings, scope, progress)
        workspace.write(tables.GROUPS, [row for model in result.models for row in group_rows(model)])
        tables.write_bytes(path, result.model_dump_json(indent=1).encode() + b"\n")
        broken = _broken(result, settings.gate_gap)
        record.facts |= _facts(result, broken)
    notes = [*_headlines(result), *result.notes, *broken, f"Wrote {workspace.relative(path)}."]
    return StageResult(stage="audit", facts=record.facts, notes=notes, passed=not broken)


# -- what is under audit ---------------------------------------------------------------------------


def _scope(workspace: Workspace, settings: Settings) -> "Scope":
    from datatools.fairness.audit import Scope
    from datatools.fairness.axes import axes_of

    # Frames, not records: an audit may be of a million pictures.
    files = selection.files_of(workspace, settings.only)
    everything = files[files["status"] == "ok"]
    samples = everything[~everything["sample_id"].isin(selection.composites(workspace))]
    notes: list[str] = []
    if len(samples) < len(everything):
        notes.append(f"{len(everything) - len(samples)} composites show nobody new and are not audited.")
    if settings.split is not None:
        splits = workspace.frame_or_empty(tables.SPLITS, ("sample_id", "split"))
        known = sorted(str(split) for split in splits["split"].unique())
        if settings.split not in known:
            raise UsageError(f"expected a split among {known}, got {settings.split!r}")
        inside = splits.loc[splits["split"] == settings.split, "sample_id"]
        samples = samples[samples["sample_id"].isin(inside)]
        notes.append(f"Only the split {settings.split} is audited.")
    measurements = workspace.rows_or_empty(tables.MEASUREMENTS) if settings.exclude else []
    for condition in settings.exclude:
        kept = samples[~samples["sample_id"].isin(conditions.measured(condition, measurements))]
        notes.append(f"Left out for {condition}: {len(samples) - len(kept)} of {len(samples)} pictures.")
        samples = kept
    samples = samples[: settings.limit]
    person_of = dict(zip(samples["sample_id"], samples["person_id"], strict=True))
    axes, unusable = axes_of(workspace, settings.attributes, person_of)
    has_findings = workspace.has(tables.FINDINGS)
    checked = workspace.frame_or_empty(tables.FINDINGS, ("sample_id",))["sample_id"]
    return Scope(
        person_of=person_of,
        scores=_scores(workspace, settings, person_of),
        axes=axes,
        checked=frozenset(checked),
        accepted=frozenset(selection.accepted(workspace)) if has_findings else None,
        n_unreadable=int((files["status"] == "failed").sum()),
        notes=[*notes, *unusable],
    )


def _scores(workspace: Workspace, settings: Settings, sample_ids: Mapping[str, str]) -> "pd.DataFrame":
    """Read the scores of the samples under audit, failed ones too."""
    scores = workspace.frame_or_empty(tables.SCORES, _score_columns())
    scores = scores[scores["sample_id"].isin(sample_ids)]
    if settings.models is not None:
        known = sorted(str(model) for model in scores["model"].unique())
        unknown = sorted(set(settings.models) - set(known))
        if unknown:
            raise UsageError(
                f"expected models that were scored ({', '.join(known)}); got {', '.join(unknown)}"
            )
        scores = scores[scores["model"].isin(settings.models)]
    return scores


def _score_columns() -> list[str]:
    names = (field.name for field in dataclasses.fields(Score))
    return [name for name in names if name not in _UNUSED_OF_SCORES]


def _audit(workspace: Workspace, settings: Settings, scope: "Scope", progress: Progress) -> "AuditResult":
    from datatools.fairness.audit import Question, audit
    from datatools.fairness.inference import Rules

    inputs = (
        tables.MANIFEST,
        tables.SCORES,
        tables.MEASUREMENTS,
        tables.CONSENSUS,
        tables.SPLITS,
        tables.FINDINGS,
        tables.ANNOTATIONS,
    )
    question = Question(
        name=settings.name,
        cross=settings.cross,
        metrics=settings.metrics,
        rules=Rules(margin=settings.margin, alpha=settings.alpha),
        min_people=settings.min_people,
        n_replicates=settings.replicates,
        seed=settings.seed,
    )
    return audit(
        scope,
        question,
        settings=settings.model_dump(mode="json"),
        inputs=workspace.hashes(inputs),
        versions=recorded_versions(),
        progress=progress,
    )


# -- what is written and said ----------------------------------------------------------------------


def _gaps(result: "AuditResult") -> "list[tuple[ModelAudit, str, Group]]":
    """Give every gap that stands after the correction, the largest first."""
    found = [
        (model, attribute.attribute, group)
        for model in result.models
        for attribute in model.attributes
        for group in attribute.distinct_groups
        if group.comparison.verdict == "gap"
    ]
    return sorted(found, key=lambda item: -abs(item[2].comparison.gap.value or 0.0))


def _gap_sentence(model: "ModelAudit", attribute: str, group: "Group") -> str:
    gap = group.comparison.gap
    value, low, high = (number or 0.0 for number in (gap.value, gap.low, gap.high))
    side = "lower" if value < 0 else "higher"
    return (
        f"{model.model}, {model.reading} against {model.reference_source} masks: {attribute} {group.group} "
        f"is {_points(abs(value))} points {side} than the rest [{_points(low)}, {_points(high)}]"
    )


def _points(frac: float) -> str:
    return f"{100 * frac:.1f}".replace("-", "\N{MINUS SIGN}")


def _headlines(result: "AuditResult") -> list[str]:
    gaps = _gaps(result)
    lines = [
        f"Comparisons of a group with the rest, over all models and kinds of reference: "
        f"{result.n_comparisons}. Gaps that stand after correction: {len(gaps)}."
    ]
    lines += [f"{_gap_sentence(*found)}." for found in gaps[:_SHOWN_GAPS]]
    if len(gaps) > _SHOWN_GAPS:
        lines.append(f"... and {len(gaps) - _SHOWN_GAPS} more; audit.json has them all.")
    return lines


def _broken(result: "AuditResult", gate_gap: float | None) -> list[str]:
    """Say each gap that the gate does not allow."""
    if gate_gap is None:
        return []
    return [
        f"Gate: {_gap_sentence(*found)}, more than the {100 * gate_gap:g} allowed."
        for found in _gaps(result)
        if abs(found[2].comparison.gap.value or 0.0) > gate_gap
    ]


def _facts(result: "AuditResult", broken: Sequence[str]) -> dict[str, object]:
    verdicts = [g.comparison.verdict for m in result.models for a in m.attributes for g in a.distinct_groups]
    return {
        "name": result.name,
        "n_samples": result.n_samples,
        "n_people": result.n_people,
        "n_failed": result.n_failed,
        "n_comparisons": result.n_comparisons,
        "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        "n_gate_failures": len(broken),
    }
