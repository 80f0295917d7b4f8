"""Which group is each person in, and why are some in none? In columns, for a million answers.

The rules are those of ``groups.axis``: an annotator's latest word on a picture counts, a person's group
is the most frequent answer over annotators and pictures. Here people who are in no group keep their
reason, and groups of the vocabulary that nobody is in are listed.
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datatools import counting, vocab
from datatools.errors import UsageError
from datatools.fairness.who.groups import SEVERAL, Axis, bin_names

Codes = NDArray[np.int64]

MISSING, CANNOT_TELL, PREFER_NOT, TIE, CONTRADICTORY, FEW_SEVERAL = -1, -2, -3, -4, -5, -6
REASONS: Mapping[int, str] = {
    MISSING: "missing",
    CANNOT_TELL: vocab.CANNOT_TELL,
    PREFER_NOT: vocab.PREFER_NOT_TO_SAY,
    TIE: "tie",
    CONTRADICTORY: "contradictory",
    FEW_SEVERAL: SEVERAL,
}
_CODE_OF = {reason: code for code, reason in REASONS.items() if code != FEW_SEVERAL}
_LOWEST = min(REASONS)
_MAX_LEVELS = 60  # as for the audit's groups


@dataclass(frozen=True, slots=True, eq=False)
class Everybody:
    """The people under audit, by number."""

    ids: tuple[str, ...]  # person_id, sorted
    samples: pa.StringArray  # sample_id, each once
    person: Codes  # (n_samples,) the number of the person that a sample shows
    n_images: Codes  # (n_people,)

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, sample_ids: pa.Array | pa.ChunkedArray) -> Codes:
        """Give the number of the person that each of these samples shows, MISSING for others' samples."""
        if isinstance(sample_ids, pa.ChunkedArray):
            sample_ids = counting.whole(sample_ids)
        if isinstance(sample_ids, pa.DictionaryArray):
            codes = sample_ids.indices.to_numpy(zero_copy_only=False)
            return self.of(sample_ids.dictionary)[codes] if len(codes) else np.zeros(0, np.int64)
        place = pc.index_in(sample_ids, value_set=self.samples).fill_null(MISSING).to_numpy()
        return np.asarray(np.append(self.person, MISSING)[place], np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """One attribute, or several that are crossed, over everybody."""

    attributes: tuple[str, ...]
    answered_by: tuple[str, ...]  # self_report, annotator, dataset, model, measured
    levels: tuple[tuple[str, ...], ...]  # each attribute's, in the order to show them
    code: Codes  # (n_people, n_attributes): the place in ``levels``, or below 0 a key of REASONS

    @property
    def name(self) -> str:
        """Give the attribute's name; crossings join names with `` x ``."""
        return " x ".join(self.attributes)

    @property
    def is_placed(self) -> NDArray[np.bool_]:
        """Say who is in a group; (n_people,)."""
        return np.asarray((self.code >= 0).all(axis=1), np.bool_)

    @property
    def shape(self) -> tuple[int, ...]:
        """Give the number of levels of each attribute."""
        return tuple(len(levels) for levels in self.levels)

    def cells(self, weights: Codes | None = None) -> Codes:
        """Count the people of each cell, or sum their ``weights`` (n_people,); of the shape ``shape``."""
        placed = self.is_placed
        flat = np.ravel_multi_index(tuple(self.code[placed].T), self.shape)
        own = None if weights is None else weights[placed]
        counts = np.bincount(flat, own, minlength=int(np.prod(self.shape)))
        return counts.astype(np.int64).reshape(self.shape)

    def axis(self, everybody: Everybody) -> Axis:
        """Give the same groups as the audit's statistics take them."""
        placed = np.flatnonzero(self.is_placed)
        cells = np.ravel_multi_index(tuple(self.code[placed].T), self.shape)
        levels = {cell: self._levels_of(cell) for cell in np.unique(cells).tolist()}
        group_of = {
            everybody.ids[i]: levels[cell] for i, cell in zip(placed.tolist(), cells.tolist(), strict=True)
        }
        return Axis(self.attributes, self.answered_by, tuple(levels.values()), group_of)

    def _levels_of(self, cell: int) -> tuple[str, ...]:
        place = np.unravel_index(cell, self.shape)
        return tuple(levels[int(number)] for levels, number in zip(self.levels, place, strict=True))


class Numbers(Protocol):
    """What was measured of the samples under audit."""

    @property
    def names(self) -> Collection[str]:
        """Give the names of what was measured."""

    def of(self, name: str) -> tuple[Codes, NDArray[np.float64]]:
        """Give the number of the person and the value of every picture that has one."""


def everybody(person_of: Mapping[str, str]) -> Everybody:
    """Number the people of the samples under audit."""
    return numbered(pa.array(list(person_of), pa.string()), pa.array(list(person_of.values()), pa.string()))


def numbered(sample_ids: pa.StringArray, person_ids: pa.StringArray) -> Everybody:
    """Number the people of very many samples, of the same length."""
    encoded = person_ids.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    person = rank[encoded.indices.to_numpy()]
    ids = encoded.dictionary.take(counting.places(order)).to_pylist()
    return Everybody(tuple(ids), sample_ids, person, np.bincount(person, minlength=len(ids)).astype(np.int64))


def answered(wanted: vocab.Axis, spec: str, said: pa.Table, people: Everybody) -> Labels:
    """Put everybody into the groups of a question's answers.

    Args:
        wanted: the question, and the vocabulary that its answers are read in.
        spec: as the settings have it: the attribute's name.
        said: annotators' last answers, as ``answers.table`` gives them.
        people: everybody.

    Raises:
        UsageError: nobody answered, or answers need a vocabulary to be read in, or are too many.
    """
    person = people.of(said["sample_id"])
    said = said.filter(counting.mask(person >= 0))
    person = person[person >= 0]
    if not len(said):
        raise UsageError(f"nobody answered {wanted.question} about the pictures under audit")
    vocabularies = sorted(word for (word,) in counting.tally(said.select(["vocabulary"])))
    if len(vocabularies) > 1:
        raise UsageError(
            f"{spec} was answered in {', '.join(vocabularies)}: say in which vocabulary to read it, as in "
            f"{spec}:NAME@VERSION"
        )
    known = vocab.load(vocabularies[0])
    value = counting.whole(said["value"])
    words, codes = value.dictionary.to_pylist(), value.indices.fill_null(-1).to_numpy()
    groups = [word if word in known else SEVERAL for word in words]
    used = {groups[code] for code in np.unique(codes) if code >= 0} - set(_CODE_OF)
    # Every group of the vocabulary, so that empty ones are seen; numbers have no list of values.
    listed = [
        *known.groups,
        *sorted(used - {*known.groups, SEVERAL}),
        *([SEVERAL] if SEVERAL in used else []),
    ]
    if len(listed) > _MAX_LEVELS:
        raise UsageError(
            f"{spec} has {len(listed)} different answers, more than {_MAX_LEVELS} groups cannot be compared: "
            "read it in a coarser vocabulary, as in perceived_age:age3@1"
        )
    place = {**{value: number for number, value in enumerate(listed)}, **_CODE_OF}
    # Of a word that nobody said any more there may be no place; a missing value is the last.
    of_word = np.array([*(place.get(group, MISSING) for group in groups), CONTRADICTORY], np.int64)
    code = np.full(len(people), MISSING, np.int64)
    voters, winners = _winners(person, of_word[codes])
    code[voters] = winners
    sources = tuple(sorted(word for (word,) in counting.tally(said.select(["source"]))))
    return Labels((spec,), sources, (tuple(listed),), code[:, None])


def _winners(person: Codes, code: Codes) -> tuple[Codes, Codes]:
    """Give the people who have an answer, and the most frequent code of each; TIE where two are."""
    # What contradicts itself says nothing beside what does not.
    is_clear = code != CONTRADICTORY
    has_clear = np.zeros(int(person.max()) + 1, bool)
    has_clear[person[is_clear]] = True
    counts = is_clear | ~has_clear[person]
    span = int(code.max()) - _LOWEST + 1
    pairs, n = np.unique(person[counts] * span + (code[counts] - _LOWEST), return_counts=True)
    voter, which = np.divmod(pairs, span)
    order = np.lexsort((-n, voter))
    voter, which, n = voter[order], which[order] + _LOWEST, n[order]
    first = np.flatnonzero(np.diff(voter, prepend=-1))
    second = np.minimum(first + 1, len(voter) - 1)
    is_tied = (second != first) & (voter[second] == voter[first]) & (n[second] == n[first])
    return voter[first], np.where(is_tied, TIE, which[first])


def without_few_several(label: Labels, min_people: int) -> Labels:
    """Take people of several values out of an attribute's groups where they are too few to be one.

    As a group they would be hidden, and with them, against subtraction, the smallest group beside them.
    That somebody gave several values says of nobody which.
    """
    levels = label.levels[0]
    if levels[-1:] != (SEVERAL,):
        return label
    is_several = label.code == len(levels) - 1
    if int(is_several.sum()) >= min_people:
        return label
    code = np.where(is_several, FEW_SEVERAL, label.code)
    return dataclasses.replace(label, levels=(levels[:-1],), code=code)


def measured(name: str, edges: Sequence[float], numbers: Numbers, people: Everybody) -> Labels:
    """Put everybody into the bands of a measurement, by the median over a person's pictures.

    Args:
        name: the measurement.
        edges: what it is cut at, rising.
        numbers: what was measured.
        people: everybody.

    Raises:
        UsageError: nothing of that name was measured, or the edges do not rise.
    """
    if any(low >= high for low, high in pairwise(edges)):
        raise UsageError(f"expected rising edges for {name}, got {', '.join(f'{e:g}' for e in edges)}")
    person, value = numbers.of(name)
    if not len(person):
        raise UsageError(
            f"expected a measurement among {', '.join(sorted(numbers.names)) or 'none'}; got {name!r}"
        )
    # The median: one badly lit picture does not move a person to another group.
    middle = pd.Series(value).groupby(person).median()
    code = np.full(len(people), MISSING, np.int64)
    code[middle.index.to_numpy(np.int64)] = np.searchsorted(edges, middle.to_numpy(), side="right")
    return Labels((name,), ("measured",), (tuple(bin_names(name, edges)),), code[:, None])


def crossed(singles: Sequence[Labels], depth: int) -> list[Labels]:
    """Cross every two attributes, every three and so on up to ``depth``; 1 crosses nothing."""
    return [
        Labels(
            attributes=tuple(name for label in chosen for name in label.attributes),
            answered_by=tuple(sorted({source for label in chosen for source in label.answered_by})),
            levels=tuple(levels for label in chosen for levels in label.levels),
            code=np.concatenate([label.code for label in chosen], axis=1),
        )
        for size in range(2, depth + 1)
        for chosen in combinations(singles, size)
    ]
