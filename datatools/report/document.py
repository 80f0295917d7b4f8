"""What is a whole report, before it becomes a page or a file?"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from datatools.fairness.result import AuditResult
from datatools.report.facts import ReportFacts

Tone = Literal["gap", "equivalent", "insufficient", "limit"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sentence(_Frozen):
    """One sentence, what it is about (a model, several, or the data) and what kind of statement it is."""

    about: str
    tone: Tone
    text: str


class ModelSummary(_Frozen):
    """One model's verdict in a line, its figures in another."""

    model: str
    reading: str
    headline: str
    overall: str
    n_gaps: int
    n_equivalent: int
    n_insufficient: int
    n_suppressed: int


class Summary(_Frozen):
    """The page's first screen."""

    headline: str
    models: list[ModelSummary]
    can_say: list[Sentence]
    cannot_say: list[Sentence]
    next_steps: list[str]


class Report(_Frozen):
    """Everything a report shows; ``report.json`` is this."""

    schema_version: Literal["1"] = "1"
    title: str
    summary: Summary
    audit: AuditResult
    facts: ReportFacts
