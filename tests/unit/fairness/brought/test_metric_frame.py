"""Groups side by side, as fairlearn shows them."""

import fairlearn.metrics
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datatools import plugins
from datatools.errors import DataError, UsageError
from datatools.fairness.brought.metric_frame import Method, MetricFrame
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from tests.scores import frame_of, score_with_iou

_METHODS: tuple[Method, ...] = ("between_groups", "to_overall")


def _drawn(seed: int, n_images: int) -> tuple[dict[str, NDArray[np.float64]], pd.DataFrame]:
    rng = np.random.default_rng(seed)
    values = {"iou": rng.beta(20, 2, n_images), "dice": rng.random(n_images)}
    groups = {"hair": rng.choice(["dark", "fair"], n_images), "skin": rng.choice(["1", "2", "3"], n_images)}
    return values, pd.DataFrame(groups)


def _theirs(values: NDArray[np.float64], groups: pd.DataFrame) -> fairlearn.metrics.MetricFrame:
    return fairlearn.metrics.MetricFrame(
        metrics={"mean": lambda truth, value: float(np.mean(value))},
        y_true=np.zeros(len(groups)),
        y_pred=values,
        sensitive_features=groups,
    )


@given(st.integers(0, 2**32 - 1), st.integers(6, 40), st.booleans())
@settings(max_examples=15, deadline=None)
def test_the_numbers_are_fairlearns(seed: int, n_images: int, is_crossed: bool) -> None:
    """By group, over all, lowest, highest, differences and ratios; crossings that nobody is in are NaN."""
    values, groups = _drawn(seed, n_images)
    groups = groups if is_crossed else groups[["hair"]]
    ours = MetricFrame.of_values(values, sensitive_features=groups, n_replicates=50)
    for name, numbers in values.items():
        theirs = _theirs(numbers, groups)
        assert ours.by_group.index.equals(theirs.by_group.index)
        np.testing.assert_allclose(ours.by_group[name], theirs.by_group["mean"], rtol=1e-12)
        assert ours.overall[name] == pytest.approx(theirs.overall["mean"], rel=1e-12)
        assert ours.group_min()[name] == pytest.approx(theirs.group_min()["mean"], rel=1e-12)
        assert ours.group_max()[name] == pytest.approx(theirs.group_max()["mean"], rel=1e-12)
        for method in _METHODS:
            for measure in ("difference", "ratio"):
                expected = getattr(theirs, measure)(method=method)["mean"]
                assert getattr(ours, measure)(method)[name] == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_intervals_and_counts_stand_beside() -> None:
    """Of people, not of pictures: five pictures of each person tell little more than one."""
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(40), 5)
    iou = np.clip(rng.beta(20, 2, 40)[person] + rng.normal(0, 0.001, 200), 0, 1)
    hair = pd.Series(np.where(person % 2 == 0, "dark", "fair"), name="hair")
    by_person = MetricFrame.of_values({"iou": iou}, sensitive_features=hair, people=person, n_replicates=300)
    by_picture = MetricFrame.of_values({"iou": iou}, sensitive_features=hair, n_replicates=300)
    assert (by_person.n_people.tolist(), by_person.n_images.tolist()) == ([20, 20], [100, 100])
    assert ((by_person.low < by_person.by_group) & (by_person.by_group < by_person.high)).all(axis=None)
    widths = [(frame.high - frame.low)["iou"].mean() for frame in (by_person, by_picture)]
    assert widths[0] > 1.8 * widths[1]
    low, high = by_person.overall_interval.loc["iou"]
    assert low < by_person.overall["iou"] < high


def test_the_same_seed_gives_the_same_intervals() -> None:
    """Whatever was drawn before."""
    values, groups = _drawn(3, 40)
    one, other = (
        MetricFrame.of_values(values, sensitive_features=groups["hair"], n_replicates=100) for _ in range(2)
    )
    pd.testing.assert_frame_equal(one.low, other.low)


def test_an_audit_reads_as_a_frame() -> None:
    """Suppressed groups are NaN; the other metrics stand beside the compared one."""
    rng = np.random.default_rng(0)
    rows = [score_with_iou(f"s{n}", f"p{n}", float(rng.beta(20, 2))) for n in range(40)]
    group_of = {f"p{n}": ("rare",) if n < 2 else (("dark", "fair")[n % 2],) for n in range(40)}
    axis = Axis(("hair",), ("dataset",), (("dark",), ("fair",), ("rare",)), group_of)
    plan = Plan(
        metrics=[plugins.build("metrics", name) for name in ("iou_fg_image", "under_frac")],
        axes=[axis],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=3,
        n_replicates=200,
        seed=0,
    )
    (model,) = audit_models(frame_of(rows), plan, Progress("quiet")).models
    frame = MetricFrame.of_audit(model, "hair")
    shown = {group.group: group.estimate for group in model.attributes[0].groups}
    assert frame.by_group.index.tolist() == list(shown)
    assert frame.by_group["iou_fg_image"].isna().tolist() == [e.value is None for e in shown.values()]
    fair = frame.by_group.loc["fair"]
    assert fair["iou_fg_image"] == pytest.approx(shown["fair"].value)
    assert fair["under_frac"] == pytest.approx(1 - fair["iou_fg_image"], abs=1e-9)
    assert frame.n_people["fair"] == shown["fair"].n_people
    assert frame.difference()["iou_fg_image"] == pytest.approx(model.attributes[0].spread.gap or 0.0)
    with pytest.raises(UsageError, match="expected an attribute among hair, got 'eyes'"):
        MetricFrame.of_audit(model, "eyes")


@pytest.mark.parametrize("n_groups", [0, 3])
def test_columns_of_different_lengths_are_an_error(n_groups: int) -> None:
    """No picture is one as well."""
    with pytest.raises(DataError, match="expected one entry for each picture everywhere"):
        MetricFrame.of_values({"iou": [0.5, 0.6]}, sensitive_features={"hair": ["dark"] * n_groups})
