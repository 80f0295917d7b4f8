"""What is told of a source that was ingested: counts, and the first of what could not be read?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from datatools.keys import Keys, Texts
from datatools.readers._arrived import Arrived
from datatools.readers._inspect import reason
from datatools.readers._manifest import Merged
from datatools.readers._mask_source import UNSTATED
from datatools.records import Sample, Source

_SHOWN_ROWS = 5


@dataclass(slots=True)
class _Told:
    """Rows with an error of one kind: how many of each reason, and the first of them."""

    reasons: Counter[str] = field(default_factory=Counter)
    shown: list[Sample] = field(default_factory=list)

    def add(self, row: Sample) -> None:
        self.reasons[str(reason(row))] += 1
        if len(self.shown) < _SHOWN_ROWS:
            self.shown.append(row)


@dataclass(slots=True)
class Tally:
    """Counts of a source's pictures."""

    n_duplicates: int
    n_shared: int
    n_withdrawn: int
    n_samples: int = 0
    n_people: int = 0
    n_contradictory: int = 0  # copies with other labels than the file that they copy
    masks: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    failed: _Told = field(default_factory=_Told)
    noted: _Told = field(default_factory=_Told)

    def facts(self, source: Source) -> dict[str, object]:
        """Give the counts for the run's record."""
        return {
            "source": source.source,
            "reader": source.reader,
            "n_samples": self.n_samples,
            "n_failed": self.failed.reasons.total(),
            "n_people": self.n_people,
            "n_duplicates": self.n_duplicates,
            "n_shared": self.n_shared,
            "mask_sources": _most_frequent_first(self.masks),
            "mask_encodings": _most_frequent_first(self.encodings),
            "failures": _most_frequent_first(self.failed.reasons),
            "remarks": _most_frequent_first(self.noted.reasons),
            "n_contradictory": self.n_contradictory,
            "n_withdrawn": self.n_withdrawn,
        }

    def notes(self, source: Source) -> list[str]:
        """Give the counts as sentences for people."""
        n_failed = self.failed.reasons.total()
        notes = [
            f"Read {self.n_samples} pictures as {source.source!r} with the reader {source.reader}: "
            f"{self.n_samples - n_failed} readable, {n_failed} not. Licence: {source.licence}."
        ]
        if self.masks:
            notes.append(f"Reference masks: {_listed(self.masks)}; in the files: {_listed(self.encodings)}.")
        if UNSTATED in self.masks:
            notes.append(
                "Nobody said who made these masks, so that scores against them count as agreement. If people "
                "drew them, ingest again with --options.mask_source human."
            )
        if self.n_duplicates:
            notes.append(f"{self.n_duplicates} files are copies of others and became aliases of them.")
        if self.n_withdrawn:
            notes.append(f"{self.n_withdrawn} pictures were withdrawn from this workspace and stay out.")
        if self.n_contradictory:
            notes.append(f"{self.n_contradictory} copies carry other labels than the file that they copy.")
        if self.n_shared:
            notes.append(f"{self.n_shared} pictures already belong to another source and stay its samples.")
        for title, told in (("Not readable", self.failed), ("Readable, but", self.noted)):
            notes += [f"{title}: {row.path}: {reason(row)}" for row in told.shown]
            if (n_more := told.reasons.total() - len(told.shown)) > 0:
                notes.append(f"... and {n_more} more; the manifest's column error has them all.")
        return notes


def tally_of(merged: Merged, arrived: Arrived) -> Tally:
    """Count the source's rows, and what its copies say."""
    tally = Tally(merged.n_duplicates, merged.n_shared, arrived.n_withdrawn)
    people, copies = Texts(), list[tuple[str, str]]()
    for row in merged.own():
        tally.n_samples += 1
        people.add(row.person_id)
        copies += [(row.path, alias) for alias in row.aliases]
        if row.mask_source is not None:
            tally.masks[row.mask_source] += 1
        if row.mask_encoding is not None:
            tally.encodings[row.mask_encoding] += 1
        if row.status == "failed":
            tally.failed.add(row)
        elif row.error is not None:
            tally.noted.add(row)
    tally.n_people = len(Keys(people.letters()))
    tally.n_contradictory = _n_contradictory(copies, arrived) if copies else 0
    return tally


def _n_contradictory(copies: list[tuple[str, str]], arrived: Arrived) -> int:
    """Count the copies whose labels differ from those of the file that they copy."""
    involved = {path for pair in copies for path in pair}
    labels = {
        entry.path: {(answer.question, answer.value) for answer in entry.answers}
        for entry in arrived.entries()
        if entry.path in involved
    }
    return sum(labels[path] != labels[alias] for path, alias in copies if alias in labels)


def _most_frequent_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(counts).most_common())


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in _most_frequent_first(counts).items())
