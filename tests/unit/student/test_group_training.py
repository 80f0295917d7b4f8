"""Groups are drawn, weighed and chosen by as the recipe says, before a stop and after it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from datatools.student import fit as fitting
from datatools.student.fit import fit
from datatools.student.groups import Groups
from datatools.student.job import Job
from datatools.student.state import EpochRow, TrainingState
from tests.unit.student.small import same_weights, tiny_job, train

GROUPS = [0] * 6 + [1] * 3 + [0, 0, 1]  # nine pictures to learn from, three to choose by
EVERYTHING: dict[str, Mapping[str, object]] = {
    "sampling": {"sampler": "balanced"},
    "robust": {"method": "dro", "step_size": 0.5, "adjustment": 1.0},
    "choice": {"by": "worst_group", "min_people": 1, "patience": 1},
}


class StoppedError(Exception):
    """Stands for whatever ends a run."""


def grouped_job(
    folder: Path, tables: Mapping[str, Mapping[str, object]], *, epochs: int = 1, precision: str | None = None
) -> Job:
    """Give a job of the whole network on pictures of women and men, each of another person."""
    job = tiny_job(folder, coarse=0, whole=epochs)
    groups = Groups.made(["woman", "man"], GROUPS, [str(number) for number in range(12)])
    return replace(job, groups=groups, recipe=job.recipe.with_values(tables, precision=precision))


def scripted(monkeypatch: pytest.MonkeyPatch, epochs: list[list[float]]) -> None:
    """Let validation give these values, epoch after epoch."""
    coming = iter(epochs)

    def validate(*_: object) -> NDArray[np.float64]:
        return np.array(next(coming))

    monkeypatch.setattr(fitting, "validate", validate)


@pytest.mark.parametrize("n_steps", [1, 2, 3])
def test_a_run_with_every_option_ends_the_same_after_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_steps: int
) -> None:
    """The adversary's weights and the epochs without a better one are part of its state."""
    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    (tmp_path / "alone").mkdir()
    (tmp_path / "stopped").mkdir()
    alone, state = train(grouped_job(tmp_path / "alone", EVERYTHING, epochs=2))
    job = grouped_job(tmp_path / "stopped", EVERYTHING, epochs=2)
    steps: list[None] = []

    def advance() -> None:
        steps.append(None)
        if len(steps) == n_steps:
            raise StoppedError

    with pytest.raises(StoppedError):
        fit(job, TrainingState(fingerprint="x"), advance=advance, on_epoch=lambda _: None)
    resumed = TrainingState.load(job.state_file)
    best = fit(job, resumed, advance=lambda: None, on_epoch=lambda _: None)
    assert same_weights(best, alone)
    timeless = [[replace(row, elapsed_s=0.0) for row in each.history] for each in (state, resumed)]
    assert timeless[0] == timeless[1]


def test_groups_that_are_only_watched_change_no_weights(tmp_path: Path) -> None:
    """They give curves."""
    watched, state = train(grouped_job(tmp_path, {"choice": {"min_people": 1}}))
    plain, _ = train(tiny_job(tmp_path, coarse=0, whole=1))
    assert same_weights(watched, plain)
    (row,) = state.history
    assert list(row.val_groups) == ["woman", "man"]
    assert row.val_value == row.val_iou


@pytest.mark.parametrize(
    "tables",
    [
        {"sampling": {"sampler": "balanced"}, "choice": {"min_people": 1}},
        {"robust": {"method": "dro"}, "choice": {"min_people": 1}},
    ],
)
def test_drawing_and_weighing_by_group_change_the_weights(
    tmp_path: Path, tables: Mapping[str, Mapping[str, object]]
) -> None:
    """Groups of six and of three pictures are far from even."""
    changed, _ = train(grouped_job(tmp_path, tables))
    plain, _ = train(tiny_job(tmp_path, coarse=0, whole=1))
    assert not same_weights(changed, plain)


def test_a_group_of_too_few_people_changes_nothing(tmp_path: Path) -> None:
    """With one group left there is nobody to weigh it against."""
    tables: dict[str, dict[str, object]] = {"robust": {"method": "dro"}, "choice": {"min_people": 5}}
    few, state = train(grouped_job(tmp_path, tables))
    plain, _ = train(tiny_job(tmp_path, coarse=0, whole=1))
    assert same_weights(few, plain)
    assert state.history[0].val_groups == {}


def test_the_weights_of_the_run_move_towards_the_group_of_larger_loss(tmp_path: Path) -> None:
    """They lie in the run's state while a phase is under way."""
    job = grouped_job(tmp_path, EVERYTHING, epochs=2)

    def stop(_: object) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        fit(job, TrainingState(fingerprint="x"), advance=lambda: None, on_epoch=stop)
    kept = TrainingState.load(job.state_file).group_weights
    assert kept is not None
    assert kept["adversary"].sum().item() == pytest.approx(1.0)
    with_adjustment = kept["losses"] + 1.0 / torch.tensor([6.0, 3.0]).double().sqrt()
    assert kept["adversary"].argmax() == with_adjustment.argmax()


def test_the_worst_group_chooses_another_epoch_than_the_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second epoch is a little worse for all, and much better for the man."""
    chosen = []
    for by in ("mean", "worst_group"):
        scripted(monkeypatch, [[0.95, 0.95, 0.2], [0.69, 0.69, 0.69]])
        best, _ = train(grouped_job(tmp_path, {"choice": {"by": by, "min_people": 1}}, epochs=2))
        chosen.append(best.epoch)
    assert chosen == [1, 2]


def test_a_phase_ends_when_its_patience_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two epochs after the best one; a run that goes on there does not begin another."""
    scripted(monkeypatch, [[0.8] * 3, [0.9] * 3, [0.7] * 3, [0.7] * 3])
    job = grouped_job(tmp_path, {"choice": {"patience": 2}}, epochs=9)

    def stop_at_the_fourth(row: EpochRow) -> None:
        if row.epoch == 4:
            raise StoppedError

    with pytest.raises(StoppedError):
        fit(job, TrainingState(fingerprint="x"), advance=lambda: None, on_epoch=stop_at_the_fourth)
    resumed = TrainingState.load(job.state_file)
    best = fit(job, resumed, advance=lambda: None, on_epoch=lambda _: None)
    assert (best.epoch, len(resumed.history)) == (2, 4)


def test_half_precision_trains_and_its_scale_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """bfloat16 needs none; both give other weights than float32."""
    plain, _ = train(grouped_job(tmp_path, {}))
    scales = {}
    for precision in ("bf16", "fp16"):
        states: list[dict[str, object]] = []
        monkeypatch.setattr(
            TrainingState, "save", lambda state, _, states=states: states.append(dict(state.precision))
        )
        best, _ = train(grouped_job(tmp_path, {}, precision=precision))
        assert not same_weights(best, plain)
        scales[precision] = [state["scale"] for state in states if state]
    assert scales["bf16"] == []
    assert scales["fp16"] == [65_536.0]
