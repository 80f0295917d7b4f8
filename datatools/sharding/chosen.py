"""Which samples go into shards, each with which masks and with what is known of it?

Tables are gone over once, side by side: memory does not grow with the samples.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Literal

import pyarrow as pa

from datatools import answers, counting, lists, selection, streams, tables, vocab
from datatools.errors import DataError, UsageError
from datatools.records import MaskRow, Sample
from datatools.selection import REVIEW_QUESTION
from datatools.workspace import Workspace, inside

Masks = Literal["generated", "reference", "both"]
Facts = dict[str, object]

FORMAT = "portrait-datatools/1"

_AT_ONCE = 1024  # rows that are objects at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks for."""

    source: str | None
    listed: str | None
    split: str | None
    limit: int | None
    masks: Masks
    accepted_only: bool  # of the generated masks
    with_answers: bool


@dataclass(frozen=True, slots=True)
class Below:
    """A file by its folder and its path there, as tables keep it."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """Give the path as it is written."""
        return self.folder / self.name

    def inside(self) -> Path:
        """Give the path as it is on disk.

        Raises:
            DataError: it leaves the folder. The folder is not told: what is said here is handed on.
        """
        try:
            return inside(self.folder, self.name)
        except DataError as error:
            raise DataError("the path of one of its files leaves its folder") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A sample, where its files lie, and what its JSON says but for what only its bytes tell."""

    sample_id: str
    facts: Facts
    picture: Below
    mask: Below | None  # generated
    mask_sha256: str | None
    reference: Below | None

    def files(self) -> Iterator[Path]:
        """Give the files that it is made of; whether they lie where they should is for who opens them."""
        return (one.path for one in (self.picture, self.mask, self.reference) if one is not None)

    def stamp(self) -> str:
        """Give a hash of what its members are made of; the picture's bytes are in its id."""
        seen = None
        if self.reference is not None and self.reference.path.is_file():
            found = self.reference.path.stat()
            seen = (found.st_size, found.st_mtime_ns)
        return tables.fingerprint(FORMAT, sorted(self.facts.items()), self.mask_sha256, seen)


def chosen(workspace: Workspace, wanted: Wanted) -> Iterator[Chosen]:
    """Give the samples in the order of their ids: those that have a mask that is asked for.

    Raises:
        UsageError: no such source or list, or no sample is of that split.
        TableError: a stage that is needed has not run: refine for generated masks, check for accepted ones,
            split where a split is asked for.
    """
    return islice(_each(workspace, wanted), wanted.limit)


def _each(workspace: Workspace, wanted: Wanted) -> Iterator[Chosen]:
    samples = lists.each(workspace, source=wanted.source, listed=wanted.listed, limit=None)
    is_needed = wanted.masks == "generated"
    masks = streams.Alongside(workspace, tables.MASKS, is_needed=is_needed)
    splits = streams.Alongside(workspace, tables.SPLITS, is_needed=wanted.split is not None)
    said = _Said(workspace) if wanted.with_answers else None
    is_judged = wanted.accepted_only and wanted.masks != "reference" and workspace.has(tables.MASKS)
    accepted = _Accepted(workspace) if is_judged else None
    roots = {row.source: Path(row.root) for row in workspace.rows(tables.SOURCES)}
    for sample in samples:
        split = next((row.split for row in splits.of(sample.sample_id)), None)
        if wanted.split not in (None, split):
            continue
        made = next((row for row in masks.of(sample.sample_id) if row.path is not None), None)
        if wanted.masks == "reference" or (accepted is not None and not accepted.has(sample.sample_id)):
            made = None
        has_reference = wanted.masks != "generated" and sample.reference_mask is not None
        if made is not None or has_reference:
            facts = _facts(sample, split, made, has_reference)
            if said is not None:
                facts["answers"] = said.about(sample.sample_id)
            root = roots[sample.source]
            reference = sample.reference_mask if has_reference else None
            yield Chosen(
                sample_id=sample.sample_id,
                facts=facts,
                picture=Below(root, sample.path),
                mask=None if made is None else Below(workspace.root, str(made.path)),
                mask_sha256=None if made is None else made.sha256,
                reference=None if reference is None else Below(root, reference),
            )


def require_split(workspace: Workspace, split: str | None) -> None:
    """Raise UsageError when no sample is of this split."""
    if split is not None and workspace.has(tables.SPLITS):
        found = workspace.columns(tables.SPLITS, ("split",), encoded=("split",))
        known = sorted(set(found["split"].unique().to_pylist()))
        if split not in known:
            raise UsageError(f"expected a split among {known}, got {split!r}")


class _Accepted:
    """Says of one sample after the other whether its generated mask is accepted."""

    def __init__(self, workspace: Workspace) -> None:
        sample_ids, is_good = selection.verdicts(workspace)
        # Not as a set: of millions it would be the largest thing in memory.
        self._ids = _texts(sample_ids.filter(counting.mask(is_good)))
        self._next = next(self._ids, None)

    def has(self, sample_id: str) -> bool:
        """Look for a sample; they are asked for in the order of their ids."""
        while self._next is not None and self._next < sample_id:
            self._next = next(self._ids, None)
        return self._next == sample_id


def _texts(ids: pa.StringArray) -> Iterator[str]:
    for start in range(0, len(ids), _AT_ONCE):
        yield from ids[start : start + _AT_ONCE].to_pylist()


def _facts(sample: Sample, split: str | None, made: MaskRow | None, has_reference: bool) -> Facts:
    return {
        "format": FORMAT,
        "sample_id": sample.sample_id,
        "source": sample.source,
        "path": sample.path,
        "licence": sample.licence,
        "person_id": sample.person_id,
        "split": split,
        "width_px": sample.width_px,
        "height_px": sample.height_px,
        "mask": None if made is None else {"source": made.mask_source},
        "reference": {"source": sample.mask_source} if has_reference else None,
    }


class _Said:
    """Each annotator's last answers about one sample after the other."""

    def __init__(self, workspace: Workspace) -> None:
        self._groups = groupby(_rows(workspace), key=lambda row: str(row["sample_id"]))
        self._next = next(self._groups, None)

    def about(self, sample_id: str) -> list[Facts]:
        """Give a sample's answers; samples are asked for in the order of their ids, each once."""
        while self._next is not None and self._next[0] < sample_id:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != sample_id:
            return []
        return [_answer(row) for row in self._next[1]]


def _rows(workspace: Workspace) -> Iterator[Facts]:
    """Give the answers that count, in the order of their samples; those about masks are none about people."""
    said = answers.table(workspace)
    for start in range(0, len(said), _AT_ONCE):
        for row in said.slice(start, _AT_ONCE).to_pylist():
            if row["value"] is not None and row["question"] != REVIEW_QUESTION:
                yield row


def _answer(row: Facts) -> Facts:
    kept = ("question", "vocabulary", "source", "annotator_id", "created_at")
    values = vocab.apart(str(row["value"]), str(row["vocabulary"]))
    return {**{name: row[name] for name in kept}, "values": list(values)}
