"""Which pictures and masks does a network learn from, and what became of the lesson?

What the stages share that train a network on the workspace: the student's and the teacher's.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datatools import selection, tables
from datatools.errors import TooManyFailuresError, UsageError
from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.selection import Target, Targets
from datatools.settings import StageSettings
from datatools.student import checkpoint, data, fit, rescue
from datatools.student.architecture import Architecture
from datatools.student.card import Beginning, Card
from datatools.student.card_facts import Describe, card_of, means
from datatools.student.card_file import published
from datatools.student.folder import ModelFolder
from datatools.student.groups import Groups
from datatools.student.job import Device, Job, LeftForLaterError, pick_device
from datatools.student.logs import Watch, write_history
from datatools.student.recipe import Recipe
from datatools.student.state import TrainingState
from datatools.student.team import Team, joined
from datatools.tables import FINDINGS, MANIFEST, MASKS, SOURCES, SPLITS
from datatools.workspace import Workspace

MIN_TRAIN = 8  # fewer pictures make no network
_MIN_EXACT = 20  # fewer exact masks choose no epoch alone
_FAILED_FRAC_LIMIT = 0.5
_GENERATED = "model:"  # begins the mask_source of masks that the toolkit made


@dataclass(frozen=True, slots=True)
class Lesson:
    """A picture, the mask to learn from it, and the split it belongs to."""

    sample: Sample
    image: Path
    target: Target
    split: str
    matte: Path | None  # the teachers', where the recipe looks at it and there is one

    def content(self) -> str:
        """Hash what the sample teaches; a mask that is gone shows up when it is read."""
        paths = [self.target.path] if self.matte is None else [self.target.path, self.matte]
        hashes = [tables.sha256_file(path) if path.is_file() else None for path in paths]
        return tables.fingerprint(self.sample.sample_id, *hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All that shapes a run: what to learn from, how, and on what."""

    name: str
    lessons: Sequence[Lesson]
    n_without: int  # pictures that have no mask to learn
    targets: Targets
    recipe: Recipe
    architecture: Architecture
    seed: int
    device: Device
    workers: int
    begins_with: str | None = None  # whose weights, where not torch's random ones: a name or a hash
    beginning: Beginning | None = None  # the same, for the card
    stop_after_s: float | None = None  # leave the run for another time after so long
    describe: Describe = means  # puts the validation pictures' scores into the card
    group_names: tuple[str, ...] = ()
    group_of: Mapping[str, int] = field(default_factory=dict)  # sample_id to the place of its group's name
    loggers: tuple[str, ...] = ("tensorboard",)
    is_deterministic: bool = False

    def count(self, split: str) -> int:
        """Count the lessons of a split."""
        return sum(lesson.split == split for lesson in self.lessons)


def lessons(
    workspace: Workspace,
    targets: Targets,
    limit: int | None,
    *,
    has_mattes: bool = False,
    has_composites: bool = True,
) -> tuple[list[Lesson], int]:
    """Give the train and val samples that have a target, and how many have none.

    ``has_mattes``: what the teachers say of a picture is learned too, where refine has kept it;
    ``has_composites``: so are people who were put on other backgrounds.

    Raises:
        UsageError: the stage split has not run, or there are too few.
    """
    if not workspace.has(SPLITS):
        raise UsageError(f"no splits yet: run `datatools split --workspace {workspace.root}` first")
    split_of = {row.sample_id: row.split for row in workspace.rows(SPLITS) if row.split in {"train", "val"}}
    left_out = set() if has_composites else selection.composites(workspace)
    samples = [
        s for s in workspace.samples(limit=limit) if s.sample_id in split_of and s.sample_id not in left_out
    ]
    found = selection.training_targets(workspace, targets)
    made = [
        Lesson(
            sample,
            workspace.image_file(sample),
            found[sample.sample_id],
            split_of[sample.sample_id],
            matte if has_mattes and (matte := workspace.fused_file(sample.sample_id)).is_file() else None,
        )
        for sample in samples
        if sample.sample_id in found
    ]
    _check_counts([lesson.split for lesson in made], targets)
    return made, len(samples) - len(made)


def to_choose_by(val: Sequence[Lesson]) -> NDArray[np.bool_]:
    """Give the validation pictures to choose by (n,): those of exact masks, or all where these are few."""
    is_exact = np.array([selection.measures_accuracy(item.target.mask_source) for item in val], np.bool_)
    return is_exact if is_exact.sum() >= _MIN_EXACT else np.ones(len(val), np.bool_)


def _check_counts(splits: Sequence[str], targets: Targets) -> None:
    n_train, n_val = splits.count("train"), splits.count("val")
    if n_train < MIN_TRAIN:
        raise UsageError(
            f"expected at least {MIN_TRAIN} training pictures with a mask (targets {targets!r}), got "
            f"{n_train}: ingest more, run check so that masks are accepted, or choose other --targets"
        )
    if not n_val:
        raise UsageError(
            "expected validation pictures with a mask, to choose the best epoch by; the val split has "
            "none: run split again with a larger --val-frac"
        )


def attend(
    workspace: Workspace,
    course: Course,
    stage: str,
    settings: StageSettings,
    progress: Progress,
    *,
    restart: bool,
) -> StageResult:
    """Train a network, or go on with a run that was stopped.

    Raises:
        UsageError: too few pictures, no such device, a recipe that does not fit the network, or a model
            of this name that was trained on other data or with other settings.
        TooManyFailuresError: most pictures or masks cannot be read.
        DataError: the loss is no longer a number.
    """
    recipe = course.recipe
    course.architecture.check(recipe)
    contents = [lesson.content() for lesson in course.lessons]
    taught = list(zip(contents, [lesson.split for lesson in course.lessons], strict=True))
    is_student = course.architecture.name == checkpoint.ARCHITECTURE
    is_plain = is_student and course.begins_with is None
    which: tuple[object, ...] = () if is_plain else (course.architecture.name, course.begins_with)
    if course.group_names:
        people = [course.group_of.get(lesson.sample.sample_id) for lesson in course.lessons]
        which = (*which, course.group_names, people)
    new = TrainingState(
        fingerprint=tables.fingerprint(recipe, course.seed, taught, *which),
        shaped_by={
            "recipe": tables.fingerprint(recipe),
            "seed": str(course.seed),
            "pictures, masks or splits": tables.fingerprint(taught),
            "network or groups": tables.fingerprint(*which),
        },
    )
    files = ModelFolder(workspace.model_folder(course.name))
    n_train, n_val = course.count("train"), course.count("val")
    if settings.dry_run:
        state = files.unfinished(new, restart=restart, say=progress.say)
        what = (
            "is trained already"
            if _is_done(files, state, recipe)
            else f"would be trained by the recipe {recipe.name}"
        )
        note = f"{course.name} {what}: {n_train} pictures to learn from, {n_val} to choose by."
        return StageResult(stage=stage, facts={"n_train": n_train, "n_val": n_val}, notes=[note])

    reads = (SOURCES, MANIFEST, SPLITS, MASKS, FINDINGS)
    writes = (files.model, files.card, files.card_json, files.history)
    with joined() as team, files.held() if team.is_lead else nullcontext():
        state = files.unfinished(new, restart=restart, say=progress.say)
        is_done, begun = _is_done(files, state, recipe), state or new
        try:
            if not team.is_lead:
                if not is_done:
                    _learn(workspace, course, contents, begun, files, progress, team)
                return StageResult(stage=stage)
            with workspace.run(stage, settings.model_dump(mode="json"), reads=reads, writes=writes) as record:
                if state is None:
                    files.clear()
                if not is_done:
                    _learn(workspace, course, contents, begun, files, progress, team)
                shutil.rmtree(files.pack, ignore_errors=True)
                files.state_before.unlink(missing_ok=True)
                card = published(files, begun, pick_device(course.device).type)
                record.facts |= card.facts()
                record.facts |= {"n_without_target": course.n_without, "elapsed_s": round(begun.elapsed_s, 1)}
                record.facts |= rescue.facts(begun)
        except LeftForLaterError:
            left = fit.steps_left(recipe, recipe.epoch_pictures or n_train, begun)
            note = f"{course.name} is not done: {left} steps are left. The same command goes on."
            return StageResult(stage=stage, facts={"n_steps_left": left}, notes=[note], passed=False)
    notes = [f"{course.name} was trained already; nothing was done."] if is_done else []
    notes += _notes(card, workspace.relative(files.model)) + rescue.notes(begun)
    return StageResult(stage=stage, facts=record.facts, notes=notes)


def _is_done(files: ModelFolder, state: TrainingState | None, recipe: Recipe) -> bool:
    return state is not None and state.phase == len(recipe.phases) and files.model.exists()


def _learn(
    workspace: Workspace,
    course: Course,
    contents: Sequence[str],
    state: TrainingState,
    files: ModelFolder,
    progress: Progress,
    team: Team,
) -> None:
    """Pack, fit, and write the model with what its card says."""
    items = course.lessons
    packs, failed = _packs(course, contents, files, progress, team)
    state.leave_out(items[n].sample.sample_id for n in failed)
    used = {n: item for n, item in enumerate(items) if n not in failed}
    _check_counts([item.split for item in used.values()], course.targets)
    train, val = ([n for n, item in used.items() if item.split == split] for split in ("train", "val"))
    is_generated = np.array([item.target.mask_source.startswith(_GENERATED) for item in items])
    job = Job(
        pixels=packs,
        train=np.array(train),
        val=np.array(val),
        chosen_by=to_choose_by([items[n] for n in val]),
        weights=np.where(is_generated, course.recipe.loss.generated, 1.0).astype(np.float32),
        is_generated=is_generated,
        groups=Groups.made(
            course.group_names,
            [course.group_of.get(item.sample.sample_id, -1) for item in items],
            [item.sample.person_id for item in items],
        ),
        recipe=course.recipe,
        architecture=course.architecture,
        seed=course.seed,
        device=pick_device(course.device),
        workers=course.workers,
        state_file=files.state,
        team=team,
        stop_after_s=course.stop_after_s,
        is_deterministic=course.is_deterministic,
    )
    team.wait()  # everybody has read the state that is about to be written over
    if not team.is_lead:
        fit.fit(job, state, advance=lambda: None, on_epoch=lambda _: None)
        return
    told = {
        "recipe": course.recipe.name,
        "seed": course.seed,
        "n_train": len(train),
        "n_val": len(val),
        "run": state.fingerprint,
    }
    with (
        Watch(files.history, state.history, course.loggers, run=course.name, settings=told) as watch,
        progress.bar("train", fit.steps_left(course.recipe, job.n_shown, state)) as advance,
    ):
        best = fit.fit(job, state, advance=advance, on_epoch=watch.epoch)
    write_history(files.history, state.history)  # a kill may have come between an epoch and its line
    splits = [item.split for item in items]
    card = card_of(
        workspace,
        course,
        list(used.values()),
        best,
        state,
        data_fingerprint=tables.fingerprint(list(zip(contents, splits, strict=True))),
        n_shown=job.n_shown,
    )
    preprocessing = course.recipe.preprocessing
    checkpoint.save(files.model, best.weights, preprocessing, asdict(card), course.architecture.name)


def _packs(
    course: Course, contents: Sequence[str], files: ModelFolder, progress: Progress, team: Team
) -> tuple[dict[int, NDArray[np.uint8]], dict[int, str]]:
    """Give the packed pictures by their size, and which of them could not be read."""
    items, recipe = course.lessons, course.recipe
    sources = [
        data.Source(content, item.image, item.target.path, item.matte)
        for content, item in zip(contents, items, strict=True)
    ]
    if not team.is_lead:
        team.wait()  # for the lead to write them
    with progress.bar("resize", len(sources)) as advance:
        largest = replace(recipe.preprocessing, size_px=recipe.sizes_px[0])
        pack = data.pack(files.pack, sources, largest, workers=course.workers, advance=advance)
    for index, reason in pack.failed.items():
        progress.say(f"left out {items[index].sample.sample_id}: {reason}")
    if len(pack.failed) > _FAILED_FRAC_LIMIT * len(items):
        raise TooManyFailuresError(
            f"{len(pack.failed)} of {len(items)} pictures or masks cannot be read, the last because: "
            f"{list(pack.failed.values())[-1]}"
        )
    packs = {recipe.sizes_px[0]: pack.pixels}
    for size_px in recipe.sizes_px[1:]:
        packs[size_px] = data.shrunk(files.pack, pack.name, pack.pixels, size_px)
    if team.is_lead:
        team.wait()
    return packs, pack.failed


def _notes(card: Card, path: str) -> list[str]:
    """Say what came of it."""
    return [
        f"{card.name}: {card.n_train} pictures to learn from, {card.n_val} to choose by, "
        f"{card.n_failed} left out; best epoch {card.best_epoch} of {card.epochs}; weights in {path}.",
        *(
            f"{score.measures} against {score.reference_source} masks on {score.n_images} validation "
            f"pictures: foreground IoU {score.iou_fg_image:.4f}, at the network's size."
            for score in card.val
        ),
    ]
