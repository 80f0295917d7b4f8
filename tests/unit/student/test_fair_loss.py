"""Groups of larger loss count more, by the formulas of two papers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools.student.fair_loss import GroupWeights, Robust, RobustName

SIZES = np.array([90, 10])
PLAIN = np.array([0.9, 0.1])  # shares of the draws
BALANCED = np.array([0.5, 0.5])


def step(weights: GroupWeights, losses: list[float], groups: list[int]) -> None:
    """Show a step's losses."""
    weights.update(torch.tensor(losses), torch.tensor(groups))


def test_without_a_method_every_picture_counts_one() -> None:
    """Whatever the losses are."""
    weights = GroupWeights(Robust(), SIZES, PLAIN)
    step(weights, [1.0, 9.0], [0, 1])
    assert weights.of(torch.tensor([0, 1, -1])).tolist() == [1.0, 1.0, 1.0]


def test_the_adversary_begins_with_all_groups_alike() -> None:
    """Drawn 9 to 1, the rare group's pictures count 9 times the others'."""
    weights = GroupWeights(Robust(method="dro"), SIZES, PLAIN)
    np.testing.assert_allclose(weights.weights(), [0.5 / 0.9, 0.5 / 0.1])


def test_the_adversary_moves_by_algorithm_1() -> None:
    """After q * exp(eta * loss) is made to sum to 1, computed by hand."""
    weights = GroupWeights(Robust(method="dro", step_size=0.5), SIZES, BALANCED)
    step(weights, [1.0, 3.0, 1.0], [0, 1, 0])
    expected = np.exp([0.5, 1.5]) / np.exp([0.5, 1.5]).sum()
    np.testing.assert_allclose(weights.weights(), expected / BALANCED)


def test_the_adjustment_favours_small_groups() -> None:
    """C / sqrt(n) is added to a group's loss (equation 5)."""
    weights = GroupWeights(Robust(method="dro", step_size=1.0, adjustment=3.0), SIZES, BALANCED)
    step(weights, [1.0, 1.0], [0, 1])
    moved = np.exp(1.0 + 3.0 / np.sqrt(SIZES))
    np.testing.assert_allclose(weights.weights(), moved / moved.sum() / BALANCED)


def test_a_group_that_a_step_does_not_show_keeps_its_loss() -> None:
    """It goes on gaining weight where its loss is the larger."""
    weights = GroupWeights(Robust(method="dro", step_size=0.1), SIZES, PLAIN)
    step(weights, [1.0, 2.0], [0, 1])
    before = weights.weights()[1]
    step(weights, [1.0, 1.0], [0, 0])
    assert weights.weights()[1] > before


def test_a_running_loss_follows_slowly() -> None:
    """Nine tenths of what it was, one tenth of what is new: 0.9 * 1 + 0.1 * 2."""
    weights = GroupWeights(Robust(method="febs"), SIZES, BALANCED)
    step(weights, [1.0], [0])
    step(weights, [2.0], [0])
    assert weights.state()["losses"][0].item() == pytest.approx(1.1)


def test_febs_divides_by_the_papers_scale() -> None:
    """W = tanh((smallest loss / loss) ** gamma), weights in the ratio of 1 / W."""
    weights = GroupWeights(Robust(method="febs", temperature=2.0), SIZES, BALANCED)
    step(weights, [1.0, 3.0], [0, 1])
    ratio = weights.weights()[1] / weights.weights()[0]
    assert ratio == pytest.approx(np.tanh(1) / np.tanh((1 / 3) ** 2), rel=1e-3)


def test_febs_at_temperature_nought_makes_all_groups_alike() -> None:
    """Every loss to the power of 0 is 1."""
    weights = GroupWeights(Robust(method="febs", temperature=0.0), SIZES, PLAIN)
    step(weights, [1.0, 3.0], [0, 1])
    np.testing.assert_allclose(weights.weights(), [1.0, 1.0])


def test_a_loss_of_nought_is_no_division_by_nought() -> None:
    """A perfect group leaves the weights finite."""
    weights = GroupWeights(Robust(method="febs"), SIZES, BALANCED)
    step(weights, [0.0, 0.5], [0, 1])
    assert np.isfinite(weights.weights()).all()


@pytest.mark.parametrize("method", ["dro", "febs"])
def test_pictures_of_unknown_group_count_one(method: RobustName) -> None:
    """And tell nothing about any group."""
    weights = GroupWeights(Robust(method=method), SIZES, PLAIN)
    before = weights.weights().tolist()
    step(weights, [5.0, 5.0], [-1, -1])
    assert weights.of(torch.tensor([-1])).tolist() == [1.0]
    assert weights.weights().tolist() == before


@pytest.mark.parametrize("method", ["dro", "febs"])
def test_a_group_that_is_never_drawn_gets_no_weight(method: RobustName) -> None:
    """The adversary would otherwise put it all where nothing can be learned."""
    weights = GroupWeights(Robust(method=method), np.array([90, 0]), np.array([1.0, 0.0]))
    step(weights, [1.0], [0])
    np.testing.assert_allclose(weights.weights(), [1.0, 1.0])


@pytest.mark.parametrize("method", ["dro", "febs"])
def test_going_on_from_a_state_gives_the_same_weights(method: RobustName) -> None:
    """To the last bit, wherever the run was stopped."""
    whole, stopped = (GroupWeights(Robust(method=method), SIZES, PLAIN) for _ in range(2))
    for weights in (whole, stopped):
        step(weights, [1.0, 2.0], [0, 1])
    resumed = GroupWeights(Robust(method=method), SIZES, PLAIN)
    resumed.restore(stopped.state())
    for weights in (whole, resumed):
        step(weights, [0.7, 2.0], [0, -1])
    assert whole.weights().tolist() == resumed.weights().tolist()


def settled(robust: Robust) -> float:
    """Learn one number from nine pictures of a group that wants 0 and one of a group that wants 1."""
    weights = GroupWeights(robust, SIZES, PLAIN)
    groups = torch.tensor([0] * 9 + [1])
    wanted = groups.double()
    place, places = 0.0, []
    for _ in range(4000):
        counted = weights.of(groups).double()
        place -= 0.02 * float((counted * 2 * (place - wanted)).mean())
        weights.update((place - wanted) ** 2, groups)
        places.append(place)
    return float(np.mean(places[2000:]))


def test_the_adversary_leads_to_where_both_groups_lose_the_same() -> None:
    """Half-way between them, the least possible loss of the worse one; the plain mean is at a tenth."""
    assert settled(Robust()) == pytest.approx(0.1, abs=1e-3)
    assert settled(Robust(method="dro", step_size=0.02)) == pytest.approx(0.5, abs=0.02)


def test_febs_leads_part_of_the_way() -> None:
    """The rare group counts more, in proportion to how much more it loses."""
    assert 0.15 < settled(Robust(method="febs")) < 0.5


@settings(deadline=None)
@given(
    losses=st.lists(st.floats(0, 10), min_size=1, max_size=12),
    method=st.sampled_from(["none", "dro", "febs"]),
    rare=st.floats(0.01, 0.99),
)
def test_the_mean_weight_of_an_epoch_is_one(losses: list[float], method: RobustName, rare: float) -> None:
    """So that the learning rate keeps its meaning."""
    shares = np.array([1 - rare, rare])
    weights = GroupWeights(Robust(method=method, step_size=0.3), SIZES, shares)
    for number, loss in enumerate(losses):
        step(weights, [loss], [number % 2])
    assert (weights.weights() * shares).sum() == pytest.approx(1.0)
