"""Gaps when labels are uncertain: against certain labels, an independent library, and planted gaps."""

from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from datatools import plugins
from datatools.fairness.estimates import ModelAudit
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.labels.label_beliefs import Belief
from datatools.fairness.labels.label_draws import gaps_over_draws, uncertain
from datatools.fairness.labels.label_result import UncertainLabels
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Axis
from datatools.metrics import Metric
from datatools.progress import Progress
from tests import benchmarks
from tests.scores import frame_of, score_with_iou

_IMAGE: Metric = plugins.build("metrics", "iou_fg_image")
_QUIET = Progress("quiet")
_GROUPS = ("bald", "long", "short")
_N_PEOPLE = 60


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """Load benchmarks/uncertain_labels.py."""
    return benchmarks.load("uncertain_labels")


def _people() -> tuple[pd.DataFrame, Axis]:
    """Give two pictures each of 60 people, and the group that most annotators put them in."""
    rng = np.random.default_rng(2)
    rows = [
        score_with_iou(f"s{k}-{image}", f"p{k:02d}", float(rng.beta(20, 2 + k % 3)))
        for k in range(_N_PEOPLE)
        for image in range(2)
    ]
    group_of = {f"p{k:02d}": (_GROUPS[k % 3],) for k in range(_N_PEOPLE)}
    return frame_of(rows), Axis(("hair",), ("annotator",), tuple((name,) for name in _GROUPS), group_of)


def _belief(draws: Floats, groups: tuple[str, ...] = _GROUPS) -> Belief:
    """Make a belief about the 60 people, in order."""
    return Belief("hair", "planted", groups, {f"p{k:02d}": k for k in range(_N_PEOPLE)}, draws)


def _mixed(sure: float) -> Floats:
    """Give each person's group the probability ``sure``, and the others the rest."""
    own = np.eye(3)[np.arange(_N_PEOPLE) % 3]
    return (own * sure + (1 - own) * (1 - sure) / 2)[None].repeat(4, axis=0)


def _run(
    frame: pd.DataFrame, axis: Axis, belief: Belief, min_people: int = 5, metric: Metric = _IMAGE
) -> tuple[list[UncertainLabels], list[ModelAudit]]:
    plan = Plan([metric], [axis], Rules(margin=0.01, alpha=0.05), min_people, n_replicates=300, seed=0)
    models = audit_models(frame, plan, _QUIET).models
    return uncertain(frame, plan, models, [belief], _QUIET), models


def test_certain_labels_give_the_audits_gaps_and_intervals() -> None:
    """Nothing is added where annotators leave no doubt."""
    (found,), (model,) = _run(*_people(), _belief(_mixed(1.0)))
    assert (found.n_people, found.n_uncertain, found.n_draws) == (_N_PEOPLE, 0, 4)
    for group, audited in zip(found.groups, model.attributes[0].groups, strict=True):
        assert group.n_expected == pytest.approx(20)
        assert group.certain == audited.comparison.gap
        assert group.is_kept
        for name in ("value", "low", "high"):
            assert getattr(group.drawn, name) == pytest.approx(getattr(group.certain, name), abs=1e-7)


def test_doubt_widens_intervals_and_counts_people() -> None:
    """Surely nobody belongs where the answers say with 80%."""
    (found,), _ = _run(*_people(), _belief(_mixed(0.8)))
    assert found.n_uncertain == _N_PEOPLE
    for group in found.groups:
        assert (group.drawn.high or 0) - (group.drawn.low or 0) > (group.certain.high or 0) - (
            group.certain.low or 0
        )


def test_draws_that_differ_widen_intervals_further() -> None:
    """Not knowing how annotators err adds to not knowing who is who."""
    alike, unlike = (
        _run(*_people(), _belief(draws))[0][0].groups[0].drawn
        for draws in (_mixed(0.8), np.concatenate([_mixed(0.95), _mixed(0.6)]))
    )
    assert (unlike.high or 0) - (unlike.low or 0) > (alike.high or 0) - (alike.low or 0)


def test_two_groups_are_a_regression_with_hc2_errors() -> None:
    """Statsmodels gives the same gap and standard error."""
    rng = np.random.default_rng(4)
    share, iou = rng.beta(0.5, 0.5, 80), rng.beta(20, 2, 80)
    gaps, ses = gaps_over_draws(
        _IMAGE,
        np.stack([iou, np.ones(80)], axis=1),
        np.stack([share, 1 - share], axis=1)[None],
        np.arange(80),
    )
    fitted = sm.OLS(iou, np.stack([share, np.ones(80)], axis=1)).fit(cov_type="HC2")
    assert gaps[0] == pytest.approx([fitted.params[0], -fitted.params[0]])
    assert ses[0] == pytest.approx([fitted.bse[0]] * 2, rel=1e-5)


def test_groups_too_small_in_expectation_are_hidden() -> None:
    """Twenty people are labelled bald, three are expected to be: that group, and its like, stay away."""
    probable = np.array([[0.15, 0.85, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])[np.arange(_N_PEOPLE) % 3]
    (found,), _ = _run(*_people(), _belief(probable[None]))
    assert "bald" not in {group.group for group in found.groups}


def test_a_group_outside_the_audit_is_the_rest() -> None:
    """Annotators name a fourth group that is nobody's most frequent answer; it takes part as the rest."""
    three = _mixed(0.7)
    four = np.concatenate([0.8 * three, np.full((*three.shape[:2], 1), 0.2)], axis=2)
    (found,), _ = _run(*_people(), _belief(four, (*_GROUPS, "dyed")))
    assert [group.group for group in found.groups] == list(_GROUPS)
    assert sum(group.n_expected for group in found.groups) == pytest.approx(0.8 * _N_PEOPLE)


def test_a_trace_of_another_group_is_shared_out() -> None:
    """Less than ``min_people`` expected people are no group, and nobody's rest."""
    three = _mixed(0.7)
    four = np.concatenate([0.98 * three, np.full((*three.shape[:2], 1), 0.02)], axis=2)
    (found,), _ = _run(*_people(), _belief(four, (*_GROUPS, "dyed")))
    assert sum(group.n_expected for group in found.groups) == pytest.approx(_N_PEOPLE)


def test_people_whose_group_nobody_knows_leave_no_gap_but_its_bounds() -> None:
    """Everybody is as likely in each group: the interval is that of all gaps there can be, or unknown."""
    (found,), _ = _run(*_people(), _belief(np.full((4, _N_PEOPLE, 3), 1 / 3)))
    for group in found.groups:
        assert group.drawn.value is None or abs(group.drawn.value) <= 1


def test_doubt_about_people_who_score_low_is_seen() -> None:
    """There the answers are less sure: annotators err by score, which the method does not allow for."""
    frame, axis = _people()
    iou = frame.assign(iou=frame["tp"] / 10_000).groupby("person_id")["iou"].mean().to_numpy()
    sure = np.where(iou < np.median(iou), 0.7, 0.95)[:, None]
    by_score, alike = (
        _run(frame, axis, _belief(draws))[0][0].doubt
        for draws in (np.where(_mixed(1.0) == 1.0, sure, (1 - sure) / 2), _mixed(0.8))
    )
    assert by_score is not None
    assert (by_score.low, by_score.high) == pytest.approx((0.3, 0.05))
    assert (by_score.p_value or 1.0) < 1e-6
    assert alike is not None
    assert alike.p_value is None
    assert alike.low == pytest.approx(0.2)


def test_constant_scores_have_no_gap() -> None:
    """And an interval that is its value."""
    frame, axis = _people()
    flat = frame.assign(tp=9000, fn=1000)
    (found,), _ = _run(flat, axis, _belief(_mixed(0.8)))
    assert found.doubt is None
    for group in found.groups:
        assert (group.drawn.value, group.drawn.low, group.drawn.high) == pytest.approx((0, 0, 0), abs=1e-9)


def test_people_without_a_score_count_for_nothing() -> None:
    """Empty references have no share of excess: the others' gaps are as without those people."""
    frame, axis = _people()
    rng = np.random.default_rng(6)
    frame = frame.assign(fp=rng.integers(0, 900, len(frame)))
    is_empty = np.arange(len(frame)) // 2 % 10 == 9
    emptied = frame.assign(tp=frame["tp"].where(~is_empty, 0), fn=frame["fn"].where(~is_empty, 0))
    metric: Metric = plugins.build("metrics", "over_frac")
    belief = _belief(_mixed(0.8))
    some, without = (_run(rows, axis, belief, metric=metric)[0][0] for rows in (emptied, frame[~is_empty]))
    assert (some.n_people, without.n_people) == (60, 54)
    for one, other in zip(some.groups, without.groups, strict=True):
        assert one.drawn.value == pytest.approx(other.drawn.value, abs=0.03)
    nobody = frame.assign(tp=0, fn=0)
    (found,) = _run(nobody, axis, belief, metric=metric)[0]
    assert (found.groups, found.doubt) == ([], None)


def test_nothing_to_compare_gives_no_section() -> None:
    """One group alone; groups that the answers do not know; nobody in the scores was answered about."""
    frame, axis = _people()
    one = Axis(("hair",), ("annotator",), (("bald",),), dict.fromkeys(axis.group_of, ("bald",)))
    assert _run(frame, one, _belief(np.ones((4, _N_PEOPLE, 1)), ("bald",)))[0] == []
    assert _run(frame, axis, _belief(_mixed(0.8), ("x", "y", "z")))[0] == []
    strangers = Belief("hair", "planted", _GROUPS, {"somebody": 0}, _mixed(0.8))
    assert _run(frame, axis, strangers)[0] == []


@pytest.mark.parametrize(("gap", "n_annotators"), [(0.03, 3), (0.0, 5)])
def test_intervals_hold_the_planted_gap(benchmark: ModuleType, gap: float, n_annotators: int) -> None:
    """A short form of the benchmark: annotators right in 70%; majority and blind draws shrink the gap."""
    tallies = benchmark.run(benchmark.Case(n_annotators, 0.7, gap), 20, seed=11, n_replicates=200)
    mean = {method: 100 * np.mean(tally.gaps) for method, tally in tallies.items()}
    assert np.mean(tallies["drawn"].holds) >= 0.8  # 95% but for 5 points of luck
    assert mean["drawn"] == pytest.approx(-100 * gap, abs=1.2)
    if gap:
        assert mean["drawn"] < mean["majority"] < mean["blind draws"]


def test_one_annotator_leaves_nothing_to_draw(benchmark: ModuleType) -> None:
    """Nobody contradicts them: the benchmark shows the majority alone."""
    tallies = benchmark.run(benchmark.Case(1, 0.8, 0.03), 2, seed=11, n_replicates=300)
    assert [len(tally.gaps) for tally in tallies.values()] == [2, 2, 0, 0]
    (first, *_) = benchmark.lines(benchmark.Case(1, 0.8, 0.03), tallies)
    assert first.startswith("| 200 | 2 | 1 | 80 | 0 | 3 | true groups |")
