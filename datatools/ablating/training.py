"""Which runs does an ablation take, do they cost the same, and which of them are done?

Each run is a model of its own, WS/models/ablate-NAME-ARM-SEED, trained by the stage ``train``: one that was
stopped goes on, one that is done is left alone.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from datatools.ablating.plan import Ablation
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.settings import explain
from datatools.stages import train
from datatools.workspace import Workspace

if TYPE_CHECKING:  # torch takes a second to import
    from datatools.student.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One network to train."""

    arm: str
    settings: train.Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The runs of an ablation, seed by seed so that a stopped one can be compared, and what they cost."""

    runs: list[Run]
    pictures_seen: dict[str, list[str]]  # by arm, of each phase

    @property
    def models(self) -> dict[tuple[str, int], str]:
        """Name the networks by arm and seed."""
        return {(run.arm, run.settings.seed): run.settings.name for run in self.runs}


def plan(workspace: Workspace, ablation: Ablation, name: str, *, limit: int | None, restart: bool) -> Planned:
    """Plan the runs of every arm that is trained.

    An epoch of every arm is as many pictures as the reference arm has (as the first trained arm, where
    the reference is not trained), unless recipe or file say how many: an arm with more data must not be
    trained for longer.

    Raises:
        UsageError: a setting that train does not take, too few pictures, no composites for an arm that
            asks for them, a threshold without groups, or arms that see different numbers of pictures
            although the file asks for the same compute.
    """
    trained = {arm.name: {**ablation.train, **arm.train} for arm in ablation.arms if arm.is_trained}
    if not trained:
        return Planned(runs=[], pictures_seen={})
    for_all: dict[str, object] = {"limit": limit, "restart": restart}
    first = {
        arm: _settings(arm, {**values, **for_all, "name": model_name(name, arm, ablation.seeds[0])})
        for arm, values in trained.items()
    }
    _check_groups(ablation, first)
    n_train = {arm: _n_train(workspace, settings) for arm, settings in first.items()}
    for arm, values in trained.items():
        without = first[arm].model_copy(update={"composites": False})
        if values.get("composites") is True and _n_train(workspace, without) == n_train[arm]:
            raise UsageError(
                f"arm {arm}: expected composites among the pictures to learn from, found none: compose "
                "people, ingest the folder and split again, or leave the arm out by --arms"
            )
    usual = n_train.get(ablation.reference, next(iter(n_train.values())))
    own = {arm: train.recipe_of(settings) for arm, settings in first.items()}
    for_all["epoch_pictures"] = next((r.epoch_pictures for r in own.values() if r.epoch_pictures), usual)
    runs = [
        Run(
            arm=arm,
            settings=_settings(arm, {**for_all, **values, "name": model_name(name, arm, seed), "seed": seed}),
        )
        for seed in ablation.seeds
        for arm, values in trained.items()
    ]
    seen = {run.arm: list(_phases(train.recipe_of(run.settings))) for run in runs}
    if ablation.same_compute and len({tuple(phases) for phases in seen.values()}) > 1:
        told = "; ".join(f"{arm}: {', '.join(phases)}" for arm, phases in seen.items())
        raise UsageError(
            f"expected arms of the same compute, got {told}: change recipe, epochs or epoch_pictures of an "
            "arm, or say same_compute = false in the ablation's file"
        )
    return Planned(runs=runs, pictures_seen=seen)


def _check_groups(ablation: Ablation, settings: Mapping[str, train.Settings]) -> None:
    for arm in ablation.arms:
        if arm.like is not None and not settings[arm.like].group_by:
            raise UsageError(
                f"arm {arm.name}: expected group_by among the settings of train that arm {arm.like} has, to "
                "know which group of the val split fares worst"
            )


def model_name(name: str, arm: str, seed: int) -> str:
    """Say what a run's network is called."""
    return f"ablate-{name}-{arm}-{seed}"


def _settings(arm: str, values: Mapping[str, object]) -> train.Settings:
    try:
        return train.Settings.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"arm {arm} of the ablation: {explain(error)}") from error


def _n_train(workspace: Workspace, settings: train.Settings) -> int:
    asked = settings.model_copy(update={"dry_run": True, "restart": True})
    found = train.run(workspace, asked, Progress("quiet")).facts["n_train"]
    assert isinstance(found, int)
    return found


def _phases(recipe: "Recipe") -> Iterator[str]:
    """Say what each phase costs: the network, its input and how many pictures it sees."""
    most = "at most " if recipe.choice.patience is not None else ""  # early stopping may spare some
    for phase in recipe.phases:
        n_steps = phase.epochs * max(1, (recipe.epoch_pictures or 0) // phase.batch)
        if n_steps:
            yield f"{phase.name} at {phase.size_px} px, {most}{n_steps} steps of {phase.batch} pictures"


def attend(
    workspace: Workspace, runs: Sequence[Run], progress: Progress, *, jobs: int, minutes: float | None
) -> list[str]:
    """Train what is not trained yet; give the names of the models that are not done.

    Args:
        workspace: holds the pictures and the models.
        runs: in the order to train them in.
        progress: says which run is under way.
        jobs: how many are trained at once, each in a process of its own. Weights do not depend on it.
        minutes: leave what is not done after so long; None is never.

    Raises:
        DatatoolsError: what train raises; the other runs' states stay.
    """
    stop_at = None if minutes is None else time.monotonic() + 60 * minutes
    if jobs > 1:
        return _attend_apart(workspace, runs, progress, jobs, stop_at)
    left: list[str] = []
    for number, run in enumerate(runs, 1):
        progress.say(f"[{number}/{len(runs)}] {run.settings.name}")
        if not _train(workspace, run, progress, stop_at):
            left.append(run.settings.name)
    return left


def _attend_apart(
    workspace: Workspace, runs: Sequence[Run], progress: Progress, jobs: int, stop_at: float | None
) -> list[str]:
    """Train in processes; each computes on its own cores."""
    context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    begin = (context.Value("i", 0), _cores(jobs))
    left: list[str] = []
    with (
        progress.bar("train", len(runs)) as advance,
        ProcessPoolExecutor(jobs, context, _enter, begin) as pool,
    ):
        waiting = [pool.submit(_train_apart, workspace.root, run, stop_at) for run in runs]
        try:
            for run, done in zip(runs, waiting, strict=True):
                if not done.result():
                    left.append(run.settings.name)
                advance()
        except BrokenProcessPool as error:
            raise DataError(
                "a process that trained was killed (out of memory?): the same command goes on, fewer --jobs "
                "need less memory"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return left


def _train(workspace: Workspace, run: Run, progress: Progress, stop_at: float | None) -> bool:
    """Train one network, or go on with it; say whether it is done."""
    settings = run.settings
    if stop_at is not None:
        # A run that is done takes no time to be found so, however little is left.
        left_min = max((stop_at - time.monotonic()) / 60, 1e-6)
        settings = settings.model_copy(update={"minutes": left_min})
    return train.run(workspace, settings, progress).passed


def _train_apart(root: Path, run: Run, stop_at: float | None) -> bool:
    return _train(Workspace(root), run, Progress("quiet"), stop_at)


def _cores(jobs: int) -> list[set[int]] | None:
    """Deal this process's cores to the jobs; None where a system does not let processes choose."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    return [set(cores[place::jobs]) or {cores[place % len(cores)]} for place in range(jobs)]


def _enter(n_entered: "Synchronized[int]", cores: list[set[int]] | None) -> None:
    """Take one's cores, and leave when the command that started this process is gone.

    A killed command must leave nobody behind who goes on writing what the next one reads.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    if cores is not None:
        with n_entered.get_lock():
            place, n_entered.value = n_entered.value, n_entered.value + 1
        os.sched_setaffinity(0, cores[place % len(cores)])
