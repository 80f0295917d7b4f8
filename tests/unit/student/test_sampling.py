"""An epoch's draws have the wanted shares, and depend on plan, epoch and key alone."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from datatools.errors import UsageError
from datatools.student.sampling import Plan, Sampler, Sampling, plan

KEY = (3, 0)


def planned(
    groups: list[int],
    sampler: Sampler = "plain",
    *,
    generated: list[int] | None = None,
    share: float | None = None,
    n_draws: int | None = None,
) -> Plan:
    """Plan over pictures 100, 101, ... of these groups; ``generated`` lists places."""
    is_generated = np.isin(np.arange(len(groups)), generated or [])
    sampling = Sampling(sampler=sampler, generated_share=share)
    pictures = np.arange(len(groups)) + 100
    return plan(pictures, np.array(groups), is_generated, sampling, n_draws or len(groups))


def counts(draws: NDArray[np.int64], groups: list[int]) -> dict[int, int]:
    """Count draws by group."""
    return dict(Counter(groups[int(index) - 100] for index in draws))


def test_a_plain_epoch_shows_every_picture_once() -> None:
    """In an order that is not theirs."""
    draws = planned([0] * 20).draws(0, KEY)
    assert sorted(draws) == list(range(100, 120))
    assert draws.tolist() != sorted(draws)


def test_groups_change_nothing_in_a_plain_epoch() -> None:
    """Naming groups in order to watch them leaves the training as it was."""
    with_groups, without = planned([0, 1, -1] * 5), planned([-1] * 15)
    assert with_groups.draws(4, KEY).tolist() == without.draws(4, KEY).tolist()


@pytest.mark.parametrize("sampler", ["plain", "balanced", "inverse_frequency"])
def test_the_same_epoch_and_key_give_the_same_draws(sampler: Sampler) -> None:
    """Another epoch or key gives others."""
    groups = [0] * 12 + [1] * 3 + [-1] * 5
    first = planned(groups, sampler).draws(1, KEY).tolist()
    assert planned(groups, sampler).draws(1, KEY).tolist() == first
    assert planned(groups, sampler).draws(2, KEY).tolist() != first
    assert planned(groups, sampler).draws(1, (3, 1)).tolist() != first


def test_balanced_draws_every_group_equally_often() -> None:
    """Unknown pictures keep the share that they have."""
    groups = [0] * 24 + [1] * 6 + [-1] * 10
    assert counts(planned(groups, "balanced").draws(0, KEY), groups) == {0: 15, 1: 15, -1: 10}


def test_inverse_frequency_lies_half_way() -> None:
    """Groups of 32 and 2 pictures get shares of 4 to 1, the ratio of their roots."""
    groups = [0] * 32 + [1] * 2
    found = counts(planned(groups, "inverse_frequency", n_draws=50).draws(0, KEY), groups)
    assert found == {0: 40, 1: 10}


def test_within_a_group_no_picture_is_drawn_more_often_than_another() -> None:
    """Give or take once, over all epochs together."""
    groups = [0] * 13 + [1] * 4
    made = planned(groups, "balanced")
    draws = np.concatenate([made.draws(epoch, KEY) for epoch in range(7)])
    times = Counter(draws.tolist())
    for members in (range(100, 113), range(113, 117)):
        found = [times[index] for index in members]
        assert max(found) - min(found) <= 1


def test_every_step_holds_the_groups_in_the_same_proportion() -> None:
    """A step of eight of two balanced groups holds four of each, give or take two."""
    groups = [0] * 60 + [1] * 4
    draws = planned(groups, "balanced").draws(0, KEY)
    for start in range(0, 64, 8):
        n_rare = counts(draws[start : start + 8], groups).get(1, 0)
        assert 2 <= n_rare <= 6


def test_generated_masks_get_their_share() -> None:
    """A quarter of the draws, though most pictures have such a mask."""
    made = planned([0] * 40, generated=list(range(10, 40)), share=0.25)
    draws = made.draws(0, KEY)
    assert (draws >= 110).sum() == 10
    assert len(draws) == 40


def test_groups_are_balanced_within_each_maker_of_masks() -> None:
    """A share of generated masks and a balance of groups hold together."""
    groups = [0] * 10 + [1] * 2 + [0] * 20 + [1] * 8
    draws = planned(groups, "balanced", generated=list(range(12, 40)), share=0.5).draws(0, KEY)
    human, generated = draws[draws < 112], draws[draws >= 112]
    assert counts(human, groups) == {0: 10, 1: 10}
    assert counts(generated, groups) == {0: 10, 1: 10}


@pytest.mark.parametrize(("generated", "share"), [([], 0.5), (list(range(6)), 0.5)])
def test_a_share_of_masks_that_are_not_there_is_refused(generated: list[int], share: float) -> None:
    """The message names the setting."""
    with pytest.raises(UsageError, match=r"generated_share is 0\.5; got none among 6"):
        planned([0] * 6, generated=generated, share=share)


def test_a_share_of_nought_leaves_generated_masks_out() -> None:
    """Whether there are any or not."""
    assert (planned([0] * 6, generated=[5], share=0.0).draws(0, KEY) != 105).all()
    assert len(planned([0] * 6, share=0.0).draws(0, KEY)) == 6


def test_a_share_beyond_one_is_refused() -> None:
    """At the door."""
    with pytest.raises(ValidationError, match="generated_share"):
        Sampling(generated_share=1.5)


def test_shares_of_groups_are_those_of_the_draws() -> None:
    """Whose group is known, by the plan that is used."""
    groups = [0] * 24 + [1] * 6 + [-1] * 10
    np.testing.assert_allclose(planned(groups).group_shares(2), [0.8, 0.2])
    np.testing.assert_allclose(planned(groups, "balanced").group_shares(2), [0.5, 0.5])
    np.testing.assert_allclose(planned([-1] * 4).group_shares(2), [0.0, 0.0])


@settings(deadline=None)
@given(
    groups=st.lists(st.integers(-1, 3), min_size=1, max_size=40),
    sampler=st.sampled_from(["plain", "balanced", "inverse_frequency"]),
    n_draws=st.integers(1, 90),
    epoch=st.integers(0, 5),
)
def test_an_epoch_has_as_many_draws_as_wanted(
    groups: list[int], sampler: Sampler, n_draws: int, epoch: int
) -> None:
    """All of them of the pictures given."""
    draws = planned(groups, sampler, n_draws=n_draws).draws(epoch, KEY)
    assert len(draws) == n_draws
    assert set(draws.tolist()) <= set(range(100, 100 + len(groups)))
