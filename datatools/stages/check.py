"""Which masks are good enough to train on, and what is wrong with the others?

Each check first looks at every picture (kept as observations, so that a second run looks only at what
is new), then judges it, some against the whole set. A sample is accepted when every finding passed.
Then it says whether the masks of some groups of people are dropped, or damaged, more than those of
others: the table parity.

Example::

    datatools check --workspace ws --min-accepted-frac 0.8
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import lists, plugins, streams, tables
from datatools.checks import Check, Evidence
from datatools.checks._judging import UNREADABLE, Tally, findings_of
from datatools.crews.per_process import PerProcess
from datatools.derive import Item, Work, derive
from datatools.errors import UsageError
from datatools.fairness.chain.outcomes import TRUTH, reference_iou, reference_parts
from datatools.images import read_mask, read_matte, read_rgb
from datatools.masks import Face
from datatools.progress import Progress
from datatools.quality.committee import choose, committee_of
from datatools.records import MaskRow, MatteRow, Observation, Sample, StageResult
from datatools.selection import accepted, faces_fingerprint, faces_of
from datatools.settings import CrewSettings, ListedSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from datatools.fairness.chain.factory import Told

_PREDICTS = "expected_iou"  # the check whose wishes and model are settings of this stage
_NEEDS_LANDMARKS = "no_face"  # without the landmarks stage it would fail every picture


class Settings(ListedSettings, CrewSettings):
    """Settings of ``check``."""

    checks: tuple[str, ...] = (
        "corrupt",
        "no_face",
        "several_faces",
        "face_cut",
        "mask_area",
        "landmarks_outside",
        "area_outlier",
        "ragged_edge",
        "teacher_unsure",
        "near_duplicate",
        "expected_iou",
    )
    """Checks to run; leave one out to switch it off."""

    min_expected_iou: float | None = Field(default=None, ge=0, le=1)
    """Accept a mask only where the quality model expects at least this IoU with a human's mask."""

    accept_frac: float | None = Field(default=None, ge=0, le=1)
    """Accept at most this fraction of the masks: those with the highest expected IoU."""

    quality_model: Path | None = None
    """Folder of a model that `datatools quality` fitted; else the workspace's own or a packaged one."""

    min_accepted_frac: float | None = Field(default=None, ge=0, le=1)
    """Gate: end with exit code 1 when a smaller fraction of the samples is accepted."""

    attributes: list[str] | None = None
    """What to compare people by, as in audit; every question and measured band there is if left out."""

    min_people: int = Field(default=5, ge=1)
    """Groups of fewer people are not shown."""


@dataclass(frozen=True, slots=True)
class _Subject:
    sample: Sample
    mask: MaskRow
    mattes: list[MatteRow]
    faces: list[Face]


_Seen = list[tuple[str, str]]  # check, observation as JSON


def _observed(workspace: Workspace, subject: _Subject, checks: Sequence[Check]) -> _Seen:
    path = subject.mask.path
    evidence = Evidence(
        sample_id=subject.sample.sample_id,
        image=read_rgb(workspace.image_file(subject.sample)),
        faces=subject.faces,
        mattes={
            row.teacher: read_matte(workspace.file(row.path))
            for row in subject.mattes
            if row.path is not None
        },
        mask=None if path is None else read_mask(workspace.file(path)),
    )
    truth = reference_iou(workspace, subject.sample, evidence.mask)
    return [
        *((check.name, json.dumps(check.observe(evidence))) for check in checks),
        (TRUTH, json.dumps(truth)),
    ]


def _work(workspace: Workspace, own: PerProcess[list[Check]]) -> Work[_Subject, _Seen, _Seen, Observation]:
    checks = own.get()

    def row(item: Item[_Subject], check: str, value: str, error: str | None) -> Observation:
        return Observation(
            sample_id=item.key,
            check=check,
            value=value,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    return Work(
        prepare=lambda subject: _observed(workspace, subject, checks),
        forward=lambda seen: seen,
        finish=lambda item, seen: [row(item, check, value, None) for check, value in seen],
        failed=lambda item, error: row(item, UNREADABLE, "null", error),
    )


def _items(
    workspace: Workspace, checks: Sequence[Check], chosen: Collection[str], parents: dict[str, str]
) -> Iterator[Item[_Subject]]:
    """Give what is chosen of all there is to look at, each readable sample that refine has handled.

    The parents of all are noted.
    """
    masks = streams.Alongside(workspace, tables.MASKS, is_needed=True)
    mattes = streams.Alongside(workspace, tables.MATTES)
    landmarks = streams.Alongside(workspace, tables.LANDMARKS)
    looks = sorted(check.fingerprint for check in checks)
    for sample in streams.samples(workspace):
        for mask in masks.of(sample.sample_id):
            found = faces_of(landmarks.of(sample.sample_id)).get(sample.sample_id, [])
            rows = mattes.of(sample.sample_id)
            inputs = (
                mask.sha256,
                sorted((row.teacher, row.sha256 or "") for row in rows),
                reference_parts(workspace, sample),
            )
            key = sample.sample_id
            parents[key] = tables.fingerprint(inputs, faces_fingerprint(found), looks)
            if key in chosen:
                yield Item(key, parents[key], _Subject(sample, mask, rows, found))


def _summary(workspace: Workspace, tally: Tally, parity: "Told", settings: Settings) -> StageResult:
    everyone = tally.everyone
    n_accepted = len(accepted(workspace) & everyone)
    frac = n_accepted / len(everyone) if everyone else None
    reasons = +tally.rejected_by
    facts: dict[str, object] = {
        "n_samples": len(everyone),
        "n_accepted": n_accepted,
        "accepted_frac": frac,
        "rejected_by": dict(reasons.most_common()),
        "parity": parity.facts,
    }
    notes = [f"{n_accepted} of {len(everyone)} samples accepted."]
    if reasons:
        listed = ", ".join(f"{name} {count}" for name, count in reasons.most_common())
        notes.append(f"Rejected by (a sample may fail several checks): {listed}.")
    notes += parity.sentences
    least = settings.min_accepted_frac
    passed = least is None or (frac is not None and frac >= least)
    if not passed:
        notes.append(f"The gate is not met: at least {least:.0%} must be accepted.")
    return StageResult(stage="check", facts=facts, notes=notes, passed=passed)


def _left_out(chosen: Collection[str], parents: Mapping[str, str]) -> list[str]:
    n_left = sum(sample_id not in parents for sample_id in chosen)
    return (
        [f"{n_left} pictures have no mask yet and were left out: run `datatools refine`."] if n_left else []
    )


def _parity(workspace: Workspace, settings: Settings) -> "Told":
    # Imported here: statistics take half a second that other verbs should not pay.
    from datatools.fairness.chain.factory import parity_of

    told = parity_of(workspace, settings.attributes, min_people=settings.min_people, seed=settings.seed)
    workspace.write(tables.PARITY, told.rows)
    return told


def _quality(workspace: Workspace, settings: Settings) -> tuple[dict[str, object], list[str]]:
    """Give the options of the check that predicts quality, and the sentence that says by which model."""
    wished = (settings.min_expected_iou, settings.accept_frac, settings.quality_model)
    if _PREDICTS not in settings.checks:
        if any(value is not None for value in wished):
            raise UsageError(
                f"min_expected_iou, accept_frac and quality_model are of the check {_PREDICTS}, which is not "
                "among the checks: add it, or leave them out"
            )
        return {}, []
    committee = committee_of(workspace)
    model = choose(workspace, committee, settings.quality_model)
    options: dict[str, object] = {
        "min_expected_iou": settings.min_expected_iou,
        "accept_frac": settings.accept_frac,
        "model": model.folder,
    }
    return options, [model.sentence(committee)]


def _checks(names: Sequence[str], options: dict[str, object]) -> list[Check]:
    return [plugins.build("checks", name, options if name == _PREDICTS else None) for name in names]


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Look at every mask, judge it by each check, and accept the samples that pass them all."""
    workspace.require()
    if _NEEDS_LANDMARKS in settings.checks and not workspace.has(tables.LANDMARKS):
        raise UsageError(
            f"the check {_NEEDS_LANDMARKS} expects the landmarks table, which is not there: run `datatools "
            f"landmarks --workspace {workspace.root}` first, or leave the check out"
        )
    if settings.attributes is not None:
        from datatools.fairness.chain.factory import chosen_axes

        chosen_axes(workspace, settings.attributes)  # a wrong one must not come to light after the work
    options, notes = _quality(workspace, settings)
    own = PerProcess(partial(_checks, settings.checks, options))
    checks = own.get()
    samples = lists.each(workspace, source=settings.only, listed=settings.samples, limit=settings.limit)
    chosen, parents = {sample.sample_id for sample in samples}, dict[str, str]()
    items = _items(workspace, checks, chosen, parents)
    if settings.dry_run:
        n_items = sum(1 for _ in items)
        notes = [*_left_out(chosen, parents), *notes]
        notes.insert(0, f"Would check {n_items} masks by {', '.join(settings.checks)}.")
        return StageResult(stage="check", facts={"n_samples": n_items}, notes=notes)
    reads = (
        tables.MANIFEST,
        tables.MATTES,
        tables.LANDMARKS,
        tables.MASKS,
        tables.ANNOTATIONS,
        tables.MEASUREMENTS,
        *lists.files(workspace, settings.samples),
    )
    writes = (tables.OBSERVATIONS, tables.FINDINGS, tables.PARITY)
    dump = settings.model_dump(mode="json")
    with workspace.run("check", dump, reads=reads, writes=writes) as run:
        done = derive(
            workspace,
            tables.OBSERVATIONS,
            items,
            partial(_work, workspace, own),
            key=lambda row: row.sample_id,
            label="check",
            progress=progress,
            crew=settings.crew(),
        )
        tally = Tally()
        findings = findings_of(workspace, checks, parents)
        streams.write(workspace, tables.FINDINGS, tally.counted(findings))
        result = _summary(workspace, tally, _parity(workspace, settings), settings)
        run.facts |= result.facts
        run.facts |= {"n_computed": done.n_computed, "n_kept": done.n_kept, "n_failed": done.n_failed}
    notes = [*result.notes, *notes, *_left_out(chosen, parents)]
    return StageResult(stage="check", facts=run.facts, notes=notes, passed=result.passed)
