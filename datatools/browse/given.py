"""How do answers that people give in FiftyOne's App reach the workspace?

Each answer is a batch of its own, kept before the App goes on, so that nobody's answer overwrites
another's. What was shown once is answered once: a click that arrives twice, or is sent again after a
failure, is one answer. Who goes back answers a new showing: those are new rows, and the later ones count.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from datatools import sheets, tables, vocab
from datatools.asking.task import Asked, offered
from datatools.errors import DataError, UsageError
from datatools.outside.structured import read_json
from datatools.readers import Answer
from datatools.records import Annotation
from datatools.settings import explain
from datatools.workspace import Workspace

PAUSE_LIMIT_S = 120.0  # a longer look holds a pause, as on the annotation page

_SOURCE: Final = "annotator"  # whose word it is: the panels ask nobody about themselves

AnnotatorId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class First(BaseModel):
    """What is kept of the first click on something shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    created_at: str = Field(pattern=r"^[0-9TZ:.+-]{19,40}$")
    lead_time_s: float = Field(ge=0, allow_inf_nan=False)
    answer: str  # a fingerprint


class Showing(BaseModel):
    """One question about one picture, shown once to one person.

    It goes to the browser and comes back, so nothing in it is taken for granted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: str = Field(pattern=r"^[0-9a-f]{16}$")  # the answers of one sitting in front of the App
    annotator_id: AnnotatorId
    sample_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    question: str
    vocabulary: str  # name@version
    place: int = Field(ge=1)  # in the order of showing, over the whole session
    shown_at: AwareDatetime

    @property
    def asked(self) -> Asked:
        """Give the question in its vocabulary."""
        return Asked(self.question, vocab.load(self.vocabulary))

    @property
    def token(self) -> str:
        """Give what is the same for every click on what was shown here; it tells nobody who or what."""
        return tables.fingerprint(self.session, self.annotator_id, self.sample_id, self.question, self.place)


def annotator(text: object) -> str:
    """Give the id that somebody typed, without the blanks around it.

    Raises:
        UsageError: it is empty, or too long for a code.
    """
    words = str(text or "").strip()
    if not 1 <= len(words) <= 100:
        raise UsageError(
            "expected an annotator id, a code of 1 to 100 letters and no name, before the first answer"
        )
    return words


def showing(found: object) -> Showing:
    """Read what the browser sent back.

    Raises:
        UsageError: it is nothing that was shown.
    """
    try:
        return Showing.model_validate(found)
    except ValidationError as error:
        raise UsageError(
            f"expected what the panel showed last: {explain(error)}; open the panel again"
        ) from error


def give(workspace: Workspace, shown: Showing, values: Sequence[str], now: datetime) -> list[Annotation]:
    """Append one answer to the workspace, and give its rows: one for each value.

    Args:
        workspace: where the answer is kept.
        shown: what was answered.
        values: several only where the question takes several.
        now: the moment of the click, with its time zone.

    Raises:
        UsageError: the question is not for annotators, another answer was given to what was shown, or the
            workspace is none.
        DataError: a value does not fit the question, or the sample is not in the workspace.
    """
    workspace.require()
    _require_sample(workspace, shown.sample_id)
    said = _checked(shown, values)
    seconds = (now - shown.shown_at).total_seconds()
    lead_time_s = round(min(max(seconds, 0.0), PAUSE_LIMIT_S), 3)
    moment = sheets.utc(now.astimezone(UTC).isoformat())
    moment, lead_time_s = _once(workspace, shown, said, moment, lead_time_s)
    rows = [
        Annotation(
            sample_id=shown.sample_id,
            question=shown.question,
            value=value,
            annotator_id=shown.annotator_id,
            source=_SOURCE,
            vocabulary=shown.vocabulary,
            created_at=moment,
            lead_time_s=lead_time_s,
            presentation_order=shown.place,
            batch=f"app:{shown.session}",
        )
        for value in said
    ]
    workspace.append_batch(rows)
    return rows


def _require_sample(workspace: Workspace, sample_id: str) -> None:
    manifest = pa.Table.from_pandas(workspace.frame(tables.MANIFEST, ("sample_id", "status")))
    found = manifest.filter(pc.equal(manifest["sample_id"], sample_id))
    if found["status"].to_pylist() != ["ok"]:
        raise DataError(
            f"expected a picture of {workspace.root}, {sample_id} is none (any more); run `datatools browse` "
            "again"
        )


def require_asked(question: str, vocabulary: str) -> Asked:
    """Give a question in one of its vocabularies, for somebody who looks at pictures of others.

    Raises:
        UsageError: it can only be answered by the person in the picture or by a data set, or not in this
            vocabulary.
    """
    known = vocab.question(question)
    if _SOURCE not in known.sources:
        raise UsageError(
            f"expected a question that annotators may answer, got {question}: a {known.kind} answer comes "
            f"from {' or '.join(sorted(known.sources))}"
        )
    if vocabulary not in known.vocabularies:
        raise UsageError(f"expected {question} in one of {', '.join(known.vocabularies)}, got {vocabulary!r}")
    return Asked(question, vocab.load(vocabulary))


def _checked(shown: Showing, values: Sequence[str]) -> list[str]:
    asked = require_asked(shown.question, shown.vocabulary)
    listed = offered(asked)
    for value in values:
        answer = Answer(
            question=shown.question,
            value=value,
            vocabulary=shown.vocabulary,
            source=_SOURCE,
            annotator_id=shown.annotator_id,
        )
        sheets.checked(answer)
        if value in asked.vocabulary.values and value not in listed:
            raise DataError(f"expected an answer that was offered ({' | '.join(listed)}), got {value!r}")
    said = list(asked.vocabulary.in_order(values))
    is_set = asked.question.several and vocab.NO_ANSWERS.isdisjoint(said)
    if not said or (len(said) > 1 and not is_set):
        raise DataError(f"expected one answer to {shown.question}, got {' and '.join(said) or 'none'}")
    return said


def _once(
    workspace: Workspace, shown: Showing, said: Sequence[str], moment: str, lead_time_s: float
) -> tuple[str, float]:
    """Give the moment and the time (s) of the first click on what was shown.

    The file that remembers it appears before the answer does: what was cut off between the two is completed
    when the click comes again. It holds no id and no answer, so nothing has to be swept out of it when
    somebody withdraws.
    """
    path = workspace.root / "cache" / "given" / f"{shown.token}.json"
    answer = tables.fingerprint(shown.token, *said)
    first = First(created_at=moment, lead_time_s=lead_time_s, answer=answer)
    if tables.write_new(path, first.model_dump_json().encode()):
        return moment, lead_time_s
    kept = read_first(path)
    if kept.answer != answer:
        raise UsageError("what was shown has been answered already: press undo to answer it anew")
    return kept.created_at, kept.lead_time_s


def read_first(path: Path) -> First:
    """Read what was kept of the first click on something shown.

    Raises:
        DataError: the file is none of ours any more.
    """
    try:
        return First.model_validate(read_json(path, "the first click on what was shown"))
    except ValidationError as error:
        raise DataError(
            f"{path}: expected the first click on what was shown ({explain(error)}); remove the file and "
            "answer again"
        ) from error
