"""Where does a data set say different things about one photograph?

The same bytes may lie under two names, and two files may hold nearly the same picture. Where their labels
differ at least one is wrong: this is the label error that can be seen without asking anybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SAME_FILE = "the same file under several names"
ALIKE = "nearly the same picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a data set says about one of its files."""

    path: str
    sample_id: str
    question: str
    value: str  # ``a+b`` where several were given


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Files of one photograph whose labels differ."""

    question: str
    labels: tuple[Label, ...]  # by path

    @property
    def reason(self) -> str:
        """Say what the files have in common."""
        return SAME_FILE if len({label.sample_id for label in self.labels}) == 1 else ALIKE


def conflicts(labels: Iterable[Label], cluster_of: Mapping[str, str]) -> list[Conflict]:
    """Give every photograph and question with different labels, in the order of their first paths.

    Several annotators of one file who disagree are no conflict: each file is held against the others.

    Args:
        labels: of all files.
        cluster_of: sample_id to the name of its set of near-duplicates; a sample that is not here has none.
    """
    alike: dict[tuple[str, str], list[Label]] = defaultdict(list)
    for label in labels:
        alike[cluster_of.get(label.sample_id, label.sample_id), label.question].append(label)
    found = [
        Conflict(question=question, labels=tuple(sorted(group, key=lambda label: label.path)))
        for (_, question), group in alike.items()
        if len(_told(group)) > 1
    ]
    return sorted(found, key=lambda conflict: (conflict.labels[0].path, conflict.question))


def _told(labels: Iterable[Label]) -> set[frozenset[str]]:
    """Give what is said about each file, once where files agree."""
    values: dict[str, set[str]] = defaultdict(set)
    for label in labels:
        values[label.path].add(label.value)
    return {frozenset(said) for said in values.values()}
