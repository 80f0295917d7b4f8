"""Do slopes, correlations and products hold what was planted, and equal independent libraries?"""

from types import ModuleType

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from datatools.fairness.chain.pass_through import Errors, correlation, product_interval, regression, slope
from datatools.fairness.estimates import Interval
from tests import benchmarks

_UNKNOWN = Interval(value=None, low=None, high=None)


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """Load benchmarks/chain.py."""
    return benchmarks.load("chain")


def _errors(n: int = 60, seed: int = 0) -> Errors:
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 3
    teacher = np.exp(rng.normal(-3, 0.6, n)) + 0.02 * group
    student = 0.5 * teacher + np.exp(rng.normal(-3.5, 0.6, n))
    return Errors(group, rng.integers(1, 4, n).astype(np.float64), teacher, student)


@pytest.mark.parametrize(
    ("within", "planted", "pictures"), [(0.0, 0.0, (1,)), (0.5, 0.5, (1, 1, 2, 5)), (1.0, 1.0, (1,))]
)
def test_intervals_hold_the_planted_transfer(
    benchmark: ModuleType, within: float, planted: float, pictures: tuple[int, ...]
) -> None:
    """In about 95% of studies; a short form of benchmarks/chain.py (400 studies, three errors of 1.1%)."""
    found = benchmark.run(within, planted, (60, 60, 60, 60), pictures, 400, [5])
    for holds in (found.slope_holds, found.correlation_holds, found.within_holds):
        assert 0.91 <= np.mean(holds) <= 0.995
    assert np.median(found.slopes) == pytest.approx(planted, abs=0.1)


def test_the_regression_within_groups_is_statsmodels() -> None:
    """Weighted, with a dummy for each group, and HC3 errors of the unweighted case."""
    errors = _errors()
    design = np.column_stack([errors.teacher, np.eye(3)[errors.group]])
    found = regression(errors)
    fitted = sm.WLS(errors.student, design, weights=errors.n_images).fit()
    assert found.value == pytest.approx(fitted.params[0])
    alike = Errors(errors.group, np.ones(60), errors.teacher, errors.student)
    # A group's mean takes a leverage of its own, which within groups is not counted: 3 of 60 here.
    se = sm.OLS(errors.student, design).fit(cov_type="HC3").bse[0]
    half = stats.t.ppf(0.975, 56) * se
    of_alike = regression(alike)
    assert of_alike.value is not None
    assert of_alike.high is not None
    assert of_alike.high - of_alike.value == pytest.approx(half, rel=0.1)


def test_the_correlation_is_scipys_of_what_groups_leave() -> None:
    """Of log errors with the groups' means taken out."""
    errors = _errors()
    logs = [np.log(values) for values in (errors.teacher, errors.student)]
    left = [
        values - np.array([values[errors.group == group].mean() for group in range(3)])[errors.group]
        for values in logs
    ]
    assert correlation(errors).value == pytest.approx(stats.pearsonr(*left).statistic)


def test_the_slope_of_two_groups_is_the_ratio_of_their_gaps() -> None:
    """And its interval is Fieller's."""
    errors = _errors()
    two = errors.of(errors.group < 2)
    gaps = [
        np.average(values[two.group == 1], weights=two.n_images[two.group == 1])
        - np.average(values[two.group == 0], weights=two.n_images[two.group == 0])
        for values in (two.teacher, two.student)
    ]
    clear = Errors(two.group, two.n_images, two.teacher + 0.2 * two.group, two.student)
    assert slope(clear).value == pytest.approx(gaps[1] / (gaps[0] + 0.2))


def test_a_student_that_copies_has_a_slope_and_a_correlation_of_one() -> None:
    """With no doubt about it."""
    errors = _errors()
    copy = Errors(errors.group, errors.n_images, errors.teacher + 0.1 * errors.group, errors.teacher)
    same = Errors(copy.group, copy.n_images, copy.teacher, copy.teacher)
    for found in (slope(same), regression(same), correlation(same)):
        assert found.value == pytest.approx(1)
        assert found.low == pytest.approx(1)
        assert found.high == pytest.approx(1)


def test_no_slope_is_told_where_the_teachers_groups_are_alike() -> None:
    """Any slope would do: the intervals would have no end."""
    rng = np.random.default_rng(1)
    alike = np.exp(rng.normal(-3, 0.5, 20))
    teacher = np.concatenate([alike, rng.permutation(alike)])
    errors = Errors(np.repeat([0, 1], 20), np.ones(40), teacher, np.exp(rng.normal(-3, 0.5, 40)))
    assert slope(errors) == _UNKNOWN


@pytest.mark.parametrize("of", [regression, correlation, slope])
def test_constant_errors_tell_nothing(of: object) -> None:
    """Neither do they divide by 0."""
    assert callable(of)
    errors = Errors(np.arange(20) % 2, np.ones(20), np.full(20, 0.1), np.full(20, 0.1))
    assert of(errors) == _UNKNOWN


@pytest.mark.parametrize("of", [regression, correlation, slope])
def test_groups_of_one_person_tell_nothing(of: object) -> None:
    """There is nothing within them."""
    assert callable(of)
    errors = Errors(np.arange(3), np.ones(3), np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.1, 0.3]))
    assert of(errors) == _UNKNOWN


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (-2.0, 3.0), (2.0, -3.0), (-2.0, -3.0)])
def test_the_product_of_intervals_follows_their_signs(a: float, b: float) -> None:
    """A skewed interval stays skewed, mirrored where the other factor is negative."""
    first = Interval(value=a, low=a, high=a)
    second = Interval(value=b, low=b - 1, high=b + 2)
    found = product_interval(first, second)
    ends = sorted([a * (b - 1), a * (b + 2)])
    assert found.value == a * b
    assert [found.low, found.high] == pytest.approx(ends)


def test_the_product_with_something_unknown_is_unknown() -> None:
    """Also where an end alone is."""
    whole = Interval(value=1.0, low=0.0, high=2.0)
    assert product_interval(whole, _UNKNOWN) == _UNKNOWN
    assert product_interval(whole, Interval(value=1.0, low=None, high=None)) == _UNKNOWN
