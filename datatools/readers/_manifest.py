"""How do the rows of one source join those of the others in the manifest?

Both are gone over once, in the order of the samples' ids; what becomes of them waits in a file.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from datatools import streams, tables
from datatools.keys import Keys, Texts
from datatools.readers import Entry
from datatools.readers._inspect import Known, Seen
from datatools.records import Sample
from datatools.spool import Spool
from datatools.workspace import Workspace


class Before:
    """What a workspace held of a source, and of others, before it is ingested again."""

    def __init__(self, workspace: Workspace, source: str) -> None:
        self.others = set[str]()  # the names of the other sources
        self.sample_ids = Texts()  # of this source
        paths, known = Texts(), Texts()
        self._sizes = array("q")  # width and height, px
        for row in streams.Rows(workspace, tables.MANIFEST):
            if row.source != source:
                self.others.add(row.source)
                continue
            self.sample_ids.add(row.sample_id)
            if row.status == "ok":
                paths.add(row.path)
                known.add(row.sample_id)
                self._sizes.extend((row.width_px or 0, row.height_px or 0))
        self._paths, self._known = Keys(paths.letters()), known.letters()

    def asked(self, entries: Iterable[Entry]) -> Iterator[Seen]:
        """Give each entry with what was read at its path."""
        located = self._paths.located(entries, lambda entry: entry.path)
        for number, (entry, which) in enumerate(located):
            yield Seen(number, entry, None if which < 0 else self._at(int(self._paths.came_at[which])))

    def _at(self, place: int) -> Known:
        width_px, height_px = self._sizes[2 * place : 2 * place + 2]
        return Known(self._known[place].decode(), width_px, height_px)


@dataclass(slots=True)
class Merged:
    """The manifest after a source was ingested."""

    rows: Spool[Sample]  # of every source, in the order of their ids
    sample_ids: Texts = field(default_factory=Texts)  # of the source
    n_duplicates: int = 0  # files with the bytes of another file of the source
    n_shared: int = 0  # files with the bytes of another source's picture
    _own: "array[int]" = field(default_factory=lambda: array("Q"))  # where the source's rows are
    _came_at: "array[int]" = field(default_factory=lambda: array("Q"))  # and where their files came

    def own(self) -> Iterator[Sample]:
        """Give the source's rows, in its reader's order."""
        return (self.rows[self._own[which]] for which in np.argsort(np.array(self._came_at)))

    def add_own(self, row: Sample, came_at: int) -> None:
        """Put in a row of the source, whose file came at this place."""
        self._own.append(len(self.rows))
        self._came_at.append(came_at)
        self.sample_ids.add(row.sample_id)
        self.rows.add(row)


def merge(
    source: str,
    others: set[str],
    before: Iterable[Sample],
    samples: Iterable[list[tuple[int, Sample]]],
    rows: Spool[Sample],
) -> Merged:
    """Replace a source's rows by what was seen now; the same bytes stay one row.

    Within the source the first path names the sample. A picture that another source already holds
    stays that source's, with the alias ``SOURCE:PATH``.

    Args:
        source: the source's name.
        others: the names of those that the manifest holds besides.
        before: the manifest's rows, in the order of their ids.
        samples: what was seen of each sample, with its place in the reader's order; in the same order.
        rows: takes the manifest's new ones.
    """
    merged = Merged(rows)
    for known, seen in _met(before, samples):
        if known is not None and known.source != source:
            aliases = [alias for alias in known.aliases if not alias.startswith(f"{source}:")]
            shared = [f"{source}:{row.path}" for _, row in seen]
            merged.n_shared += len(shared)
            merged.rows.add(replace(known, aliases=sorted([*aliases, *shared]) if shared else aliases))
        elif seen:
            aliases = [] if known is None else known.aliases
            came_at, first = seen[0]
            row = replace(first, aliases=[a for a in aliases if a.partition(":")[0] in others])
            for _, copy in seen[1:]:
                row = _joined(row, copy)
            merged.n_duplicates += len(seen) - 1
            merged.add_own(row, came_at)
    return merged


def _met(
    before: Iterable[Sample], samples: Iterable[list[tuple[int, Sample]]]
) -> Iterator[tuple[Sample | None, list[tuple[int, Sample]]]]:
    """Give for each sample, in the order of their ids, its row of before and what was seen now."""
    rows = iter(before)
    known = next(rows, None)
    for seen in samples:
        sample_id = seen[0][1].sample_id
        while known is not None and known.sample_id < sample_id:
            yield known, []
            known = next(rows, None)
        if known is not None and known.sample_id == sample_id:
            yield known, seen
            known = next(rows, None)
        else:
            yield None, seen
    while known is not None:
        yield known, []
        known = next(rows, None)


def _joined(first: Sample, copy: Sample) -> Sample:
    """Add a copy's path to a row, and its mask where the row has none."""
    row = replace(first, aliases=sorted([*first.aliases, copy.path]))
    if first.reference_mask is None and copy.reference_mask is not None:
        row = replace(
            row,
            reference_mask=copy.reference_mask,
            mask_source=copy.mask_source,
            mask_encoding=copy.mask_encoding,
            error=copy.error,
        )
    return row
