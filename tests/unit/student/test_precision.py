"""Half precision is used where it is wanted, and float16's scale is part of a run."""

import pytest
import torch

from datatools.student.precision import Precision, PrecisionName

CPU = torch.device("cpu")


def product_dtype(precision: Precision) -> torch.dtype:
    """Say in which numbers a matrix product is computed."""
    with precision.autocast():
        return (torch.ones(2, 2) @ torch.ones(2, 2)).dtype


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("auto", torch.float32), ("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)],
)
def test_products_have_the_wanted_precision(wanted: PrecisionName, expected: torch.dtype) -> None:
    """By itself it is float32 on a CPU, whatever the network prefers."""
    assert product_dtype(Precision(wanted, CPU, prefers_bf16=True)) == expected


def descend(precision: Precision, slope: float) -> tuple[float, dict[str, object]]:
    """Take a step of 1 down a slope from 5; give where it ends, and the state."""
    x = torch.nn.Parameter(torch.tensor([5.0]))
    optimizer = torch.optim.SGD([x], lr=1.0)
    precision.scaled((slope * x).sum()).backward()  # type: ignore[no-untyped-call]  # torch's
    precision.step(optimizer)
    return float(x.detach()), precision.state()


@pytest.mark.parametrize("wanted", ["fp32", "fp16"])
def test_a_step_is_the_same_whatever_the_scale(wanted: PrecisionName) -> None:
    """The gradient is brought back before the step."""
    assert descend(Precision(wanted, CPU, prefers_bf16=False), 2.0)[0] == pytest.approx(3.0)


def test_a_step_of_overflown_gradients_is_left_out() -> None:
    """And the scale is halved."""
    precision = Precision("fp16", CPU, prefers_bf16=False)
    before = precision.state()["scale"]
    place, state = descend(precision, float("inf"))
    assert place == 5.0
    assert state["scale"] == before / 2  # type: ignore[operator]  # it is a float


def test_the_scale_can_be_halved_until_it_is_one() -> None:
    """After gradients that were seen to be no numbers before the step; float32 has none to halve."""
    precision = Precision("fp16", CPU, prefers_bf16=False)
    precision.scaled(torch.ones(1))
    halved = 0
    while precision.has_backed_off():
        halved += 1
    assert (2**halved, precision.state()["scale"]) == (65_536, 1.0)
    assert not Precision("fp32", CPU, prefers_bf16=False).has_backed_off()


def test_the_scale_goes_on_after_a_stop() -> None:
    """A run that was stopped has the same scale as one that was not."""
    stopped = Precision("fp16", CPU, prefers_bf16=False)
    descend(stopped, float("inf"))
    resumed = Precision("fp16", CPU, prefers_bf16=False)
    resumed.restore(stopped.state())
    assert resumed.state() == stopped.state()


def test_without_float16_there_is_nothing_to_keep() -> None:
    """Restoring nothing changes nothing."""
    precision = Precision("fp32", CPU, prefers_bf16=False)
    precision.restore(precision.state())
    assert precision.state() == {}
