"""How are the numbers that pictures have at each step kept, without an object for each?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools.fairness.who.pictured import Pictured

COLUMNS = ("step", "reference_source", "sample_id", "person_id", "value")

Places = NDArray[np.int32]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Every picture's number at every step it came to.

    ``frame`` has the columns of ``COLUMNS``; a share's values are 0 and 1, the others are IoU or
    differences of it. A picture has one row for each step and kind of reference at most.
    """

    frame: pd.DataFrame
    definitions: Mapping[str, str] = field(default_factory=dict)  # by step, a sentence for people
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A number of some pictures, each once, in their order."""

    place: Places  # (n,), among the pictures
    value: Floats  # (n,)

    @classmethod
    def of(cls, place: NDArray[np.integer], value: Floats) -> "Column":
        """Give numbers at places in any order; of several of one picture the last one counts."""
        order = np.argsort(place, kind="stable")
        place, value = place[order], value[order]
        is_last = np.append(place[1:] != place[:-1], True)[: len(place)] & (place >= 0)
        return cls(place[is_last].astype(np.int32), value[is_last])

    def over(self, other: "Column") -> "Column":
        """Give both; where both have a picture, these numbers."""
        return Column.of(np.concatenate([other.place, self.place]), np.concatenate([other.value, self.value]))

    def at(self, is_in: NDArray[np.bool_]) -> "Column":
        """Give the numbers of the pictures where ``is_in`` (n_images,) is True."""
        keep = is_in[self.place]
        return Column(self.place[keep], self.value[keep])

    def less(self, other: "Column") -> "Column":
        """Give the differences of the pictures that both have."""
        place, mine, others = np.intersect1d(self.place, other.place, True, True)
        return Column(place, self.value[mine] - other.value[others])


Values = Mapping[str, Column]  # by the source of the masks that pictures are measured against


def over(first: Values, second: Values) -> dict[str, Column]:
    """Give both; where both have a number of a picture, the first one's."""
    return {
        source: first[source].over(second[source])
        if source in first and source in second
        else (first if source in first else second)[source]
        for source in sorted(first.keys() | second.keys())
    }


class Steps:
    """What is collected, step by step."""

    def __init__(self, shown: Pictured) -> None:
        """Begin.

        Args:
            shown: the pictures under audit, in the order of their ids.
        """
        self._shown = shown
        self._columns: list[tuple[str, str, Column]] = []
        self._definitions: dict[str, str] = {}
        self.notes: list[str] = []

    def add(self, step: str, definition: str, values: Values) -> None:
        """Add a step's numbers; a step without any is left out."""
        held = [(step, source, values[source]) for source in sorted(values) if len(values[source].place)]
        if held:
            self._definitions[step] = definition
            self._columns += held

    @property
    def names(self) -> Iterable[str]:
        """Give the steps that have numbers."""
        return self._definitions.keys()

    def cases(self) -> Cases:
        """Give everything that was added; of a step by picture, then by source."""
        steps = sorted(self._definitions)
        sources = sorted({source for _, source, _ in self._columns})
        n = sum(len(column.place) for _, _, column in self._columns)
        step, source = np.empty(n, np.int16), np.empty(n, np.int16)
        place, value = np.empty(n, np.int32), np.empty(n)
        start = 0
        for name in self._definitions:
            mine = [(one, column) for held, one, column in self._columns if held == name]
            places = np.concatenate([column.place for _, column in mine])
            kinds = np.repeat(
                np.array([sources.index(one) for one, _ in mine], np.int16),
                [len(column.place) for _, column in mine],
            )
            order = np.lexsort((kinds, places)) if len(mine) > 1 else slice(None)
            part = slice(start, start + len(places))
            step[part], source[part] = steps.index(name), kinds[order]
            place[part] = places[order]
            value[part] = np.concatenate([column.value for _, column in mine])[order]
            start = part.stop
        people = sorted(self._shown.people)
        number_of = {person: number for number, person in enumerate(people)}
        person = np.array([number_of[one] for one in self._shown.people], np.int32)[self._shown.person[place]]
        ids = pd.Index(self._shown.sample_ids.to_pandas())
        frame = pd.DataFrame(
            {
                "step": pd.Categorical.from_codes(step, pd.Index(steps, dtype=object)),
                "reference_source": pd.Categorical.from_codes(source, pd.Index(sources, dtype=object)),
                "sample_id": pd.Categorical.from_codes(place, ids),
                "person_id": pd.Categorical.from_codes(person, pd.Index(people, dtype=object)),
                "value": value,
            },
            copy=False,
        )
        return Cases(frame, self._definitions, tuple(self.notes))
