"""Nobody is in two splits, shares come out, and the order of rows changes nothing."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools import partition
from datatools.errors import UsageError
from datatools.partition import Group

FRACTIONS = {"train": 0.7, "val": 0.1, "test": 0.2}


@st.composite
def _groups(draw: st.DrawFn) -> list[Group]:
    sizes = draw(
        st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5), st.sampled_from("abcd")), max_size=60)
    )
    return [
        Group(
            people=tuple(f"p{number:03d}_{person}" for person in range(n_people)),
            n_samples=n_people * n_each,
            stratum=(stratum,),
        )
        for number, (n_people, n_each, stratum) in enumerate(sizes)
    ]


@given(_groups(), st.integers(0, 9))
def test_everybody_gets_one_split_and_stays_with_their_group(groups: list[Group], seed: int) -> None:
    """The people dealt out are the people given, and a group is never cut."""
    found = partition.deal(groups, FRACTIONS, seed)
    assert sorted(found) == sorted(person for group in groups for person in group.people)
    assert all(len({found[person] for person in group.people}) == 1 for group in groups)


@given(_groups(), st.integers(0, 9))
def test_each_split_comes_within_a_group_of_its_fraction(groups: list[Group], seed: int) -> None:
    """The largest group bounds how far a split's count of people is from its share."""
    counts = Counter(partition.deal(groups, FRACTIONS, seed).values())
    n_people = sum(len(group.people) for group in groups)
    largest = max((len(group.people) for group in groups), default=0)
    for split, fraction in FRACTIONS.items():
        assert abs(counts[split] - fraction * n_people) <= 2 * largest


@given(_groups(), st.integers(0, 9), st.randoms(use_true_random=False))
def test_the_order_of_groups_changes_nothing(groups: list[Group], seed: int, order: random.Random) -> None:
    """Only names, strata, sizes and the seed decide."""
    shuffled = list(groups)
    order.shuffle(shuffled)
    assert partition.deal(shuffled, FRACTIONS, seed) == partition.deal(groups, FRACTIONS, seed)


def test_every_stratum_gets_its_share_of_each_split() -> None:
    """A hundred people in each of four strata: 70, 10 and 20 of each, give or take one."""
    groups = [
        Group(people=(f"{stratum}{number}",), n_samples=1, stratum=(stratum,))
        for stratum in "abcd"
        for number in range(100)
    ]
    found = partition.deal(groups, FRACTIONS, seed=3)
    for stratum in "abcd":
        counts = Counter(split for person, split in found.items() if person.startswith(stratum))
        assert all(abs(counts[split] - 100 * fraction) <= 1 for split, fraction in FRACTIONS.items())


def test_strata_of_one_person_do_not_all_go_to_train() -> None:
    """What a small stratum owes is carried on to the next."""
    groups = [Group(people=(f"p{number}",), n_samples=1, stratum=(str(number),)) for number in range(100)]
    counts = Counter(partition.deal(groups, FRACTIONS, seed=0).values())
    assert counts == {"train": 70, "val": 10, "test": 20}


def test_another_seed_gives_another_split() -> None:
    """The seed decides the lots."""
    groups = [Group(people=(f"p{number}",), n_samples=1) for number in range(50)]
    assert partition.deal(groups, FRACTIONS, seed=0) != partition.deal(groups, FRACTIONS, seed=1)


def test_a_fixed_group_goes_where_it_must_and_owes_nothing() -> None:
    """The fractions hold for the people who are free."""
    free = [Group(people=(f"p{number}",), n_samples=1) for number in range(10)]
    held_out = [Group(people=(f"q{number}",), n_samples=1, fixed="test") for number in range(10)]
    found = partition.deal(free + held_out, FRACTIONS, seed=0)
    assert {found[f"q{number}"] for number in range(10)} == {"test"}
    assert Counter(found[f"p{number}"] for number in range(10)) == {"train": 7, "val": 1, "test": 2}


def test_a_split_of_fraction_zero_stays_empty() -> None:
    """Nobody falls into it by rounding."""
    groups = [Group(people=(f"p{number}",), n_samples=1) for number in range(20)]
    found = partition.deal(groups, {"train": 0.9, "val": 0.1, "test": 0.0}, seed=0)
    assert set(found.values()) == {"train", "val"}


@pytest.mark.parametrize("fractions", [{"train": 0.7, "test": 0.2}, {"train": 1.5, "test": -0.5}])
def test_fractions_that_do_not_sum_to_one_are_refused(fractions: dict[str, float]) -> None:
    """Negative fractions cannot make up for large ones."""
    with pytest.raises(UsageError, match="sum to 1"):
        partition.deal([], fractions, seed=0)


def test_links_that_share_a_name_join() -> None:
    """Joining is transitive; a name alone is a group of its own."""
    assert partition.join([["c", "b"], ["d"], ["b", "a"], ["e", "d"]]) == {
        "a": "a",
        "b": "a",
        "c": "a",
        "d": "d",
        "e": "d",
    }


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=12), st.randoms())
def test_the_order_of_links_changes_nothing(links: list[list[str]], order: random.Random) -> None:
    """Groups are named by their smallest member, whichever link came first."""
    shuffled = list(links)
    order.shuffle(shuffled)
    assert partition.join(shuffled) == partition.join(links)
