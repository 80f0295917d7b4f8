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
    datatools ingest --source s3://BUCKET/portraits --workspace ws
    datatools ingest --source 'https://HOST/faces-{000..009}.tar' --workspace ws
"""

import os
import tempfile
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from datatools import images, streams, tables
from datatools.errors import DataError, UsageError
from datatools.keys import Keys, Texts
from datatools.progress import Progress
from datatools.readers import Entry, Reader, _given
from datatools.readers._arrived import Arrived
from datatools.readers._detect import AUTO, detect, name_of
from datatools.readers._inspect import Inspector, Seen
from datatools.readers._inspecting import inspect_all
from datatools.readers._manifest import Before, merge
from datatools.readers._tally import Tally, tally_of
from datatools.records import Sample, Source, StageResult
from datatools.remote.addresses import is_address, redacted
from datatools.settings import CrewSettings
from datatools.spool import Spool
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace, file_name


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
        UsageError: no such folder or reader, or the name belongs to another folder; nothing at an address, or
            looking there is refused.
        DataError: the data set's layout is broken, or holds no picture; an address cannot be reached.
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
    with closing(Spool[Entry](_roomy(workspace.root))) as entries:
        _choose(reader, settings, entries)
        if not entries:
            raise DataError(f"{root}: the reader {source.reader} finds no picture in it")
        if settings.dry_run:
            sentence = f"Would read {len(entries)} pictures of {root} as {source.source!r} ({source.reader})."
            facts: dict[str, object] = {"reader": source.reader, "n_entries": len(entries)}
            return StageResult(stage="ingest", facts=facts, notes=[sentence])
        writes = (tables.SOURCES, tables.MANIFEST, tables.LANDMARKS, tables.MEASUREMENTS, tables.LINEAGE)
        with workspace.run("ingest", _recorded(settings), writes=writes) as run:
            tally = _ingested(workspace, source, entries, settings, progress)
            run.facts |= tally.facts(source)
            if came is not None:
                run.facts["brought"] = _sources.recorded(came)
    notes = tally.notes(source)
    if came is None:
        return StageResult(stage="ingest", facts=run.facts, notes=notes)
    told = {**run.facts, "brought": _sources.facts(came)}
    return StageResult(stage="ingest", facts=told, notes=[*_sources.sentences(came), *notes])


def _ingested(
    workspace: Workspace, source: Source, entries: Spool[Entry], settings: Settings, progress: Progress
) -> Tally:
    """Inspect the files of the entries, and write all tables."""
    folder = workspace.table_file(tables.MANIFEST).parent
    before = Before(workspace, source.source)
    with ExitStack() as stack:
        asked = stack.enter_context(closing(Spool[Seen](folder)))
        rows, joined = (stack.enter_context(closing(Spool[Sample](folder))) for _ in range(2))
        for seen in before.asked(entries):
            asked.add(seen)
        inspect_all(asked, Inspector(source, settings.max_megapixels), settings.crew(), progress, rows)
        arrived = Arrived(asked, rows, tombstone.read(workspace))
        manifest = streams.Rows(workspace, tables.MANIFEST)
        merged = merge(source.source, before.others, manifest, arrived.samples(), joined)
        replaced = Keys(np.concatenate([before.sample_ids.letters(), merged.sample_ids.letters()]))
        workspace.write(tables.SOURCES, _with_source(workspace, source))
        _given.write(workspace, arrived, replaced, f"dataset:{source.source}")
        streams.write(workspace, tables.MANIFEST, joined)  # last: a run killed before it is run again in full
        return tally_of(merged, arrived)


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


def _choose(reader: Reader, settings: Settings, entries: Spool[Entry]) -> None:
    """Put in one entry per path (a listing may name a picture once per answer), perhaps a subset."""
    paths = Texts()
    for entry in reader.entries():
        entries.add(replace(entry, licence=None) if settings.licence else entry)
        paths.add(entry.path)
    first = Keys(paths.letters()).came_first()
    limit = len(first) if settings.limit is None else settings.limit
    if settings.sample == "random" and limit < len(first):
        first = first[np.sort(np.random.default_rng(settings.seed).permutation(len(first))[:limit])]
    entries.keep(first[:limit].tolist())


def _roomy(root: Path) -> Path:
    """Give a folder for what waits: where the workspace is, or will be."""
    known = (folder for folder in (root, *root.parents) if folder.is_dir() and os.access(folder, os.W_OK))
    return next(known, Path(tempfile.gettempdir()))
