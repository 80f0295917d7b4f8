"""What do three simulated annotators say about a rendered picture, and what is the truth?

Their error rates are known, so that what is computed from their answers can be checked.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from datatools.synthetic.identity import Identity
from datatools.synthetic.plant import skin_tone_group
from datatools.synthetic.scene import Scene

ANNOTATORS = ("rendered_a1", "rendered_a2", "rendered_a3")
DATASET = "dataset:rendered"
CANNOT_TELL = "cannot_tell"
_FIRST_DAY = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
_AGE_BANDS = ("0-29", "30-54", "55+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How often an annotator errs; shares of answers."""

    gender_error: float  # the other gender
    age_error: float  # a neighbouring band
    tone_error: float  # one tone lighter or darker
    tone_darker: float  # share of the tone's errors that go to the darker side
    no_answer: float  # cannot_tell, where the vocabulary has it
    median_s: float  # lead time


HABITS = {
    "rendered_a1": Habits(gender_error=0.02, age_error=0.06, tone_error=0.2, tone_darker=0.5, no_answer=0.01,
                          median_s=3.0),
    "rendered_a2": Habits(gender_error=0.04, age_error=0.1, tone_error=0.3, tone_darker=0.5, no_answer=0.03,
                          median_s=4.5),
    "rendered_a3": Habits(gender_error=0.06, age_error=0.16, tone_error=0.4, tone_darker=0.8, no_answer=0.02,
                          median_s=2.2),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One row of answers.csv."""

    id: str
    question: str
    value: str
    annotator_id: str
    source: str
    vocabulary: str
    created_at: str
    lead_time_s: str
    presentation_order: str


def age_band(age: int) -> str:
    """Give the band of an age in years."""
    return _AGE_BANDS[0] if age < 30 else _AGE_BANDS[1] if age < 55 else _AGE_BANDS[2]


def truths(picture_id: str, who: Identity, scene: Scene) -> list[Answered]:
    """Give what the renderer knows, as answers of the data set itself."""

    def known(question: str, value: str, vocabulary: str) -> Answered:
        return Answered(
            id=picture_id,
            question=question,
            value=value,
            annotator_id=DATASET,
            source="dataset",
            vocabulary=vocabulary,
            created_at="",
            lead_time_s="",
            presentation_order="",
        )

    def yes_no(is_so: bool) -> str:
        return "yes" if is_so else "no"

    hides_hair = who.covering in ("hijab", "turban")
    return [
        known("hair", "covered" if hides_hair else who.hair, "hair@1"),
        known("head_covering", yes_no(who.has_covering), "yes_no@1"),
        known("glasses", yes_no(who.glasses != "none"), "yes_no@1"),
        known("beard", yes_no(who.beard not in ("none", "stubble")), "yes_no@1"),
        known("light", scene.light_level, "light@1"),
        known("background", "cluttered" if scene.is_cluttered else "plain", "background@1"),
        known("skin_tone_group", skin_tone_group(who.monk_tone), "monk3@1"),
        known("rendered_gender", who.gender, "gender@1"),
        known("rendered_age_band", age_band(who.age), "age3@1"),
        known("rendered_skin_tone", f"monk_{who.monk_tone:02d}", "monk@1"),
    ]


def _says(who: Identity, habits: Habits, rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """Draw one annotator's answers about one picture: question, value, vocabulary."""
    gender: str = who.gender
    if rng.random() < habits.gender_error:
        gender = "male" if gender == "female" else "female"
    if rng.random() < habits.no_answer:
        gender = CANNOT_TELL
    band = _AGE_BANDS.index(age_band(who.age))
    if rng.random() < habits.age_error:
        band = 1 if band != 1 else int(rng.choice([0, 2]))
    age = CANNOT_TELL if rng.random() < habits.no_answer else _AGE_BANDS[band]
    tone = who.monk_tone
    if rng.random() < habits.tone_error:
        tone += 1 if (rng.random() < habits.tone_darker or tone == 1) and tone < 10 else -1
    return [
        ("perceived_gender", gender, "gender@1"),
        ("perceived_age_band", age, "age3@1"),
        ("perceived_skin_tone", f"monk_{tone:02d}", "monk@1"),
    ]


def annotate(people: dict[str, Identity], seed: int) -> list[Answered]:
    """Let every annotator answer every question about every picture, each in an order of their own.

    ``people`` maps a picture's id to its main person.
    """
    found: list[Answered] = []
    ids = sorted(people)
    for number, annotator in enumerate(ANNOTATORS):
        habits = HABITS[annotator]
        rng = np.random.default_rng([seed, 100 + number])
        clock = _FIRST_DAY + timedelta(days=number)
        for order, place in enumerate(rng.permutation(len(ids)).tolist()):
            for question, value, vocabulary in _says(people[ids[place]], habits, rng):
                lead_s = round(float(habits.median_s * np.exp(0.5 * rng.standard_normal())), 2)
                clock += timedelta(seconds=lead_s)
                found.append(
                    Answered(
                        id=ids[place],
                        question=question,
                        value=value,
                        annotator_id=annotator,
                        source="annotator",
                        vocabulary=vocabulary,
                        created_at=clock.isoformat(timespec="seconds"),
                        lead_time_s=str(lead_s),
                        presentation_order=str(order),
                    )
                )
    return found
