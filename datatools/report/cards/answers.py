"""What did the maintainers answer, and which questions are still open?

Answers come from a TOML file. They are kept and shown literally; nothing is read out of them.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from datatools.errors import UsageError
from datatools.outside.structured import read_toml
from datatools.report.cards.questions import NUMBERS, QUESTIONS
from datatools.settings import explain

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_HEAD = """\
# Questions that a workspace cannot answer. Write below each what you know, and who says so; what stays
# empty is shown as open. `datatools card data --answers THIS-FILE` puts the answers into the cards.

[about]
# name = "Portraits of ..."                  # what the data set is called
# version = "1.0.0"
# published = "2026-01-31"                   # by default the day of the last run that changed the data
# creators = ["..."]
# url = "https://..."
# citation = "..."
# licence = "..."                            # of what you add; a word of the Hub, such as cc-by-4.0

"""


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class About(_Asked):
    """What only its makers can say of a data set, for its title and its front matter."""

    name: Text | None = None
    version: Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$")] = (
        "1.0.0"
    )
    published: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    creators: list[Text] = []
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    citation: Text | None = None
    licence: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")] | None = None


class Answer(_Asked):
    """One answer, and who gave it; an empty one is none."""

    answer: Annotated[str, StringConstraints(strip_whitespace=True)] = ""
    by: Annotated[str, StringConstraints(strip_whitespace=True)] = ""


class Answers(_Asked):
    """A file of answers."""

    about: About = About()
    answers: dict[str, Answer] = Field(default_factory=dict)  # by the question's number

    def given(self) -> dict[str, Answer]:
        """Give the answers that are not empty, in the order of the questions."""
        numbers = (question.number for question in QUESTIONS)
        return {
            number: self.answers[number]
            for number in numbers
            if number in self.answers and self.answers[number].answer
        }


def read(path: Path) -> Answers:
    """Read a file of answers.

    Raises:
        UsageError: it is missing or no TOML, asks for what there is not, or an answer has nobody's name.
    """
    if not path.is_file():
        raise UsageError(f"expected a file of answers, {path} is not there: `--template {path}` writes one")
    try:
        found = Answers.model_validate(read_toml(path, "a file of answers"))
    except ValidationError as error:
        raise UsageError(f"{path}: {explain(error)}") from error
    unknown = sorted(set(found.answers) - NUMBERS)
    if unknown:
        raise UsageError(
            f"{path}: expected answers to questions 1.1 to {QUESTIONS[-1].number}, got {', '.join(unknown)}"
        )
    nameless = [number for number, each in found.given().items() if not each.by]
    if nameless:
        raise UsageError(f"{path}: say under `by` who gave the answer to {', '.join(nameless)}")
    return found


def template(measured: Collection[str]) -> bytes:
    """Write the file of open questions.

    Args:
        measured: the numbers that the workspace answers; answers to them can be added all the same.
    """
    parts = [
        f'# {question.number} {question.section}: {question.text}\n[answers."{question.number}"]\n'
        'answer = """\n"""\nby = ""\n'
        for question in QUESTIONS
        if question.number not in measured
    ]
    return (_HEAD + "\n".join(parts)).encode()
