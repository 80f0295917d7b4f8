"""Do verdicts change with the vocabulary, or with where a number is cut?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from datatools import plugins
from datatools.errors import UsageError
from datatools.fairness.gaps import Plan
from datatools.fairness.labels.coded_from import Records
from datatools.fairness.labels.codings import sensitivity, words
from datatools.fairness.labels.label_result import Sensitivity
from datatools.fairness.statistics.inference import Rules
from datatools.progress import Progress
from datatools.records import Annotation, Measurement
from tests.scores import frame_of, score_with_iou
from tests.unit.fairness.labels.test_label_beliefs import answer

_N_PEOPLE = 120
_PEOPLE = {f"p{k:03d}": f"p{k:03d}" for k in range(_N_PEOPLE)}
_RACES = ("black", "caucasian", "hispanic", "indian")


def _scores(lower: Sequence[bool], by: float) -> pd.DataFrame:
    """Score everybody, ``lower`` people so much lower."""
    rng = np.random.default_rng(1)
    iou = 0.92 - by * np.array(lower) + rng.normal(0, 0.02, _N_PEOPLE)
    return frame_of(
        [score_with_iou(p, p, float(v)) for p, v in zip(_PEOPLE, np.clip(iou, 0, 1), strict=True)]
    )


def _tones() -> list[Measurement]:
    """Measure skin tone, from 0 degrees to 59.5 in even steps."""
    return [
        Measurement(sample_id=p, name="ita_deg", value=k / 2, measured_by="x") for k, p in enumerate(_PEOPLE)
    ]


def _races() -> list[Annotation]:
    values = [_RACES[k % 4] for k in range(_N_PEOPLE)]
    return [
        answer(p, value, "a", question="perceived_race", vocabulary="mebeauty_race@1")
        for p, value in zip(_PEOPLE, values, strict=True)
    ]


def _ages() -> list[Annotation]:
    return [
        answer(p, str(20 + k // 2), "a", question="perceived_age", vocabulary="age_years@1")
        for k, p in enumerate(_PEOPLE)
    ]


def _run(
    scores: pd.DataFrame,
    attribute: str,
    annotations: Sequence[Annotation] = (),
    measurements: Sequence[Measurement] = (),
    min_people: int = 5,
) -> list[Sensitivity]:
    plan = Plan(
        metrics=[plugins.build("metrics", "iou_fg_image")],
        axes=[],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=min_people,
        n_replicates=200,
        seed=0,
    )
    return sensitivity(
        scores, plan, [attribute], Records(annotations, measurements, _PEOPLE), Progress("quiet")
    )


def test_edges_move_down_and_up_and_to_equal_groups() -> None:
    """By a quarter of the narrowest group between two edges."""
    found = words("ita_deg:20,40,52", Records([], _tones(), _PEOPLE))
    assert found == ["ita_deg:17,37,49", "ita_deg:23,43,55", "ita_deg:14.9,29.8,44.6"]


def test_one_edge_moves_by_a_quarter_of_the_middle_half() -> None:
    """There is no group between two edges to measure by; nothing moves where all have one value."""
    assert words("ita_deg:20", Records([], _tones(), _PEOPLE)) == [
        "ita_deg:12.6",
        "ita_deg:27.4",
        "ita_deg:29.8",
    ]
    flat = [Measurement(sample_id=p, name="ita_deg", value=3.0, measured_by="x") for p in _PEOPLE]
    assert words("ita_deg:20", Records([], flat, _PEOPLE)) == []


def test_equal_groups_that_share_an_edge_are_no_coding() -> None:
    """Most people have one value: two quantiles fall together."""
    most = [
        Measurement(sample_id=p, name="ita_deg", value=max(0.0, k - 100.0), measured_by="x")
        for k, p in enumerate(_PEOPLE)
    ]
    assert words("ita_deg:5,10", Records([], most, _PEOPLE)) == ["ita_deg:3.8,8.8", "ita_deg:6.2,11.2"]


def test_answers_are_read_in_every_vocabulary_they_translate_to() -> None:
    """From the fine to the coarse, from the coarse to the fine, and none where there is no crosswalk."""
    rows = _races()
    assert words("perceived_race", Records(rows, [], _PEOPLE)) == ["perceived_race:race_coarse@1"]
    assert words("perceived_race:race_coarse@1", Records(rows, [], _PEOPLE)) == [
        "perceived_race:mebeauty_race@1"
    ]
    gender = [answer(p, "male", "a") for p in _PEOPLE]
    assert words("perceived_gender", Records(gender, [], _PEOPLE)) == []


def test_bands_of_years_are_changed_and_moved() -> None:
    """Other bands that years translate to, and the own ones two and five years off."""
    found = words("perceived_age:age3@1", Records(_ages(), [], _PEOPLE))
    assert found[0] == "perceived_age:fairface_age@1"
    assert found[1:] == [f"perceived_age:{cut}" for cut in ("25,50", "28,53", "32,57", "35,60")]


def test_years_that_nobody_could_tell_are_not_moved() -> None:
    """There is no number to cut."""
    rows = [
        answer(p, "cannot_tell", "a", question="perceived_age", vocabulary="age_years@1") for p in _PEOPLE
    ]
    assert words("perceived_age:age3@1", Records(rows, [], _PEOPLE)) == ["perceived_age:fairface_age@1"]


def test_a_consensus_is_read_otherwise_but_has_no_years() -> None:
    """Its values are bands already."""
    rows = [
        answer(p, "0-29", "c", question="perceived_age", vocabulary="age3@1", source="consensus")
        for p in _PEOPLE
    ]
    assert words("perceived_age@consensus", Records(rows, [], _PEOPLE)) == []
    rows = [
        answer(p, "indian", "c", question="perceived_race", vocabulary="mebeauty_race@1", source="consensus")
        for p in _PEOPLE
    ]
    found = words("perceived_race@consensus", Records(rows, [], _PEOPLE))
    assert found == ["perceived_race@consensus:race_coarse@1"]


def test_a_gap_under_every_coding_is_stable() -> None:
    """Dark skin scores far lower, wherever the edges lie a little."""
    lower = [k < 40 for k in range(_N_PEOPLE)]
    (found,) = _run(_scores(lower, 0.2), "ita_deg:20,40", measurements=_tones())
    assert found.codings[0].coding == "ita_deg:20,40"
    assert len(found.codings) == 4
    assert found.is_stable
    assert found.sentence == "ita_deg:20,40: some group differs, and all 4 codings show it."
    assert {c.verdict for c in found.codings[1].comparisons.values()} <= {"gap", "insufficient data"}


def test_no_gap_under_any_coding_is_stable() -> None:
    """Nothing was planted."""
    (found,) = _run(_scores([False] * _N_PEOPLE, 0.0), "ita_deg:30", measurements=_tones())
    assert found.is_stable
    assert found.sentence == "ita_deg:30: no difference between groups is shown, in all 4 codings."


def test_a_gap_that_a_coarser_vocabulary_hides_is_not_stable() -> None:
    """Hispanic people score lower, Indian ones higher; together they are *other*, and like the rest."""
    scores = _scores([k % 4 == 2 for k in range(_N_PEOPLE)], 0.05)
    up = np.arange(_N_PEOPLE) % 4 == 3
    scores = scores.assign(tp=scores["tp"] + 500 * up, fn=scores["fn"] - 500 * up)
    (found,) = _run(scores, "perceived_race", _races())
    assert not found.is_stable
    assert found.sentence == (
        "perceived_race: whether any group differs depends on the coding: yes with perceived_race; not shown "
        "with perceived_race:race_coarse@1."
    )


def test_years_answered_are_cut_like_a_measurement() -> None:
    """The groups of moved bands are named by their edges."""
    (found,) = _run(_scores([k < 20 for k in range(_N_PEOPLE)], 0.1), "perceived_age:age3@1", _ages())
    moved = found.codings[2]
    assert moved.coding == "perceived_age:25,50"
    assert set(moved.comparisons) == {
        "perceived_age < 25",
        "perceived_age 25 to 50",
        "perceived_age >= 50",
    }


def test_counts_are_left_out() -> None:
    """Two codings' counts would tell the people between two edges."""
    (found,) = _run(_scores([False] * _N_PEOPLE, 0.0), "ita_deg:20,40", measurements=_tones())
    for coding in found.codings:
        for comparison in coding.comparisons.values():
            assert comparison.people_needed is None
            assert comparison.gap.n_people is None
            assert comparison.gap.value is not None


def test_a_coarser_group_does_not_tell_a_hidden_one() -> None:
    """Three Indian people are hidden; *other* would tell them, less the Hispanic people who are shown."""
    values = [("indian",) if k < 3 else (("hispanic",) if k < 60 else ("black",)) for k in range(_N_PEOPLE)]
    values[-4:] = [("caucasian",)] * 4
    rows = [
        answer(p, value, "a", question="perceived_race", vocabulary="mebeauty_race@1")
        for p, (value,) in zip(_PEOPLE, values, strict=True)
    ]
    (found,) = _run(_scores([False] * _N_PEOPLE, 0.0), "perceived_race", rows)
    assert set(found.codings[0].comparisons) == {"black", "hispanic"}
    assert "other" not in found.codings[1].comparisons


def test_one_coding_alone_gives_no_section() -> None:
    """There is nothing to compare it with."""
    rows = [answer(p, ("female", "male")[k % 2], "a") for k, p in enumerate(_PEOPLE)]
    assert _run(_scores([False] * _N_PEOPLE, 0.0), "perceived_gender", rows) == []


def test_codings_without_two_groups_are_said_to_be_none() -> None:
    """Everybody lies above all edges but the moved ones."""
    (found,) = _run(
        _scores([False] * _N_PEOPLE, 0.0), "ita_deg:-40,-20", measurements=_tones(), min_people=50
    )
    assert found.is_stable
    assert found.sentence == "ita_deg:-40,-20: only 0 of 4 codings has groups to compare."


def test_an_attribute_that_nobody_answered_is_an_error() -> None:
    """As in the audit itself."""
    with pytest.raises(UsageError, match="expected an attribute among"):
        _run(_scores([False] * _N_PEOPLE, 0.0), "hair", _ages())
