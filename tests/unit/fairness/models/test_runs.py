"""Contrasts of trained runs are estimated over people and over seeds."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from datatools import plugins
from datatools.fairness.models.runs import Spread, Term, spreads
from datatools.fairness.statistics.intervals import bootstrap_t, interval
from datatools.fairness.statistics.resampling import Sample

_METRIC = plugins.build("metrics", "iou_fg_image")
_N = 60
Floats = NDArray[np.float64]


def _columns(values: Floats) -> Floats:
    """Give one picture a person: values (n_runs, n_people) and ones."""
    return np.stack([values, np.ones_like(values)], axis=-1)


def _told(
    *arms: Floats,
    n_replicates: int = 4000,
    is_trained: tuple[bool, bool] = (True, True),
    chosen: NDArray[np.bool_] | None = None,
) -> Spread:
    """Compare the second arm with the first on everybody, or on the chosen people."""
    people = np.ones(arms[0].shape[1], np.bool_) if chosen is None else chosen
    (found,) = spreads(
        _METRIC,
        [_columns(values) for values in arms],
        [(Term(1, people, 1.0), Term(0, people, -1.0))],
        np.zeros(arms[0].shape[1], np.int64) if chosen is None else chosen.astype(np.int64),
        n_replicates=n_replicates,
        seed=0,
        is_trained=is_trained,
    )
    return found


def _pair(rng: np.random.Generator, luck: float, n_runs: int = 3) -> tuple[Floats, Floats]:
    person = rng.normal(0.9, 0.05, _N)
    arms = [person + rng.normal(0, luck, (n_runs, 1)) + rng.normal(0, 0.01, (n_runs, _N)) for _ in range(2)]
    return arms[0], arms[1]


def test_the_value_is_the_mean_paired_difference(rng: np.random.Generator) -> None:
    """Over seeds and people, and the interval holds it."""
    first, second = _pair(rng, 0.002)
    found = _told(first, second)
    assert found.value == pytest.approx(second.mean() - first.mean())
    low, high = found.interval()
    assert low < found.value < high


def test_runs_that_do_not_vary_leave_the_bootstrap_over_people(rng: np.random.Generator) -> None:
    """Three runs that are copies: the interval is the audit's of one paired difference a person."""
    first, second = (np.repeat(values[:1], 3, axis=0) for values in _pair(rng, 0.0))
    found = _told(first, second, n_replicates=10_000)
    difference = _columns((second - first)[0] / 2 + 0.5)  # in 0-1, as the audit's metric is
    sample = Sample(_METRIC, difference, np.zeros(_N, np.int64))
    seen, drawn = sample.observed(), sample.bootstrap(10_000, np.random.default_rng(3))
    t = bootstrap_t(float(seen.value[0]), float(seen.se[0]), drawn.value[:, 0], drawn.se[:, 0], _N - 1)
    ends = interval(float(seen.value[0]), float(seen.se[0]), t)
    assert found.se_seeds == pytest.approx(0.0, abs=1e-9)
    assert found.se_people == pytest.approx(2 * float(seen.se[0]), rel=1e-4)
    assert found.interval() == pytest.approx([2 * (end - 0.5) for end in ends], abs=0.1 * found.se_people)


def test_people_that_do_not_vary_leave_students_t_over_seeds() -> None:
    """Everybody the same in each run: Welch's interval of the two arms' runs."""
    first, second = (
        np.array(runs)[:, None] + np.zeros(_N) for runs in ([0.90, 0.91, 0.93], [0.92, 0.95, 0.94])
    )
    found = _told(first, second, n_replicates=400_000)
    welch = stats.ttest_ind(second[:, 0], first[:, 0], equal_var=False)
    assert found.se_people == pytest.approx(0.0, abs=1e-9)
    ends = welch.confidence_interval(0.95)
    assert found.interval() == pytest.approx((ends.low, ends.high), abs=0.001)
    assert found.p_value() == pytest.approx(welch.pvalue, rel=0.02)


def test_what_luck_does_to_single_pictures_is_not_counted_twice(rng: np.random.Generator) -> None:
    """Seeds that move pictures but not the mean: people's part holds it all."""
    person = rng.normal(0.9, 0.05, 400)
    noise = [rng.normal(0, 0.02, (3, 400)) for _ in range(2)]
    first, second = (person + each - each.mean(axis=1, keepdims=True) for each in noise)
    found = _told(first, second)
    assert found.se_seeds == 0.0
    paired = (second - first).mean(axis=0)
    assert found.se_people == pytest.approx(paired.std(ddof=1) / 20, rel=1e-6)


def test_pictures_of_one_person_are_no_independent_evidence(rng: np.random.Generator) -> None:
    """Everybody's sums fourfold: the same spread."""
    first, second = _pair(rng, 0.003)
    people = np.ones(_N, np.bool_)
    contrast = (Term(1, people, 1.0), Term(0, people, -1.0))
    stratum = np.zeros(_N, np.int64)
    once, often = (
        spreads(
            _METRIC,
            [_columns(first) * n_images, _columns(second) * n_images],
            [contrast],
            stratum,
            n_replicates=1000,
            seed=0,
            is_trained=(True, True),
        )[0]
        for n_images in (1, 4)
    )
    assert often.interval() == pytest.approx(once.interval(), abs=1e-7)


def test_twice_the_people_halve_the_variance_over_people_alone(rng: np.random.Generator) -> None:
    """Everybody again as somebody else: the estimate stays, and the luck of the seeds too."""
    first, second = _pair(rng, 0.01)
    once, twice = _told(first, second), _told(np.tile(first, 2), np.tile(second, 2))
    assert once.se_seeds is not None
    assert twice.value == pytest.approx(once.value)
    assert twice.se_people**2 == pytest.approx(once.se_people**2 / 2, rel=0.02)
    assert twice.se_seeds == pytest.approx(once.se_seeds, rel=0.02)


def test_one_run_says_nothing_of_its_luck(rng: np.random.Generator) -> None:
    """The interval is over people alone and says so; a network from elsewhere has no luck to know."""
    first, second = _pair(rng, 0.0, n_runs=1)
    assert _told(first, second).se_seeds is None
    assert _told(first, np.repeat(second, 3, axis=0), is_trained=(False, True)).se_seeds == pytest.approx(0.0)


def test_a_negligible_difference_is_one_that_is_certainly_small(rng: np.random.Generator) -> None:
    """Within the margin at the level, not merely not significant."""
    first, second = _pair(rng, 0.0005)
    found = _told(first, second)
    assert found.is_negligible(0.02, 0.05)
    assert not found.is_negligible(1e-4, 0.05)


def test_the_detectable_difference_grows_with_the_family(rng: np.random.Generator) -> None:
    """And is more than the two standard errors that a single test needs."""
    found = _told(*_pair(rng, 0.002))
    assert 2 * found.se_people < found.detectable(0.05) < found.detectable(0.005)


def test_the_detectable_difference_is_students_where_runs_do_not_vary(rng: np.random.Generator) -> None:
    """Of a t-test: the two quantiles of its level and its power, times the standard error."""
    first, second = _pair(rng, 0.0, n_runs=1)
    found = _told(first, second, n_replicates=100_000, is_trained=(False, False))
    quantiles = stats.t.ppf(0.975, _N - 1) + stats.t.ppf(0.8, _N - 1)
    assert found.detectable(0.05) == pytest.approx(quantiles * found.se_people, rel=0.05)


def test_few_different_people_have_an_interval_by_students_t() -> None:
    """Two people of 30 differ: many replicates draw neither, and no t of theirs is used."""
    first = np.full((1, 30), 0.9)
    second = first.copy()
    second[0, :2] = [0.95, 0.92]
    found = _told(first, second, is_trained=(False, False))
    paired = (second - first)[0]
    half = stats.t.ppf(0.975, 29) * paired.std(ddof=1) / np.sqrt(30)
    low, high = found.interval()
    assert (low, high) == pytest.approx((paired.mean() - half, paired.mean() + half), abs=1e-4)


def test_nothing_changed_is_zero_for_sure() -> None:
    """The same network twice."""
    same = np.full((3, 20), 0.9)
    found = _told(same, same)
    assert found.interval() == (0.0, 0.0)
    assert found.p_value() == 1.0


@pytest.mark.parametrize("n_seeds", [3, 5])
def test_intervals_hold_the_truth_where_seeds_vary(n_seeds: int) -> None:
    """Of 200 simulated ablations whose seeds matter as much as their people, at least 90% (95 is right)."""
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        first, second = _pair(rng, 0.002, n_seeds)
        low, high = _told(first, second, n_replicates=400).interval()
        held += low <= 0 <= high
    assert held >= 180


@pytest.fixture
def rng() -> np.random.Generator:
    """Give a generator whose numbers are the same in every run."""
    return np.random.default_rng(11)
