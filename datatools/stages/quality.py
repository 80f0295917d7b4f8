"""How well can the quality of masks be told without a human mask? Fit, validate and keep a model of it.

On the samples that have human or rendered masks, what the check ``expected_iou`` saw is held against the
true IoU of the generated masks. The model is cross-validated by person, fitted on all of them and kept in
WS/models/quality: ``check`` then uses it, here or in another workspace (``check --quality-model``). With
``--no-fit`` nothing is fitted: the model that is there is judged on masks that it has never seen. With
``--add-reviews`` people's answers to mask_review give the chance of acceptance by expected IoU.

Example::

    datatools quality --workspace ws
    datatools quality --workspace other --no-fit --model ws/models/quality
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import selection, sheets, tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.quality import examples as kept
from datatools.quality.committee import MODEL, choose, committee_of
from datatools.quality.examples import Doubles, Examples, matrix
from datatools.quality.gathering import Gathered, Seen, gather, observed
from datatools.records import Sample, StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # scikit-learn is loaded when the stage runs, not when its flags are read
    from datatools.quality.answers import AcceptCurve
    from datatools.quality.evaluation import Evaluation
    from datatools.quality.model import QualityModel

STAGE = "quality"
REPORT = "quality"  # the folder's name below WS/reports


class Settings(PictureSettings):
    """Settings of ``quality``."""

    fit: bool = True
    """Fit a model here; --no-fit judges the one that is there."""

    model: Path | None = None
    """With --no-fit: folder of the model to judge; the workspace's own or a packaged one if left out."""

    split: str | None = None
    """Use this split alone (train, val or test)."""

    repeats: int = Field(default=2, ge=1)
    """Cross-validations, each with other folds: how far the figures depend on the folds."""

    add_reviews: bool = False
    """Fit the chance that a person accepts a mask, by its expected IoU, to the answers to mask_review."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Fit and validate a model that predicts each mask's IoU.

    Raises:
        UsageError: check has not run, there is no such split, or --model came without --no-fit.
        DataError: too few people have human or rendered masks, or the model to judge is none.
    """
    workspace.require()
    if settings.fit and settings.model is not None:
        raise UsageError("expected --no-fit beside --model: a model that is fitted here comes from this data")
    seen = observed(workspace)
    samples = _samples(workspace, settings)
    if settings.dry_run:
        note = f"Would measure the masks of up to {len(samples)} samples against their references."
        return StageResult(stage=STAGE, facts={"n_samples": len(samples)}, notes=[note])
    reads = (tables.MANIFEST, tables.MASKS, tables.OBSERVATIONS, tables.SPLITS, tables.ANNOTATIONS)
    folder, report = workspace.model_folder(MODEL), workspace.report_folder(REPORT)
    files = (folder / kept.EXAMPLES_FILE, folder / kept.CARD_FILE, report / "quality.json")
    with workspace.run(STAGE, settings.model_dump(mode="json"), reads=reads, writes=files) as record:
        gathered = gather(workspace, seen, samples, progress)
        data = gathered.examples
        if data is None and (settings.fit or not settings.add_reviews):
            raise DataError(
                "expected generated masks of samples that have human or rendered masks, found none: ingest "
                "pictures with such masks, and run landmarks, segment, refine and check on them"
            )
        if settings.fit and data is not None:
            judged = _fit(workspace, settings, gathered, data, progress)
        else:
            judged = _judge(workspace, settings, data)
        record.facts |= {"n_unreadable": gathered.n_unreadable, **judged.facts}
        notes = [judged.how]
        if judged.evaluation is not None and data is not None:
            record.facts["reference_source"] = gathered.reference_source
            record.facts["evaluation"] = judged.evaluation.as_json()
            notes += _sentences(judged.evaluation, gathered.reference_source)
            _write_report(report, gathered.samples, data, judged, record.facts)
        if settings.add_reviews:
            notes += _reviews(workspace, seen, gathered.samples, judged, record.facts)
        if gathered.n_unreadable:
            notes.append(f"{gathered.n_unreadable} masks or references cannot be read, or differ in size.")
    return StageResult(stage=STAGE, facts=record.facts, notes=notes)


def _samples(workspace: Workspace, settings: Settings) -> list[Sample]:
    samples = workspace.samples(source=settings.only)
    if settings.split is not None:
        splits = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}
        if settings.split not in splits.values():
            raise UsageError(f"expected a split among {sorted(set(splits.values()))}, got {settings.split!r}")
        samples = [sample for sample in samples if splits.get(sample.sample_id) == settings.split]
    return samples[: settings.limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """A model, its predictions of masks that it did not see, and how good they are."""

    model: "QualityModel"
    expected: Doubles  # (n,), of the gathered samples
    bounds: tuple[Doubles, Doubles]
    evaluation: "Evaluation | None"  # None: there are no samples to judge by
    facts: dict[str, object]
    how: str  # a sentence


def _fit(
    workspace: Workspace, settings: Settings, gathered: Gathered, data: Examples, progress: Progress
) -> _Judged:
    """Cross-validate, then fit on everything and keep it."""
    import numpy as np

    from datatools.quality.evaluation import evaluate
    from datatools.quality.model import QualityModel, cross_validated

    rng = np.random.default_rng(settings.seed)
    rounds = []
    with progress.bar("cross-validation", settings.repeats) as advance:
        for _ in range(settings.repeats):
            rounds.append(cross_validated(data, rng))
            advance()
    found = [evaluate(*one, data.iou, data.person, rng) for one in rounds]
    expected, low, high = rounds[0]
    card = kept.write(
        workspace.model_folder(MODEL),
        data,
        committee=committee_of(workspace),
        reference_source=gathered.reference_source,
        data=", ".join(sorted({sample.source for sample in gathered.samples})),
    )
    facts: dict[str, object] = {
        "model": card.model_dump(),
        "rank_correlation_by_repeat": [one.rank_correlation.value for one in found],
        "calibration_error_by_repeat": [one.calibration_error for one in found],
    }
    return _Judged(
        model=QualityModel(data),
        expected=expected,
        bounds=(low, high),
        evaluation=found[0],
        facts=facts,
        how="A model was fitted; these figures are of a cross-validation by person.",
    )


def _judge(workspace: Workspace, settings: Settings, data: Examples | None) -> _Judged:
    """Hold the model that is there against masks that it was not fitted on."""
    import numpy as np

    from datatools.quality.evaluation import evaluate
    from datatools.quality.model import QualityModel

    committee = committee_of(workspace)
    chosen = choose(workspace, committee, settings.model)
    model = QualityModel(kept.read(chosen.folder)[0])
    expected = model.expected(matrix([]) if data is None else data.features)
    bounds, evaluation = model.bounds(expected), None
    if data is not None:
        rng = np.random.default_rng(settings.seed)
        evaluation = evaluate(expected, *bounds, data.iou, data.person, rng)
    return _Judged(
        model=model,
        expected=expected,
        bounds=bounds,
        evaluation=evaluation,
        facts={"model": chosen.card.model_dump(), "is_calibrated": chosen.is_calibrated},
        how=chosen.sentence(committee),
    )


def _sentences(found: "Evaluation", reference_source: str) -> list[str]:
    from datatools.quality.evaluation import FLOOR

    rho, auc, covered = found.rank_correlation, found.auc_bad, found.interval_coverage
    lines = [
        f"{found.n_masks} masks of {found.n_people} people, {reference_source} references: mean IoU "
        f"{found.mean_iou:.4f}.",
        f"Rank correlation of expected and true IoU {rho.value:.3f} [{rho.low:.3f}, {rho.high:.3f}]; "
        f"calibration error {found.calibration_error:.4f} (bins of equal size: {len(found.bins)}).",
        f"Bad masks (IoU below {FLOOR:g}): {found.n_bad}, "
        + (
            f"told from the others with an AUC of {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]."
            if found.n_bad
            else "so there is no AUC."
        ),
        f"The 90% intervals hold {100 * covered.value:.0f}% of the true values.",
    ]
    for one in found.accepted:
        bad = one.bad_frac
        lines.append(
            f"Accepting {one.frac:.0%} (expected IoU from {one.least_expected_iou:.3f}): mean IoU "
            f"{one.mean_iou.value:.4f} [{one.mean_iou.low:.4f}, {one.mean_iou.high:.4f}], bad "
            f"{100 * bad.value:.1f}% [{100 * bad.low:.1f}, {100 * bad.high:.1f}]."
        )
    return lines


def _write_report(
    folder: Path, samples: Sequence[Sample], data: Examples, judged: _Judged, facts: dict[str, object]
) -> None:
    from datatools.report.quality import acceptance, calibration

    assert judged.evaluation is not None
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    tables.write_bytes(folder / "quality.json", text.encode() + b"\n")
    columns = ("sample_id", "expected_iou", "low", "high", "true_iou")
    values = zip(samples, judged.expected, *judged.bounds, data.iou, strict=True)
    lines = [[sample.sample_id, *(f"{value:.5f}" for value in row)] for sample, *row in values]
    tables.write_bytes(folder / "predictions.csv", sheets.to_csv(columns, lines))
    tables.write_bytes(folder / "calibration.svg", calibration(judged.expected, data.iou, judged.evaluation))
    tables.write_bytes(folder / "acceptance.svg", acceptance(judged.evaluation))


def _reviews(
    workspace: Workspace,
    seen: Seen,
    samples: Sequence[Sample],
    judged: _Judged,
    facts: dict[str, object],
) -> list[str]:
    """Fit people's answers to expected IoU, and keep the curve; give sentences about it."""
    import numpy as np

    from datatools.quality import answers as curves

    answers = selection.reviews(workspace.rows_or_empty(tables.ANNOTATIONS))
    reviewed = sorted(answers.keys() & seen.keys())
    # What the model has seen as an example is predicted by the round that has not.
    unseen = dict(zip((sample.sample_id for sample in samples), judged.expected, strict=True))
    predicted = judged.model.predict({name: seen[name] for name in reviewed})
    expected = np.array([unseen.get(name, predicted[name].expected_iou) for name in reviewed])
    is_accepted = np.array([answers[name] == "accept" for name in reviewed], np.bool_)
    facts["n_reviews"] = len(reviewed)
    curve = curves.accept_curve(expected, is_accepted)
    if curve is None:
        return [
            f"{len(reviewed)} reviewed masks say nothing yet: at least {curves.MIN_EACH} accepted "
            f"and {curves.MIN_EACH} rejected ones are needed, and the better-looking accepted more often."
        ]
    curves.write(workspace.model_folder(MODEL), curve)
    facts["accept_curve"] = asdict(curve)
    return [_curve_sentence(curve, reviewed)]


def _curve_sentence(curve: "AcceptCurve", reviewed: Sequence[str]) -> str:
    return (
        f"By {len(reviewed)} reviews ({curve.n_accepted} accepted), a person accepts half the masks of an "
        f"expected IoU of {curve.iou_at(0.5):.3f} and nine of ten at {curve.iou_at(0.9):.3f}: a value for "
        "`check --min-expected-iou`."
    )
