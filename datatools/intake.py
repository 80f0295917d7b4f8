"""Which sample does an answer mean, and which of many answers are new?"""

import operator
from array import array
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from datatools import answers, tables, vocab
from datatools.errors import DataError
from datatools.records import Annotation, Sample
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ASKED = ("sample_id", "question", "annotator_id", "vocabulary")


class Finder:
    """Finds the sample that a sheet or a data set means."""

    def __init__(self, samples: Sequence[Sample], sources: set[str]) -> None:
        self._ids = {sample.sample_id for sample in samples}
        self._by_path: dict[str, set[str]] = defaultdict(set)
        self._by_source: dict[tuple[str, str], str] = {}
        self._own = {(sample.source, sample.path) for sample in samples}
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

    def is_own_path(self, source: str, path: str) -> bool:
        """Say whether a sample's path is its own, not another name of the same bytes."""
        return (source, path) in self._own

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


class Columns:
    """Answers of one import, column by column and each word once, so that a million fit in memory."""

    def __init__(self) -> None:
        names = [field.name for field in tables.schema(tables.ANNOTATIONS) if field.type == pa.string()]
        self._codes: dict[str, array[int]] = {name: array("i") for name in names}
        self._words: dict[str, dict[str, int]] = {name: {} for name in names}
        self._texts = operator.attrgetter(*names)
        self._lead_time_s: list[float | None] = []
        self._presentation_order: list[int | None] = []

    def __len__(self) -> int:
        return len(self._lead_time_s)

    def add(self, row: Annotation) -> None:
        """Add an answer at the end."""
        for codes, words, word in zip(
            self._codes.values(), self._words.values(), self._texts(row), strict=True
        ):
            codes.append(-1 if word is None else words.setdefault(word, len(words)))
        self._lead_time_s.append(row.lead_time_s)
        self._presentation_order.append(row.presentation_order)

    def table(self) -> pa.Table:
        """Give the answers in their order, as ``Workspace.annotations`` gives those that are kept."""
        found: dict[str, pa.Array] = {
            "lead_time_s": pa.array(self._lead_time_s, pa.float64()),
            "presentation_order": pa.array(self._presentation_order, pa.int64()),
        }
        for name, codes in self._codes.items():
            numbers = pa.array(memoryview(codes), pa.int32()) if codes else pa.array([], pa.int32())
            known = pc.if_else(pc.less(numbers, 0), pa.scalar(None, pa.int32()), numbers)
            words = pa.array(self._words[name], pa.string())
            found[name] = pa.DictionaryArray.from_arrays(known, words)
        return pa.table({name: found[name] for name in tables.schema(tables.ANNOTATIONS).names})


def fresh(
    workspace: Workspace, given: pa.Table, now: str, *, dates_first: bool, sheet: str | None = None
) -> pa.Table:
    """Give those of the answers that the workspace does not have, each once.

    An answer without a date is there already where it is what its annotator said last. Where they said
    something else, it is a correction, and dated. What a sheet brings of a batch other than its own was
    stored before, and stays as it was.

    Args:
        workspace: whose answers are known.
        given: as ``Columns.table`` gives them.
        now: the moment (ISO 8601, UTC) that an answer without a date gets.
        dates_first: whether an annotator's first answer gets it too. A sheet was filled in now; when a
            data set's labels were given, nobody knows.
        sheet: the batch that a sheet's own answers get; None: they are of no sheet.
    """
    import numpy as np
    import pandas as pd

    undated = given["created_at"].is_null()
    if sheet is not None:
        undated = pc.and_(undated, pc.equal(given["batch"].cast(pa.string()), sheet))
    is_undated = undated.to_numpy()
    is_same, is_other = _against_last(workspace, given.filter(pa.array(is_undated)))
    is_new, is_dated = np.ones(len(given), bool), np.zeros(len(given), bool)
    is_new[is_undated], is_dated[is_undated] = ~is_same, is_other | dates_first
    said_at = given["created_at"].cast(pa.string())
    moments = pc.if_else(pa.array(is_dated), pa.scalar(now), said_at).dictionary_encode()
    place = given.schema.get_field_index("created_at")
    given = given.set_column(place, "created_at", moments).filter(pa.array(is_new))
    key = list(tables.ANNOTATIONS.key)
    known = workspace.annotations().select(key)
    both = pa.concat_tables([known, given.select(key)], promote_options="permissive").unify_dictionaries()
    codes = pd.DataFrame({name: _codes(both[name]) for name in key})
    return given.filter(pa.array(~codes.duplicated().to_numpy()[len(known) :]))


def _codes(column: pa.ChunkedArray) -> "NDArray[np.int64]":
    """Number a column's different values; -1 where there is none."""
    import numpy as np

    joined = column.combine_chunks()
    encoded = joined if pa.types.is_dictionary(joined.type) else joined.dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def _against_last(workspace: Workspace, given: pa.Table) -> tuple["NDArray[np.bool_]", "NDArray[np.bool_]"]:
    """Say of each answer whether its annotator's last one is the same, and whether it is another."""
    import numpy as np
    import pandas as pd

    if not len(given):
        return np.zeros(0, bool), np.zeros(0, bool)
    asked = list(_ASKED)
    frame = pd.DataFrame(
        {name: given[name].to_pandas().astype(object) for name in (*asked, "value", "batch")}
    )
    frame["word"] = frame["value"]
    several = frame[frame.duplicated([*asked, "batch"], keep=False)]
    for (*_, key, _), part in several.groupby([*asked, "batch"], sort=False):
        frame.loc[part.index, "word"] = vocab.together(vocab.load(str(key)).in_order(part["value"]))
    last = answers.columns(workspace)[[*asked, "value"]].astype(object)
    before = frame[asked].merge(last, on=asked, how="left")["value"]
    is_same = np.asarray(frame["word"].to_numpy() == before.to_numpy(), bool)
    return is_same, before.notna().to_numpy() & ~is_same
