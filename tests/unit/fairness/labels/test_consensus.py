"""Answers about pictures and people are combined, described and asked for."""

from dataclasses import replace

import numpy as np
import pytest

from datatools import tables
from datatools.fairness.composition.composition import wilson
from datatools.fairness.labels.consensus import Consensus, describe, fit, merge, rows, why_not
from datatools.fairness.labels.consensus_result import AnnotatorFound, QuestionConsensus, Unit
from datatools.fairness.labels.next_answers import SOMEBODY_NEW, ask_next
from datatools.records import Annotation
from tests.stages.people import answer, sample_id
from tests.unit.fairness.answered import coded

N_SAMPLES = 40
PERSON_OF = {sample_id(number): f"person{number // 2}" for number in range(N_SAMPLES)}


def _truth(number: int) -> str:
    return "male" if (number // 2) % 2 else "female"


def _other(value: str) -> str:
    return "female" if value == "male" else "male"


def _answers(n_samples: int = N_SAMPLES) -> list[Annotation]:
    """Give the answers of three annotators; ann03 is wrong about every fifth picture."""
    return [
        answer(
            number,
            _other(_truth(number)) if who == "ann03" and number % 5 == 0 else _truth(number),
            annotator_id=who,
        )
        for number in range(n_samples)
        for who in ("ann01", "ann02", "ann03")
    ]


def _fitted(answers: list[Annotation], unit: Unit = "picture") -> Consensus:
    return fit(coded(answers, "perceived_gender", "gender@1", PERSON_OF), unit, 100, np.random.default_rng(0))


def _described(answers: list[Annotation], known: dict[str, str] | None = None) -> QuestionConsensus:
    return describe(_fitted(answers), known or {})


def _annotator(found: QuestionConsensus, name: str) -> AnnotatorFound:
    return next(who for who in found.annotators if who.annotator_id == name)


def test_every_sample_gets_the_probable_value() -> None:
    """With a probability, and all of the posterior."""
    table = merge([rows(_fitted(_answers()))])
    found = [tables.CONSENSUS.record(**row) for row in table.to_pylist()]
    assert [row.value for row in found] == [_truth(number) for number in range(N_SAMPLES)]
    assert all(row.n_annotators == 3 and row.unit == "picture" for row in found)
    for row in found:
        assert sum(row.posterior) == pytest.approx(1.0)
        assert row.posterior[row.values.index(row.value)] == row.probability > 0.5


def test_a_persons_pictures_have_one_value() -> None:
    """What is said about one picture tells about the other."""
    said = [row for row in _answers() if row.sample_id != sample_id(0) or row.annotator_id == "ann03"]
    picture, person = (rows(_fitted(said, unit)).to_pylist()[0] for unit in ("picture", "person"))
    assert (picture["value"], picture["n_annotators"]) == ("male", 1)  # ann03 errs about picture 0
    assert (person["value"], person["n_annotators"]) == ("female", 3)


def test_annotators_are_described() -> None:
    """Who errs more has a lower accuracy; an interval holds it."""
    found = _described(_answers())
    good, poor = _annotator(found, "ann01"), _annotator(found, "ann03")
    assert poor.accuracy.high < good.accuracy.value
    assert poor.accuracy.low < 0.8 < poor.accuracy.high
    assert (good.n_answers, good.n_units, good.n_compared) == (N_SAMPLES, N_SAMPLES, N_SAMPLES)
    assert good.confusion[0][0].value > good.confusion[0][1].value
    assert [share.value for share in found.shares] == ["female", "male"]


def test_honeypots_are_scored_with_wilsons_interval() -> None:
    """Pictures of different people; ann03 gets one of four wrong."""
    known = {sample_id(number): _truth(number) for number in (0, 2, 4, 6)}
    pots = _annotator(_described(_answers(), known), "ann03").honeypots
    assert (pots.n_samples, pots.n_right) == (4, 3)
    assert pots.share is not None
    assert (pots.share.low, pots.share.high) == pytest.approx(wilson(0.75, 4))


def test_without_honeypots_nothing_is_known_of_them() -> None:
    """No share of nothing."""
    pots = _annotator(_described(_answers()), "ann01").honeypots
    assert (pots.n_samples, pots.share) == (0, None)


def test_the_most_doubtful_picture_is_asked_about_first() -> None:
    """Where the two annotators contradict each other; neither of them is asked again."""
    said = [row for row in _answers() if row.annotator_id != "ann03"]
    said[0] = replace(said[0], value=_other(said[0].value))
    (first, *_) = ask_next(_fitted(said), {}, 3)
    assert (first.sample_id, first.annotator_id) == (sample_id(0), SOMEBODY_NEW)
    assert first.entropy_bits >= first.gain_bits > 0
    assert (first.seconds, first.bits_per_minute) == (None, None)


def test_the_better_annotator_is_asked() -> None:
    """About the pictures that neither has seen."""
    said = [row for row in _answers() if row.annotator_id != "ann02" or row.sample_id > sample_id(5)]
    asked = ask_next(_fitted(said), {}, 6)
    assert {row.annotator_id for row in asked if row.sample_id <= sample_id(5)} == {"ann02"}


def test_the_quicker_annotator_is_asked() -> None:
    """Bits a minute count, not bits."""
    seconds = {"ann01": 20.0, "ann02": 2.0, "ann03": 20.0}
    said = [replace(row, lead_time_s=seconds[row.annotator_id]) for row in _answers(20)]
    unanswered = {sample_id(number): PERSON_OF[sample_id(number)] for number in range(20, 30)}
    asked = ask_next(_fitted(said), unanswered, 10)
    assert {row.annotator_id for row in asked} == {"ann02"}
    assert {row.sample_id for row in asked} == set(unanswered)
    assert asked[0].seconds == 2.0
    assert asked[0].bits_per_minute == pytest.approx(asked[0].gain_bits * 30)


def test_lead_times_of_nothing_count_as_a_second() -> None:
    """Some programs note none, as 0."""
    said = [replace(row, lead_time_s=0.0) for row in _answers(10)]
    assert ask_next(_fitted(said), {sample_id(20): "person10"}, 1)[0].seconds == 1.0


def test_one_picture_and_two_annotators_are_enough_to_say_something() -> None:
    """That nothing is certain, and that nobody can be judged."""
    found = _described([answer(0, "male", annotator_id="a"), answer(0, "female", annotator_id="b")])
    assert (found.n_units, found.n_unsure) == (1, 1)
    assert {who.verdict for who in found.annotators} == {"cannot be told"}


def test_who_could_not_tell_is_not_asked_again() -> None:
    """About that person; another annotator may be."""
    seconds = {"ann01": 20.0, "ann02": 2.0, "ann03": 20.0}
    said = [replace(row, lead_time_s=seconds[row.annotator_id]) for row in _answers(20)]
    said.append(answer(30, "cannot_tell", annotator_id="ann02"))
    unanswered = {sample_id(number): PERSON_OF[sample_id(number)] for number in (30, 38)}
    asked = [row for row in ask_next(_fitted(said), unanswered, 100) if row.annotator_id == "ann02"]
    assert [row.sample_id for row in asked] == [sample_id(38)]


def test_a_person_is_asked_about_once() -> None:
    """One picture stands for them, and none where others of their pictures were answered."""
    unanswered = {sample_id(number): PERSON_OF[sample_id(number)] for number in range(19, 40)}
    asked = ask_next(_fitted(_answers(19), "person"), unanswered, 100)
    people = [row.person_id for row in asked]
    assert len(people) == len(set(people)) == 20


def test_what_cannot_be_combined_says_why() -> None:
    """One annotator, one value, or numbers."""
    alone = coded([answer(0, "male"), answer(1, "female")], "perceived_gender", "gender@1", PERSON_OF)
    same = [answer(number, "male", annotator_id=who) for number in range(2) for who in "ab"]
    years = [answer(0, "30", question="perceived_age", vocabulary="age_years@1")]
    silent = coded([answer(0, "cannot_tell")], "perceived_gender", "gender@1", PERSON_OF)
    assert "nobody could tell" in (why_not(silent) or "")
    assert "ann01 alone" in (why_not(alone) or "")
    assert "always said male" in (why_not(coded(same, "perceived_gender", "gender@1", PERSON_OF)) or "")
    assert "in bands" in (why_not(coded(years, "perceived_age", "age_years@1", PERSON_OF)) or "")
    assert why_not(coded(_answers(), "perceived_gender", "gender@1", PERSON_OF)) is None
