"""How is a data set on disk read? One file per data set; its module name is the reader's name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from datatools.masks import Landmarks

AnswerSource = Literal["self_report", "annotator", "dataset", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One annotation that came with the data."""

    question: str
    value: str
    vocabulary: str  # name@version
    source: AnswerSource = "dataset"
    annotator_id: str  # dataset:NAME where the data set does not say who
    created_at: str | None = None
    lead_time_s: float | None = None
    presentation_order: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestry:
    """What a picture was made of, where it was made of another one."""

    kind: str  # crop or composite
    parent: str  # sample_id of the picture whose person it shows
    person_id: str  # the parent's, as its manifest has it: a made picture shows nobody new
    background: str | None = None  # of a composite: a sample_id, or rendered:STYLE
    box: tuple[int, int, int, int] | None = None  # of a crop, in its parent: x0, y0, x1, y1 px
    recipe: str = "{}"  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One picture as its data set describes it; nothing is decoded yet."""

    path: str  # POSIX, below the reader's root
    person_id: str | None = None  # as the data set names the person
    mask: str | None = None  # POSIX, below the root
    mask_source: str | None = None  # human, rendered, keyed, model:NAME or composite:...
    source_split: str | None = None
    licence: str | None = None  # of this picture; None: the data set's
    landmarks: tuple[Landmarks, ...] = ()  # one per face
    answers: tuple[Answer, ...] = ()
    measurements: dict[str, float] = field(default_factory=dict)
    ancestry: Ancestry | None = None
    problem: str | None = None  # what is wrong with the entry itself (a malformed name ...)


class Reader(Protocol):
    """Reads one data set; built as ``build(root=FOLDER, **options)``."""

    licence: str  # one line

    def matches(self) -> bool:
        """Say whether the root looks like this data set, for automatic choice."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Give every picture, in a fixed order. Raises DataError when the layout is broken."""
        ...


class ReaderMaker(Protocol):
    """What a reader module's ``build`` is."""

    def __call__(self, root: Path, **options: str) -> Reader: ...
