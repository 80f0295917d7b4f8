"""How should a committee be corrected, learnt from human masks?

Fits the fusion ``learned`` on the train split's pictures that have human or rendered masks and mattes of
the committee, and says on the val split what it gains over the plain mean and over each teacher. The
workspace's own fit goes before the package's from then on. The same seed gives the same weights.

Example::

    datatools fusion fit --workspace ws --teachers selfie rvm isnet
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import selection, tables
from datatools.errors import UsageError
from datatools.images import read_matte, read_reference_mask, read_rgb
from datatools.masks import Mask, Matte, iou
from datatools.progress import Progress
from datatools.records import MatteRow, Sample, StageResult
from datatools.selection import Target
from datatools.settings import PictureSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # torch takes a second to import; `datatools --help` does without it
    from datatools.fusions._fit import Example

_MIN_TRAIN = 8  # fewer pictures make no network
_N_REPLICATES = 10_000


class Settings(PictureSettings):
    """Settings of ``fusion fit``."""

    seed: int = Field(default=0, ge=0)
    """Seed of the first weights, the order of pictures and their augmentation."""

    teachers: tuple[str, ...] = Field(min_length=2)
    """The committee: teachers that have mattes of the pictures (`datatools segment --teachers`)."""

    epochs: int = Field(default=30, ge=1)
    """How often each picture is shown."""

    batch: int = Field(default=8, ge=2)
    """Pictures a step."""


@dataclass(frozen=True, slots=True)
class _Subject:
    sample: Sample
    target: Target
    mattes: Mapping[str, MatteRow]  # by teacher


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Fit the learned fusion of a committee to human masks.

    Raises:
        UsageError: nothing was split, or too few pictures have human masks and mattes.
    """
    workspace.require()
    subjects = _subjects(workspace, settings)
    facts: dict[str, object] = {
        "teachers": list(settings.teachers),
        "n_train": len(subjects["train"]),
        "n_val": len(subjects["val"]),
    }
    if settings.dry_run:
        note = f"would fit the fusion of {', '.join(settings.teachers)} on {len(subjects['train'])} pictures"
        return StageResult(stage="fusion fit", facts=facts, notes=[note])
    from datatools.fusions import _file, _fit

    reads = (tables.MANIFEST, tables.SPLITS, tables.MATTES)
    dump = settings.model_dump(mode="json")
    with workspace.run("fusion-fit", dump, reads=reads, writes=(workspace.fusion_file,)) as record:
        examples = _examples(workspace, subjects["train"], settings.teachers, progress)
        network = _fit.fit(
            examples,
            len(settings.teachers),
            epochs=settings.epochs,
            batch=settings.batch,
            seed=settings.seed,
            progress=progress,
        )
        how = {**facts, "epochs": settings.epochs, "batch": settings.batch, "seed": settings.seed}
        _file.save(workspace.fusion_file, network, settings.teachers, how)
        record.facts |= facts | _gains(workspace, subjects["val"], settings.teachers, settings.seed, progress)
    return StageResult(stage="fusion fit", facts=record.facts, notes=_notes(record.facts))


def _subjects(workspace: Workspace, settings: Settings) -> dict[str, list[_Subject]]:
    """Give the pictures to learn from and to measure on: human or rendered masks alone."""
    if not workspace.has(tables.SPLITS):
        raise UsageError(
            "the fusion learns from the train split and is measured on the val split, and nothing was split: "
            f"run `datatools split --workspace {workspace.root}` first"
        )
    split_of = {row.sample_id: row.split for row in workspace.rows(tables.SPLITS)}
    mattes: dict[str, dict[str, MatteRow]] = {}
    for row in workspace.rows(tables.MATTES):
        if row.path is not None and row.teacher in settings.teachers:
            mattes.setdefault(row.sample_id, {})[row.teacher] = row
    found: dict[str, list[_Subject]] = {"train": [], "val": []}
    for sample in workspace.samples(source=settings.only, limit=settings.limit):
        target = selection.reference_target(workspace, sample)
        split, proposed = split_of.get(sample.sample_id, ""), mattes.get(sample.sample_id, {})
        is_whole = len(proposed) == len(settings.teachers)
        if split in found and is_whole and target and selection.measures_accuracy(target.mask_source):
            found[split].append(_Subject(sample, target, proposed))
    if len(found["train"]) < _MIN_TRAIN or not found["val"]:
        raise UsageError(
            f"expected at least {_MIN_TRAIN} pictures of the train split and one of the val split, with a "
            f"human or rendered mask and mattes of all of {', '.join(settings.teachers)}; got "
            f"{len(found['train'])} and {len(found['val'])}"
        )
    return found


def _read(workspace: Workspace, subject: _Subject) -> tuple[Mask, dict[str, Matte]]:
    mattes = {
        teacher: read_matte(workspace.file(row.path))
        for teacher, row in subject.mattes.items()
        if row.path is not None
    }
    return read_reference_mask(subject.target.path).mask, mattes


def _examples(
    workspace: Workspace, subjects: Sequence[_Subject], teachers: Sequence[str], progress: Progress
) -> "list[Example]":
    import cv2
    import numpy as np

    from datatools.fusions import _fit, _net

    def load(subject: _Subject) -> "Example":
        image = read_rgb(workspace.image_file(subject.sample))
        mask, mattes = _read(workspace, subject)
        stack = _net.stacked(image, mattes, teachers)
        size = (stack.shape[1], stack.shape[0])
        truth = cv2.resize(mask.array.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
        return _fit.Example(stack, np.asarray(truth, np.uint8), np.ones(len(teachers), np.bool_))

    found = []
    with progress.bar("read", len(subjects)) as advance, ThreadPoolExecutor(os.cpu_count()) as pool:
        for example in pool.map(load, subjects):
            found.append(example)
            advance()
    return found


def _gains(
    workspace: Workspace,
    subjects: Sequence[_Subject],
    teachers: Sequence[str],
    seed: int,
    progress: Progress,
) -> dict[str, object]:
    """Score each teacher, their mean and the fit on the val split; pair the fit with the mean."""
    import numpy as np

    from datatools.fairness.statistics.paired import mean_difference
    from datatools.fusions.learned import Learned
    from datatools.fusions.mean import Mean

    fit, mean = Learned(str(workspace.fusion_file)), Mean()
    rows = []
    with progress.bar("score", len(subjects)) as advance:
        for subject in subjects:
            image = read_rgb(workspace.image_file(subject.sample))
            truth, mattes = _read(workspace, subject)
            fused = [
                *(mattes[teacher] for teacher in teachers),
                mean.fuse(image, mattes),
                fit.fuse(image, mattes),
            ]
            rows.append([iou(matte.threshold(), truth) for matte in fused])
            advance()
    scores = np.array(rows)  # (n, t + 2)
    names = [*teachers, "mean", "learned"]
    gain = scores[:, -1] - scores[:, -2]
    people = [subject.sample.person_id for subject in subjects]
    found = mean_difference(gain, people, _N_REPLICATES, np.random.default_rng(seed))
    ends = {"value": found.value, "low": found.low, "high": found.high}
    return {
        "iou_fg_image": {name: round(float(v), 5) for name, v in zip(names, scores.mean(0), strict=True)},
        "gain_over_mean": {name: None if end is None else round(end, 5) for name, end in ends.items()},
        "n_scored": len(scores),
        "n_people": found.n_people,
    }


def _notes(facts: Mapping[str, object]) -> list[str]:
    scores, gain = facts["iou_fg_image"], facts["gain_over_mean"]
    assert isinstance(scores, dict)
    assert isinstance(gain, dict)
    listed = ", ".join(f"{name} {value:.4f}" for name, value in scores.items())
    ends = "" if gain["low"] is None else f" [{gain['low']:+.4f}, {gain['high']:+.4f}]"
    return [
        f"Fitted on {facts['n_train']} pictures. Foreground IoU (accuracy) on the {facts['n_scored']} of the "
        f"val split: {listed}. Learned less mean: {gain['value']:+.4f}{ends}.",
    ]
