"""What came of a source: each entry with its row of the manifest, met in the order of the samples' ids?

Entries and rows wait in files; what is held of each is its id and what else came with it.
"""

from array import array
from collections.abc import Iterator
from enum import IntFlag
from itertools import groupby

import numpy as np

from datatools.keys import Texts
from datatools.readers import Entry
from datatools.readers._inspect import Seen
from datatools.records import Sample
from datatools.spool import Spool
from datatools.withdrawal.tombstone import Withdrawals


class Has(IntFlag):
    """What came with a readable picture."""

    LANDMARKS = 1
    MEASUREMENTS = 2
    ANCESTRY = 4


class Arrived:
    """The entries of a source that stay, each with its row."""

    def __init__(self, asked: Spool[Seen], rows: Spool[Sample], withdrawn: Withdrawals) -> None:
        """Leave out pictures that were withdrawn; they get no row, which would name them."""
        sample_ids, staying, has = Texts(), array("Q"), bytearray()
        for number, row in enumerate(rows):
            if not withdrawn.holds(row.sample_id):
                sample_ids.add(row.sample_id)
                staying.append(number)
                has.append(_came_with(asked[number].entry) if row.status == "ok" else 0)
        self.n_withdrawn = len(rows) - len(staying)
        asked.keep(staying)
        rows.keep(staying)
        self._asked, self._rows = asked, rows
        self._letters = sample_ids.letters()
        self._order = np.argsort(self._letters, kind="stable")
        self._has = np.frombuffer(has, np.uint8)

    def entries(self) -> Iterator[Entry]:
        """Go over the entries, in the reader's order."""
        return (seen.entry for seen in self._asked)

    def samples(self) -> Iterator[list[tuple[int, Sample]]]:
        """Give each sample's rows, with their places in the reader's order."""
        for _, same in groupby(self._order, key=self._letters.__getitem__):
            yield [(int(number), self._rows[number]) for number in same]

    def given(self, what: Has) -> Iterator[list[tuple[Sample, Entry]]]:
        """Give each sample that something came with: the files that it came with, in the reader's order."""
        numbers = self._order[self._has[self._order] & what > 0]
        for _, same in groupby(numbers, key=self._letters.__getitem__):
            yield [(self._rows[number], self._asked[number].entry) for number in same]


def _came_with(entry: Entry) -> int:
    found = Has(0)
    if entry.landmarks:
        found |= Has.LANDMARKS
    if entry.measurements:
        found |= Has.MEASUREMENTS
    if entry.ancestry is not None:
        found |= Has.ANCESTRY
    return found
