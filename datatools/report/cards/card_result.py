"""What does a data card say? Typed facts, counted once, from which every file of the card is written."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from datatools.fairness.composition.composition_result import Headcount
from datatools.report.document import Sentence
from datatools.report.facts import ReportFacts


class Frozen(BaseModel):
    """A part of the facts: it never changes, and takes no field that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MaskFact(Frozen):
    """Masks of one maker."""

    maker: str  # human, rendered, keyed, model:NAME or composite:OF THESE
    origin: Literal["with the data", "generated"]
    n_images: int
    n_people: int


class RuleFact(Frozen):
    """In how many generated masks one refining rule changed a pixel."""

    rule: str
    n_images: int


class TeacherFact(Frozen):
    """One network that proposed masks."""

    teacher: str
    n_images: int
    n_failed: int


class QuestionFact(Frozen):
    """One question in one vocabulary, by one kind of source; counts of few people are None."""

    question: str
    text: str
    kind: str  # self_reported, perceived, visible, rendered or review
    vocabulary: str  # name@version
    level: str
    vocabulary_source: str
    fails: str  # where the categories fail
    answered_by: str  # self_report, annotator, dataset or model
    n_annotators: int  # different names under which answers came
    n_answers: int | None
    n_images: int | None
    n_people: int | None
    first_day: str | None  # YYYY-MM-DD of the answers; None: the data set does not say
    last_day: str | None


class AgreementFact(Frozen):
    """How far people's answers agree."""

    question: str
    vocabulary: str
    n_annotators: int
    n_people_compared: int
    alpha: float | None  # Krippendorff's; None: undefined
    low: float | None
    high: float | None
    verdict: str


class ConsensusFact(Frozen):
    """What several people's answers were combined into."""

    question: str
    vocabulary: str
    n_people: int
    n_annotators: int
    n_unsure: int  # units whose most probable value has a probability under 0.9
    n_units: int
    unit: str


class AuditFact(Frozen):
    """What the last audit found, in its own sentences."""

    name: str
    headline: str
    found: list[Sentence]
    open: list[Sentence]
    notes: list[str]
    n_comparisons: int


class TableFact(Frozen):
    """One Parquet table that lies beside the card."""

    name: str  # of the record set
    file: str  # below the card's folder
    holds: str  # what a row is
    n_rows: int
    n_bytes: int
    sha256: str


class SharedFact(Frozen):
    """The pictures or masks of one source that lie beside the card, because somebody asked for them."""

    source: str
    kind: Literal["pictures", "masks"]
    folder: str  # below the card's folder
    n_files: int


class CardFacts(Frozen):
    """Everything that a data card shows, apart from what people answer."""

    schema_version: Literal["1"] = "1"
    min_people: int  # groups of fewer are not shown
    first_day: str | None  # of the runs that made the workspace
    last_day: str | None
    n_files: int
    n_failed: int
    n_images: int  # readable
    n_people: int  # in them
    n_named: int  # people whom the source tells apart; everybody else counts as one person a picture
    n_aliases: int  # further files with the bytes of a picture that is counted
    n_made: dict[str, int]  # crop, composite: pictures that were made of others
    sizes_px: list[int]  # smallest and largest width, smallest and largest height; empty without pictures
    masks: list[MaskFact]
    teachers: list[TeacherFact]
    rules: list[RuleFact]
    questions: list[QuestionFact]
    agreement: list[AgreementFact]
    consensus: list[ConsensusFact]
    older: list[str]  # results that are older than the answers or tables that they were made from
    composition: list[Headcount]
    audit: AuditFact | None  # None: there is no audit
    parity: list[str]  # gaps of the factory that stand, as sentences
    left_out: list[str]  # results that show groups of fewer than min_people, and what makes them again
    report: ReportFacts
    tables: list[TableFact]
    shared: list[SharedFact]
