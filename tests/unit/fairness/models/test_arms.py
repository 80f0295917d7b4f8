"""Arms are compared overall and by group, each family of comparisons corrected as one."""

import dataclasses

import numpy as np
import pytest

from datatools import plugins
from datatools.fairness.models.arms import Compared, Question, compare, limits
from datatools.fairness.models.arms_result import Row
from datatools.fairness.models.board import Run, Trial
from datatools.fairness.statistics.inference import Rules, holm
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from tests.unit.fairness.runs_of import N_PEOPLE, axis, drawn, runs, scores, trial

_QUESTION = Question(
    reference="without",
    metrics=[plugins.build("metrics", "iou_fg_image")],
    rules=Rules(margin=0.01, alpha=0.05),
    min_people=5,
    n_replicates=1000,
    seed=0,
)


def _compare(*tests: Trial, metrics: tuple[str, ...] = ("iou_fg_image",)) -> Compared:
    chosen = [plugins.build("metrics", name) for name in metrics]
    return compare(tests, dataclasses.replace(_QUESTION, metrics=chosen), Progress("quiet"))


def _row(found: Compared, asked: str, group: str = "all", test: str = "held out") -> Row:
    (row,) = (r for r in found.rows if (r.asked, r.group, r.test) == (asked, group, test))
    return row


def _arms(gain: float = 0.03) -> dict[str, Floats]:
    rng = np.random.default_rng(0)
    return {"without": drawn(rng), "with": drawn(rng, gain=gain)}


def test_a_planted_gain_is_found() -> None:
    """Three points, with every run's own value beside it."""
    arms = _arms()
    found = _compare(trial(arms))
    row = _row(found, "value")
    assert row.verdict == "difference"
    assert row.difference == pytest.approx(arms["with"].mean() - arms["without"].mean(), abs=1e-4)
    assert row.low is not None
    assert 0 < row.low < 0.03
    assert [value.seed for value in found.runs if value.arm == "with"] == [0, 1, 2]
    assert [value.value for value in found.runs if value.arm == "with"] == pytest.approx(
        arms["with"].mean(axis=1).tolist(), abs=1e-4
    )


def test_arms_that_are_alike_are_equivalent_only_within_the_margin() -> None:
    """No gain, little noise: within a point for sure."""
    rng = np.random.default_rng(2)
    base = drawn(rng, n_runs=1)
    arms = {name: base + rng.normal(0, 0.002, (3, N_PEOPLE)) for name in ("without", "with")}
    assert _row(_compare(trial(arms)), "value").verdict == "equivalent"


def test_a_gain_of_one_group_changes_the_gap() -> None:
    """Group a gains six points, b none: the gap between them changes by six."""
    arms = _arms(gain=0.0)
    arms["with"][:, ::2] += 0.06
    found = _compare(trial(arms, [axis()]))
    assert _row(found, "value", "a").verdict == "difference"
    change = _row(found, "gap to the rest", "a")
    assert change.verdict == "difference"
    assert change.difference == pytest.approx(0.06, abs=0.02)
    assert change.difference == pytest.approx((change.value or 0) - (change.reference_value or 0))
    gains = [_row(found, "value", group).difference or 0.0 for group in "ab"]
    assert change.difference == pytest.approx(gains[0] - gains[1])


def test_two_groups_have_one_gap_and_three_have_a_largest() -> None:
    """Each of two groups is the other's rest."""
    two, three = (_compare(trial(_arms(), [axis(names)])) for names in (("a", "b"), ("a", "b", "c")))
    asked = [[row.asked for row in found.rows] for found in (two, three)]
    assert [kinds.count("gap to the rest") for kinds in asked] == [1, 3]
    assert [kinds.count("largest gap") for kinds in asked] == [0, 1]
    assert [kinds.count("worst group") for kinds in asked] == [1, 1]


def test_the_worst_group_is_each_arms_own() -> None:
    """Where another group is the worst under another arm, the row names both."""
    arms = {name: np.full((3, N_PEOPLE), 0.9) for name in ("without", "with")}
    arms["without"][:, ::2] = 0.8
    arms["with"][:, 1::2] = 0.85
    row = _row(_compare(trial(arms, [axis()])), "worst group", "b (reference: a)")
    assert (row.reference_value, row.value) == pytest.approx((0.8, 0.85))


def test_the_worst_of_all_attributes_is_asked_where_there_are_several() -> None:
    """Over the groups of each attribute alone."""
    other = Axis(
        ("skin",), ("measured",), (("x",), ("y",)), {f"p{n:02d}": ("xy"[n < 20],) for n in range(40)}
    )
    found = _compare(trial(_arms(), [axis(), other]))
    rows = [row for row in found.rows if row.attribute == "every attribute"]
    lowest = min(r.reference_value or 1.0 for r in found.rows if r.asked == "value" and r.attribute != "all")
    assert [row.asked for row in rows] == ["worst group"]
    assert rows[0].reference_value == pytest.approx(lowest)


def test_renaming_groups_renames_the_rows() -> None:
    """Names carry no meaning: the same people under other names have the same results."""
    found, renamed = (_compare(trial(_arms(), [axis(names)])) for names in (("a", "b", "c"), ("x", "y", "z")))
    before = [row.model_dump(exclude={"group"}) for row in found.rows]
    assert [row.model_dump(exclude={"group"}) for row in renamed.rows] == before


def test_more_pictures_that_are_copies_change_no_row_but_their_number() -> None:
    """Each person's pictures doubled."""
    arms = _arms()
    copies = {
        name: [
            Run(model=run.model, seed=run.seed, scores=[*run.scores, *scores(values.tolist(), run.model)])
            for run, values in zip(runs(name, of_arm), of_arm, strict=True)
        ]
        for name, of_arm in arms.items()
    }
    doubled = Trial(test="held out", reference_source="human", axes=[axis()], arms=copies)
    once, twice = _compare(trial(arms, [axis()])), _compare(doubled)
    for one, other in zip(once.rows, twice.rows, strict=True):
        assert other.n_images == 2 * (one.n_images or 0)
        assert other.low == pytest.approx(one.low)
        assert other.p_value == one.p_value


def test_each_family_is_corrected_over_all_tests() -> None:
    """Everybody in one, groups in the other; a metric that is only shown is in none."""
    arms = _arms(gain=0.004)
    found = _compare(trial(arms, [axis()]), trial(arms, test="other"), metrics=("iou_fg_image", "dice_image"))
    overall = [row for row in found.rows if row.is_compared and row.attribute == "all"]
    by_group = [row for row in found.rows if row.is_compared and row.attribute != "all"]
    assert (found.n_overall, found.n_by_group) == (len(overall), len(by_group)) == (2, 4)
    for family in (overall, by_group):
        assert [row.p_holm for row in family] == holm([row.p_value or 0.0 for row in family])
    shown = [row for row in found.rows if row.metric == "dice_image"]
    assert [(row.is_compared, row.p_holm) for row in shown] == [(False, None)] * 2


def test_one_seed_settles_nothing() -> None:
    """However large the difference: the same recipe may give another network another time."""
    arms = {name: values[:1] for name, values in _arms(gain=0.2).items()}
    row = _row(_compare(trial(arms)), "value")
    assert (row.verdict, row.p_value, row.se_seeds) == ("insufficient data", None, None)


def test_an_interval_reaches_no_further_than_the_metric() -> None:
    """Two seeds that differ wildly: the ends are those of a difference of two IoU."""
    arms = {name: np.array([[0.2], [0.9]]) + np.zeros((2, N_PEOPLE)) for name in ("without", "with")}
    row = _row(_compare(trial(arms)), "value")
    assert (row.low, row.high) == (-1.0, 1.0)


def test_a_network_from_elsewhere_can_be_an_arm() -> None:
    """It has one run, and no luck of training."""
    trained = trial(_arms())
    (published, *_) = trained.arms["with"]
    fixed = Run(model="published", seed=None, scores=published.scores)
    found = _compare(
        Trial(
            test="held out",
            reference_source="human",
            axes=[],
            arms={"without": trained.arms["without"], "published": [fixed]},
        )
    )
    assert _row(found, "value").verdict == "difference"


def test_small_groups_are_withheld_and_named() -> None:
    """And with them the one that would give them away by subtraction."""
    names = {f"p{n:02d}": ("few" if n < 3 else "some" if n < 12 else "most",) for n in range(N_PEOPLE)}
    levels = (("few",), ("most",), ("some",))
    found = _compare(trial(_arms(), [Axis(("hair",), ("annotator",), levels, names)]))
    hidden = {row.group: row for row in found.rows if row.verdict == "suppressed"}
    assert set(hidden) == {"few", "some"}
    assert all(row.value is None and row.n_people is None for row in hidden.values())
    assert {row.group for row in found.rows if row.asked == "value"} == {"all", "few", "some", "most"}


def test_the_limits_are_told() -> None:
    """What one seed, few people, agreement and a look at the groups leave open."""
    names = {f"p{n:02d}": ("few" if n < 3 else "some" if n < 12 else "most",) for n in range(N_PEOPLE)}
    hair = Axis(("hair",), ("annotator",), (("few",), ("most",), ("some",)), names)
    arms = {name: values[:1] for name, values in _arms().items()}
    once = " ".join(limits(_compare(trial(arms, [hair])), [0], _QUESTION))
    assert "trained once" in once
    assert "fewer than 5 people" in once
    keyed = _compare(trial(_arms(), [axis()], reference_source="keyed"))
    often = " ".join(limits(keyed, [0, 1, 2], _QUESTION))
    assert "over 3 seeds" in often
    assert "agreement, not accuracy" in often
    assert "picked by looking" in often
    assert "1 of everybody, and apart from them 4 by group" in often


def test_an_undefined_metric_is_absent_not_a_number() -> None:
    """No reference holds a person: nothing is said of the share that is missed."""
    arms = {
        name: [
            Run(
                model=run.model,
                seed=run.seed,
                scores=[dataclasses.replace(score, tp=0, fn=0, fp=9) for score in run.scores],
            )
            for run in runs(name, values)
        ]
        for name, values in _arms().items()
    }
    found = _compare(
        Trial(test="held out", reference_source="human", axes=[], arms=arms),
        metrics=("iou_fg_image", "over_frac"),
    )
    (row,) = (row for row in found.rows if row.metric == "over_frac")
    assert (row.value, row.difference, row.low, row.p_value) == (None, None, None, None)
    assert row.verdict == "insufficient data"
