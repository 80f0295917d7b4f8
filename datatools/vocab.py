"""Which answers may a question have, and how do vocabularies translate into each other?

Vocabularies are closed and versioned: a changed list is a new version, so that an old answer always
means what it meant. They, the questions and the many-to-one crosswalks between vocabularies are TOML
files in ``datatools/vocabularies``. Every one states its source and where its categories fail.

To some questions a person may give several values at once. Together they are one answer, written
``a+b`` with the values in the vocabulary's order (``together``).
"""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from datatools.errors import DataError, UsageError
from datatools.vocabulary import CANNOT_TELL as CANNOT_TELL
from datatools.vocabulary import NO_ANSWERS as NO_ANSWERS
from datatools.vocabulary import PREFER_NOT_TO_SAY as PREFER_NOT_TO_SAY
from datatools.vocabulary import FromFile, parse
from datatools.vocabulary import Level as Level
from datatools.vocabulary import Vocabulary as Vocabulary

JOIN = "+"  # between the values of one answer

Kind = Literal["self_reported", "perceived", "visible", "rendered", "review"]

_SOURCES_OF_KIND: Mapping[Kind, frozenset[str]] = {
    "self_reported": frozenset({"self_report", "dataset"}),
    "perceived": frozenset({"annotator", "dataset", "model"}),
    "visible": frozenset({"annotator", "dataset", "model"}),
    "rendered": frozenset({"dataset"}),
    "review": frozenset({"annotator"}),
}
_KEY = re.compile(r"[a-z][a-z0-9_]*@[1-9][0-9]*")


class Band(FromFile):
    """Whole numbers from ``at_least`` up to the next band become ``value``."""

    at_least: int
    value: str


class Crosswalk(FromFile):
    """A many-to-one translation between vocabularies; ``lost`` says what can no longer be told apart."""

    source: str  # name@version
    target: str
    mapping: dict[str, str] = Field(default_factory=dict)
    # Values of the source that were several answers in one word.
    parts: dict[str, list[str]] = Field(default_factory=dict)
    bands: list[Band] = Field(default_factory=list)  # of an interval vocabulary, ascending
    several: str | None = None  # the target's value for values that stay different; None: they stay several
    lost: str

    def translate(self, value: str) -> str:
        """Give the target's value for a value of the source, ``a+b`` where it was several answers.

        Raises:
            DataError: the value is not of the source vocabulary.
        """
        return together(self.values_of(value))

    def values_of(self, value: str) -> tuple[str, ...]:
        """Give the target's values for a value of the source; nearly always one.

        Raises:
            DataError: the value is not of the source vocabulary.
        """
        load(self.source).validate_value(value)
        if value in self.mapping:
            return (self.mapping[value],)
        if value in self.parts:
            return tuple(self.parts[value])
        if value in NO_ANSWERS:
            return (value,)
        return (next(band.value for band in reversed(self.bands) if int(value) >= band.at_least),)


class Question(FromFile):
    """What is asked, who may answer it, and in which vocabularies; the first one is the default."""

    text: str
    kind: Kind
    vocabularies: Annotated[list[str], Field(min_length=1)]
    several: bool = False  # one answer may hold several values
    of_person: bool = False  # one value is true in all pictures of a person

    @property
    def sources(self) -> frozenset[str]:
        """Give the sources that may answer this kind of question."""
        return _SOURCES_OF_KIND[self.kind]

    def validate_source(self, source: str) -> str:
        """Give the source of an answer back when it may answer this kind of question.

        Raises:
            DataError: a guess would be kept as a self-report, or the other way round.
        """
        if source not in self.sources:
            allowed = " or ".join(sorted(self.sources))
            raise DataError(f"expected a {self.kind} answer from {allowed}, got source {source!r}")
        return source


@dataclass(frozen=True, slots=True)
class Axis:
    """A question, and perhaps the coarser vocabulary that its answers are read in."""

    question: str
    target: str | None  # name@version

    def read(self, value: str, vocabulary: str) -> str:
        """Give one value in this axis's vocabulary.

        Raises:
            DataError: the answer is not of its vocabulary.
            UsageError: there is no crosswalk to the target.
        """
        return together(self.read_all((value,), vocabulary))

    def read_all(self, values: Iterable[str], vocabulary: str) -> tuple[str, ...]:
        """Give the values of one answer in this axis's vocabulary, once each and in its order.

        Raises:
            DataError: a value is not of its vocabulary.
            UsageError: there is no crosswalk to the target.
        """
        if self.target is None or vocabulary == self.target:
            known = load(vocabulary)
            return known.in_order(map(known.validate_value, values))
        walk = crosswalk(vocabulary, self.target)
        read = load(self.target).in_order(part for value in values for part in walk.values_of(value))
        is_mixed = len(read) > 1 and NO_ANSWERS.isdisjoint(read)
        return (walk.several,) if is_mixed and walk.several is not None else read


def axis(spec: str) -> Axis:
    """Parse ``QUESTION`` or ``QUESTION:NAME@VERSION``, as in ``perceived_age:age3@1``.

    Raises:
        UsageError: no such vocabulary.
    """
    name, _, target = spec.partition(":")
    return Axis(name, load(target).key if target else None)


def together(values: Iterable[str]) -> str:
    """Write the values of one answer, in the vocabulary's order, as one category: ``a+b``."""
    return JOIN.join(values)


def apart(category: str, vocabulary: str) -> tuple[str, ...]:
    """Give the values of one answer that ``together`` wrote; some single values hold the sign, as 55+."""
    return (category,) if category in load(vocabulary) else tuple(category.split(JOIN))


def _folder() -> Traversable:
    return resources.files("datatools") / "vocabularies"


def _stems(folder: Traversable) -> list[str]:
    found = (entry.name for entry in folder.iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


def names() -> list[str]:
    """Give every vocabulary as ``name@version``, sorted."""
    return [stem for stem in _stems(_folder()) if _KEY.fullmatch(stem)]


@functools.cache
def load(key: str) -> Vocabulary:
    """Give the vocabulary ``name@version``.

    Raises:
        UsageError: there is no such vocabulary.
    """
    if key not in names():
        raise UsageError(f"expected a vocabulary among {', '.join(names())}; got {key!r}")
    return parse((_folder() / f"{key}.toml").read_text("utf-8"), key)


@functools.cache
def crosswalks() -> dict[tuple[str, str], Crosswalk]:
    """Give every crosswalk, by source and target."""
    folder = _folder() / "crosswalks"
    texts = ((folder / f"{stem}.toml").read_text("utf-8") for stem in _stems(folder))
    found = (Crosswalk.model_validate(tomllib.loads(text)) for text in texts)
    return {(walk.source, walk.target): walk for walk in found}


def crosswalk(source: str, target: str) -> Crosswalk:
    """Give the translation from one vocabulary to another.

    Raises:
        UsageError: nobody wrote one down.
    """
    found = crosswalks().get((source, target))
    if found is None:
        targets = sorted(to for of, to in crosswalks() if of == source)
        raise UsageError(
            f"there is no crosswalk from {source} to {target}; {source} translates to "
            f"{', '.join(targets) or 'nothing'}"
        )
    return found


@functools.cache
def questions() -> dict[str, Question]:
    """Give every question by its name."""
    text = (_folder() / "questions.toml").read_text("utf-8")
    return TypeAdapter(dict[str, Question]).validate_python(tomllib.loads(text))


def question(name: str) -> Question:
    """Give a question.

    Raises:
        UsageError: there is no such question.
    """
    if name not in questions():
        raise UsageError(f"expected a question among {', '.join(sorted(questions()))}; got {name!r}")
    return questions()[name]


@functools.lru_cache(maxsize=4096)  # a million answers hold few different ones; what is wrong is not kept
def validate_answer(question_name: str, value: str, vocabulary: str, source: str) -> None:
    """Make sure that an answer means something: question, value, vocabulary and source fit together.

    Raises:
        DataError: they do not.
        UsageError: there is no such question or vocabulary.
    """
    asked = question(question_name)
    asked.validate_source(source)
    if load(vocabulary).key not in asked.vocabularies:
        raise DataError(
            f"expected {question_name} in one of {', '.join(asked.vocabularies)}, got {vocabulary}"
        )
    load(vocabulary).validate_value(value)
