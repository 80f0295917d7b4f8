"""Groups beside a reference population."""

import numpy as np
import pytest
from scipy import stats

from datatools.errors import DataError
from datatools.fairness.composition.composition_result import ReferenceTest
from datatools.fairness.composition.headcount import hidden_groups
from datatools.fairness.composition.labelled import Labels, crossed
from datatools.fairness.composition.reference import Reference
from datatools.fairness.composition.representation import against_reference, goodness_of_fit
from datatools.fairness.statistics.inference import Rules
from tests.unit.fairness.composed import labels

_RULES = Rules(margin=0.05, alpha=0.05)


def _compare(label: Labels, shares: dict[str, float], rules: Rules = _RULES, name: str = "") -> ReferenceTest:
    reference = Reference(name or label.name, shares, "a census")
    hidden = hidden_groups([label], 5)
    (found,) = against_reference([label], [reference], hidden, rules, np.random.default_rng(0))
    return found


def test_large_groups_take_the_chi_square_distribution() -> None:
    """The same as scipy's."""
    counts, shares = np.array([30, 50, 20]), np.array([0.4, 0.4, 0.2])
    statistic, p_value, method = goodness_of_fit(counts, shares, np.random.default_rng(0))
    expected = stats.chisquare(counts, 100 * shares)
    assert method == "chi-square"
    assert [statistic, p_value] == pytest.approx([expected.statistic, expected.pvalue])


def test_small_groups_take_drawn_populations() -> None:
    """Close to the exact multinomial test."""
    counts, shares = np.array([1, 5, 2]), np.array([0.6, 0.3, 0.1])
    _, p_value, method = goodness_of_fit(counts, shares, np.random.default_rng(0))
    n, expected = 8, 8 * shares
    exact = 0.0
    for a in range(n + 1):
        for b in range(n + 1 - a):
            table = np.array([a, b, n - a - b])
            as_far = ((table - expected) ** 2 / expected).sum() >= (
                (counts - expected) ** 2 / expected
            ).sum() - 1e-9
            exact += as_far * stats.multinomial.pmf(table, n, shares)
    assert method == "Monte Carlo"
    assert p_value == pytest.approx(exact, abs=0.01)


def test_true_nulls_are_rejected_as_often_as_said() -> None:
    """Between 4 and 6%, up to the luck of 2,000 populations."""
    rng, shares = np.random.default_rng(0), np.array([0.4, 0.3, 0.2, 0.1])
    drawn = rng.multinomial(300, shares, size=2_000)
    rejected = np.mean([goodness_of_fit(counts, shares, rng)[1] <= 0.05 for counts in drawn])
    assert 0.04 <= rejected <= 0.06


def test_a_group_that_is_too_small_is_a_gap() -> None:
    """A fifth instead of a half, with its interval and its ratio."""
    found = _compare(labels({"female": 20, "male": 80}), {"female": 0.5, "male": 0.5})
    women = found.groups[0]
    assert (women.verdict, women.share) == ("gap", 0.2)
    assert women.difference.value == pytest.approx(-0.3)
    assert women.ratio.value == pytest.approx(0.4)
    assert (women.difference.high or 0) < 0
    assert found.p_holm < 0.001


def test_crossings_are_compared_by_their_cells() -> None:
    """The reference names both groups; all comparisons of all attributes are one family."""
    first = labels({"female": 40, "male": 60})
    second = Labels(("light",), ("annotator",), (("dim", "bright"),), np.array([[0]] * 30 + [[1]] * 70))
    every = [first, second, *crossed([first, second], 2)]
    cells = {f"{who} x {light}": 0.25 for who in ("female", "male") for light in ("dim", "bright")}
    references = [
        Reference(first.name, {"female": 0.5, "male": 0.5}, "a"),
        Reference(every[2].name, cells, "b"),
    ]
    whole, cross = against_reference(
        every, references, hidden_groups(every, 5), _RULES, np.random.default_rng(0)
    )
    by_name = {group.group: group for group in cross.groups}
    assert by_name["male x bright"].verdict == "gap"
    assert by_name["female x dim"].share == 0.3
    assert all((g.p_holm or 0) >= (g.p_value or 0) for g in [*whole.groups, *cross.groups])


def test_shares_close_to_the_reference_are_equivalent() -> None:
    """With enough people to be certain of it; otherwise the data say nothing."""
    shares = {"female": 0.5, "male": 0.5}
    assert _compare(labels({"female": 1010, "male": 990}), shares).groups[0].verdict == "equivalent"
    assert _compare(labels({"female": 11, "male": 9}), shares).groups[0].verdict == "insufficient data"


def test_hidden_groups_stay_hidden() -> None:
    """The reference's share alone is shown."""
    found = _compare(labels({"female": 40, "male": 2}), {"female": 0.5, "male": 0.5})
    assert {g.verdict for g in found.groups} == {"suppressed"}
    assert [g.share for g in found.groups] == [None, None]


def test_people_of_groups_that_the_reference_lacks_are_left_out() -> None:
    """And counted; a group of the reference that nobody is in counts as none."""
    label = labels({"female": 20, "male": 20, "several": 6}, levels=("female", "male", "another", "several"))
    found = _compare(label, {"female": 0.49, "male": 0.49, "another": 0.02})
    assert (found.n_people, found.n_left_out) == (40, 6)
    assert found.groups[2].share == 0.0


def test_people_where_the_reference_has_nobody_differ_for_certain() -> None:
    """The statistic is infinite, the ratio unknown."""
    found = _compare(labels({"female": 20, "male": 20}), {"female": 1.0, "male": 0.0})
    assert found.chi_square is None
    assert found.p_value == pytest.approx(1e-4)
    assert found.groups[1].ratio.value is None


@pytest.mark.parametrize(
    ("shares", "name", "words"),
    [
        ({"female": 1.0}, "glasses", "which is not audited"),
        ({"woman": 1.0}, "", "no groups of it"),
        ({"another": 1.0}, "", "nobody is in a group"),
    ],
)
def test_a_reference_that_does_not_fit_is_an_error(shares: dict[str, float], name: str, words: str) -> None:
    """It names what does not fit."""
    label = labels({"female": 20, "male": 20}, levels=("female", "male", "another"))
    with pytest.raises(DataError, match=words):
        _compare(label, shares, name=name)
