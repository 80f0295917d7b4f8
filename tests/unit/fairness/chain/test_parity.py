"""Is acceptance, and quality, compared between groups as it should be, and told as it was found?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness.chain.outcomes import OUTCOMES, Cases, readable
from datatools.fairness.chain.parity import BANDS, Parity, axes_of, compare
from datatools.fairness.chain.parity_told import EVERYBODY, parity_facts, parity_rows, parity_sentences
from datatools.fairness.composition.composition import share_gap_interval, share_interval
from datatools.fairness.who.groups import Axis
from datatools.measures import DEFINITIONS
from datatools.records import Measurement, ParityRow
from datatools.workspace import Workspace
from tests.stages import people

_SOURCE = "rendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One picture that was judged."""

    sample_id: str
    person_id: str
    is_accepted: bool = True
    expected_iou: float | None = None
    reference_iou: float | None = None


def _cases(pictures: Sequence[_Case]) -> Cases:
    people = sorted({one.person_id for one in pictures})
    return Cases(
        sample_ids=pa.array([one.sample_id for one in pictures], pa.string()),
        people=people,
        person=np.array([people.index(one.person_id) for one in pictures], np.int64),
        is_accepted=np.array([one.is_accepted for one in pictures], np.bool_),
        expected_iou=np.array([one.expected_iou for one in pictures], np.float64),
        reference_iou=np.array([one.reference_iou for one in pictures], np.float64),
        sources=[_SOURCE],
        source=np.array([-1 if one.reference_iou is None else 0 for one in pictures], np.int64),
    )


def _case(number: int, *, accepted: bool = True, iou: float | None = None) -> _Case:
    return _Case(sample_id=f"s{number}", person_id=f"p{number}", is_accepted=accepted, reference_iou=iou)


def _axis(sizes: dict[str, int], name: str = "hair") -> Axis:
    names = [group for group, n in sizes.items() for _ in range(n)]
    group_of = {f"p{number}": (group,) for number, group in enumerate(names)}
    return Axis((name,), ("annotator",), tuple((group,) for group in sizes), group_of)


def _dropped(n_bad: int, sizes: dict[str, int]) -> list[_Case]:
    """Give a case for each person; of the first group ``n_bad`` are rejected."""
    return [_case(number, accepted=number >= n_bad) for number in range(sum(sizes.values()))]


def _compare(pictures: Sequence[_Case], axes: Sequence[Axis], *, min_people: int, seed: int) -> Parity:
    return compare(_cases(pictures), axes, min_people=min_people, seed=seed)


def _rows(parity: Parity) -> dict[tuple[str, str], ParityRow]:
    return {(row.outcome, row.group): row for row in parity_rows(parity)}


def test_a_group_that_is_dropped_more_has_a_gap() -> None:
    """Half of 40 against none of 40: the gap is the difference, and stands."""
    sizes = {"long": 40, "short": 40}
    parity = _compare(_dropped(20, sizes), [_axis(sizes)], min_people=5, seed=0)
    row = _rows(parity)["accepted", "long"]
    assert (row.value, row.gap) == pytest.approx((0.5, -0.5))
    assert row.verdict == "gap"
    assert row.gap_high is not None
    assert row.gap_high < 0
    assert parity.n_comparisons == 1


def test_shares_have_wilsons_interval() -> None:
    """Also a group that was accepted whole, whose bootstrap has no width."""
    sizes = {"long": 10, "short": 30}
    rows = _rows(_compare(_dropped(0, sizes), [_axis(sizes)], min_people=5, seed=0))
    expected = stats.binomtest(10, 10).proportion_ci(method="wilson")
    row = rows["accepted", "long"]
    assert (row.low, row.high) == pytest.approx((expected.low, expected.high))
    assert row.gap_low is not None
    assert row.gap_low < -0.05
    assert row.detectable_gap is None  # its spread is not known


def test_several_pictures_of_a_person_are_not_several_people() -> None:
    """Ten copies of everybody leave the interval as it was."""
    sizes = {"long": 20, "short": 20}
    once = _dropped(6, sizes)
    copies = [replace(case, sample_id=f"{case.sample_id}-{copy}") for case in once for copy in range(10)]
    first, tenfold = (
        _rows(_compare(cases, [_axis(sizes)], min_people=5, seed=0))["accepted", "long"]
        for cases in (once, copies)
    )
    assert first.low is not None
    assert tenfold.low == pytest.approx(first.low, abs=0.01)
    assert tenfold.gap_low == pytest.approx(first.gap_low, abs=0.02)
    assert (tenfold.n_people, tenfold.n_images) == (20, 200)


def test_quality_is_compared_before_and_after_rejection() -> None:
    """Accuracy of all masks, and of those that were accepted."""
    sizes = {"long": 30, "short": 30}
    rng = np.random.default_rng(0)
    good = rng.uniform(0.96, 0.98, 60)
    cases = [
        _case(n, accepted=n >= 10, iou=0.5 if n < 10 else float(good[n])) for n in range(sum(sizes.values()))
    ]
    parity = _compare(cases, [_axis(sizes)], min_people=5, seed=0)
    rows = _rows(parity)
    assert rows["reference_iou", "long"].gap == pytest.approx(
        (10 * 0.5 + good[10:30].sum()) / 30 - good[30:].mean()
    )
    after = rows["accepted_reference_iou", "long"]
    assert (after.n_images, after.verdict, after.reference_source) == (20, "equivalent", _SOURCE)
    assert [found.outcome.name for found in parity.outcomes] == [
        "accepted",
        "reference_iou",
        "accepted_reference_iou",
    ]


def test_predicted_quality_is_an_outcome_of_its_own() -> None:
    """It is never mixed with accuracy."""
    cases = _cases([_Case(sample_id="s", person_id="p", is_accepted=False, expected_iou=0.9)])
    values = {outcome.name: cases.values(outcome.name).tolist() for outcome in OUTCOMES}
    assert values == {
        "accepted": [0.0],
        "expected_iou": [0.9],
        "accepted_expected_iou": [pytest.approx(np.nan, nan_ok=True)],
        "reference_iou": [pytest.approx(np.nan, nan_ok=True)],
        "accepted_reference_iou": [pytest.approx(np.nan, nan_ok=True)],
    }


def test_small_groups_are_withheld() -> None:
    """With the one that would give them away, in every row of the table."""
    sizes = {"long": 30, "short": 20, "bald": 3}
    rows = _rows(_compare(_dropped(5, sizes), [_axis(sizes)], min_people=5, seed=0))
    for name in ("bald", "short"):
        row = rows["accepted", name]
        assert (row.value, row.low, row.n_images, row.gap, row.verdict) == (*[None] * 4, "suppressed")


def test_a_lone_group_has_no_gap() -> None:
    """There is nobody to compare it with."""
    sizes = {"long": 30}
    row = _rows(_compare(_dropped(5, sizes), [_axis(sizes)], min_people=5, seed=0))["accepted", "long"]
    assert row.value == pytest.approx(25 / 30)
    assert (row.gap, row.verdict) == (None, "insufficient data")


def test_groups_are_told_in_their_own_order() -> None:
    """Everybody first, then the levels of each axis as they rise."""
    sizes = {"young": 20, "middle": 20, "aged": 20}
    rows = list(parity_rows(_compare(_dropped(5, sizes), [_axis(sizes)], min_people=5, seed=0)))
    assert [(row.place, row.group) for row in rows] == list(enumerate([EVERYBODY, *sizes]))


def test_the_gap_of_shares_is_newcombes() -> None:
    """His example: 56 of 70 against 48 of 80 (1998, table II a, method 10)."""
    first, second = [(1, 1)] * 56 + [(0, 1)] * 14, [(1, 1)] * 48 + [(0, 1)] * 32
    assert share_gap_interval(first, second) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert share_interval(first)[0] == pytest.approx(0.6918, abs=1e-3)


def test_two_equal_factories_seldom_differ() -> None:
    """Under no difference a gap is called in no more than about 5% of 60 studies."""
    sizes = {"long": 15, "short": 45}
    rng = np.random.default_rng(1)
    n_found = 0
    for study in range(60):
        cases = [_case(n, accepted=bool(rng.random() < 0.85)) for n in range(60)]
        parity = _compare(cases, [_axis(sizes)], min_people=5, seed=study)
        n_found += _rows(parity)["accepted", "long"].verdict == "gap"
    assert n_found <= 6


def test_sentences_name_the_gaps_that_stand() -> None:
    """With interval and direction."""
    sizes = {"long": 40, "short": 40}
    axis = _axis(sizes)
    parity = _compare(_dropped(20, sizes), [axis], min_people=5, seed=0)
    head, gap = parity_sentences(parity, [axis])
    assert head == "Parity by hair: 1 comparison, 1 gap after correction."
    assert gap.startswith("Acceptance: hair = long is 50.0 points lower than the rest [")
    assert parity_facts(parity)["verdicts"] == {"gap": 1}


def test_many_gaps_end_in_a_count() -> None:
    """The table has them all."""
    sizes = {"long": 40, "short": 40}
    axes = [_axis(sizes, name) for name in ("a", "b", "c", "d", "e")]
    lines = parity_sentences(_compare(_dropped(20, sizes), axes, min_people=5, seed=0), axes)
    assert lines[-1] == "... and 2 more; the table parity has them all."


def test_without_a_gap_the_largest_difference_is_told() -> None:
    """Never as the absence of one."""
    sizes = {"long": 20, "short": 20}
    axis = _axis(sizes)
    lines = parity_sentences(_compare(_dropped(3, sizes), [axis], min_people=5, seed=0), [axis])
    assert lines[-1].startswith("The largest difference, not settled, is in acceptance: hair = long is 15.0")
    assert lines[-1].endswith("No gap found is no proof that there is none.")


def test_accuracy_is_told_with_the_masks_it_is_against() -> None:
    """Of all masks and of the accepted ones."""
    sizes = {"long": 20, "short": 20}
    cases = [_case(n, accepted=n > 5, iou=0.9 + 0.001 * n) for n in range(40)]
    lines = parity_sentences(_compare(cases, [_axis(sizes)], min_people=5, seed=0), [_axis(sizes)])
    assert lines[0].startswith("The accuracy of all masks against rendered ones: mean IoU 92.0 [")
    assert lines[1].startswith("The accuracy of the accepted masks against rendered ones: mean IoU 92.")


def test_without_groups_it_says_what_to_do() -> None:
    """No answers and no measurements, groups too small, or no pictures at all."""
    parity = _compare(_dropped(2, {"long": 9}), [], min_people=5, seed=0)
    assert "datatools measure" in parity_sentences(parity, [])[0]
    small = {"long": 3, "short": 4}
    axis = _axis(small)
    parity = _compare(_dropped(2, small), [axis], min_people=5, seed=0)
    assert parity_sentences(parity, [axis]) == [
        "Parity between groups: no two groups are large enough to be compared."
    ]
    assert _compare([], [axis], min_people=5, seed=0).outcomes == []


def _measured(number: int, name: str, value: float) -> Measurement:
    return Measurement(sample_id=people.sample_id(number), name=name, value=value, measured_by="pixels@1")


@pytest.fixture
def known(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give a workspace of six people, each of whom was asked and measured."""
    people.ingest(workspace, tmp_path, [people.sample(n) for n in range(6)])
    workspace.append_batch([people.answer(n, "female" if n % 2 else "male") for n in range(6)])
    workspace.write(tables.MEASUREMENTS, [_measured(n, "face_ita_deg", 20.0 * n) for n in range(6)])
    return workspace


def test_by_default_every_question_and_band_is_an_axis(known: Workspace) -> None:
    """Those that were answered and measured."""
    axes, notes = axes_of(known, None, readable(known))
    assert [axis.name for axis in axes] == ["perceived_gender", "face_ita_deg"]
    assert notes == []


def test_a_question_that_cannot_be_read_is_a_note(known: Workspace) -> None:
    """Answers in two vocabularies, which nobody asked for, stop nothing."""
    other = people.answer(0, "yes", question="glasses", vocabulary="yes_no@1")
    third = people.answer(1, "male", question="glasses", vocabulary="gender@1")
    known.append_batch([other, third])
    axes, notes = axes_of(known, None, readable(known))
    assert "glasses" not in [axis.name for axis in axes]
    assert [note.partition(":")[0] for note in notes] == ["Not compared"]


def test_an_attribute_that_was_asked_for_must_exist(known: Workspace) -> None:
    """As in the audit."""
    axes, _ = axes_of(known, ["face_ita_deg:30"], readable(known))
    assert [level for (level,) in axes[0].levels] == ["face_ita_deg < 30", "face_ita_deg >= 30"]
    with pytest.raises(UsageError, match="hat"):
        axes_of(known, ["hat"], readable(known))


def test_one_number_may_be_cut_twice(known: Workspace) -> None:
    """At two sets of edges: two axes of one name, each with its own people."""
    axes, _ = axes_of(known, ["face_ita_deg:30", "face_ita_deg:70", "face_ita_deg:30"], readable(known))
    cases = [
        _Case(sample_id=sample_id, person_id=sample_id, is_accepted=sample_id != people.sample_id(0))
        for sample_id in readable(known)
    ]
    rows = _rows(_compare(cases, axes, min_people=1, seed=0))
    assert len(rows) == 5
    assert rows["accepted", "face_ita_deg < 30"].value == pytest.approx(1 / 2)
    assert rows["accepted", "face_ita_deg < 70"].value == pytest.approx(3 / 4)
    expected = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert rows["accepted", "face_ita_deg < 70"].low == pytest.approx(expected.low)


def test_bands_are_of_numbers_that_measure_gives() -> None:
    """A renamed measure must not silently leave the comparison."""
    assert {band.partition(":")[0] for band in BANDS} <= set(DEFINITIONS)
