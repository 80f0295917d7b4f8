"""Which sample does an answer mean, and is it there already?"""

from collections import defaultdict
from collections.abc import Sequence

from datatools import tables
from datatools.errors import DataError
from datatools.records import Annotation, Sample


class Finder:
    """Finds the sample that a sheet or a data set means."""

    def __init__(self, samples: Sequence[Sample], sources: set[str]) -> None:
        self._ids = {sample.sample_id for sample in samples}
        self._by_path: dict[str, set[str]] = defaultdict(set)
        self._by_source: dict[tuple[str, str], str] = {}
        for sample in samples:
            self._add(sample.source, sample.path, sample.sample_id)
            for alias in sample.aliases:
                source, _, path = alias.partition(":")
                if path and source in sources:
                    self._add(source, path, sample.sample_id)
                else:
                    self._add(sample.source, alias, sample.sample_id)

    def _add(self, source: str, path: str, sample_id: str) -> None:
        self._by_path[path].add(sample_id)
        self._by_path[f"{source}:{path}"].add(sample_id)
        self._by_source[source, path] = sample_id

    def of_source(self, source: str, path: str) -> str | None:
        """Give the sample of a data set's path, None where it was not ingested."""
        return self._by_source.get((source, path))

    def of_sheet(self, name: str) -> str:
        """Give the sample that a sheet calls by its id, PATH or SOURCE:PATH.

        Raises:
            DataError: there is no such sample, or there are several.
        """
        if name in self._ids:
            return name
        found = self._by_path.get(name, set())
        if not found:
            raise DataError(f"expected a sample id, or a path of the manifest; got {name!r}")
        if len(found) > 1:
            raise DataError(f"{name!r} is a path of several sources: write SOURCE:{name} or the sample id")
        return next(iter(found))


class Known:
    """The answers that are there already."""

    def __init__(self, rows: Sequence[Annotation]) -> None:
        self._keys: set[tuple[object, ...]] = set()
        self._last: dict[tuple[str, ...], tuple[str, str]] = {}
        for row in rows:
            self.add(row)

    @staticmethod
    def _key(row: Annotation) -> tuple[object, ...]:
        return tuple(getattr(row, name) for name in tables.ANNOTATIONS.key)

    @staticmethod
    def _asked(row: Annotation) -> tuple[str, ...]:
        return (row.sample_id, row.question, row.annotator_id, row.vocabulary)

    def add(self, row: Annotation) -> None:
        """Note that an answer is there."""
        self._keys.add(self._key(row))
        said = (row.created_at or "", row.value)
        self._last[self._asked(row)] = max(said, self._last.get(self._asked(row), said))

    def __contains__(self, row: Annotation) -> bool:
        return self._key(row) in self._keys

    def has_as_last(self, row: Annotation) -> bool:
        """Say whether the annotator's last answer is this one, whenever it was given."""
        return self._last.get(self._asked(row), ("", None))[1] == row.value
