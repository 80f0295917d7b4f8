"""What does ``annotate consensus`` find out about a question, and about who answered it?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Unit = Literal["picture", "person"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bounded(_Frozen):
    """A number of 0-1 with its 95% interval."""

    value: float
    low: float
    high: float


class Honeypots(_Frozen):
    """How often an annotator gave the known answer."""

    n_samples: int
    n_right: int
    share: Bounded | None  # None: no honeypot was answered


class AnnotatorFound(_Frozen):
    """How one annotator answers one question."""

    annotator_id: str
    n_answers: int
    n_units: int  # pictures, or people, that they answered about
    accuracy: Bounded  # the chance to say what is probably true
    confusion: list[list[Bounded]]  # by true value, then by what was said
    n_compared: int  # units that somebody else answered too
    dependence: float  # of the answers on what the others say: 0 none, 1 one gives the other
    p_value: float  # of no dependence
    p_holm: float
    verdict: str  # tells apart, like random clicks, cannot be told
    honeypots: Honeypots
    median_s: float | None
    fast_frac: float | None
    same_as_before_frac: float | None
    same_by_chance_frac: float | None
    longest_run: int


class ShareFound(_Frozen):
    """How many of the units probably have a value."""

    value: str
    share: Bounded


class QuestionConsensus(_Frozen):
    """One question's consensus in one vocabulary."""

    question: str
    vocabulary: str
    unit: Unit
    values: list[str]
    n_units: int
    n_samples: int
    n_people: int
    n_answers: int
    n_no_answer: int
    n_contradictory: int
    n_one_annotator: int  # units that one annotator alone answered: nothing contradicts them
    shares: list[ShareFound]
    mean_entropy_bits: float
    n_unsure: int  # units whose most probable value has a probability under 0.9
    log_likelihood: float
    n_iterations: int
    has_converged: bool
    annotators: list[AnnotatorFound]


class ConsensusResult(_Frozen):
    """What ``annotate consensus`` found, with the settings that give it again."""

    schema_version: Literal["1"] = "1"
    settings: dict[str, object]
    questions: list[QuestionConsensus]
    notes: list[str]
