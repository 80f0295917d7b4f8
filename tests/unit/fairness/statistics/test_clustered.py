"""Least squares with errors by person, against statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from datatools.fairness.statistics.clustered import CR0, CR2, CR3, Clusters, Coefficient, Ints, Regression
from datatools.fairness.statistics.people import Floats


def _data(n_people: int = 40, seed: int = 0) -> tuple[Floats, Floats, Ints]:
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_people), rng.integers(1, 5, n_people))
    person = rng.permutation(person)
    group = (person < n_people // 4).astype(np.float64)
    columns = np.column_stack([np.ones(len(person)), group, rng.normal(size=(len(person), 3))])
    values = columns @ [1.0, 0.2, 0.5, 0.0, -0.3] + rng.normal(size=n_people)[person]
    return columns, values + rng.gamma(0.5, size=len(person)), person


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_coefficients_and_plain_sandwich_are_statsmodels(seed: int) -> None:
    """On random input with clusters of one to four pictures."""
    columns, values, person = _data(seed=seed)
    theirs = sm.OLS(values, columns).fit(
        cov_type="cluster", cov_kwds={"groups": person, "use_correction": False}
    )
    ours = Regression(columns, values, Clusters(person))
    assert ours.coefficients == pytest.approx(theirs.params)
    found = [ours.coefficient(place, CR0).se for place in range(5)]
    assert found == pytest.approx(theirs.bse)


@pytest.mark.parametrize(("power", "kind"), [(CR2, "HC2"), (CR3, "HC3")])
def test_one_picture_a_person_is_statsmodels_hc2_and_hc3(power: float, kind: str) -> None:
    """CR2 and CR3 of lone pictures are the two corrections of White's errors."""
    columns, values, _ = _data()
    theirs = sm.OLS(values, columns).fit(cov_type=kind)
    ours = Regression(columns, values, Clusters(np.arange(len(values))))
    assert [ours.coefficient(place, power).se for place in range(5)] == pytest.approx(theirs.bse)


def test_a_difference_of_two_groups_is_welchs() -> None:
    """Without confounders, CR2 gives Welch's standard error, and nearly his degrees of freedom."""
    rng = np.random.default_rng(3)
    own, rest = rng.normal(size=20), rng.normal(size=60)
    group = np.repeat([1.0, 0.0], [20, 60])
    columns = np.column_stack([np.ones(80), group])
    found = Regression(columns, np.concatenate([own, rest]), Clusters(np.arange(80))).coefficient(1)
    theirs = stats.ttest_ind(own, rest, equal_var=False)
    assert found.value / found.se == pytest.approx(theirs.statistic)
    # Of errors that are alike: (1/20 + 1/60)^2 / (1/20^2/19 + 1/60^2/59).
    assert found.dof == pytest.approx((1 / 20 + 1 / 60) ** 2 / (1 / 400 / 19 + 1 / 3600 / 59))


def test_leaving_out_each_person_is_refitting_without_them() -> None:
    """The jackknife's short cut is exact."""
    columns, values, person = _data()
    found = Regression(columns, values, Clusters(person)).without_each()
    for number in (0, 7, 39):
        kept = person != number
        refitted = np.linalg.lstsq(columns[kept], values[kept], rcond=None)[0]
        assert found[number] == pytest.approx(refitted)


def test_copies_of_every_picture_change_nothing() -> None:
    """People are the units: twice the same pictures tell no more."""
    columns, values, person = _data()
    once = Regression(columns, values, Clusters(person)).coefficient(1, CR0)
    twice = Regression(
        np.tile(columns, (2, 1)), np.tile(values, 2), Clusters(np.tile(person, 2))
    ).coefficient(1, CR0)
    assert (twice.value, twice.se) == pytest.approx((once.value, once.se))


def test_a_person_who_alone_decides_a_coefficient_does_not_break_it() -> None:
    """Their leverage is 1, and there is nothing left of them to blow up."""
    columns = np.column_stack([np.ones(20), np.arange(20) == 0])
    found = Regression(columns, np.arange(20.0), Clusters(np.arange(20))).coefficient(1)
    assert np.isfinite([found.value, found.se, found.dof]).all()


@pytest.mark.parametrize(("value", "p_value"), [(0.0, 1.0), (0.1, 0.0)])
def test_without_any_spread_a_coefficient_is_certain(value: float, p_value: float) -> None:
    """Constant scores have no error."""
    found = Coefficient(value, 0.0, 10.0)
    assert (found.interval(), found.p_value()) == ((value, value), p_value)


def test_an_undefined_error_has_no_p_value() -> None:
    """One person shows no spread."""
    assert Coefficient(0.1, np.nan, np.nan).p_value() is None
