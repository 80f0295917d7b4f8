"""Which pictures does a folder hold, and can each be read?

A source may also be an address, or shards: then it is brought to WS/incoming/NAME first, and what came is
not brought again.

Every file is hashed and decoded once, in processes of their own: a decoder that dies costs one picture.
A file that cannot be read is a row with status
``failed``; a readable picture whose mask or landmarks cannot be used stays ``ok``, without them, and
its ``error`` says why. Files with the same bytes are one sample: the first path names it, the others
are aliases (``SOURCE:PATH`` where they are another source's).

Ingesting a source again replaces its rows; pictures that were readable under the same path and bytes
are not decoded a second time.

Example::

    datatools ingest --source portraits/ --workspace ws
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from datatools import images, tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.readers import Entry, Reader
from datatools.readers._detect import AUTO, detect, name_of
from datatools.readers._inspect import Inspector, Seen, given_faces, reason
from datatools.readers._inspecting import inspect_all
from datatools.readers._manifest import Merged, merge
from datatools.readers._mask_source import UNSTATED
from datatools.records import Lineage, Measurement, Sample, Source, StageResult
from datatools.remote.addresses import is_address, redacted
from datatools.selection import GIVEN
from datatools.settings import CrewSettings
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace, file_name

_SHOWN_ROWS = 5


class Settings(CrewSettings):
    """Settings of ``ingest``."""

    source: str | Path
    """Folder of the data set, shards, or an address: s3://BUCKET/FOLDER, https://HOST/NAME-{000..009}.tar."""

    name: str | None = None
    """The source's name in this workspace; the folder's own name if not given."""

    reader: str = AUTO
    """How the folder is read: a reader's name, or auto to recognise the data set."""

    options: dict[str, str] = Field(default_factory=dict)
    """The reader's options: --options.NAME VALUE, as in --options.mask_source human."""

    licence: str | None = None
    """The pictures' licence, where the reader does not know it or you know better."""

    max_megapixels: float = Field(default=images.MAX_MEGAPIXELS, gt=0, le=images.MAX_MEGAPIXELS)
    """Larger pictures become failed rows; they would not fit the later stages' memory."""

    sample: Literal["first", "random"] = "first"
    """Which pictures --limit takes: the first, or a random choice that --seed repeats."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Read a folder of pictures into the workspace's manifest.

    Raises:
        UsageError: no such folder or reader, or the name belongs to another folder.
        DataError: the data set's layout is broken, or holds no picture.
        TooManyFailuresError: more than half of the pictures, and more than 20, cannot be read.
    """
    if workspace.withdrawal_file.exists():
        workspace.require()  # which says what to do; a new workspace has nothing to require yet
    from datatools.readers import _sources  # here: what speaks to servers takes 0.1 s to import

    foreign = _sources.foreign(workspace, str(settings.source), settings.name, _at_least(settings))
    if foreign is not None and settings.dry_run:
        told, sentences = _sources.rehearsed(foreign)
        return StageResult(stage="ingest", facts=told, notes=sentences)
    came = None if foreign is None else _sources.brought(workspace, foreign, progress)
    root = Path(settings.source).resolve() if foreign is None else foreign.folder.resolve()
    reader = detect(root, settings.reader, settings.options)
    source = Source(
        source=file_name(settings.name or root.name),
        root=str(root),
        reader=name_of(reader),
        licence=settings.licence or reader.licence,
    )
    _with_source(workspace, source)  # a name that is taken must not come to light after the work
    entries = _chosen(reader, settings)
    if not entries:
        raise DataError(f"{root}: the reader {source.reader} finds no picture in it")
    if settings.dry_run:
        sentence = f"Would read {len(entries)} pictures of {root} as {source.source!r} ({source.reader})."
        facts: dict[str, object] = {"reader": source.reader, "n_entries": len(entries)}
        return StageResult(stage="ingest", facts=facts, notes=[sentence])
    writes = (tables.SOURCES, tables.MANIFEST, tables.LANDMARKS, tables.MEASUREMENTS, tables.LINEAGE)
    with workspace.run("ingest", _recorded(settings), writes=writes) as run:
        before = workspace.rows_or_empty(tables.MANIFEST)
        own = {row.path: row for row in before if row.source == source.source}
        asked = [Seen(entry, own.get(entry.path)) for entry in entries]
        seen = inspect_all(asked, Inspector(source, settings.max_megapixels), settings.crew(), progress)
        seen, entries, n_withdrawn = _staying(workspace, seen, entries)
        merged = merge(source.source, seen, before)
        readable = [(row, entry) for row, entry in zip(seen, entries, strict=True) if row.status == "ok"]
        replaced = {row.sample_id for row in (*own.values(), *merged.own)}
        workspace.write(tables.SOURCES, _with_source(workspace, source))
        _write_landmarks(workspace, readable, replaced)
        _write_measurements(workspace, readable, f"dataset:{source.source}")
        _write_lineage(workspace, readable, replaced)
        workspace.write(tables.MANIFEST, merged.rows)  # last: a run killed before it is run again in full
        run.facts |= _facts(source, merged) | {"n_contradictory": _n_contradictory(merged, entries)}
        run.facts["n_withdrawn"] = n_withdrawn
        if came is not None:
            run.facts["brought"] = _sources.facts(came)
    notes = _notes(source, merged, run.facts)
    return StageResult(
        stage="ingest", facts=run.facts, notes=notes if came is None else [*_sources.sentences(came), *notes]
    )


def _at_least(settings: Settings) -> int | None:
    """Give how many samples of shards are enough: for a random choice all have to be there."""
    return settings.limit if settings.sample == "first" else None


def _recorded(settings: Settings) -> dict[str, object]:
    """Give the settings as a record keeps them: an address without its secrets."""
    source = str(settings.source)
    kept = redacted(source) if is_address(source) else str(Path(source))
    return {**settings.model_dump(mode="json"), "source": kept}


def _with_source(workspace: Workspace, source: Source) -> list[Source]:
    """Give the workspace's sources, this one among them."""
    sources = {row.source: row for row in workspace.rows_or_empty(tables.SOURCES)}
    known = sources.get(source.source)
    if known is not None and known.root != source.root:
        raise UsageError(
            f"the source name {source.source!r} already belongs to {known.root}; give another with --name"
        )
    return list({**sources, source.source: source}.values())


def _chosen(reader: Reader, settings: Settings) -> list[Entry]:
    """Give one entry per path (a listing may name a picture once per answer), perhaps a subset."""
    unique: dict[str, Entry] = {}
    for entry in reader.entries():
        unique.setdefault(entry.path, replace(entry, licence=None) if settings.licence else entry)
    entries = list(unique.values())
    if settings.limit is None or settings.limit >= len(entries):
        return entries
    if settings.sample == "first":
        return entries[: settings.limit]
    picked = np.random.default_rng(settings.seed).permutation(len(entries))[: settings.limit]
    return [entries[index] for index in sorted(picked.tolist())]


def _staying(
    workspace: Workspace, seen: list[Sample], entries: list[Entry]
) -> tuple[list[Sample], list[Entry], int]:
    """Leave out pictures that were withdrawn from here; they get no row, which would name them."""
    withdrawn = tombstone.read(workspace)
    staying = [index for index, row in enumerate(seen) if not withdrawn.holds(row.sample_id)]
    n_withdrawn = len(seen) - len(staying)
    return [seen[index] for index in staying], [entries[index] for index in staying], n_withdrawn


def _write_landmarks(
    workspace: Workspace, readable: Sequence[tuple[Sample, Entry]], replaced: Set[str]
) -> None:
    """Write the landmarks that came with the data beside what finders found."""
    before = workspace.rows_or_empty(tables.LANDMARKS)
    rows = [row for row in before if row.detector != GIVEN or row.sample_id not in replaced]
    has_faces = {row.sample_id for row in rows if row.detector == GIVEN}
    for sample, entry in readable:
        if entry.landmarks and sample.sample_id not in has_faces:
            has_faces.add(sample.sample_id)
            rows += given_faces(sample, entry.landmarks)
    if rows or before:
        workspace.write(tables.LANDMARKS, rows)


def _write_measurements(
    workspace: Workspace, readable: Sequence[tuple[Sample, Entry]], measured_by: str
) -> None:
    """Write the numbers that came with the data; a copy's numbers do not replace the first's."""
    before = workspace.rows_or_empty(tables.MEASUREMENTS)
    new = {
        (sample.sample_id, name): Measurement(
            sample_id=sample.sample_id, name=name, value=value, measured_by=measured_by
        )
        for sample, entry in reversed(readable)
        for name, value in entry.measurements.items()
    }
    if new or before:
        others = [row for row in before if row.measured_by != measured_by]
        workspace.write(tables.MEASUREMENTS, [*others, *new.values()])


def _write_lineage(
    workspace: Workspace, readable: Sequence[tuple[Sample, Entry]], replaced: Set[str]
) -> None:
    """Write what made pictures were made of; of two with the same bytes, the first's."""
    before = workspace.rows_or_empty(tables.LINEAGE)
    new = {
        sample.sample_id: Lineage(
            sample_id=sample.sample_id,
            kind=made.kind,
            parent=made.parent,
            background=made.background,
            box=None if made.box is None else list(made.box),
            recipe=made.recipe,
        )
        for sample, entry in reversed(readable)
        if (made := entry.ancestry) is not None
    }
    if new or before:
        kept = [row for row in before if row.sample_id not in replaced | new.keys()]
        workspace.write(tables.LINEAGE, [*kept, *new.values()])


def _facts(source: Source, merged: Merged) -> dict[str, object]:
    failed = [row for row in merged.own if row.status == "failed"]
    noted = [row for row in merged.own if row.status == "ok" and row.error is not None]
    return {
        "source": source.source,
        "reader": source.reader,
        "n_samples": len(merged.own),
        "n_failed": len(failed),
        "n_people": len({row.person_id for row in merged.own}),
        "n_duplicates": merged.n_duplicates,
        "n_shared": merged.n_shared,
        "mask_sources": _counted(row.mask_source for row in merged.own),
        "mask_encodings": _counted(row.mask_encoding for row in merged.own),
        "failures": _counted(reason(row) for row in failed),
        "remarks": _counted(reason(row) for row in noted),
    }


def _n_contradictory(merged: Merged, entries: Sequence[Entry]) -> int:
    """Count the copies whose labels differ from those of the file that they copy."""
    labels = {entry.path: {(answer.question, answer.value) for answer in entry.answers} for entry in entries}
    copies = ((row.path, alias) for row in merged.own for alias in row.aliases if alias in labels)
    return sum(labels[path] != labels[alias] for path, alias in copies)


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    """Count what is there, the most frequent first."""
    return dict(Counter(value for value in values if value is not None).most_common())


def _notes(source: Source, merged: Merged, facts: Mapping[str, object]) -> list[str]:
    failed = [row for row in merged.own if row.status == "failed"]
    noted = [row for row in merged.own if row.status == "ok" and row.error is not None]
    notes = [
        f"Read {len(merged.own)} pictures as {source.source!r} with the reader {source.reader}: "
        f"{len(merged.own) - len(failed)} readable, {len(failed)} not. Licence: {source.licence}."
    ]
    masks = _counted(row.mask_source for row in merged.own)
    encodings = _counted(row.mask_encoding for row in merged.own)
    if masks:
        notes.append(f"Reference masks: {_listed(masks)}; in the files: {_listed(encodings)}.")
    if UNSTATED in masks:
        notes.append(
            "Nobody said who made these masks, so that scores against them count as agreement. If people "
            "drew them, ingest again with --options.mask_source human."
        )
    if merged.n_duplicates:
        notes.append(f"{merged.n_duplicates} files are copies of others and became aliases of them.")
    if facts["n_withdrawn"]:
        notes.append(f"{facts['n_withdrawn']} pictures were withdrawn from this workspace and stay out.")
    if facts["n_contradictory"]:
        notes.append(f"{facts['n_contradictory']} copies carry other labels than the file that they copy.")
    if merged.n_shared:
        notes.append(f"{merged.n_shared} pictures already belong to another source and stay its samples.")
    for title, rows in (("Not readable", failed), ("Readable, but", noted)):
        notes += [f"{title}: {row.path}: {reason(row)}" for row in rows[:_SHOWN_ROWS]]
        if len(rows) > _SHOWN_ROWS:
            notes.append(f"... and {len(rows) - _SHOWN_ROWS} more; the manifest's column error has them all.")
    return notes


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
