"""Which masks are good enough to train on, and what is wrong with the others?

Each check first looks at every picture (kept as observations, so that a second run looks only at what
is new), then judges it, some against the whole set. A sample is accepted when every finding passed.
Then it says whether the masks of some groups of people are dropped, or damaged, more than those of
others: the table parity.

Example::

    datatools check --workspace ws --min-accepted-frac 0.8
"""

import json
from collections.abc import Iterator, Sequence
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
from datatools.keys import Marked, Texts
from datatools.masks import Face
from datatools.progress import Progress
from datatools.quality.committee import choose, committee_of
from datatools.records import MaskRow, MatteRow, Observation, Sample, StageResult
from datatools.selection import faces_fingerprint, faces_of, verdicts
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


class _Subjects:
    """What is chosen of all there is to look at: each readable sample that refine has handled."""

    def __init__(self, workspace: Workspace, checks: Sequence[Check], chosen: Iterator[Sample]) -> None:
        self._workspace = workspace
        self._looks = sorted(check.fingerprint for check in checks)
        self._chosen = chosen  # in the order of their ids
        self._keys, self._parents = Texts(), Texts()  # of all that there is
        self.n_without_mask = 0

    def items(self) -> Iterator[Item[_Subject]]:
        """Give the chosen ones, once."""
        masks = streams.Alongside(self._workspace, tables.MASKS, is_needed=True)
        mattes = streams.Alongside(self._workspace, tables.MATTES)
        landmarks = streams.Alongside(self._workspace, tables.LANDMARKS)
        next_chosen = next(self._chosen, None)
        for sample in streams.samples(self._workspace):
            key = sample.sample_id
            is_chosen = next_chosen is not None and next_chosen.sample_id == key
            if is_chosen:
                next_chosen = next(self._chosen, None)
            rows = mattes.of(key)
            found = faces_of(landmarks.of(key)).get(key, [])
            mask = next(iter(masks.of(key)), None)
            if mask is None:
                self.n_without_mask += is_chosen
                continue
            inputs = (
                mask.sha256,
                sorted((row.teacher, row.sha256 or "") for row in rows),
                reference_parts(self._workspace, sample),
            )
            parents = tables.fingerprint(inputs, faces_fingerprint(found), self._looks)
            self._keys.add(key)
            self._parents.add(parents)
            if is_chosen:
                yield Item(key, parents, _Subject(sample, mask, rows, found))

    def today(self) -> Marked:
        """Give all samples that there are, and what is to be observed of each; once the items were given."""
        return Marked(self._keys, self._parents)

    def left_out(self) -> list[str]:
        """Say how many of the chosen ones have no mask, where there are such."""
        if not self.n_without_mask:
            return []
        return [f"{self.n_without_mask} pictures have no mask yet and were left out: run `datatools refine`."]


def _summary(workspace: Workspace, tally: Tally, parity: "Told", settings: Settings) -> StageResult:
    sample_ids, is_good = verdicts(workspace)
    n_samples, n_accepted = len(sample_ids), int(is_good.sum())
    frac = n_accepted / n_samples if n_samples else None
    reasons = tally.rejected_by()
    facts: dict[str, object] = {
        "n_samples": n_samples,
        "n_accepted": n_accepted,
        "accepted_frac": frac,
        "rejected_by": dict(reasons.most_common()),
        "parity": parity.facts,
    }
    notes = [f"{n_accepted} of {n_samples} samples accepted."]
    if reasons:
        listed = ", ".join(f"{name} {count}" for name, count in reasons.most_common())
        notes.append(f"Rejected by (a sample may fail several checks): {listed}.")
    notes += parity.sentences
    least = settings.min_accepted_frac
    passed = least is None or (frac is not None and frac >= least)
    if not passed:
        notes.append(f"The gate is not met: at least {least:.0%} must be accepted.")
    return StageResult(stage="check", facts=facts, notes=notes, passed=passed)


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
    chosen = lists.each(workspace, source=settings.only, listed=settings.samples, limit=settings.limit)
    subjects = _Subjects(workspace, checks, chosen)
    if settings.dry_run:
        n_items = sum(1 for _ in subjects.items())
        notes = [*subjects.left_out(), *notes]
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
            subjects.items(),
            partial(_work, workspace, own),
            key=lambda row: row.sample_id,
            label="check",
            progress=progress,
            crew=settings.crew(),
        )
        tally = Tally()
        streams.write(workspace, tables.FINDINGS, findings_of(workspace, checks, subjects.today(), tally))
        result = _summary(workspace, tally, _parity(workspace, settings), settings)
        run.facts |= result.facts
        run.facts |= {"n_computed": done.n_computed, "n_kept": done.n_kept, "n_failed": done.n_failed}
    notes = [*result.notes, *notes, *subjects.left_out()]
    return StageResult(stage="check", facts=run.facts, notes=notes, passed=result.passed)
