"""Intervals, tests and verdicts on simulated people."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import logit

from datatools import plugins
from datatools.fairness.statistics.inference import (
    Contrast,
    Draws,
    Rules,
    benjamini_hochberg,
    contrasts,
    holm,
    judge,
    n_permutations,
    resample,
    spread,
)
from datatools.fairness.statistics.resampling import Sample

_RULES = Rules(margin=0.01, alpha=0.05)
_DRAWS = Draws(n_bootstrap=1000, n_permutations=1000, seed=0)


def _people(n_people: int, seed: int, mean: float = 0.94, sd: float = 0.02) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, sd, n_people)


def _compare(*groups: NDArray[np.float64], draws: Draws = _DRAWS) -> list[Contrast]:
    sizes = [len(group) for group in groups]
    return contrasts(resample(_sample(*groups), draws), (0.0, 1.0), sizes, _RULES)


def _sample(*groups: NDArray[np.float64]) -> Sample:
    values = np.concatenate(groups)
    columns = np.stack([values, np.ones_like(values)], axis=1)
    number = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    return Sample(plugins.build("metrics", "iou_fg_image"), columns, number)


def test_the_p_value_is_that_of_an_independent_permutation_test() -> None:
    """Of Welch's t on log odds, by scipy's own permutations."""
    first, second = _people(8, 0), _people(12, 1, mean=0.955)
    found = resample(_sample(first, second), Draws(n_bootstrap=200, n_permutations=20_000, seed=0))

    def welch(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
        (a, a_se), (b, b_se) = ((logit(z.mean()), stats.sem(z) / (z.mean() * (1 - z.mean()))) for z in (x, y))
        return float((a - b) / np.hypot(a_se, b_se))

    expected = stats.permutation_test(
        (first, second), welch, n_resamples=2000, rng=np.random.default_rng(2)
    ).pvalue
    assert found.pivots[0].p_value() == pytest.approx(expected, abs=0.02)


def test_two_groups_mirror_each_other() -> None:
    """One gap seen from both sides."""
    one, other = _compare(_people(20, 2), _people(30, 3))
    assert (one.gap.value, one.gap.low) == pytest.approx((-(other.gap.value or 0), -(other.gap.high or 0)))
    assert one.p_value == other.p_value


def test_a_large_gap_is_found_and_its_interval_leaves_out_zero() -> None:
    """Four points between groups of 60."""
    found, _ = _compare(_people(60, 4, mean=0.90), _people(60, 5))
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert (found.gap.high or 0.0) < 0
    assert judge(found, found.p_value, found.p_value, _RULES, 1).verdict == "gap"


def test_an_interval_holds_zero_whenever_the_test_does_not_reject() -> None:
    """Test and interval never contradict each other that way."""
    for seed in range(20):
        found, _ = _compare(_people(6, seed), _people(15, seed + 100, mean=0.95))
        assert found.p_value is not None
        if found.p_value > 0.05:
            assert (found.gap.low or 0) <= 0 <= (found.gap.high or 0)


def test_alike_groups_of_many_people_are_equivalent() -> None:
    """The gap is certainly smaller than the margin."""
    found, _ = _compare(_people(400, 6), _people(400, 7))
    assert judge(found, 1.0, 1.0, _RULES, 1).verdict == "equivalent"


def test_a_certain_gap_within_the_margin_is_equivalent() -> None:
    """That is what a margin is for."""
    found, _ = _compare(_people(2000, 8, mean=0.943), _people(2000, 9))
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert judge(found, found.p_value, found.p_value, _RULES, 1).verdict == "equivalent"


def test_few_people_are_insufficient_and_told_how_many_more() -> None:
    """Neither a gap nor equivalence: the detectable gap and the people needed are said."""
    found, _ = _compare(_people(8, 10), _people(12, 11))
    judged = judge(found, 1.0, 1.0, _RULES, 1)
    assert judged.verdict == "insufficient data"
    assert (judged.detectable_gap or 0) > 0.01
    assert (judged.people_needed or 0) > 8


def test_constant_scores_are_equivalent_and_no_gap() -> None:
    """No spread at all: the interval is the value, the p-value 1."""
    found, _ = _compare(np.full(10, 0.9), np.full(20, 0.9))
    assert (found.gap.value, found.gap.low, found.gap.high) == pytest.approx((0.0, 0.0, 0.0))
    assert found.p_value == 1.0
    assert judge(found, 1.0, 1.0, _RULES, 1).verdict == "equivalent"


def test_constant_groups_that_differ_are_a_gap() -> None:
    """Certainty without spread still comes from the deals."""
    found, _ = _compare(np.full(10, 0.8), np.full(20, 0.9))
    assert found.gap.value == pytest.approx(-0.1)
    assert found.p_value is not None
    assert found.p_value < 0.01


def test_one_outlier_among_constant_scores_gives_a_finite_interval() -> None:
    """Replicates without the outlier have no spread; Student's t takes over."""
    found, _ = _compare(np.append(np.ones(9), 0.5), _people(30, 12))
    assert found.value.low is not None
    assert 0.5 < found.value.low < 0.95
    assert found.value.high == 1.0


def test_one_person_has_a_value_and_nothing_else() -> None:
    """No interval, no test, no verdict but insufficient data."""
    found, _ = _compare(np.array([0.5]), _people(30, 13))
    judged = judge(found, None, None, _RULES, 1)
    assert (found.value.value, found.value.low, found.p_value) == (0.5, None, None)
    assert (judged.verdict, judged.detectable_gap, judged.people_needed) == ("insufficient data", None, None)


def test_one_group_alone_has_no_gap() -> None:
    """Everybody gave the same answer."""
    (found,) = _compare(_people(30, 14))
    assert (found.gap.value, found.p_value) == (None, None)


def test_intervals_stay_within_the_metrics_bounds() -> None:
    """No IoU above 1."""
    found, _ = _compare(1 - np.random.default_rng(15).exponential(0.002, 6), _people(30, 16))
    assert (found.value.high or 0) <= 1.0


def test_the_largest_gap_is_tested_against_dealt_labels() -> None:
    """Among alike groups it is positive, as expected, and not significant; a planted gap is."""
    alike = resample(_sample(*(_people(20, seed) for seed in range(20, 25))), _DRAWS)
    planted = resample(_sample(_people(20, 30, mean=0.9), *(_people(20, s) for s in range(31, 35))), _DRAWS)
    shown = np.ones(5, bool)
    found, expected = spread(alike, shown), spread(planted, shown)
    assert (found.gap or 0) > 0
    assert found.p_value is not None
    assert found.p_value > 0.05
    assert expected.p_value is not None
    assert expected.p_value < 0.01
    assert (expected.gap or 0) > (expected.expected_under_null or 1)


def test_the_largest_gap_of_two_groups_is_tested_as_their_gap_is() -> None:
    """Seen from either side it is one test."""
    found = resample(_sample(_people(15, 42), _people(40, 43, mean=0.95)), _DRAWS)
    both = spread(found, np.ones(2, bool))
    one, _ = contrasts(found, (0.0, 1.0), [15, 40], _RULES)
    assert both.gap == pytest.approx(abs(one.gap.value or 0))
    assert both.p_value == pytest.approx(one.p_value, abs=0.003)


def test_constant_groups_have_no_largest_gap_to_speak_of() -> None:
    """Alike constants: p is 1; different ones: only deals that sort them again reach the gap."""
    alike = spread(resample(_sample(np.full(9, 0.9), np.full(9, 0.9)), _DRAWS), np.ones(2, bool))
    apart = spread(resample(_sample(np.full(9, 0.8), np.full(9, 0.9)), _DRAWS), np.ones(2, bool))
    assert alike.p_value == 1.0
    assert apart.p_value is not None
    assert apart.p_value < 0.01


def test_a_single_shown_group_has_no_largest_gap() -> None:
    """There is nothing to compare."""
    found = resample(_sample(_people(9, 40), _people(9, 41)), _DRAWS)
    assert spread(found, np.array([True, False])).gap is None


def test_holm_is_the_published_procedure() -> None:
    """By hand: sorted, multiplied by what is left, never falling."""
    assert holm([0.04, 0.01, 0.03, 0.5]) == pytest.approx([0.09, 0.04, 0.09, 0.5])
    assert holm([]) == []


def test_permutations_suffice_for_the_family() -> None:
    """The smallest p-value times all comparisons stays at half of alpha."""
    n = n_permutations(1000, 500, 0.05)
    assert 500 * 2 / (n + 1) < 0.05
    assert n_permutations(1000, 1, 0.05) == 1000


def test_benjamini_and_hochbergs_correction_is_scipys() -> None:
    """Whatever the order."""
    p_values = [0.01, 0.8, 0.03, 0.002, 0.04]
    assert benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values))
    assert benjamini_hochberg([]) == []


def test_the_chosen_correction_decides() -> None:
    """A p-value that survives one of the two only."""
    found, _ = _compare(_people(60, 4, mean=0.90), _people(60, 5))
    shares = Rules(margin=0.01, alpha=0.05, correction="bh")
    assert judge(found, 0.08, 0.04, _RULES, 9).verdict == "insufficient data"
    assert judge(found, 0.08, 0.04, shares, 9).verdict == "gap"


def test_a_gap_that_no_study_of_this_size_can_find_has_no_size() -> None:
    """Three people who differ wildly, and a strict correction."""
    found, _ = _compare(np.array([0.95, 0.6, 0.2]), _people(100, 70, mean=0.9))
    judged = judge(found, 1.0, 1.0, _RULES, 5000)
    assert (judged.detectable_gap, judged.people_needed) == (None, None)
