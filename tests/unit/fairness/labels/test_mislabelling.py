"""Worst cases of wrong labels, against every way to move people."""

import itertools

import numpy as np
import pandas as pd
import pytest

from datatools import plugins
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.labels.label_result import MislabelBound
from datatools.fairness.labels.mislabelling import Bools, Moves, mislabel_bounds
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Axis
from datatools.metrics import Metric
from datatools.progress import Progress
from tests.scores import frame_of, score_with_iou

_IMAGE: Metric = plugins.build("metrics", "iou_fg_image")
_GLOBAL: Metric = plugins.build("metrics", "iou_fg_global")
_QUIET = Progress("quiet")


def _by_brute_force(metric: Metric, columns: Floats, is_in: Bools, n_wrong: int) -> tuple[float, float]:
    """Try all sets of people that may be mislabelled."""
    total, gaps = columns.sum(axis=0), []
    for n_moved in range(n_wrong + 1):
        for moved in itertools.combinations(range(len(columns)), n_moved):
            truth = is_in.copy()
            truth[list(moved)] ^= True
            if 0 < truth.sum() < len(truth):
                sums = columns[truth].sum(axis=0)
                gaps.append(float(metric.value(sums) - metric.value(total - sums)))
    return min(gaps), max(gaps)


def _people(metric: Metric, n: int, rng: np.random.Generator, n_pictures: int) -> Floats:
    """Draw scores of people; with ``n_pictures`` above 1 they weigh differently."""
    weight = rng.integers(1, n_pictures + 1, n).astype(float)
    columns = [rng.beta(8, 2, n).round(2) * weight, weight]
    return np.stack(columns if metric is _IMAGE else [*columns, np.ones(n)], axis=1)


@pytest.mark.parametrize("seed", range(40))
def test_bounds_are_sharp(seed: int) -> None:
    """One picture a person: the extremes of all ways to mislabel so many people, ties among them."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    columns, is_in = _people(_IMAGE, n, rng, 1), np.arange(n) < rng.integers(1, n)
    n_wrong = int(rng.integers(0, n + 1))
    moves = Moves(_IMAGE, columns, is_in)
    expected = _by_brute_force(_IMAGE, columns, is_in, n_wrong)
    assert (moves.least(n_wrong), moves.most(n_wrong)) == pytest.approx(expected)


@pytest.mark.parametrize("metric", [_IMAGE, _GLOBAL], ids=lambda metric: str(metric.name))
def test_unequal_weights_reach_nearly_the_extremes(metric: Metric) -> None:
    """Several pictures a person: never beyond the extremes, and at them in nine of ten tiny sets."""
    rng = np.random.default_rng(0)
    found, extremes = [], []
    for _ in range(60):
        n = int(rng.integers(4, 9))
        columns, is_in = _people(metric, n, rng, 4), np.arange(n) < rng.integers(1, n)
        n_wrong = int(rng.integers(0, 4))
        moves = Moves(metric, columns, is_in)
        found.append((moves.least(n_wrong), moves.most(n_wrong)))
        extremes.append(_by_brute_force(metric, columns, is_in, n_wrong))
    shortfall = (np.array(found) - extremes) * [1, -1]
    assert shortfall.min() > -1e-9
    assert np.mean(shortfall.max(axis=1) < 1e-9) > 0.9
    assert shortfall.max() < 0.05


def _bounds(
    worse: float, rates: dict[tuple[str, str], float], n_people: int = 60, noise: float = 0.02
) -> list[MislabelBound]:
    """Bound the gaps of a third of the people who score ``worse`` than the others."""
    rng = np.random.default_rng(3)
    group = np.arange(n_people) % 3 == 0
    iou = 0.9 - worse * group + rng.normal(0, noise, n_people)
    frame = frame_of([score_with_iou(f"s{k:03d}", f"p{k:03d}", float(v)) for k, v in enumerate(iou)])
    group_of = {f"p{k:03d}": ("bald" if is_in else "long",) for k, is_in in enumerate(group)}
    axis = Axis(("hair",), ("annotator",), (("bald",), ("long",)), group_of)
    return _run(frame, axis, rates)


def _run(frame: pd.DataFrame, axis: Axis, rates: dict[tuple[str, str], float]) -> list[MislabelBound]:
    return _run_all(frame, [axis], rates)


def _run_all(
    frame: pd.DataFrame, axes: list[Axis], rates: dict[tuple[str, str], float]
) -> list[MislabelBound]:
    plan = Plan([_IMAGE], axes, Rules(margin=0.01, alpha=0.05), min_people=5, n_replicates=300, seed=0)
    return mislabel_bounds(frame, plan, audit_models(frame, plan, _QUIET).models, rates, _QUIET)


def test_a_large_gap_takes_many_wrong_labels() -> None:
    """The larger the gap, the more labels must be wrong before its interval can reach 0."""
    breaks = [_bounds(worse, {})[0].breaks_at or 0.0 for worse in (0.03, 0.1, 0.3)]
    assert 0 < breaks[0] < breaks[1] < breaks[2] < 0.5


def test_the_measured_error_rate_bounds_the_gap() -> None:
    """At a rate of 0 nothing moves; at 5% three of sixty people do; unmeasured groups have no bounds."""
    none, some = (_bounds(0.1, {("hair", "bald"): rate})[0] for rate in (0.0, 0.05))
    assert (none.low, none.high) == pytest.approx((none.gap, none.gap))
    assert (some.low or 0.0) < some.gap < (some.high or 0.0) < 0
    assert _bounds(0.1, {})[0].low is None


def test_few_wrong_labels_can_hide_a_gap_of_the_margin() -> None:
    """Where none was found, the least share that may hide one; none may where all score nearly alike."""
    some, never = (_bounds(0.0, {}, noise=noise)[0].breaks_at for noise in (0.01, 0.002))
    assert some is not None
    assert 0 < some < 0.3
    assert never is None


def test_constant_scores_hide_nothing() -> None:
    """Whoever is mislabelled, there is no gap."""
    found = _bounds(0.0, {("hair", "bald"): 0.2}, noise=0.0)[0]
    assert (found.gap, found.low, found.high) == pytest.approx((0.0, 0.0, 0.0))
    assert found.breaks_at is None


def test_hidden_groups_have_no_bounds() -> None:
    """A group of two people is not shown, nor the one that would tell it, nor anything that is crossed."""
    people = [f"p{k}" for k in range(30)]
    frame = frame_of([score_with_iou(f"s{k}", p, 0.9 - k / 500) for k, p in enumerate(people)])
    group_of = {p: ("few" if k < 2 else f"g{k % 3}",) for k, p in enumerate(people)}
    levels = tuple((name,) for name in ("few", "g0", "g1", "g2"))
    found = _run(frame, Axis(("hair",), ("annotator",), levels, group_of), {})
    assert len(found) == 2
    assert "few" not in {bound.group for bound in found}
    crossed = Axis(("hair", "hat"), ("annotator",), (("a", "b"),), dict.fromkeys(people, ("a", "b")))
    assert _run(frame, crossed, {}) == []


def test_a_number_cut_in_two_ways_is_bounded_twice() -> None:
    """Both axes have the measurement's name; their groups have other names."""
    frame = frame_of([score_with_iou(f"s{k}", f"p{k}", 0.9 - k / 500) for k in range(30)])
    axes = []
    for edge in (10, 15):
        names = (f"ita_deg < {edge}", f"ita_deg >= {edge}")
        group_of = {f"p{k}": (names[k >= edge],) for k in range(30)}
        axes.append(Axis(("ita_deg",), ("measured",), tuple((name,) for name in names), group_of))
    found = [bound.group for bound in _run_all(frame, axes, {})]
    assert found == ["ita_deg < 10", "ita_deg >= 10", "ita_deg < 15", "ita_deg >= 15"]


def test_one_group_alone_has_no_gap_to_bound() -> None:
    """There is no rest."""
    frame = frame_of([score_with_iou(f"s{k}", f"p{k}", 0.9) for k in range(10)])
    everybody = {f"p{k}": ("a",) for k in range(10)}
    assert _run(frame, Axis(("hair",), ("annotator",), (("a",),), everybody), {}) == []
