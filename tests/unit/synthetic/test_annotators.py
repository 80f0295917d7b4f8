"""Do the simulated annotators err as often as they are said to?"""

from collections import Counter

import numpy as np
import pytest

from datatools.synthetic.annotators import ANNOTATORS, HABITS, age_band, annotate, truths
from datatools.synthetic.identity import Identity, sample_identity
from datatools.synthetic.scene import sample_scene
from datatools.vocab import validate_answer


def _people(n: int) -> dict[str, Identity]:
    rng = np.random.default_rng(1)
    return {f"p{number:04d}": sample_identity(rng, number % 10 + 1) for number in range(n)}


@pytest.mark.parametrize("annotator", ANNOTATORS)
def test_annotators_err_at_their_own_rates(annotator: str) -> None:
    """Shares of wrong and missing answers lie within four standard errors of the rates."""
    people, habits = _people(1500), HABITS[annotator]
    wrong: Counter[str] = Counter()
    for row in annotate(people, seed=0):
        if row.annotator_id != annotator:
            continue
        who = people[row.id]
        wrong["missing"] += row.value == "cannot_tell"
        wrong["gender"] += row.question == "perceived_gender" and row.value not in (who.gender, "cannot_tell")
        wrong["age"] += row.question == "perceived_age_band" and row.value not in (
            age_band(who.age),
            "cannot_tell",
        )
        tone = f"monk_{who.monk_tone:02d}"
        wrong["tone"] += row.question == "perceived_skin_tone" and row.value != tone
    for name, rate in (
        ("gender", habits.gender_error * (1 - habits.no_answer)),
        ("age", habits.age_error * (1 - habits.no_answer)),
        ("tone", habits.tone_error),
    ):
        assert wrong[name] / 1500 == pytest.approx(rate, abs=4 * (rate * (1 - rate) / 1500) ** 0.5)
    assert wrong["missing"] / 3000 == pytest.approx(habits.no_answer, abs=0.012)


def test_everybody_answers_everything_once_in_an_own_order() -> None:
    """Three annotators, three questions, all pictures; no two see them in the same order."""
    people = _people(30)
    rows = annotate(people, seed=4)
    assert len(rows) == len({(row.id, row.question, row.annotator_id) for row in rows}) == 30 * 9
    orders = {
        tuple(row.id for row in rows if row.annotator_id == name and row.question == "perceived_gender")
        for name in ANNOTATORS
    }
    assert len(orders) == 3
    for name in ANNOTATORS:
        times = [row.created_at for row in rows if row.annotator_id == name]
        assert times == sorted(times)


def test_answers_stay_in_their_vocabularies() -> None:
    """Tones stay between 1 and 10, bands and genders are known words."""
    rows = annotate(_people(200), seed=2)
    values = {
        question: {row.value for row in rows if row.question == question}
        for question in ("perceived_gender", "perceived_age_band", "perceived_skin_tone")
    }
    assert values["perceived_gender"] == {"female", "male", "cannot_tell"}
    assert values["perceived_age_band"] == {"0-29", "30-54", "55+", "cannot_tell"}
    assert values["perceived_skin_tone"] == {f"monk_{tone:02d}" for tone in range(1, 11)}


def test_vocabularies_hold_every_answer() -> None:
    """The questions and the values are those of the toolkit's code book."""
    rng = np.random.default_rng(6)
    people = _people(120)
    rows = annotate(people, seed=0)
    rows += [row for name, who in people.items() for row in truths(name, who, sample_scene(rng, 256, 256))]
    for question, value, vocabulary, source in {
        (row.question, row.value, row.vocabulary, row.source) for row in rows
    }:
        validate_answer(question, value, vocabulary, source)


def test_truth_is_the_data_sets_own_answer() -> None:
    """What was rendered is said by the data set, not by an annotator."""
    rng = np.random.default_rng(3)
    who, scene = sample_identity(rng, 8), sample_scene(rng, 256, 256)
    rows = truths("p", who, scene)
    assert {(row.annotator_id, row.source) for row in rows} == {("dataset:rendered", "dataset")}
    answers = {row.question: row.value for row in rows}
    assert answers["skin_tone_group"] == "dark"
    assert answers["rendered_skin_tone"] == "monk_08"
    assert answers["head_covering"] == ("yes" if who.has_covering else "no")
