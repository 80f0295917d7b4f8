"""How is a student trained, so that a run that is stopped and resumed ends with the same weights?

A recipe's phases follow each other: the coarse network against small masks, the whole network at one
size after the other. All that a run needs to go on lies in one file, written at the end of each epoch
and once a minute in between; what is random comes from (seed, phase, epoch, place) and needs no state.
On a CPU the weights are the same to the last bit, whatever the number of cores.
"""

import copy
import math
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from datatools.student import averaging, rescue
from datatools.student.architecture import parameter_groups
from datatools.student.batches import Batch, batches, n_steps
from datatools.student.choice import is_stalled, judge
from datatools.student.fair_loss import GroupWeights
from datatools.student.job import Clock, Job, LeftForLaterError
from datatools.student.loss import segmentation_loss
from datatools.student.precision import Precision
from datatools.student.recipe import Phase, Recipe
from datatools.student.repeatable import dropout, fixed_order, new_network, one_thread_a_shard
from datatools.student.sampling import Plan, plan
from datatools.student.shards import NotFiniteError, Shards
from datatools.student.state import Best, EpochRow, TrainingState
from datatools.student.strength import PRESETS
from datatools.student.validation import validate

_SAVE_EVERY_S = 60.0


def steps_left(recipe: Recipe, n_train: int, state: TrainingState) -> int:
    """Count the steps that a run has before it; ``n_train`` is the number of pictures that an epoch shows."""
    per_phase = [phase.epochs * n_steps(n_train, phase.batch) for phase in recipe.phases]
    if state.phase == len(per_phase):
        return 0
    done = state.epoch * n_steps(n_train, recipe.phases[state.phase].batch) + state.step
    return sum(per_phase[state.phase :]) - done


def fit(
    job: Job,
    state: TrainingState,
    *,
    advance: Callable[[], None],
    on_epoch: Callable[[EpochRow], None],
) -> Best:
    """Train from where ``state`` is to the end; give the best weights of the whole network.

    Args:
        job: data, recipe, seed and where to run.
        state: a new one, or one that was read from ``job.state_file``. It is changed on the way.
        advance: called after each step.
        on_epoch: called after each epoch, once its state is safe on disk.

    Raises:
        DataError: the loss is no longer a number, and going back to better weights did not help.
        LeftForLaterError: the job's time is over.
    """
    clock = Clock(state, job.stop_after_s)
    phases = job.recipe.phases
    with fixed_order(job.device, is_wanted=job.is_deterministic), one_thread_a_shard(job.device):
        while state.phase < len(phases):
            phase = phases[state.phase]
            if phase.epochs:  # a network may have no coarse one to make
                with _Trainer(job, phase, state, clock) as trainer:
                    while state.epoch < phase.epochs and not _is_stalled(job, state):
                        trainer.epoch(advance)
                        on_epoch(state.history[-1])
            state.phase, state.epoch = state.phase + 1, 0
            goes_on = state.phase < len(phases) and phases[state.phase].network == phase.network
            if not goes_on:  # the last phase, or another network comes
                state.weights = state.optimizer = state.average = state.group_weights = None
                state.n_averaged, state.precision = 0, {}
            elif phase.epochs:
                state.best = None  # another size has another best
            if job.team.is_lead:
                state.save(job.state_file)
    rescue.require_best(state)
    assert state.best is not None
    return state.best


def _is_stalled(job: Job, state: TrainingState) -> bool:
    """Say whether the phase under way is to end before its time."""
    rows = state.history[len(state.history) - state.epoch :]
    return is_stalled([row.val_value for row in rows], job.recipe.choice.patience)


def _plan(job: Job) -> tuple[NDArray[np.int64], Plan, GroupWeights]:
    """Give every picture's group, what epochs draw from, and what a picture of each group counts at first."""
    recipe, names = job.recipe, job.groups.names
    groups = job.groups.large(job.train, recipe.choice.min_people)  # (n,)
    learned = groups[job.train]  # (n_train,)
    made = plan(job.train, learned, job.is_generated[job.train], recipe.sampling, job.n_shown)
    sizes = np.bincount(learned[learned >= 0], minlength=len(names))
    return groups, made, GroupWeights(recipe.robust, sizes, made.group_shares(len(names)))


class _Trainer:
    """One phase: its network and optimiser, brought to where the state says."""

    def __init__(self, job: Job, phase: Phase, state: TrainingState, clock: Clock) -> None:
        self.job, self.phase, self.state, self.clock = job, phase, state, clock
        network = new_network(job.architecture, job.seed, state.phase, is_coarse=phase.is_coarse)
        with rescue.restoring(job.state_file, job.architecture.title):
            if state.weights is not None:
                network.load_state_dict(state.weights)
            elif state.best is not None:  # the phase begins with the encoder of the one before
                found, prefix = state.best.weights, "encoder."
                best = {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}
                network.get_submodule("encoder").load_state_dict(best)
                state.best = None
        # Channels-last: about 1.6 times as fast on a CPU.
        self.network = network.to(job.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub
        self.optimizer = torch.optim.Adam(
            parameter_groups(self.network), lr=phase.lr, betas=(0.9, 0.999), fused=True
        )
        if state.optimizer is not None:
            with rescue.restoring(job.state_file, job.architecture.title):
                self.optimizer.load_state_dict(state.optimizer)
        if state.epoch == state.step == 0:
            state.first = rescue.copied(self.network.state_dict())
        self.precision = Precision(job.recipe.precision, job.device, prefers_bf16=job.architecture.uses_bf16)
        self.precision.restore(state.precision)
        self.groups, self.plan, self.group_weights = _plan(job)
        if state.group_weights is not None:
            self.group_weights.restore(state.group_weights)
        if job.recipe.average_epochs and state.average is None:
            state.average = averaging.begun(self.network)
        # A GPU takes one after the other; dropout draws from the one random state that torch has.
        side_by_side = job.device.type == "cpu" and not job.architecture.has_dropout
        self.shards = Shards(self.network, job.recipe.shards, job.team, side_by_side=side_by_side)
        self.saved_at = time.monotonic()

    def __enter__(self) -> "_Trainer":
        self.shards.__enter__()
        return self

    def __exit__(self, *stopped_by: object) -> None:
        self.shards.__exit__(None, None, None)

    def save(self) -> None:
        """Keep the run as it is now."""
        state = self.state
        state.weights, state.optimizer = self.network.state_dict(), self.optimizer.state_dict()
        state.group_weights, state.precision = self.group_weights.state(), self.precision.state()
        state.elapsed_s = self.clock.elapsed_s()
        if self.job.team.is_lead:
            state.save(self.job.state_file)
        self.saved_at = time.monotonic()

    def epoch(self, advance: Callable[[], None]) -> None:
        """Train the rest of the epoch under way, then validate and keep the best."""
        job, phase, state = self.job, self.phase, self.state
        pixels = job.pixels[phase.size_px]
        total = n_steps(job.n_shown, phase.batch)
        self.network.train()
        made = batches(
            pixels,
            self.plan.draws(state.epoch, (job.seed, state.phase)),
            phase,
            PRESETS[job.recipe.augmentation],
            key=(job.seed, state.phase, state.epoch),
            first_step=state.step,
            workers=job.workers,
        )
        for batch in made:
            rate = phase.lr_at(state.epoch + state.step / total) * rescue.rate_factor(state)
            state.loss_sum += self.step(batch, rate, total)
            state.step += 1
            is_over = job.stop_after_s is not None and job.team.agrees(self.clock.is_over())
            if state.step < total and (is_over or time.monotonic() - self.saved_at >= _SAVE_EVERY_S):
                self.save()
            advance()
            if is_over and state.step < total:
                made.close()  # type: ignore[attr-defined]  # it is a generator
                raise LeftForLaterError
        self.close_epoch(total, phase.lr_at(state.epoch + (total - 1) / total) * rescue.rate_factor(state))

    def close_epoch(self, total: int, lr: float) -> None:
        """Validate, keep the best, write the history's line and the state."""
        job, phase, state = self.job, self.phase, self.state
        kept = state.average or self.network.state_dict()
        judged = copy.deepcopy(self.network)
        judged.load_state_dict(kept)
        pixels = job.pixels[phase.size_px][job.val]
        values = validate(judged, self.shards, pixels, job.recipe.preprocessing, phase, self.logits_of)
        verdict = judge(values[job.chosen_by], job.val[job.chosen_by], job.groups, job.recipe.choice)
        number = len(state.history) + 1
        is_better = state.best is None or verdict.value > state.best.value
        has_learned = not state.n_in_a_row and state.n_passed_over < total
        if is_better and has_learned:  # weights that give no number are not the best
            weights = {k: v.detach().cpu().clone() for k, v in kept.items()}
            state.best = Best(epoch=number, value=verdict.value, values=values.tolist(), weights=weights)
        row = EpochRow(
            phase=phase.name,
            epoch=number,
            size_px=phase.size_px,
            n_seen=state.n_seen,
            loss=state.loss_sum / (total - state.n_passed_over) if state.n_passed_over < total else math.nan,
            val_iou=verdict.mean,
            val_value=verdict.value,
            val_groups=dict(verdict.by_group),
            lr=lr,
            elapsed_s=self.clock.elapsed_s(),
            n_passed_over=state.n_passed_over,
        )
        state.history.append(row)
        state.epoch, state.step, state.loss_sum, state.n_passed_over = state.epoch + 1, 0, 0.0, 0
        self.save()

    def step(self, batch: Batch, lr: float, steps_an_epoch: int) -> float:
        """Learn from one batch; give its loss, or 0 where nothing can be learned from it."""
        job, state, recipe = self.job, self.state, self.job.recipe
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        weights = torch.from_numpy(job.weights[batch.chosen])  # (B,)
        weights = weights / weights.sum()
        groups = torch.from_numpy(self.groups[batch.chosen])  # (B,)
        counted = weights * self.group_weights.of(groups)  # (B,)
        cuts = [part.tolist() for part in np.array_split(np.arange(len(weights)), self.shards.n_shards)]

        def loss_of(network: nn.Module, n: int) -> tuple[Tensor, Tensor]:
            rows, device = slice(cuts[n][0], cuts[n][-1] + 1), job.device
            inputs = recipe.preprocessing.normalise(batch.images[rows].to(device))  # (b, 3, S, S)
            place = (job.seed, state.phase, state.epoch, state.step, n)
            with dropout(job.architecture, device, place):
                logits = self.logits_of(network, inputs)  # (b, T, T)
            matte = batch.mattes[rows].to(device).float() / 255 if recipe.loss.matte_frac else None
            masks, bands = batch.masks[rows].to(device), batch.bands[rows].to(device)  # (b, T, T)
            values = segmentation_loss(logits, masks, bands, matte, recipe.loss)  # (b,)
            share = (values * counted[rows].to(device)).sum()
            return self.precision.scaled(share), values.detach()

        try:
            values = self.shards.learn(loss_of).cpu()  # (B,)
        except NotFiniteError:
            if self.precision.has_backed_off():
                state.n_passed_over += 1
            else:
                rescue.pass_over(state, self.network, self.optimizer, phase=self.phase.name, lr=lr)
            self.shards.follow()
            return 0.0
        self.precision.step(self.optimizer)
        self.group_weights.update(values, groups)
        self.shards.follow()
        state.n_seen += len(weights)
        if state.average is not None:
            n_steps_kept = recipe.average_epochs * steps_an_epoch
            averaging.add(state.average, self.network, state.n_averaged, n_steps_kept)
            state.n_averaged += 1
        state.n_in_a_row = 0
        return float((values.cpu() * weights).sum())

    def logits_of(self, network: nn.Module, inputs: Tensor) -> Tensor:
        """Give a network's logits for inputs (B, 3, S, S); float32 (B, T, T)."""
        with self.precision.autocast():
            logits = network(inputs)[:, 0]  # (B, T, T)
        return torch.as_tensor(logits.float())
