"""Alpha equals the published examples and an independent package; its interval holds the truth."""

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from datatools.fairness.labels.alpha import Alpha, Ints, alpha, coincidences, estimate
from datatools.vocab import Level

LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve
# units; a unit's values, without the missing ones.
PUBLISHED = [
    [1, 1, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [5, 5, 5],
    [1, 1],
    [3],
]


def _counts(units: list[list[int]], n_values: int) -> Ints:
    return np.array([[unit.count(value) for value in range(1, n_values + 1)] for unit in units], np.int64)


def _alpha(counts: Ints, level: Level) -> float:
    n_values = counts.shape[1]
    total = np.asarray(coincidences(counts).sum(axis=0), np.float64).reshape(n_values, n_values)
    return float(alpha(total, level, np.arange(n_values, dtype=np.float64)))


@pytest.mark.parametrize(("level", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_equals_the_published_example(level: Level, expected: float) -> None:
    """The values that the paper gives, to its three digits."""
    assert round(_alpha(_counts(PUBLISHED, 5), level), 3) == expected


@given(arrays(np.int64, st.tuples(st.integers(2, 12), st.integers(2, 5)), elements=st.integers(0, 3)))
def test_alpha_equals_the_krippendorff_package(counts: Ints) -> None:
    """On any table of counts that has two values in pairs."""
    pairable = counts[counts.sum(axis=1) > 1]
    if (pairable.sum(axis=0) > 0).sum() < 2:
        return
    for level in LEVELS:
        expected = krippendorff.alpha(
            value_counts=counts,
            value_domain=list(range(counts.shape[1])),
            level_of_measurement=level,
        )
        assert _alpha(counts, level) == pytest.approx(expected, abs=1e-9)


@given(arrays(np.int64, st.tuples(st.integers(2, 12), st.integers(2, 5)), elements=st.integers(0, 3)))
def test_the_order_of_samples_and_nominal_values_changes_nothing(counts: Ints) -> None:
    """Names of nominal values carry no order; an ordinal scale may be turned round."""
    assert _alpha(counts[::-1], "ordinal") == pytest.approx(_alpha(counts, "ordinal"), nan_ok=True)
    turned = counts[:, ::-1]
    for level in LEVELS:
        assert _alpha(turned, level) == pytest.approx(_alpha(counts, level), nan_ok=True)


def test_perfect_agreement_is_one() -> None:
    """Every sample's annotators said the same, and not all samples are alike."""
    assert [_alpha(_counts([[1, 1], [2, 2, 2]], 2), level) for level in LEVELS] == [1.0, 1.0, 1.0]


def test_a_value_that_everybody_always_gave_leaves_alpha_undefined() -> None:
    """Chance agrees perfectly too: undefined, not 1."""
    assert np.isnan(_alpha(_counts([[1, 1], [1, 1]], 2), "nominal"))


def test_samples_with_one_answer_do_not_count() -> None:
    """There is nobody to compare with."""
    with_singles = _counts([*PUBLISHED, [4], [5], []], 5)
    assert _alpha(with_singles, "ordinal") == _alpha(_counts(PUBLISHED, 5), "ordinal")


def _estimate(counts: Ints, person: Ints | None = None) -> Alpha:
    people = np.arange(len(counts)) if person is None else person
    return estimate(counts, people, "nominal", np.zeros(counts.shape[1]), 500, np.random.default_rng(0))


def test_an_estimate_holds_its_value() -> None:
    """The interval lies round alpha and within its range."""
    found = _estimate(_counts(PUBLISHED, 5))
    assert found.value == pytest.approx(0.743, abs=0.001)
    assert -1 <= found.low < found.value < found.high <= 1


def test_a_persons_pictures_are_one_unit() -> None:
    """Copying every picture of every person leaves value and interval as they were."""
    rng = np.random.default_rng(5)
    counts = rng.integers(0, 3, (40, 3))
    once = _estimate(counts)
    copied = _estimate(np.repeat(counts, 4, axis=0), np.repeat(np.arange(40), 4))
    assert copied.value == pytest.approx(once.value, abs=0.01)  # the small-sample correction differs
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.05)


def test_more_people_give_a_narrower_interval() -> None:
    """Four times the people halve it, about."""
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 2, 400)
    said = np.where(rng.random((400, 2)) < 0.8, truth[:, None], 1 - truth[:, None])
    counts = np.stack([(said == value).sum(axis=1) for value in (0, 1)], axis=1)
    few, many = _estimate(counts[:100]), _estimate(counts)
    assert (many.high - many.low) / (few.high - few.low) == pytest.approx(0.5, abs=0.15)


def test_agreement_without_exception_still_has_a_lower_bound_below_one() -> None:
    """Ten people agreed on do not show that an eleventh would be."""
    ten = _estimate(_counts([[1, 1], [2, 2]] * 5, 2))
    hundred = _estimate(_counts([[1, 1], [2, 2]] * 50, 2))
    assert ten.value == ten.high == 1.0
    assert ten.low < 0.5 < hundred.low < 1.0


def test_replicates_without_a_second_value_are_counted() -> None:
    """A rare value is missing from some replicates: they have no alpha and are not taken as 0 or 1."""
    rare = _estimate(_counts([[1, 1]] * 10 + [[1, 2]], 2))
    assert 100 < rare.n_undefined < 300  # 1 in e replicates leaves one given sample out
    assert np.isfinite([rare.low, rare.high]).all()


@pytest.mark.parametrize("units", [[], [[1], [2]], [[1, 2]], [[1, 1], [1, 1]]])
def test_too_little_to_compare_gives_no_interval(units: list[list[int]]) -> None:
    """No sample, no pair, one person, or one value."""
    found = _estimate(_counts(units, 2).reshape(-1, 2))
    assert np.isnan([found.low, found.high]).all()


def test_very_many_different_people_are_drawn_as_a_normal_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interval is that of drawing each of them, to a twentieth of its width."""
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 3, (1500, 1))
    said = np.where(rng.random((1500, 4)) < 0.7, truth, rng.integers(0, 3, (1500, 4)))
    counts = np.stack([(said == value).sum(axis=1) for value in range(3)], axis=1)
    person = np.repeat(np.arange(500), 3)

    def interval() -> Alpha:
        return estimate(counts, person, "nominal", np.zeros(3), 4000, np.random.default_rng(0))

    drawn = interval()
    monkeypatch.setattr("datatools.fairness.labels.alpha._MANY_KINDS", 10)
    normal = interval()
    assert normal.value == drawn.value
    assert [normal.low, normal.high] == pytest.approx(
        [drawn.low, drawn.high], abs=0.05 * (drawn.high - drawn.low)
    )
