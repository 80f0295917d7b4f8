"""What do the categories mean that people were put into, and who says so?"""

from pydantic import BaseModel, ConfigDict

from datatools import tables, vocab
from datatools.measures import DEFINITIONS
from datatools.workspace import Workspace


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QuestionFact(_Frozen):
    """A question that was answered in the workspace."""

    question: str
    text: str  # as it was asked
    kind: str  # self_reported, perceived, visible or rendered
    vocabularies: list[str]  # name@version: those it was answered in


class VocabularyFact(_Frozen):
    """A closed list of answers, or a range of whole numbers."""

    vocabulary: str  # name@version
    values: dict[str, str]  # value to what it means
    source: str  # where the list comes from
    fails: str  # where these categories fail


class CategoryFacts(_Frozen):
    """The definitions behind every group that a workspace's people can be in."""

    questions: list[QuestionFact] = []
    vocabularies: list[VocabularyFact] = []  # those of the answers, and those that they are read in
    measurements: dict[str, str] = {}  # by name: those that were read off pictures or came with them


def categories(workspace: Workspace) -> CategoryFacts:
    """Give the definitions of what was answered and measured."""
    said = workspace.annotations().group_by(["question", "vocabulary"]).aggregate([]).to_pylist()
    answered: dict[str, set[str]] = {}
    for row in said:
        answered.setdefault(row["question"], set()).add(row["vocabulary"])
    asked = {name: vocab.question(name) for name in sorted(answered)}
    groups = {name: question for name, question in asked.items() if question.kind != "review"}
    used = {key for name in groups for key in answered[name]}
    used |= {target for source, target in vocab.crosswalks() if source in used}
    return CategoryFacts(
        questions=[
            QuestionFact(
                question=name,
                text=question.text,
                kind=question.kind,
                vocabularies=sorted(answered[name]),
            )
            for name, question in groups.items()
        ],
        vocabularies=[_vocabulary(key) for key in sorted(used)],
        measurements=_measurements(workspace),
    )


def _measurements(workspace: Workspace) -> dict[str, str]:
    """Define every measurement that there is: those of ours, and those that came with data sets."""
    rows = workspace.frame_or_empty(tables.MEASUREMENTS, ("name", "measured_by")).drop_duplicates()
    came_with: dict[str, list[str]] = {}
    for name, measured_by in sorted(zip(rows["name"], rows["measured_by"], strict=True)):
        kind, _, data_set = str(measured_by).partition(":")
        came_with.setdefault(str(name), []).append(data_set if kind == "dataset" else "")
    found = {name: text for name, text in DEFINITIONS.items() if name in came_with}
    for name, data_sets in came_with.items():
        if name not in found:
            found[name] = f"a number that came with {', '.join(filter(None, data_sets)) or 'the data'}"
    return found


def _vocabulary(key: str) -> VocabularyFact:
    found = vocab.load(key)
    values = dict(found.definitions)
    if found.minimum is not None:
        values = {f"{found.minimum} to {found.maximum}": "A whole number.", **values}
    return VocabularyFact(vocabulary=key, values=values, source=found.source, fails=found.fails)
