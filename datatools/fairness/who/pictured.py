"""Who is in each picture, and where among the pictures is a row of a table?

A mapping of samples to people that is two columns: a million pictures are no million objects.
"""

import bisect
from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datatools import counting

Places = NDArray[np.int64]


class Pictured(Mapping[str, str]):
    """Sample to person, as a dictionary is, and as columns."""

    def __init__(self, sample_ids: pa.StringArray, person: NDArray[np.int32], people: list[str]) -> None:
        """Hold columns.

        Args:
            sample_ids: each once.
            person: (n_images,), the place of each picture's person in ``people``.
            people: their ids, each once.
        """
        self.sample_ids = sample_ids
        self.person = person
        self.people = people

    @classmethod
    def of(cls, person_of: Mapping[str, str]) -> "Pictured":
        """Give a mapping as columns."""
        if isinstance(person_of, Pictured):
            return person_of
        number_of: dict[str, int] = {}
        person = [number_of.setdefault(one, len(number_of)) for one in person_of.values()]
        return cls(pa.array(list(person_of), pa.string()), np.array(person, np.int32), list(number_of))

    @classmethod
    def read(cls, sample_ids: pa.ChunkedArray, person_ids: pa.ChunkedArray) -> "Pictured":
        """Give two columns of text without gaps, each sample once."""
        words = counting.whole(person_ids).dictionary_encode()
        codes = words.indices.to_numpy(zero_copy_only=False).astype(np.int32)
        return cls(counting.whole(sample_ids), codes, words.dictionary.to_pylist())

    def __len__(self) -> int:
        return len(self.sample_ids)

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.sample_ids), _BLOCK):
            yield from self.sample_ids[start : start + _BLOCK].to_pylist()

    def __getitem__(self, sample_id: str) -> str:
        return self.people[int(self.person[self._place_of[sample_id]])]

    def __contains__(self, sample_id: object) -> bool:
        return sample_id in self._place_of

    @cached_property
    def _place_of(self) -> dict[str, int]:
        """Give each sample's place; made where somebody asks for single samples, which costs objects."""
        return {sample_id: place for place, sample_id in enumerate(self.sample_ids.to_pylist())}

    @cached_property
    def _order(self) -> Places | None:
        """Give the order of the samples by their ids; None: they are in it."""
        if bool(counting.bools(pc.less(self.sample_ids[:-1], self.sample_ids[1:])).all()):
            return None
        return np.asarray(pc.sort_indices(self.sample_ids).to_numpy(), np.int64)

    @cached_property
    def in_order(self) -> pa.StringArray:
        """Give the samples in the order of their ids."""
        return self.sample_ids if self._order is None else self.sample_ids.take(counting.places(self._order))

    def sorted(self) -> "Pictured":
        """Give the pictures in the order of their ids."""
        if self._order is None:
            return self
        return Pictured(self.in_order, self.person[self._order], self.people)

    def places(self, sample_ids: pa.Array | pa.ChunkedArray) -> Places:
        """Give the places of samples among the pictures, -1 of others; cheap for runs of a sorted table."""
        if not len(sample_ids) or not len(self):
            return np.full(len(sample_ids), -1, np.int64)
        if pa.types.is_dictionary(sample_ids.type) or pa.types.is_large_string(sample_ids.type):
            sample_ids = sample_ids.cast(pa.string())
        ends = pc.min_max(sample_ids)
        low = bisect.bisect_left(self.in_order, ends["min"].as_py(), key=lambda one: one.as_py())
        high = bisect.bisect_right(self.in_order, ends["max"].as_py(), key=lambda one: one.as_py())
        found = pc.index_in(sample_ids, value_set=self.in_order[low:high]).fill_null(-1)
        place = np.asarray(found.to_numpy(), np.int64)
        if self._order is None:
            return np.where(place >= 0, place + low, -1)
        return np.where(place >= 0, self._order[place + low], -1)

    def people_of(self, sample_ids: pa.Array | pa.ChunkedArray) -> Places:
        """Give the numbers of the people in samples, -1 of samples that are not among the pictures."""
        place = self.places(sample_ids)
        return np.where(place >= 0, self.person[place], -1) if len(self) else place


_BLOCK = 65_536  # ids that are objects at a time
