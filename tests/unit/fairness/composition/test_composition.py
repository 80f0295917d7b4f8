"""Shares of people and of accepted masks."""

import pytest
from scipy import stats

from datatools.fairness.composition.composition import composition, wilson
from datatools.fairness.result import Composition
from datatools.fairness.who.groups import Axis


def _axis(sizes: dict[str, int]) -> Axis:
    group_of = {f"{level}{number}": (level,) for level, n in sizes.items() for number in range(n)}
    return Axis(("perceived_gender",), ("annotator",), tuple((level,) for level in sizes), group_of)


def _compose(
    sizes: dict[str, int], n_images: int = 1, accept: int = 1, extra: tuple[str, ...] = ()
) -> Composition:
    """Compose groups of people with ``n_images`` each; every ``accept``-th picture is accepted."""
    axis = _axis(sizes)
    people = [*axis.group_of, *extra]
    samples_of = {person: {f"{person}/{k}" for k in range(n_images)} for person in people}
    every = sorted(sample for samples in samples_of.values() for sample in samples)
    return composition(axis, _counts(samples_of, set(every[::accept])), 5, is_checked=True)


def _counts(samples_of: dict[str, set[str]], accepted: set[str]) -> dict[str, tuple[int, int]]:
    """Count everybody's accepted pictures, and all of them."""
    return {person: (len(samples & accepted), len(samples)) for person, samples in samples_of.items()}


def test_wilsons_interval_is_scipys() -> None:
    """For whole counts they are the same."""
    found = wilson(7 / 40, 40)
    expected = stats.binomtest(7, 40).proportion_ci(method="wilson")
    assert found == pytest.approx((expected.low, expected.high))


def test_people_are_counted_once() -> None:
    """Three pictures each do not make three people."""
    found = _compose({"female": 30, "male": 10}, n_images=3)
    assert [(p.group, p.count, p.total, p.share) for p in found.people] == [
        ("female", 30, 40, 0.75),
        ("male", 10, 40, 0.25),
    ]


def test_people_without_a_group_are_counted_apart() -> None:
    """They are not part of the total that shares are of."""
    found = _compose({"female": 30, "male": 10}, extra=("nobody",))
    assert (found.n_unlabelled, found.people[0].total) == (1, 40)


def test_small_groups_and_what_gives_them_away_are_withheld() -> None:
    """Of two groups with one too small, neither count is shown."""
    found = _compose({"female": 30, "male": 3})
    assert [(p.count, p.share, p.low) for p in found.people] == [(None, None, None)] * 2
    assert all(p.count is None and p.total == 0 for p in found.acceptance)


def test_acceptance_is_the_share_of_pictures() -> None:
    """Every second picture of each group."""
    found = _compose({"female": 30, "male": 10}, accept=2)
    assert [(p.group, p.count, p.total) for p in found.acceptance] == [("female", 15, 30), ("male", 5, 10)]
    low, high = wilson(0.5, 30)
    assert (found.acceptance[0].low, found.acceptance[0].high) == pytest.approx((low, high))


def test_acceptance_of_alike_pictures_is_as_uncertain_as_that_of_people() -> None:
    """When all pictures of a person share their fate, only people count."""
    axis = _axis({"female": 20, "male": 20})
    samples_of = {person: {f"{person}/{k}" for k in range(5)} for person in axis.group_of}
    every = frozenset(sample for samples in samples_of.values() for sample in samples)
    accepted = {s for s in every if int(s.split("/")[0].lstrip("femal")) % 2}
    found = composition(axis, _counts(samples_of, accepted), 5, is_checked=True).acceptance[0]
    low, high = wilson(0.5, 20)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)


def test_a_group_that_is_always_accepted_is_not_overtrusted() -> None:
    """Without any variance to be seen, pictures of one person count as one."""
    found = _compose({"female": 20, "male": 20}, n_images=5).acceptance[0]
    assert (found.low, found.high) == pytest.approx(wilson(1.0, 20))


def test_without_checks_there_is_no_acceptance() -> None:
    """The stage check has not run: nothing is claimed."""
    axis = _axis({"female": 10, "male": 10})
    n_of = dict.fromkeys(axis.group_of, (0, 0))
    assert composition(axis, n_of, 5, is_checked=False).acceptance == []


def test_people_whose_pictures_were_not_checked_do_not_count() -> None:
    """A group without any checked picture has no acceptance."""
    axis = _axis({"female": 10, "male": 10})
    n_of = {person: (1, 1) if person.startswith("female") else (0, 0) for person in axis.group_of}
    found = composition(axis, n_of, 5, is_checked=True).acceptance
    assert [p.group for p in found] == ["female"]
