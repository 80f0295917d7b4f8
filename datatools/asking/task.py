"""What does the page need to know: which pictures, in which order, with which questions?

Everything in it is shown to the annotator's browser, so it holds no path, no source and no person, and
nothing that tells a picture with a known answer from the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datatools import vocab
from datatools.errors import UsageError
from datatools.synthetic.identity import MONK_SRGB
from datatools.tables import fingerprint

# Told apart by lot, or in the order of a queue: the batch says which, for order effects can be looked for
# only in an order that chance made.
Order = Literal["lot", "queue"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in one of its vocabularies."""

    name: str
    vocabulary: vocab.Vocabulary

    @property
    def question(self) -> vocab.Question:
        """Give the question's text, kind and rules."""
        return vocab.question(self.name)

    @property
    def is_review(self) -> bool:
        """Say whether it is about a mask."""
        return self.question.kind == "review"

    @property
    def source(self) -> str:
        """Give whose word an answer is."""
        return "self_report" if self.question.kind == "self_reported" else "annotator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture, the mask under review where one is, and what is asked about it."""

    sample_id: str
    image: Path
    mask: Path | None
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one annotator is asked, in the order in which they see it."""

    annotator_id: str
    seed: int
    order: Order
    pictures: Sequence[Picture]

    def __post_init__(self) -> None:
        names = [one.name for one in self.asked]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(
                f"expected each question of a page in one vocabulary, got {', '.join(twice)} in several"
            )

    @property
    def asked(self) -> list[Asked]:
        """Give every question once, in the order in which they first come."""
        return list({(one.name, one.vocabulary.key): one for p in self.pictures for one in p.asked}.values())

    @property
    def page_id(self) -> str:
        """Give the id of the page: another annotator, order or question is another page."""
        shown = [
            (
                picture.sample_id,
                picture.mask is not None,
                [(one.name, one.vocabulary.key) for one in picture.asked],
            )
            for picture in self.pictures
        ]
        return fingerprint(self.annotator_id, self.seed, self.order, shown)


def described(task: Task) -> dict[str, object]:
    """Give the task as the page's script reads it (JSON)."""
    places = {(one.name, one.vocabulary.key): place for place, one in enumerate(task.asked)}
    return {
        "page_id": task.page_id,
        "annotator_id": task.annotator_id,
        "seed": task.seed,
        "order": task.order,
        "questions": [_question(one) for one in task.asked],
        "pictures": [
            {
                "sample": picture.sample_id,
                "has_mask": picture.mask is not None,
                "questions": [places[one.name, one.vocabulary.key] for one in picture.asked],
            }
            for picture in task.pictures
        ],
    }


def offered(asked: Asked) -> dict[str, str]:
    """Give the listed answers that somebody is offered, and what each means, in their order."""
    return {
        value: means
        for value, means in asked.vocabulary.definitions.items()
        # Only who is asked about themselves can decline.
        if value != vocab.PREFER_NOT_TO_SAY or asked.question.kind == "self_reported"
    }


def _question(asked: Asked) -> dict[str, object]:
    vocabulary, question = asked.vocabulary, asked.question
    return {
        "name": asked.name,
        "text": question.text,
        "is_review": asked.is_review,
        "takes_several": question.several,
        "vocabulary": vocabulary.key,
        "source": asked.source,
        "fails": vocabulary.fails,
        "minimum": vocabulary.minimum,
        "maximum": vocabulary.maximum,
        "answers": [
            {
                "value": value,
                "means": means,
                "is_no_answer": value in vocab.NO_ANSWERS,
                "colour": COLOURS.get(value) if vocabulary.name == "monk" else None,
            }
            for value, means in offered(asked).items()
        ],
    }


# Nobody can name the nearest of ten tones without seeing them.
COLOURS: Mapping[str, str] = {
    f"monk_{tone:02d}": "#{:02x}{:02x}{:02x}".format(*rgb) for tone, rgb in enumerate(MONK_SRGB, 1)
}
