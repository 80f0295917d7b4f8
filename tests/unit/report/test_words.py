"""How are numbers and names written?"""

import pytest

from datatools.fairness.estimates import Estimate
from datatools.report import words
from tests.unit.report.builders import NONE, estimate, model


@pytest.mark.parametrize(
    ("value", "expected"), [(0.93349, "93.3"), (-0.018, "−1.8"), (-0.0001, "0.0"), (None, "–")]
)
def test_points_of_a_hundred(value: float | None, expected: str) -> None:
    """Values of 0-1 are shown times 100, never as minus zero."""
    assert words.points(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.018, "+1.8"), (-0.018, "−1.8"), (0.0, "0.0"), (0.0004, "0.0"), (None, "–")]
)
def test_differences_carry_their_sign(value: float | None, expected: str) -> None:
    """A difference says which way it goes."""
    assert words.signed_points(value) == expected


def test_a_value_stands_with_its_interval() -> None:
    """A value is followed by its interval."""
    assert words.with_interval(estimate(0.9, 0.01, 5)) == "90.0 [89.0, 91.0]"


def test_a_missing_interval_is_said() -> None:
    """A value without an interval says so."""
    found = Estimate(value=0.9, low=None, high=None, n_images=3, n_people=3)
    assert words.with_interval(found) == "90.0 no interval"


def test_a_missing_value_is_a_dash() -> None:
    """Nothing is made up for an absent value."""
    assert words.with_interval(NONE) == "–"


def test_counts_are_of_images_and_people() -> None:
    """Both counts are told, in the singular where there is one."""
    assert words.counts(estimate(0.9, 0.01, 1, images=1200)) == "1,200 images of 1 person"


def test_suppressed_counts_are_not_told() -> None:
    """A suppressed group's counts stay hidden."""
    assert words.counts(NONE) == "too few to show"


@pytest.mark.parametrize(
    ("source", "reading", "expected"),
    [
        ("human", "accuracy", "accuracy against human masks"),
        ("rendered", "accuracy", "accuracy against rendered masks, which are exact"),
        ("keyed", "agreement", "agreement with masks keyed from a plain background"),
        ("model:isnet", "agreement", "agreement with masks proposed by isnet"),
        ("other", "agreement", "agreement with masks of source other"),
    ],
)
def test_accuracy_and_agreement_are_told_apart(source: str, reading: str, expected: str) -> None:
    """The sentence says which of the two it is, and against whose masks."""
    found = model("m", source, "accuracy" if reading == "accuracy" else "agreement", 0.9)
    assert words.reading(found) == expected


@pytest.mark.parametrize(("p", "expected"), [(None, "–"), (0.00001, "< 0.001"), (0.0421, "0.042")])
def test_p_values(p: float | None, expected: str) -> None:
    """Tiny p-values are a bound, not a row of zeros."""
    assert words.p_value(p) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c", "d", "e"], "a, b, c and 2 others")],
)
def test_lists_are_sentences(names: list[str], expected: str) -> None:
    """Long lists end in a count."""
    assert words.listed(names) == expected


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], ""),
        (["dataset", "self_report"], "Groups answered by: dataset, self report."),
        (["measured"], "Groups measured in the pictures."),
        (["annotator", "measured"], "Groups answered by: annotator and measured in the pictures."),
    ],
)
def test_groups_say_where_they_come_from(sources: list[str], expected: str) -> None:
    """An answer and a measurement are told apart."""
    assert words.said_by(sources) == expected


def test_a_cross_is_written_only_for_crossings() -> None:
    """A group's own " x " is literal where the attribute is no crossing."""
    assert (words.group("a x b", "p x q"), words.group("a x b", "p")) == ("a × b", "a x b")


def test_facts_are_written_in_one_line() -> None:
    """Nested facts are readable, and absent ones are a dash."""
    found = words.fact({"val": [{"iou": 0.934567, "n": 40}, None], "name": "a"})
    assert found == "val: iou: 0.9346, n: 40; –, name: a"


def test_a_band_names_its_number_once() -> None:
    """Other groups stand beside their attribute."""
    assert [words.whom("ita_deg", "ita_deg < 10"), words.whom("perceived_gender", "woman")] == [
        "ita_deg < 10",
        "perceived gender = woman",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("perceived_age:age3@1", "perceived age (age3)"),
        ("perceived_age:age3@1 x skin_tone:monk3@12", "perceived age (age3) × skin tone (monk3)"),
        ("perceived_gender@consensus", "perceived gender@consensus"),
        ("a:b@c", "a:b@c"),
        ("12:30@5", "12:30@5"),
    ],
)
def test_a_vocabulary_behind_a_question_is_named_without_its_version(name: str, text: str) -> None:
    """Whatever else a name holds stays as it is."""
    assert words.attribute(name) == text
