"""Training is repeatable, can be stopped anywhere, and learns."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from datatools.errors import UsageError
from datatools.student import fit as fitting
from datatools.student import recipe as recipes
from datatools.student.architecture import parameter_groups
from datatools.student.extremec3net import ExtremeC3Net, n_parameters
from datatools.student.fit import fit, steps_left
from datatools.student.job import Job, LeftForLaterError, pick_device
from datatools.student.state import Best, EpochRow, TrainingState
from tests.unit.student.small import pixels, same_weights, tiny_job, tiny_recipe, train, with_lr


class StoppedError(Exception):
    """Stands for whatever ends a run."""


def stop_after(job: Job, n_steps: int) -> None:
    """Train, and end the run right after a step."""
    steps: list[None] = []

    def advance() -> None:
        steps.append(None)
        if len(steps) == n_steps:
            raise StoppedError

    with pytest.raises(StoppedError):
        fit(job, TrainingState(fingerprint="x"), advance=advance, on_epoch=lambda _: None)


def resume(job: Job) -> tuple[Best, TrainingState]:
    """Go on from the state on disk."""
    state = TrainingState.load(job.state_file)
    return fit(job, state, advance=lambda: None, on_epoch=lambda _: None), state


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Best, TrainingState]:
    """Train without a stop: two epochs of two steps in each phase."""
    return train(tiny_job(tmp_path_factory.mktemp("whole")))


def test_the_same_seed_gives_the_same_weights(tmp_path: Path, whole_run: tuple[Best, TrainingState]) -> None:
    """To the last bit, with another number of workers too."""
    again, _ = train(tiny_job(tmp_path, workers=3))
    assert same_weights(again, whole_run[0])


def test_another_seed_gives_other_weights(tmp_path: Path, whole_run: tuple[Best, TrainingState]) -> None:
    """First weights, order and augmentation come from it."""
    other, _ = train(tiny_job(tmp_path, seed=1))
    assert not same_weights(other, whole_run[0])


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 5, 7])
def test_a_run_stopped_after_any_step_ends_with_the_same_weights(
    tmp_path: Path, whole_run: tuple[Best, TrainingState], monkeypatch: pytest.MonkeyPatch, n_steps: int
) -> None:
    """In the middle of an epoch, at its end, and between the phases."""
    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    job = tiny_job(tmp_path)
    stop_after(job, n_steps)
    if n_steps == 2:  # the epoch's last step: the state on disk is the one of the step before
        assert TrainingState.load(job.state_file).step == 1
    best, state = resume(job)
    assert same_weights(best, whole_run[0])
    timeless = [[replace(row, elapsed_s=0.0) for row in s.history] for s in (state, whole_run[1])]
    assert timeless[0] == timeless[1]


def test_without_a_minute_in_between_the_last_epoch_is_gone_back_to(
    tmp_path: Path, whole_run: tuple[Best, TrainingState]
) -> None:
    """Less is written; the result is the same."""
    job = tiny_job(tmp_path)
    stop_after(job, 3)
    assert TrainingState.load(job.state_file).step == 0
    assert same_weights(resume(job)[0], whole_run[0])


def test_a_run_stopped_twice_ends_with_the_same_weights(
    tmp_path: Path, whole_run: tuple[Best, TrainingState]
) -> None:
    """Once an epoch's end was told, it is safe."""
    job = tiny_job(tmp_path)

    def stop(_: EpochRow) -> None:
        raise StoppedError

    for _ in range(2):
        has_begun = job.state_file.exists()
        state = TrainingState.load(job.state_file) if has_begun else TrainingState(fingerprint="x")
        with pytest.raises(StoppedError):
            fit(job, state, advance=lambda: None, on_epoch=stop)
    assert len(TrainingState.load(job.state_file).history) == 2
    assert same_weights(resume(job)[0], whole_run[0])


def test_a_run_that_is_done_is_not_trained_on(tmp_path: Path) -> None:
    """Its best weights come from the file."""
    job = tiny_job(tmp_path, coarse=1, whole=1)
    best, _ = train(job)
    again, state = resume(job)
    assert (same_weights(again, best), len(state.history)) == (True, 2)


def test_the_history_tells_each_epoch(whole_run: tuple[Best, TrainingState]) -> None:
    """Both phases, numbered through."""
    _, state = whole_run
    assert [(row.phase, row.epoch) for row in state.history] == [
        ("coarse", 1),
        ("coarse", 2),
        ("whole", 3),
        ("whole", 4),
    ]


def test_the_best_epoch_of_the_whole_network_is_kept(whole_run: tuple[Best, TrainingState]) -> None:
    """The coarse phase does not count, however well it did."""
    best, state = whole_run
    whole = [row for row in state.history if row.phase == "whole"]
    assert best.value == pytest.approx(max(row.val_iou for row in whole))
    assert best.epoch in {row.epoch for row in whole if row.val_iou == pytest.approx(best.value)}


def test_the_whole_network_begins_with_the_best_coarse_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with the last one."""
    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    job = with_lr(tiny_job(tmp_path, coarse=1, whole=1), 1e-12)  # nothing moves in the second phase
    coarse = {}

    def keep(row: EpochRow) -> None:
        if row.phase == "coarse":
            best = TrainingState.load(job.state_file).best
            assert best is not None
            coarse.update(best.weights)

    best = fit(job, TrainingState(fingerprint="x"), advance=lambda: None, on_epoch=keep)
    name = "encoder.stem.0.weight"
    torch.testing.assert_close(best.weights[name], coarse[name], rtol=0, atol=1e-9)


def test_without_coarse_epochs_the_whole_network_is_trained_alone(tmp_path: Path) -> None:
    """Zero epochs are a phase that is left out."""
    _, state = train(tiny_job(tmp_path, coarse=0, whole=1))
    assert [row.phase for row in state.history] == ["whole"]


def test_it_learns(tmp_path: Path) -> None:
    """Bright people on dark noise are found after a few seconds."""
    best, state = train(tiny_job(tmp_path, coarse=4, whole=16))
    assert best.value > 0.85
    assert state.history[-1].loss < state.history[4].loss


def test_training_leaves_torchs_global_state_alone(tmp_path: Path) -> None:
    """Random state and determinism are the caller's."""
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    train(tiny_job(tmp_path, coarse=1, whole=1))
    assert torch.equal(torch.rand(1), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_steps_left_count_down_to_zero(tmp_path: Path) -> None:
    """What the progress bar shows is what is done."""
    job = tiny_job(tmp_path)
    state = TrainingState(fingerprint="x")
    left = [steps_left(job.recipe, 9, state)]
    fit(
        job,
        state,
        advance=lambda: left.append(steps_left(job.recipe, 9, state)),
        on_epoch=lambda _: None,
    )
    assert left == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert steps_left(job.recipe, 9, state) == 0


def test_every_parameter_has_the_papers_weight_decay() -> None:
    """None for depthwise convolutions, 2e-6 for one-dimensional parameters, 2e-4 for the rest."""
    network = ExtremeC3Net()
    groups = parameter_groups(network)
    counts = {
        group["weight_decay"]: sum(p.numel() for p in group["params"])  # type: ignore[attr-defined]
        for group in groups
    }
    flat = sum(p.numel() for p in network.parameters() if p.ndim == 1)
    depthwise = sum(p.numel() for p in network.parameters() if p.ndim == 4 and p.shape[1] == 1)
    assert counts == {
        0.0: depthwise,
        2e-6: flat,
        2e-4: n_parameters(network) - flat - depthwise,
    }


def test_a_gpu_that_is_not_there_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names what to pass instead."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [pick_device(wanted).type for wanted in ("auto", "cpu")] == ["cpu", "cpu"]
    with pytest.raises(UsageError, match="--device cpu or auto"):
        pick_device("cuda")


def test_a_gpu_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the CPU is asked for."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert [pick_device(wanted).type for wanted in ("auto", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]


def test_a_run_whose_time_is_over_is_left_and_gone_on_with(
    tmp_path: Path, whole_run: tuple[Best, TrainingState]
) -> None:
    """Each time a step or more is done; the weights are those of a run left alone."""
    job = replace(tiny_job(tmp_path), stop_after_s=0.0)
    n_times = 0
    state = TrainingState(fingerprint="x")
    while True:
        try:
            best = fit(job, state, advance=lambda: None, on_epoch=lambda _: None)
            break
        except LeftForLaterError:
            n_times += 1
            state = TrainingState.load(job.state_file)
    assert n_times >= 2
    assert same_weights(best, whole_run[0])


def test_phases_of_one_network_go_on_with_it(tmp_path: Path) -> None:
    """The second size begins with the weights, averages and optimiser of the first."""
    values = tiny_recipe(0, 1).model_dump() | {"average_epochs": 1.0, "shards": 2}
    small = values["phases"][1] | {"lr": 1e-12, "lr_end": 0.0}
    values["phases"] = [values["phases"][1] | {"size_px": 64}, small]
    recipe = recipes.Recipe.model_validate(values)
    packed = pixels(12)
    large = packed.repeat(2, axis=1).repeat(2, axis=2)
    job = replace(tiny_job(tmp_path), recipe=recipe, pixels={32: packed, 64: large})
    kept = {}

    def keep(row: EpochRow) -> None:
        if row.size_px == 64:
            kept.update(TrainingState.load(job.state_file).weights or {})

    state = TrainingState(fingerprint="x")
    best = fit(job, state, advance=lambda: None, on_epoch=keep)
    assert [(row.size_px, row.n_seen) for row in state.history] == [(64, 8), (32, 16)]
    after = TrainingState.load(job.state_file).best
    assert after is not None
    name = "encoder.stem.0.weight"  # hardly moved at a rate of 1e-12; its average still comes closer
    assert (best.weights[name] - kept[name]).abs().max() < 0.05
    assert not torch.equal(best.weights[name], kept[name])
