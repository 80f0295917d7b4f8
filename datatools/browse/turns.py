"""Where does somebody stand who reviews or annotates in the App?

A turn is everything that a panel remembers between two clicks. It lies in the App's pages, not in the data
set: two people, each with an App, do not share it. What comes back from there is checked like any other
input.
"""

import secrets
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datatools.browse.given import PAUSE_LIMIT_S, AnnotatorId, Showing
from datatools.errors import UsageError
from datatools.settings import explain

NOTHING_SHOWN = "nothing is shown that could be answered: press start, or choose another view"

_RECENT = 20  # answers that the pace is taken from: people get faster


_Pace = Annotated[float, Field(ge=0, le=PAUSE_LIMIT_S)]


class Turn(BaseModel):
    """What somebody does, what is shown to them now, and what was shown before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: str = Field(pattern=r"^[0-9a-f]{16}$")
    annotator_id: AnnotatorId
    questions: list[str] = Field(min_length=1)  # QUESTION:NAME@VERSION, in the order of asking
    only: list[str] = []  # samples that were chosen by hand; all of the view where it is empty
    step: int = Field(default=0, ge=0)  # how often this was kept: of two turns of a session the newer one
    view: str = ""  # a fingerprint of the view that what is shown was chosen from
    place: int = Field(default=0, ge=0)  # how many questions were shown
    shown: Showing | None = None
    before: list[str] = []  # keys of the showings that were answered, the last one last
    passed: list[str] = []  # keys of what was left for later
    chosen: list[str] = []  # values that are marked, where several can be given
    n_given: int = Field(default=0, ge=0)
    paces_s: list[_Pace] = []  # the last lead times

    @property
    def pace_s(self) -> float | None:
        """Give the mean time of the last answers, None before the first."""
        return sum(self.paces_s) / len(self.paces_s) if self.paces_s else None


def key(sample_id: str, question: str) -> str:
    """Name a question about a picture."""
    return f"{sample_id} {question}"


def begin(annotator_id: str, questions: list[str], only: list[str]) -> Turn:
    """Begin a session."""
    return Turn(session=secrets.token_hex(8), annotator_id=annotator_id, questions=questions, only=only)


def read(found: object) -> Turn:
    """Read what the browser kept.

    Raises:
        UsageError: it is no turn.
    """
    try:
        return Turn.model_validate(found)
    except ValidationError as error:
        raise UsageError(
            f"expected where the panel stood ({explain(error)}); close it and open it again"
        ) from error


def show(turn: Turn, sample_id: str, question: str, vocabulary: str, now: datetime) -> Turn:
    """Show a question about a picture; the same one again stays the same showing, and its clock runs on."""
    last = turn.shown
    if last is not None and (last.sample_id, last.question) == (sample_id, question):
        return turn
    shown = Showing(
        session=turn.session,
        annotator_id=turn.annotator_id,
        sample_id=sample_id,
        question=question,
        vocabulary=vocabulary,
        place=turn.place + 1,
        shown_at=now,
    )
    return turn.model_copy(update={"place": turn.place + 1, "shown": shown, "chosen": []})


def nothing_left(turn: Turn) -> Turn:
    """Show nothing more."""
    return turn.model_copy(update={"shown": None, "chosen": []})


def taken(turn: Turn, answered: Showing, lead_time_s: float) -> Turn:
    """Count an answer, once: what is shown now may have moved on since it was pressed."""
    name = key(answered.sample_id, answered.question)
    if answered != turn.shown and name in turn.before:
        return turn
    return turn.model_copy(
        update={
            "before": [*turn.before, name],
            "n_given": turn.n_given + 1,
            "paces_s": [*turn.paces_s, lead_time_s][-_RECENT:],
            "chosen": [],
        }
    )


def passed(turn: Turn) -> Turn:
    """Leave what is shown for another day.

    Raises:
        UsageError: nothing is shown.
    """
    if turn.shown is None:
        raise UsageError(NOTHING_SHOWN)
    name = key(turn.shown.sample_id, turn.shown.question)
    return turn.model_copy(update={"passed": [*turn.passed, name], "chosen": []})


def back(turn: Turn, now: datetime) -> Turn:
    """Show the last answered question again; its answer stands until another one is given.

    Raises:
        UsageError: nothing was answered in this session.
    """
    if not turn.before:
        raise UsageError("nothing was answered in this session yet, so there is nothing to take back")
    sample_id, question = turn.before[-1].split(" ")
    vocabulary = dict(spec.split(":") for spec in turn.questions)[question]
    fresh = turn.model_copy(update={"shown": None, "before": turn.before[:-1], "n_given": turn.n_given - 1})
    return show(fresh, sample_id, question, vocabulary, now)


def marked(turn: Turn, value: str) -> Turn:
    """Mark a value, or take its mark away."""
    others = [other for other in turn.chosen if other != value]
    return turn.model_copy(update={"chosen": others if value in turn.chosen else [*others, value]})


def progress(turn: Turn, n_left: int) -> str:
    """Say how far somebody is, and how long the rest takes."""
    said = f"{turn.n_given} done"
    if turn.pace_s is not None:
        said += f", {turn.pace_s:.1f} s each"
    said += f"; {n_left} left"
    if turn.pace_s is not None and n_left:
        said += f", about {max(1, round(n_left * turn.pace_s / 60))} min"
    return said


def settled(turn: Turn) -> set[str]:
    """Give the keys of what is not asked again in this session."""
    return {*turn.before, *turn.passed}
