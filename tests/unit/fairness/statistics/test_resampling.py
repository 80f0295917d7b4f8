"""Replicates of a metric over people."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from datatools import plugins
from datatools.fairness.statistics.people import by_person
from datatools.fairness.statistics.resampling import Sample, SampleOfMany
from datatools.metrics import Metric
from tests.scores import frame_of, random_mask, score_of, score_with_iou


def _metric(name: str = "iou_fg_image") -> Metric:
    metric: Metric = plugins.build("metrics", name)
    return metric


def _means(values: NDArray[np.float64], group: list[int]) -> Sample:
    """Make a sample of people with one picture of each."""
    return Sample(_metric(), np.stack([values, np.ones_like(values)], axis=1), np.array(group))


def test_a_persons_pictures_are_summed() -> None:
    """Three pictures of two people: sums, and the number of pictures."""
    rows = [
        score_with_iou("a", "p1", 0.5),
        score_with_iou("b", "p2", 0.25),
        score_with_iou("c", "p1", 0.75),
    ]
    people = by_person(frame_of(rows), [_metric()])
    assert people.ids == ("p1", "p2")
    assert people.n_images.tolist() == [2, 1]
    assert people.sums["iou_fg_image"].tolist() == [[1.25, 2.0], [0.25, 1.0]]


def test_the_standard_error_of_a_mean_is_the_textbooks() -> None:
    """One picture a person: s / sqrt(n), and Welch's for the difference of two groups."""
    values = np.random.default_rng(0).beta(8, 2, 30)
    seen = _means(values, [0] * 10 + [1] * 20).observed()
    ses = [stats.sem(values[:10]), stats.sem(values[10:])]
    assert seen.se == pytest.approx(ses)
    welch = stats.ttest_ind(values[:10], values[10:], equal_var=False)
    assert seen.gap[0] / seen.gap_se[0] == pytest.approx(welch.statistic)


@pytest.mark.parametrize("name", ["iou_fg_global", "miou2_global", "boundary_f1", "official_batchmean"])
def test_the_standard_error_is_that_of_the_bootstrap(name: str) -> None:
    """The delta method and brute force agree for metrics that are no means."""
    rng = np.random.default_rng(1)
    scores = frame_of([score_of(random_mask(rng), random_mask(rng), i) for i in range(150)])
    people = by_person(scores, [_metric(name)])
    sample = Sample(_metric(name), people.sums[name], np.zeros(150, np.int64))
    drawn = sample.bootstrap(4000, rng)
    assert drawn.value.std() == pytest.approx(sample.observed().se[0], rel=0.1)


def test_people_and_not_pictures_are_drawn() -> None:
    """Five equal pictures of each person tell no more than one."""
    values = np.random.default_rng(2).beta(8, 2, 20)
    one = Sample(_metric(), np.stack([values, np.ones(20)], axis=1), np.zeros(20, np.int64))
    five = Sample(_metric(), np.stack([5 * values, np.full(20, 5.0)], axis=1), np.zeros(20, np.int64))
    assert five.observed().se[0] == pytest.approx(one.observed().se[0])


def test_every_group_is_in_every_replicate() -> None:
    """Groups are drawn each by itself, so that none drops out."""
    values = np.random.default_rng(3).beta(8, 2, 40)
    drawn = _means(values, [0] * 2 + [1] * 38).bootstrap(500, np.random.default_rng(4))
    assert np.isfinite(drawn.value).all()


def test_dealing_labels_keeps_everybody() -> None:
    """The mean over all people, weighted by group, is the same in every deal."""
    values = np.random.default_rng(5).beta(8, 2, 12)
    dealt = _means(values, [0] * 4 + [1] * 8).permute(50, np.random.default_rng(6))
    assert (4 * dealt.value[:, 0] + 8 * dealt.value[:, 1]) / 12 == pytest.approx(values.mean())


def test_the_same_seed_gives_the_same_draws() -> None:
    """Nothing depends on a global state."""
    sample = _means(np.random.default_rng(7).beta(8, 2, 30), [0] * 15 + [1] * 15)
    first, second = (sample.bootstrap(100, np.random.default_rng(8)).gap for _ in range(2))
    assert (first == second).all()


def test_renaming_groups_renames_the_results() -> None:
    """Group 0 as group 1 and the other way round: the same numbers, swapped."""
    values = np.random.default_rng(9).beta(8, 2, 30)
    group = [0] * 10 + [1] * 20
    seen = _means(values, group).observed()
    swapped = _means(values, [1 - g for g in group]).observed()
    assert swapped.gap[::-1] == pytest.approx(seen.gap)
    assert swapped.gap_se[::-1] == pytest.approx(seen.gap_se)


def test_doubling_every_person_leaves_the_estimates() -> None:
    """Values stay; only the certainty grows."""
    values = np.random.default_rng(10).beta(8, 2, 20)
    once = _means(values, [0] * 8 + [1] * 12).observed()
    twice = _means(np.tile(values, 2), ([0] * 8 + [1] * 12) * 2).observed()
    assert twice.value == pytest.approx(once.value)
    assert (twice.se < once.se).all()


def test_one_person_has_no_standard_error() -> None:
    """Undefined is NaN; beside others the rest still has one."""
    seen = _means(np.array([0.9, 0.8, 0.7]), [0, 1, 1]).observed()
    assert np.isnan(seen.se[0])
    assert np.isnan(seen.gap_se[0])


def test_everybody_in_one_group_has_no_gap() -> None:
    """There is nobody else to compare with."""
    seen = _means(np.array([0.9, 0.8, 0.7]), [0, 0, 0]).observed()
    assert np.isnan(seen.gap[0])
    assert seen.value[0] == pytest.approx(0.8)


def _many_people() -> tuple[list[Metric], list[NDArray[np.float64]], NDArray[np.int64]]:
    rng = np.random.default_rng(11)
    metrics = [_metric(name) for name in ("iou_fg_image", "miou2_global", "over_frac")]
    scores = frame_of([score_of(random_mask(rng), random_mask(rng), i) for i in range(40)])
    people = by_person(scores, metrics)
    return metrics, [people.sums[metric.name] for metric in metrics], np.arange(40) % 3


def test_several_metrics_see_the_draws_that_each_would_see_alone() -> None:
    """The same people in the same replicates, so that metrics can be compared draw by draw."""
    metrics, columns, group = _many_people()
    many = SampleOfMany(metrics, columns, group)
    together = many.bootstrap(50, np.random.default_rng(12))
    for metric, own, drawn, seen in zip(metrics, columns, together, many.observed(), strict=True):
        sample = Sample(metric, own, group)
        alone = sample.bootstrap(50, np.random.default_rng(12))
        assert drawn.value == pytest.approx(alone.value)
        assert drawn.se == pytest.approx(alone.se)
        assert seen.se == pytest.approx(sample.observed().se)


def test_every_replicate_is_the_statistics_of_a_sample_drawn_so() -> None:
    """Values, gaps and standard errors of a deal are those of the people it puts together."""
    metrics, (_, columns, _), group = _many_people()
    sample = Sample(metrics[1], columns, group)
    dealt = sample.permute(3, np.random.default_rng(13))
    (stream,) = np.random.default_rng(13).spawn(1)
    order = np.argsort(group, kind="stable")
    deals = stream.permuted(np.tile(np.sort(group), (3, 1)), axis=1)
    for number, deal in enumerate(deals):
        seen = Sample(metrics[1], columns[order], deal).observed()
        for name in ("value", "se", "gap", "gap_se"):
            assert getattr(dealt, name)[number] == pytest.approx(getattr(seen, name))
