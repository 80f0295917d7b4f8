"""How is a student trained, so that a run that is stopped and resumed ends with the same weights?

The student has two phases: the coarse network against small masks, then the whole network, which begins
with the coarse one's best encoder. All that a run needs to go on lies in one file, written at the end of
each epoch and once a minute in between; what is random comes from (seed, phase, epoch, item) and needs no
state. On a CPU with the same number of threads the weights are the same to the last bit.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from datatools.errors import DataError, UsageError
from datatools.student.architecture import EXTREMEC3NET, Architecture, parameter_groups
from datatools.student.batches import Batch, batches, n_steps, target
from datatools.student.loss import segmentation_loss
from datatools.student.recipes import Phase, Recipe
from datatools.student.state import Best, EpochRow, TrainingState
from datatools.student.threads import n_cores, torch_threads

Device = Literal["auto", "cpu", "cuda"]
_SAVE_EVERY_S = 60.0
_VAL_BATCH = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """What to train on, and how."""

    pixels: NDArray[np.uint8]  # a pack's, (n, S, S, 4)
    train: NDArray[np.int64]  # which of them to learn from
    val: NDArray[np.int64]  # which of them to choose by
    recipe: Recipe
    seed: int
    device: torch.device
    workers: int  # threads that prepare pictures; changes nothing but the speed
    state_file: Path  # where the run's state is kept
    architecture: Architecture = EXTREMEC3NET


def pick_device(wanted: Device) -> torch.device:
    """Give the device to train on; ``auto`` is a GPU where there is one.

    Raises:
        UsageError: CUDA is wanted and not there.
    """
    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise UsageError("expected a CUDA device, torch sees none: pass --device cpu or auto")
    return torch.device("cuda" if has_cuda and wanted != "cpu" else "cpu")


def steps_left(recipe: Recipe, n_train: int, state: TrainingState) -> int:
    """Count the steps that a run has before it."""
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
        DataError: the loss is no longer a number.
    """
    clock = _Clock(state)
    # One core is left to the threads that prepare pictures.
    with _deterministic(job.device), torch_threads(n_cores() - 1):
        while state.phase < len(job.recipe.phases):
            phase = job.recipe.phases[state.phase]
            trainer = _Trainer(job, phase, state, clock)
            while state.epoch < phase.epochs:
                trainer.epoch(advance)
                on_epoch(state.history[-1])
            state.phase, state.epoch = state.phase + 1, 0
            state.weights = state.optimizer = None
            state.save(job.state_file)
    assert state.best is not None  # the last phase has at least one epoch
    return state.best


class _Clock:
    """Counts the time of a run over its stops."""

    def __init__(self, state: TrainingState) -> None:
        self._offset = state.elapsed_s - time.monotonic()

    def elapsed_s(self) -> float:
        return round(self._offset + time.monotonic(), 3)


class _Trainer:
    """One phase: its network and optimiser, brought to where the state says."""

    def __init__(self, job: Job, phase: Phase, state: TrainingState, clock: _Clock) -> None:
        self.job, self.phase, self.state, self.clock = job, phase, state, clock
        network = _new_network(job.architecture, phase, job.seed, state.phase)
        if state.weights is not None:
            network.load_state_dict(state.weights)
        elif state.best is not None:  # the phase begins with the encoder of the one before
            prefix = "encoder."
            best = {k.removeprefix(prefix): v for k, v in state.best.weights.items() if k.startswith(prefix)}
            network.get_submodule("encoder").load_state_dict(best)
            state.best = None
        # Channels-last: about 1.6 times as fast on a CPU.
        self.network = network.to(job.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub
        self.optimizer = torch.optim.Adam(
            parameter_groups(self.network), lr=phase.lr, betas=(0.9, 0.999), fused=True
        )
        if state.optimizer is not None:
            self.optimizer.load_state_dict(state.optimizer)
        self.saved_at = time.monotonic()

    def save(self) -> None:
        """Keep the run as it is now."""
        state = self.state
        state.weights, state.optimizer = self.network.state_dict(), self.optimizer.state_dict()
        state.elapsed_s = self.clock.elapsed_s()
        state.save(self.job.state_file)
        self.saved_at = time.monotonic()

    def epoch(self, advance: Callable[[], None]) -> None:
        """Train the rest of the epoch under way, then validate and keep the best."""
        job, phase, state = self.job, self.phase, self.state
        total = n_steps(len(job.train), phase.batch)
        self.network.train()
        made = batches(
            job.pixels,
            job.train,
            phase,
            key=(job.seed, state.phase, state.epoch),
            first_step=state.step,
            workers=job.workers,
        )
        lr = phase.lr_at(state.epoch + (total - 1) / total)
        for batch in made:
            state.loss_sum += self.step(batch, phase.lr_at(state.epoch + state.step / total))
            state.step += 1
            if state.step < total and time.monotonic() - self.saved_at >= _SAVE_EVERY_S:
                self.save()
            advance()
        values = validate(self.network, job, phase)
        number = len(state.history) + 1
        if state.best is None or values.mean() > state.best.iou:
            weights = {k: v.detach().cpu().clone() for k, v in self.network.state_dict().items()}
            state.best = Best(epoch=number, values=values.tolist(), weights=weights)
        row = EpochRow(
            phase=phase.name,
            epoch=number,
            loss=state.loss_sum / total,
            val_iou=float(values.mean()),
            lr=lr,
            elapsed_s=self.clock.elapsed_s(),
        )
        state.history.append(row)
        state.epoch, state.step, state.loss_sum = state.epoch + 1, 0, 0.0
        self.save()

    def step(self, batch: Batch, lr: float) -> float:
        """Learn from one batch; give its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        device = self.job.device
        inputs = self.job.recipe.preprocessing.normalise(batch.images.to(device))  # (B, 3, S, S)
        with _dropout(self.job, (self.state.phase, self.state.epoch, self.state.step)):
            logits = logits_of(self.network, inputs, self.job)  # (B, T, T)
        masks, bands = batch.masks.to(device), batch.bands.to(device)  # (B, T, T)
        loss = segmentation_loss(logits, masks, bands, self.job.recipe.pixel_weight)
        value = float(loss.detach())
        if not np.isfinite(value):
            raise DataError(
                f"the loss is {value} in the {self.phase.name} phase, epoch {self.state.epoch + 1}, step "
                f"{self.state.step + 1}, at learning rate {lr:g}: train again with a lower --lr"
            )
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        self.optimizer.step()
        return value


def validate(network: nn.Module, job: Job, phase: Phase) -> NDArray[np.float64]:
    """Give the foreground IoU of each validation picture at the target's size; (n_val,)."""
    network.eval()
    values: list[float] = []
    with torch.inference_mode():
        for start in range(0, len(job.val), _VAL_BATCH):
            chosen = np.asarray(job.pixels[job.val[start : start + _VAL_BATCH]])  # (B, S, S, 4)
            masks = np.stack([target(pixels, phase) for pixels in chosen])  # (B, T, T)
            pictures = torch.from_numpy(np.ascontiguousarray(chosen[..., :3])).to(job.device)
            logits = logits_of(network, job.recipe.preprocessing.normalise(pictures), job)  # (B, T, T)
            person = (logits > 0).cpu().numpy()
            union = (person | masks).sum((1, 2))
            overlap = (person & masks).sum((1, 2))
            # Both empty: right.
            values += np.where(union > 0, overlap / np.maximum(union, 1), 1.0).tolist()
    return np.array(values)


def logits_of(network: nn.Module, inputs: torch.Tensor, job: Job) -> torch.Tensor:
    """Give the network's logits for inputs (B, 3, S, S); float32 (B, T, T)."""
    is_reduced = job.architecture.uses_bf16 and job.device.type == "cuda"
    with torch.autocast(job.device.type, torch.bfloat16, enabled=is_reduced):
        logits = network(inputs)[:, 0]  # (B, T, T)
    return torch.as_tensor(logits.float())


def _new_network(architecture: Architecture, phase: Phase, seed: int, number: int) -> nn.Module:
    """Make a network with torch's own initial weights, drawn from the seed alone."""
    with torch.random.fork_rng(devices=[]):  # the caller's random state stays as it is
        torch.manual_seed(_seed(seed, number))
        return architecture.make(phase.is_coarse)


def _seed(*key: int) -> int:
    return int(np.random.SeedSequence(key).generate_state(1)[0])


@contextmanager
def _dropout(job: Job, place: tuple[int, ...]) -> Iterator[None]:
    """Let a network drop the same activations whenever a step is taken, before a stop or after it."""
    if not job.architecture.has_dropout:
        yield
        return
    devices = [job.device] if job.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(_seed(job.seed, *place))
        yield


@contextmanager
def _deterministic(device: torch.device) -> Iterator[None]:
    """Let torch refuse operations whose result may vary; on a GPU some have no other kind."""
    was_on = torch.are_deterministic_algorithms_enabled()
    fill = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    torch.use_deterministic_algorithms(was_on or device.type == "cpu")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was_on)
        torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]
