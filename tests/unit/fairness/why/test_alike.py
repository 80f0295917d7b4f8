"""One group's gap: raw, adjusted, matched; and whether its interval holds the truth."""

from types import ModuleType

import numpy as np
import pytest
import statsmodels.api as sm

from datatools.fairness.why.alike import Pictures, gap_of
from datatools.fairness.why.conditioning import design
from datatools.fairness.why.confounders import Confounder
from tests import benchmarks


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """Load benchmarks/confounded.py."""
    return benchmarks.load("confounded")


def _pictures(n_people: int = 90, seed: int = 0, *, gap: float = 0.0) -> tuple[Pictures, np.ndarray]:
    """Portray a third of the people in less light, which moves the score."""
    rng = np.random.default_rng(seed)
    is_in = np.arange(n_people) % 3 == 0
    light, turn = rng.normal(size=n_people) - is_in, rng.normal(size=n_people)
    values = 0.9 + 0.03 * light - gap * is_in + rng.normal(scale=0.02, size=n_people)
    made = design([Confounder("light", light, None), Confounder("turn", turn, None)], n_people)
    assert made is not None
    return Pictures(values, np.arange(n_people), made), is_in


@pytest.mark.parametrize(("world", "n_pictures"), [(0, 1), (1, 5), (2, 5)])
def test_adjusted_intervals_hold_no_gap_where_light_alone_differs(
    benchmark: ModuleType, world: int, n_pictures: int
) -> None:
    """In about 95% of audits, where raw ones hold it in less than 80%; benchmarks/confounded.py has 1,000."""
    shares = benchmark.run(benchmark.WORLDS[world], (30, 170), n_pictures, 0.0, 100, (1, world))
    assert shares["raw"] < 0.88
    assert shares["adjusted"] >= 0.88  # 95% less three errors of 100 audits
    assert shares["matched"] >= 0.88


def test_a_real_gap_stays_after_adjustment(benchmark: ModuleType) -> None:
    """Two points among 200 people of five pictures are found more often than not, and held."""
    shares = benchmark.run(benchmark.WORLDS[0], (100, 100), 5, 0.02, 60, (1, 9))
    assert shares["p < 0.05"] > 0.4
    assert shares["adjusted"] >= 0.85


def test_the_adjusted_gap_is_the_coefficient_of_statsmodels() -> None:
    """On intercept, group and the same columns."""
    pictures, is_in = _pictures()
    columns = np.column_stack([np.ones(len(is_in)), is_in, pictures.design.columns])
    theirs = sm.OLS(pictures.values, columns).fit(cov_type="HC2")
    found = gap_of(pictures, is_in, 5)
    assert found.adjusted is not None
    assert (found.adjusted.value, found.adjusted.se) == pytest.approx((theirs.params[1], theirs.bse[1]))


def test_the_parts_add_up_to_what_is_explained() -> None:
    """Raw minus adjusted, nothing left over; and light has nearly all of it."""
    pictures, is_in = _pictures()
    found = gap_of(pictures, is_in, 5)
    assert found.adjusted is not None
    assert found.decomposition is not None
    parts = {part.confounder: part.explained for part in found.decomposition.parts}
    total = sum(part.value or 0.0 for part in parts.values())
    assert total == pytest.approx(found.raw.value - found.adjusted.value, abs=1e-12)
    assert found.decomposition.explained.value == pytest.approx(total)
    assert (parts["light"].high or 0.0) < 0.0
    assert abs(parts["turn"].value or 0.0) < 0.005


def test_the_order_of_confounders_does_not_matter() -> None:
    """Each part is the same, whichever is named first."""
    rng = np.random.default_rng(1)
    is_in = np.arange(90) % 3 == 0
    light = rng.normal(size=90) - is_in
    both = [Confounder("light", light, None), Confounder("turn", light + rng.normal(size=90), None)]
    values = 0.9 + 0.03 * light + rng.normal(scale=0.02, size=90)
    found = []
    for order in (both, both[::-1]):
        made = design(order, 90)
        assert made is not None
        gap = gap_of(Pictures(values, np.arange(90), made), is_in, 5)
        assert gap.decomposition is not None
        found.append({part.confounder: part.explained.value for part in gap.decomposition.parts})
    assert found[0] == pytest.approx(found[1])


def test_a_group_of_one_person_has_a_raw_value_and_no_more() -> None:
    """One person shows no spread."""
    pictures, _ = _pictures()
    found = gap_of(pictures, np.arange(90) == 0, 1)
    assert np.isnan(found.raw.se)
    assert (found.adjusted, found.decomposition, found.matched) == (None, None, None)


def test_confounders_that_name_the_group_leave_nothing_to_compare() -> None:
    """Light that only one group ever has cannot be told from the group."""
    is_in = np.arange(60) < 20
    made = design([Confounder("light", is_in + np.linspace(0, 1e-3, 60), None)], 60)
    assert made is not None
    found = gap_of(Pictures(np.linspace(0.8, 0.9, 60), np.arange(60), made), is_in, 5)
    assert (found.adjusted, found.decomposition, found.matched) == (None, None, None)
    assert np.isfinite(found.raw.se)


def test_constant_scores_have_no_gap_for_certain() -> None:
    """No spread, no gap, no error."""
    pictures, is_in = _pictures()
    flat = Pictures(np.full(90, 0.9), pictures.person, pictures.design)
    found = gap_of(flat, is_in, 5)
    assert found.adjusted is not None
    assert found.adjusted.value == pytest.approx(0.0, abs=1e-12)
    assert (found.adjusted.interval()[1] - found.adjusted.interval()[0]) < 1e-9
