"""What becomes of a run whose loss is no longer a number?

A step whose loss or gradient is no finite number is passed over: weights, optimiser, averages and running
statistics stay as they were, so that one bad picture costs one step. Several of them in a row mean that the
weights are broken, which is what too high a learning rate does. Then the run goes on from its best weights
with a fresh optimiser and a quarter of the rate, a few times at most. All of it follows from the state, so
a run that is stopped and resumed does the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

from datatools.errors import DataError, WeightsError
from datatools.student import averaging
from datatools.student.state import TrainingState

_IN_A_ROW = 3  # one bad picture is rarely in three batches that follow each other
_RECOVERIES = 3
_RATE_FACTOR = 0.25  # three times: a rate up to 64 times too high is survived
_REMEDY = "Train again with a lower --lr, and with --restart or another --name"


def rate_factor(state: TrainingState) -> float:
    """Give what the recipe's learning rate is multiplied by."""
    return _RATE_FACTOR**state.n_recoveries


def copied(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give weights that training does not change."""
    return {name: value.detach().clone() for name, value in weights.items()}


def pass_over(
    state: TrainingState, network: nn.Module, optimizer: torch.optim.Optimizer, *, phase: str, lr: float
) -> None:
    """Count a step that was passed over; after several in a row go back to the best weights.

    Args:
        state: of the run; changed.
        network: what learns; changed when weights are gone back to.
        optimizer: of the network; loses its moments then.
        phase: its name, for the message.
        lr: of the step.

    Raises:
        DataError: that did not help.
    """
    state.n_passed_over += 1
    state.n_in_a_row += 1
    if state.n_in_a_row < _IN_A_ROW:
        return
    refuge = state.first if state.best is None else state.best.weights
    if state.n_recoveries == _RECOVERIES or refuge is None:
        raise DataError(
            f"the loss is no number {_IN_A_ROW} times in a row, in the {phase} phase, epoch "
            f"{state.epoch + 1}, step {state.step + 1}, at learning rate {lr:g}, lowered "
            f"{state.n_recoveries} times before; {_what_is_left(state)}. {_REMEDY}"
        )
    network.load_state_dict(refuge)
    optimizer.state.clear()
    if state.average is not None:
        state.average, state.n_averaged = averaging.begun(network), 0
    state.n_recoveries += 1
    state.n_in_a_row = 0


def _what_is_left(state: TrainingState) -> str:
    if state.best is None:
        return "no epoch of the phase was finished before"
    return f"the weights of epoch {state.best.epoch} are whole in the run's state"


def require_best(state: TrainingState) -> None:
    """Make sure that some epoch of the last phase ended with weights that can be used.

    Raises:
        DataError: none did.
    """
    if state.best is None:
        raise DataError(f"no epoch of the last phase ended with a loss that is a number. {_REMEDY}")


@contextmanager
def restoring(path: Path, title: str) -> Iterator[None]:
    """Say which file it was, where what a state holds does not fit the network or its optimiser.

    Raises:
        WeightsError: it does not.
    """
    try:
        yield
    except (RuntimeError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise WeightsError(
            f"{path} does not hold what {title} needs to go on ({str(error).splitlines()[0]}): somebody "
            "changed it. Put the right one back, or train under another --name"
        ) from error


def facts(state: TrainingState) -> dict[str, object]:
    """Give what a run's record says of it."""
    n_passed_over = sum(row.n_passed_over for row in state.history)
    return {"n_steps_passed_over": n_passed_over, "n_recoveries": state.n_recoveries}


def notes(state: TrainingState) -> list[str]:
    """Tell people, where there was something."""
    n_passed_over = sum(row.n_passed_over for row in state.history)
    if not n_passed_over:
        return []
    back = f"; {state.n_recoveries} x the run went back to better weights and a quarter of the learning rate"
    return [
        f"In {n_passed_over} steps the loss was no number; they taught nothing"
        f"{back if state.n_recoveries else ''} (docs/student.md)."
    ]
