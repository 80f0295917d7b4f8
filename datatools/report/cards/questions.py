"""Which questions does a datasheet answer?

Those of Gebru et al., *Datasheets for Datasets* (2021), section by section, in short words of our own; the
numbers are places in their list.
"""

from dataclasses import dataclass

SOURCE = "Gebru et al., Datasheets for Datasets, Communications of the ACM 64(12), 2021"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the datasheet."""

    number: str  # of the section, and in it
    section: str
    text: str


_ASKED = {
    "Motivation": (
        "What was the data set made for?",
        "Who made it, and on whose behalf?",
        "Who paid for it?",
        "Is there anything else to say about why it was made?",
    ),
    "Composition": (
        "What does one item stand for?",
        "How many items are there, of each kind?",
        "Is it everything there is, or a sample, and how representative is the sample?",
        "What data does an item consist of?",
        "Does an item have a label or target?",
        "What is missing from items, and why?",
        "Are relations between items written down?",
        "Which splits are recommended, and why these?",
        "Which errors, noise or repetitions are known?",
        "Does it stand alone, or does it depend on data elsewhere?",
        "Does it hold anything confidential?",
        "Does it hold anything that may offend, frighten or insult?",
        "Which groups of people does it tell apart, and how large are they?",
        "Can people be recognised from it?",
        "Does it hold data that are sensitive, such as race, gender or health?",
        "Is there anything else to say about what is in it?",
    ),
    "Collection": (
        "How was each item's data acquired, and was it checked?",
        "With which devices, people or programs was it collected?",
        "If it is a sample: how was it drawn?",
        "Who collected it, and what were they paid?",
        "Over which time was it collected?",
        "Was there an ethical review?",
        "Was it collected from the people themselves, or from others?",
        "Were the people told?",
        "Did the people consent, and to what?",
        "How can somebody withdraw?",
        "Was the effect on the people in it examined?",
        "Is there anything else to say about collecting?",
    ),
    "Preprocessing": (
        "What was cleaned, processed or labelled, and how?",
        "Was the raw data kept?",
        "Which software did it, and can others have it?",
        "Is there anything else to say about processing?",
    ),
    "Uses": (
        "What has it been used for already?",
        "Where are papers and systems that use it listed?",
        "What else could it be used for?",
        "What in its making may affect later uses, or harm somebody, and how can that be mitigated?",
        "What should it not be used for?",
        "Is there anything else to say about uses?",
    ),
    "Distribution": (
        "Will others get it?",
        "How will they get it, and does it have an identifier?",
        "When?",
        "Under which licence or terms?",
        "Do others hold rights in it?",
        "Do export rules or other laws limit it?",
        "Is there anything else to say about distribution?",
    ),
    "Maintenance": (
        "Who looks after it?",
        "How can they be reached?",
        "Is there a list of errors?",
        "Will it be updated, by whom, how often, and who is told?",
        "How long may data about the people be kept?",
        "Will older versions be kept?",
        "How can others add to it?",
        "Is there anything else to say about maintenance?",
    ),
}

QUESTIONS: tuple[Question, ...] = tuple(
    Question(f"{place}.{number}", section, text)
    for place, (section, texts) in enumerate(_ASKED.items(), 1)
    for number, text in enumerate(texts, 1)
)
NUMBERS: frozenset[str] = frozenset(question.number for question in QUESTIONS)
