"""A run outlives a loss that is no number, or says that it cannot."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from datatools.errors import DataError, WeightsError
from datatools.student import fit as fitting
from datatools.student import rescue
from datatools.student.fit import fit
from datatools.student.job import Job
from datatools.student.loss import segmentation_loss
from datatools.student.state import Best, TrainingState
from tests.unit.student.small import same_weights, tiny_job, train, with_lr

Place = tuple[int, int]  # epoch of the phase and step of the epoch, from 0
IN_A_ROW: set[Place] = {(1, 0), (1, 1), (2, 0)}
EVERYWHERE = {(epoch, step) for epoch in range(9) for step in range(2)}


def break_losses(monkeypatch: pytest.MonkeyPatch, places: set[Place]) -> None:
    """Let the losses of some steps be no number."""
    loss, step = segmentation_loss, fitting._Trainer.step
    here: list[Place] = []

    def watched(trainer: fitting._Trainer, *given: object) -> float:
        here[:] = [(trainer.state.epoch, trainer.state.step)]
        return step(trainer, *given)  # type: ignore[arg-type]  # passed on as it came

    def broken(*given: object) -> Tensor:
        values = loss(*given)  # type: ignore[arg-type]
        return values * torch.nan if here[0] in places else values

    monkeypatch.setattr(fitting._Trainer, "step", watched)
    monkeypatch.setattr(fitting, "segmentation_loss", broken)


def whole(folder: Path, epochs: int) -> Job:
    """Give a job of the whole network alone; two steps an epoch."""
    return tiny_job(folder, coarse=0, whole=epochs)


def weights_of(job: Job) -> dict[str, Tensor]:
    """Give the weights that lie on the disk."""
    weights = TrainingState.load(job.state_file).weights
    assert weights is not None
    return weights


def test_a_step_without_a_number_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights and running statistics after it are those before it."""
    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    break_losses(monkeypatch, {(0, 1)})
    job = whole(tmp_path, 2)
    kept: list[dict[str, Tensor]] = []
    fit(
        job,
        TrainingState(fingerprint="x"),
        advance=lambda: kept.append(weights_of(job)),
        on_epoch=lambda _: kept.append(weights_of(job)),
    )
    after_one, after_two = kept[0], kept[2]
    assert all(
        torch.equal(value, after_two[name]) for name, value in after_one.items() if value.is_floating_point()
    )


def test_it_is_counted_and_left_out_of_the_mean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The history says how many steps taught nothing."""
    break_losses(monkeypatch, {(0, 1)})
    _, state = train(whole(tmp_path, 2))
    assert [(row.n_passed_over, row.n_seen) for row in state.history] == [(1, 4), (0, 12)]
    assert 0 < state.history[0].loss < 10
    assert state.n_recoveries == 0


def test_an_epoch_without_a_number_has_no_loss_and_is_not_the_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its weights may be broken, however they do on the validation pictures."""
    break_losses(monkeypatch, {(0, 0), (0, 1)})
    best, state = train(whole(tmp_path, 2))
    assert (str(state.history[0].loss), best.epoch) == ("nan", 2)


def test_several_in_a_row_go_back_to_the_best_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a quarter of the learning rate from there on."""
    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    break_losses(monkeypatch, IN_A_ROW)
    job = whole(tmp_path, 4)
    found: list[bool] = []

    def advance() -> None:
        state = TrainingState.load(job.state_file)
        if state.n_recoveries and state.step == 1 and not found:
            assert state.best is not None
            assert state.weights is not None
            found.append(all(torch.equal(v, state.best.weights[k]) for k, v in state.weights.items()))

    state = TrainingState(fingerprint="x")
    fit(job, state, advance=advance, on_epoch=lambda _: None)
    lr = job.recipe.phases[1].lr_at(3.5)
    assert (found, state.n_recoveries) == ([True], 1)
    assert state.history[-1].lr == pytest.approx(lr / 4)


def test_before_the_first_epoch_is_done_they_go_back_to_the_first_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which are those of the coarse phase's encoder, where there was one."""
    break_losses(monkeypatch, {(0, 0), (0, 1), (1, 0)})
    best, state = train(whole(tmp_path, 3))
    assert (state.n_recoveries, best.epoch in {2, 3}) == (1, True)


@pytest.mark.parametrize("n_steps", [4, 5])
def test_a_run_in_trouble_that_is_stopped_ends_with_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_steps: int
) -> None:
    """What is done about it follows from the state."""
    break_losses(monkeypatch, IN_A_ROW)
    expected, _ = train(whole(tmp_path, 4))
    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    job, steps = whole(tmp_path / "stopped", 4), iter(range(n_steps - 1))

    def advance() -> None:
        if next(steps, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(job, TrainingState(fingerprint="x"), advance=advance, on_epoch=lambda _: None)
    state = TrainingState.load(job.state_file)
    best: Best = fit(job, state, advance=lambda: None, on_epoch=lambda _: None)
    assert (same_weights(best, expected), state.n_recoveries) == (True, 1)


def test_when_nothing_helps_the_run_stops_and_says_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best weights are still in the state on the disk."""
    break_losses(monkeypatch, EVERYWHERE - {(0, 0), (0, 1)})
    job = whole(tmp_path, 7)
    said = r"in the whole phase, epoch 7, step 2, .* lowered 3 times before; the weights of epoch 1 are"
    with pytest.raises(DataError, match=said):
        train(job)
    best = TrainingState.load(job.state_file).best
    assert best is not None
    assert best.epoch == 1


def test_a_learning_rate_that_explodes_says_so(tmp_path: Path) -> None:
    """The remedy is in the message."""
    with pytest.raises(DataError, match=r"lowered 3 times before.*lower --lr, and with --restart"):
        train(with_lr(tiny_job(tmp_path, coarse=9, whole=1), 1e30))


def test_a_run_without_one_sound_epoch_gives_no_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may end before there were enough steps in a row."""
    break_losses(monkeypatch, EVERYWHERE)
    with pytest.raises(DataError, match=r"no epoch of the last phase ended with a loss that is a number"):
        train(whole(tmp_path, 1))


def test_a_loss_that_was_never_a_number_leaves_nothing_to_go_back_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message does not promise weights."""
    break_losses(monkeypatch, EVERYWHERE)
    with pytest.raises(DataError, match=r"epoch 6, step 2, .*no epoch of the phase was finished before"):
        train(whole(tmp_path, 6))


@pytest.mark.parametrize(
    "changed", [{"weights": {"w": torch.zeros(1)}}, {"optimizer": {"state": {}, "param_groups": []}}]
)
def test_a_state_that_does_not_fit_is_named(tmp_path: Path, changed: dict[str, object]) -> None:
    """Its fingerprint is right and its weights are not: somebody put them there."""
    job = whole(tmp_path, 1)
    state = TrainingState(fingerprint="x", phase=1, **changed)  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match=r"checkpoint\.pt does not hold what ExtremeC3Net needs"):
        fit(job, state, advance=lambda: None, on_epoch=lambda _: None)


def test_what_happened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the run's record and in a sentence; nothing where nothing happened."""
    state = TrainingState(fingerprint="x")
    assert (rescue.notes(state), rescue.facts(state)["n_recoveries"]) == ([], 0)
    break_losses(monkeypatch, IN_A_ROW)
    _, state = train(whole(tmp_path, 4))
    assert rescue.facts(state) == {"n_steps_passed_over": 3, "n_recoveries": 1}
    (sentence,) = rescue.notes(state)
    assert sentence.startswith("In 3 steps the loss was no number; they taught nothing; 1 x the run")
