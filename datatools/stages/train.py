"""How does the data in the workspace become a trained student?

Learns from the train split, chooses by the val split, never looks at the test split. A run that was
stopped goes on when the same command is given again, and ends with the same weights.

Example::

    datatools train --workspace ws --recipe short --name student
"""

import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from datatools import selection, tables
from datatools.errors import TooManyFailuresError, UsageError
from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.selection import Target, Targets
from datatools.settings import StageSettings
from datatools.tables import FINDINGS, MANIFEST, MASKS, SOURCES, SPLITS
from datatools.workspace import Workspace

if TYPE_CHECKING:  # torch takes a second to import; `datatools --help` does without it
    from datatools.student.card import Card
    from datatools.student.folder import ModelFolder
    from datatools.student.recipes import Recipe
    from datatools.student.state import Best, TrainingState

STAGE = "train"
MIN_TRAIN = 8  # fewer pictures make no network
_FAILED_FRAC_LIMIT = 0.5


class Settings(StageSettings):
    """Settings of the train stage."""

    seed: int = Field(default=0, ge=0)
    """Seed of the first weights, the order of pictures and their augmentation."""

    name: str = "student"
    """What the model is called; its folder is WS/models/NAME."""

    recipe: Literal["short", "paper"] = "short"
    """short takes minutes on two CPU cores; paper is the authors' 300 + 300 epochs at 224 px."""

    targets: Targets = "best"
    """Which masks to learn: generated, reference, or the best there is of each picture."""

    epochs_coarse: int | None = Field(default=None, ge=0)
    """Epochs of the coarse network, instead of the recipe's."""

    epochs_whole: int | None = Field(default=None, ge=1)
    """Epochs of the whole network, instead of the recipe's."""

    batch: int | None = Field(default=None, ge=2)
    """Pictures in a step, instead of the recipe's."""

    size_px: int | None = Field(default=None, ge=32)
    """Side of the network's input, a multiple of 4, instead of the recipe's."""

    lr: float | None = Field(default=None, gt=0)
    """Highest learning rate, instead of the recipe's."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; auto is a GPU where there is one."""

    workers: int | None = Field(default=None, ge=1)
    """Threads that prepare pictures; as many as there are cores when not given."""

    restart: bool = False
    """Throw away what a run with other data or settings left under this name."""


@dataclass(frozen=True, slots=True)
class _Item:
    sample: Sample
    image: Path
    target: Target
    split: str


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Train a student, or go on with a run that was stopped.

    Raises:
        UsageError: no splits, too few pictures, a setting that does not fit, or a model of this name
            that was trained on other data or with other settings.
        TooManyFailuresError: most pictures or masks cannot be read.
        DataError: the loss is no longer a number.
    """
    from datatools.student import checkpoint
    from datatools.student.card import Card
    from datatools.student.folder import ModelFolder
    from datatools.student.state import TrainingState

    workspace.require()
    items, n_without = _items(workspace, settings)
    _check_counts([item.split for item in items], settings.targets)
    recipe = _recipe(settings)
    contents = [_content(item) for item in items]
    fingerprint = tables.fingerprint(
        recipe, settings.seed, list(zip(contents, [item.split for item in items], strict=True))
    )
    files = ModelFolder(workspace.model_folder(settings.name))
    state = files.unfinished(fingerprint, restart=settings.restart)
    is_done = state is not None and state.phase == len(recipe.phases) and files.model.exists()
    n_train, n_val = (sum(item.split == split for item in items) for split in ("train", "val"))
    if settings.dry_run:
        what = "is trained already" if is_done else f"would be trained by the recipe {recipe.name}"
        note = f"{settings.name} {what}: {n_train} pictures to learn from, {n_val} to choose by."
        return StageResult(stage=STAGE, facts={"n_train": n_train, "n_val": n_val}, notes=[note])

    reads = (SOURCES, MANIFEST, SPLITS, MASKS, FINDINGS)
    writes = (files.model, files.card, files.history)
    with workspace.run(STAGE, settings.model_dump(mode="json"), reads=reads, writes=writes) as record:
        if state is None:
            files.clear()
            state = TrainingState(fingerprint=fingerprint)
        if not is_done:
            _train(settings, progress, items, contents, recipe, state, files)
        shutil.rmtree(files.pack, ignore_errors=True)
        about = checkpoint.load(files.model).training
        record.facts |= about | {"n_without_target": n_without, "elapsed_s": round(state.elapsed_s, 1)}
    notes = [f"{settings.name} was trained already; nothing was done."] if is_done else []
    notes += _notes(Card.from_dict(about), workspace.relative(files.model))
    return StageResult(stage=STAGE, facts=record.facts, notes=notes)


def _items(workspace: Workspace, settings: Settings) -> tuple[list[_Item], int]:
    """Give the train and val samples that have a target, and how many have none."""
    if not workspace.has(SPLITS):
        raise UsageError(f"no splits yet: run `datatools split --workspace {workspace.root}` first")
    split_of = {row.sample_id: row.split for row in workspace.rows(SPLITS) if row.split in {"train", "val"}}
    samples = [s for s in workspace.samples(limit=settings.limit) if s.sample_id in split_of]
    targets = selection.training_targets(workspace, settings.targets)
    items = [
        _Item(sample, workspace.image_file(sample), targets[sample.sample_id], split_of[sample.sample_id])
        for sample in samples
        if sample.sample_id in targets
    ]
    return items, len(samples) - len(items)


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


def _recipe(settings: Settings) -> "Recipe":
    from datatools.student import recipes

    recipe = recipes.recipe(settings.recipe)
    if settings.size_px is not None:
        recipe = recipe.resized(settings.size_px)
    epochs = (settings.epochs_coarse, settings.epochs_whole)
    return recipe.changed(epochs=epochs, batch=settings.batch, lr=settings.lr)


def _content(item: _Item) -> str:
    """Hash what a sample teaches; a mask that is gone shows up when it is read."""
    path = item.target.path
    return tables.fingerprint(item.sample.sample_id, tables.sha256_file(path) if path.is_file() else None)


def _train(
    settings: Settings,
    progress: Progress,
    items: Sequence[_Item],
    contents: Sequence[str],
    recipe: "Recipe",
    state: "TrainingState",
    files: "ModelFolder",
) -> None:
    """Pack, fit, and write the model with its card."""
    import numpy as np

    from datatools.student import checkpoint, data, fit, logs
    from datatools.student.card import text
    from datatools.student.state import EpochRow

    device = fit.pick_device(settings.device)
    workers = settings.workers or os.cpu_count() or 1
    sources = [
        data.Source(content, item.image, item.target.path)
        for content, item in zip(contents, items, strict=True)
    ]
    with progress.bar("resize", len(sources)) as advance:
        pack = data.pack(files.pack, sources, recipe.preprocessing, workers=workers, advance=advance)
    for index, reason in pack.failed.items():
        progress.say(f"left out {items[index].sample.sample_id}: {reason}")
    if len(pack.failed) > _FAILED_FRAC_LIMIT * len(items):
        raise TooManyFailuresError(
            f"{len(pack.failed)} of {len(items)} pictures or masks cannot be read, the last because: "
            f"{list(pack.failed.values())[-1]}"
        )
    used = {n: item for n, item in enumerate(items) if n not in pack.failed}
    _check_counts([item.split for item in used.values()], settings.targets)
    train, val = ([n for n, item in used.items() if item.split == split] for split in ("train", "val"))
    job = fit.Job(
        pixels=pack.pixels,
        train=np.array(train),
        val=np.array(val),
        recipe=recipe,
        seed=settings.seed,
        device=device,
        workers=workers,
        state_file=files.state,
    )
    log = logs.EventLog(files.log, len(state.history))

    def on_epoch(row: EpochRow) -> None:
        logs.write_history(files.history, state.history)
        log.epoch(row)

    try:
        with progress.bar("train", fit.steps_left(recipe, len(train), state)) as advance:
            best = fit.fit(job, state, advance=advance, on_epoch=on_epoch)
    finally:
        log.close()
    card = _card(settings, recipe, used, best, n_failed=len(pack.failed))
    tables.write_bytes(files.card, text(card).encode())
    checkpoint.save(files.model, best.weights, recipe.preprocessing, asdict(card))


def _card(
    settings: Settings, recipe: "Recipe", used: Mapping[int, _Item], best: "Best", *, n_failed: int
) -> "Card":
    """Gather what is to be said about a finished run."""
    from datatools.student.card import Card, ValScore
    from datatools.student.extremec3net import ExtremeC3Net, n_parameters

    train = [item for item in used.values() if item.split == "train"]
    val = [item for item in used.values() if item.split == "val"]
    by_source: dict[str, list[float]] = {}
    for item, value in zip(val, best.values, strict=True):
        by_source.setdefault(item.target.mask_source, []).append(value)
    return Card(
        name=settings.name,
        recipe=recipe.name,
        epochs=" + ".join(str(phase.epochs) for phase in recipe.phases),
        size_px=recipe.preprocessing.size_px,
        seed=settings.seed,
        n_parameters=n_parameters(ExtremeC3Net()),
        n_train=len(train),
        n_val=len(val),
        n_failed=n_failed,
        mask_sources=dict(Counter(item.target.mask_source for item in train)),
        licences=dict(Counter(item.sample.licence for item in used.values())),
        val=[
            ValScore(
                reference_source=source,
                measures="accuracy" if selection.measures_accuracy(source) else "agreement",
                n_images=len(values),
                iou_fg_image=sum(values) / len(values),
            )
            for source, values in sorted(by_source.items())
        ],
        best_epoch=best.epoch,
    )


def _notes(card: "Card", path: str) -> list[str]:
    """Say what came of it."""
    notes = [
        f"{card.name}: {card.n_train} pictures to learn from, {card.n_val} to choose by, "
        f"{card.n_failed} left out; best epoch {card.best_epoch} of {card.epochs}; weights in {path}."
    ]
    notes += [
        f"{score.measures} against {score.reference_source} masks on {score.n_images} validation pictures: "
        f"foreground IoU {score.iou_fg_image:.4f}, at the network's size."
        for score in card.val
    ]
    return notes
