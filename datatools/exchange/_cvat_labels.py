"""Which label and attributes stand for a question in CVAT?

One label of type tag for each question and vocabulary; a tag for each value. ``value`` is a drop-down of
the vocabulary's words, ``note`` is free text, ``record`` keeps the exact fields of the answer (JSON) and
is not to be edited.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from datatools import vocab
from datatools.exchange import Item

VALUE, NOTE, RECORD = "value", "note", "record"
OPEN = "not_answered"  # CVAT has no empty choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a label."""

    name: str
    input_type: str  # select or text
    default: str
    values: tuple[str, ...]


def label(question: str, vocabulary: str) -> str:
    """Name a label: the question, and its vocabulary where it is not the usual one."""
    is_usual = vocab.question(question).vocabularies[0] == vocabulary
    return question if is_usual else f"{question}:{vocabulary}"


def labels(items: Iterable[Item]) -> dict[str, tuple[Attribute, ...]]:
    """Give every label that the items need, with its attributes."""
    return {
        label(question, key): (
            Attribute(name=VALUE, input_type="select", default=OPEN, values=(OPEN, *_words(key))),
            Attribute(name=NOTE, input_type="text", default="", values=()),
            Attribute(name=RECORD, input_type="text", default="", values=()),
        )
        for question, key in sorted({(item.question, item.vocabulary) for item in items})
    }


def _words(key: str) -> tuple[str, ...]:
    known = vocab.load(key)
    if known.minimum is None or known.maximum is None:
        return known.values
    return (*map(str, range(known.minimum, known.maximum + 1)), *known.values)
