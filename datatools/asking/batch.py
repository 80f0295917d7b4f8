"""How does a file that the page saved become answers?

The file is read whole before anything is made of it: cut off, edited, of another version or of no page of
ours, it gives an error and no answer. Its checksum tells accidents; it is no signature, and proves nothing
about who answered.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datatools.errors import DataError
from datatools.outside.structured import read_json
from datatools.settings import explain
from datatools.sheets import Cell, given
from datatools.tables import sha256_bytes

SCHEMA = "datatools-answers@1"
_FAMILY = "datatools-answers@"
_START_BYTES = 4096  # holds the schema's name, which stands at the beginning of what the page writes


class _FromFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


_Count = Annotated[int, Field(ge=1)]


class _Question(_FromFile):
    question: str
    vocabulary: str  # name@version
    source: str


class _Line(_FromFile):
    sample: str
    question: str


class _Answer(_FromFile):
    sample: str
    question: str
    values: Annotated[list[str], Field(min_length=1)]
    created_at: str
    lead_time_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    is_capped: bool  # holds a pause that was cut
    presentation_order: _Count


class _Note(_FromFile):
    sample: str
    text: str


class _Content(_FromFile):
    version: Literal["datatools-answers@1"] = Field(alias="schema")
    page_id: str
    annotator_id: Annotated[str, Field(min_length=1)]
    seed: int
    order: Literal["lot", "queue"]
    saved_at: str
    pause_limit_s: Annotated[float, Field(gt=0)]
    questions: list[_Question]
    shown: list[_Line]  # in the order of showing
    answers: list[_Answer]
    notes: list[_Note]


class _File(_FromFile):
    sha256: str
    content: _Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a saved file holds."""

    cells: Sequence[
        Cell
    ]  # in the order in which they were answered; a correction comes after what it corrects
    remarks: Sequence[str]  # sentences, for people


def matches(path: Path) -> bool:
    """Say whether a file looks like one that the page saved, whole or not."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open("rb") as stream:
        return _FAMILY.encode() in stream.read(_START_BYTES)


def read(path: Path) -> Batch:
    """Read a file that the page saved.

    Raises:
        DataError: it breaks off, was changed, is of another version, or contradicts itself.
    """
    try:
        found = cast("dict[str, object]", read_json(path, "answers"))
    except DataError as error:
        raise DataError(
            f"{path.name}: the file breaks off or was damaged ({error}); save it again from the page, which "
            "still holds the answers"
        ) from error
    try:
        file = _File.model_validate(found)
    except ValidationError as error:
        raise DataError(
            f"{path.name}: expected answers that the annotation page saved, as {SCHEMA}: {explain(error)}"
        ) from error
    if sha256_bytes(_as_saved(found["content"])) != file.sha256:
        raise DataError(
            f"{path.name}: the file was changed after the page saved it, so nobody knows what was answered; "
            "save it again from the page, and correct answers there"
        )
    content = file.content
    asked = {one.question: one for one in content.questions}
    for number, answer in enumerate(content.answers, 1):
        _require_shown(content, answer, f"{path.name}, answer {number}")
    notes = {note.sample: note.text for note in content.notes}
    cells = [
        cell
        for number, answer in enumerate(content.answers, 1)
        for cell in _cells(content, asked[answer.question], answer, number, notes.get(answer.sample))
    ]
    return Batch(cells=cells, remarks=_remarks(content))


def _as_saved(content: object) -> bytes:
    """Write the content as the browser's JSON.stringify did; how the file is laid out does not count."""
    # Half of a surrogate pair, which the page never writes, becomes another text: the sum differs.
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _require_shown(content: _Content, answer: _Answer, where: str) -> None:
    place = answer.presentation_order - 1
    line = content.shown[place] if place < len(content.shown) else None
    if line is None or (line.sample, line.question) != (answer.sample, answer.question):
        raise DataError(
            f"{where}: expected an answer to what was shown at place {answer.presentation_order} "
            f"({'nothing' if line is None else f'{line.question} of {line.sample}'}), got {answer.question} "
            f"of {answer.sample}; save the file again from the page"
        )
    if answer.question not in {one.question for one in content.questions}:
        raise DataError(f"{where}: expected a question of the page, got {answer.question!r}")


def _cells(
    content: _Content, asked: _Question, answer: _Answer, number: int, note: str | None
) -> Iterator[Cell]:
    fields = {
        "annotator_id": content.annotator_id,
        "source": asked.source,
        "vocabulary": asked.vocabulary,
        "created_at": answer.created_at,
        "lead_time_s": repr(answer.lead_time_s),
        "presentation_order": str(answer.presentation_order),
    }
    if note is not None:
        fields["note"] = note
    return given(f"answer {number}", answer.sample, answer.question, answer.values, fields)


def _remarks(content: _Content) -> list[str]:
    remarks = [f"Page {content.page_id} of {content.annotator_id}, saved at {content.saved_at}."]
    n_capped = sum(answer.is_capped for answer in content.answers)
    if n_capped:
        limit = f"{content.pause_limit_s:g} s"
        remarks.append(f"Lead times with a pause in them, which counts as {limit} at most: {n_capped}.")
    remarks += [f"Note on {note.sample}: {note.text}" for note in content.notes]
    return remarks
