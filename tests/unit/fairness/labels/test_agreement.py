"""Who agrees with whom, on what, and where not."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from datatools.fairness.labels.agreement import GroupAgreement, QuestionAgreement, compare
from datatools.fairness.who.groups import Axis
from datatools.records import Annotation
from tests.stages.people import answer, sample_id
from tests.unit.fairness.answered import coded

PERSON_OF = {sample_id(number): f"person{number // 2}" for number in range(40)}


def _compare(
    answers: list[Annotation], spec: str = "perceived_gender", vocabulary: str = "gender@1"
) -> QuestionAgreement:
    return compare(coded(answers, spec, vocabulary, PERSON_OF), 200, np.random.default_rng(0))


def _random_answers(n_annotators: int, seed: int) -> list[Annotation]:
    rng = np.random.default_rng(seed)
    return [
        answer(number, str(rng.choice(["female", "male", "another"])), annotator_id=f"a{annotator}")
        for annotator in range(n_annotators)
        for number in range(40)
        if rng.random() < 0.8
    ]


def test_counts_say_how_much_was_compared() -> None:
    """Answers, samples, people and annotators, and which of them had anybody to compare with."""
    found = _compare(
        [
            answer(0, "female", annotator_id="a"),
            answer(0, "male", annotator_id="b"),
            answer(1, "female", annotator_id="a"),
            answer(1, "female", annotator_id="b"),
            answer(4, "male", annotator_id="a"),
        ]
    )
    assert (found.n_annotators, found.n_answers, found.n_samples, found.n_people) == (2, 5, 3, 2)
    assert (found.n_samples_compared, found.n_people_compared) == (2, 1)
    assert found.share_equal == 0.5


def test_kappa_equals_scikit_learns() -> None:
    """For every pair of annotators, over the samples that both answered."""
    answers = _random_answers(3, seed=1)
    found = _compare(answers)
    assert [(pair.first, pair.second) for pair in found.pairs] == [("a0", "a1"), ("a0", "a2"), ("a1", "a2")]
    said = {(row.annotator_id, row.sample_id): row.value for row in answers}
    for pair in found.pairs:
        common = [i for i in PERSON_OF if (pair.first, i) in said and (pair.second, i) in said]
        first, second = ([said[name, i] for i in common] for name in (pair.first, pair.second))
        assert pair.n_samples == len(common)
        assert pair.share_equal == np.mean([a == b for a, b in zip(first, second, strict=True)])
        assert pair.kappa == pytest.approx(cohen_kappa_score(first, second))


def test_kappa_is_undefined_where_both_always_gave_one_value() -> None:
    """Chance agrees perfectly then."""
    found = _compare([answer(n, "male", annotator_id=who) for n in range(4) for who in "ab"])
    assert (found.pairs[0].share_equal, found.pairs[0].kappa) == (1.0, None)
    assert (found.alpha, found.verdict) == (None, "insufficient data")


def test_annotators_without_a_common_sample_are_no_pair() -> None:
    """There is nothing to say about them."""
    assert _compare([answer(0, "male", annotator_id="a"), answer(1, "male", annotator_id="b")]).pairs == []


def test_conflicts_name_sample_person_and_who_said_what() -> None:
    """So that somebody can look again."""
    found = _compare(
        [
            answer(2, "female", annotator_id="a"),
            answer(2, "male", annotator_id="b"),
            answer(3, "male", annotator_id="a"),
            answer(3, "male", annotator_id="b"),
        ]
    )
    (conflict,) = found.conflicts
    assert (conflict.sample_id, conflict.person_id) == (sample_id(2), "person1")
    assert conflict.answers == {"a": "female", "b": "male"}


def test_cannot_tell_is_counted_and_no_disagreement() -> None:
    """Nobody is placed in a group by it."""
    found = _compare([answer(0, "female", annotator_id="a"), answer(0, "cannot_tell", annotator_id="b")])
    assert (found.n_no_answer, found.n_answers, found.conflicts) == (1, 1, [])


def test_an_annotators_latest_answer_counts() -> None:
    """An answer with a time is later than one without."""
    found = _compare(
        [
            answer(0, "male", annotator_id="a"),
            answer(0, "female", annotator_id="a", created_at="2024-01-01T00:00:00+00:00"),
            answer(0, "female", annotator_id="b"),
        ]
    )
    assert (found.n_answers, found.share_equal, found.n_contradictory) == (2, 1.0, 0)


def test_two_answers_of_one_annotator_at_one_time_cancel() -> None:
    """Nobody knows which one was meant; that is counted."""
    found = _compare([answer(0, "male", annotator_id="a"), answer(0, "female", annotator_id="a")])
    assert (found.n_answers, found.n_contradictory) == (0, 1)


def test_several_values_at_once_are_a_category_of_their_own() -> None:
    """Who named two origins does not agree with who named one of them."""
    found = _compare(
        [
            answer(n, value, annotator_id=who, question="perceived_race", vocabulary="fairface_race@1")
            for n, who, value in [
                (0, "a", "white"),
                (0, "a", "east_asian"),
                (0, "b", "white"),
                (1, "a", "east_asian"),
                (1, "a", "white"),
                (1, "b", "white"),
                (1, "b", "east_asian"),
            ]
        ],
        "perceived_race",
        "fairface_race@1",
    )
    assert (found.n_answers, found.n_contradictory, found.share_equal) == (4, 0, 0.5)
    assert [conflict.answers for conflict in found.conflicts] == [{"a": "white+east_asian", "b": "white"}]


def test_near_misses_weigh_less_on_an_ordinal_scale() -> None:
    """Neighbouring tones are nearly agreement, far ones are not."""
    tones = [f"monk_{tone:02d}" for tone in range(1, 11)]

    def off_by(distance: int) -> float:
        answers = [
            answer(
                n,
                tones[(n % 5) + shift],
                annotator_id=who,
                question="perceived_skin_tone",
                vocabulary="monk@1",
            )
            for n in range(40)
            for who, shift in (("a", 0), ("b", distance))
        ]
        found = _compare(answers, "perceived_skin_tone", "monk@1")
        assert found.level == "ordinal"
        assert found.share_equal == 0.0
        assert found.alpha is not None
        return found.alpha

    assert off_by(1) > 0.6 > 0.0 > off_by(5)


def test_a_crosswalk_may_turn_disagreement_into_agreement() -> None:
    """Tones 1 and 3 are both light."""
    answers = [
        answer(n, tone, annotator_id=who, question="perceived_skin_tone", vocabulary="monk@1")
        for n, tones in enumerate([("monk_01", "monk_03"), ("monk_08", "monk_09")])
        for who, tone in zip("ab", tones, strict=True)
    ]
    found = _compare(answers, "perceived_skin_tone:monk3@1", "monk3@1")
    assert (found.share_equal, found.alpha, found.conflicts) == (1.0, 1.0, [])


def test_years_are_compared_by_their_distance() -> None:
    """An interval vocabulary sorts its numbers as numbers: 9 comes before 10."""
    answers = [
        answer(n, str(years + shift), annotator_id=who, question="perceived_age", vocabulary="age_years@1")
        for n, years in enumerate([9, 30, 50, 70, 100])
        for who, shift in (("a", 0), ("b", 1))
    ]
    found = _compare(answers, "perceived_age", "age_years@1")
    assert found.level == "interval"
    assert found.alpha is not None
    assert found.alpha > 0.99


@pytest.mark.parametrize(
    ("n_wrong", "verdict"), [(0, "reliable"), (2, "tentative"), (5, "insufficient data"), (14, "weak")]
)
def test_the_verdict_follows_the_interval(n_wrong: int, verdict: str) -> None:
    """0.8 and 0.667 are Krippendorff's own limits; the low end must pass them."""
    person_of = {sample_id(number): str(number) for number in range(40)}
    answers = [
        answer(n, value if who == "a" or n >= n_wrong else wrong, annotator_id=who)
        for n in range(40)
        for value, wrong in [("male", "female") if n % 2 else ("female", "male")]
        for who in "ab"
    ]
    said = coded(answers, "perceived_gender", "gender@1", person_of)
    found = compare(said, 1000, np.random.default_rng(0))
    assert found.verdict == verdict


def test_nothing_but_no_answers_leaves_everything_undefined() -> None:
    """Nobody could tell."""
    found = _compare([answer(n, "cannot_tell", annotator_id=who) for n in range(3) for who in "ab"])
    assert (found.n_no_answer, found.n_answers, found.alpha, found.share_equal) == (6, 0, None, None)


def _by_group(sizes: dict[str, int]) -> list[GroupAgreement]:
    """Compare two annotators who agree about the people of each group but the last, where they guess."""
    rng = np.random.default_rng(1)
    groups = [name for name, size in sizes.items() for _ in range(size)]
    answers = [
        answer(
            n,
            "male" if (rng.random() < 0.5 if group == groups[-1] else n % 2) else "female",
            annotator_id=who,
        )
        for n, group in enumerate(groups)
        for who in "ab"
    ]
    person_of = {sample_id(number): str(number) for number in range(len(groups))}
    group_of = {str(number): (group,) for number, group in enumerate(groups)}
    axis = Axis(("perceived_race",), ("annotator",), tuple((name,) for name in sizes), group_of)
    said = coded(answers, "perceived_gender", "gender@1", person_of)
    return compare(said, 300, np.random.default_rng(0), [axis]).groups


def test_groups_of_people_have_an_alpha_of_their_own() -> None:
    """Perfect about one group, chance about the other."""
    first, second = _by_group({"black": 50, "white": 60})
    assert (first.attribute, first.group, first.n_people, first.alpha) == ("perceived_race", "black", 50, 1.0)
    assert second.n_people == 60
    assert second.low is not None
    assert second.high is not None
    assert second.low < 0 < second.high < 0.6


def test_small_groups_are_not_shown_nor_what_would_give_them_away() -> None:
    """A group of two, and the next smallest."""
    found = _by_group({"black": 2, "indian": 30, "white": 50})
    assert [(group.group, group.n_people) for group in found] == [
        ("black", None),
        ("indian", None),
        ("white", 50),
    ]
