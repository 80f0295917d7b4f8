"""How are all files of a source inspected, whatever they do to their decoders?"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from sys import intern

from datatools.crews import Crew, Lost
from datatools.crews.guarded import DECODING, of_decoder
from datatools.errors import TooManyFailuresError
from datatools.progress import Progress
from datatools.readers._inspect import Inspector, Seen
from datatools.records import Sample
from datatools.telemetry import event

_TOLERATED_FAILURES = 20  # below this many, failures never stop the stage
_FAILED_FRAC_LIMIT = 0.5


def inspect_all(asked: Sequence[Seen], inspector: Inspector, crew: Crew, progress: Progress) -> list[Sample]:
    """Give the row of each entry, in their order.

    Raises:
        TooManyFailuresError: more than half of the pictures, and more than 20, cannot be read.
    """
    found: dict[str, Sample] = {}
    n_failed, started = 0, time.monotonic()
    with progress.bar("ingest", len(asked)) as advance:
        for seen, row in _inspected(asked, inspector, crew):
            found[seen.entry.path] = _slim(row)
            if row.status == "failed":
                event(
                    "item_failed",
                    level=logging.WARNING,
                    table="manifest",
                    item=row.sample_id,
                    reason=row.error,
                )
            n_failed += row.status == "failed"
            if n_failed > max(_TOLERATED_FAILURES, _FAILED_FRAC_LIMIT * len(asked)):
                raise TooManyFailuresError(
                    f"ingest: {n_failed} of {len(asked)} pictures cannot be read, the last because: "
                    f"{row.error}; is {inspector.source.root} the folder that the reader "
                    f"{inspector.source.reader} expects?"
                )
            advance()
    event(
        "items_done",
        table="manifest",
        engine=crew.name,
        n_computed=len(found),
        n_kept=0,
        n_failed=n_failed,
        seconds=round(time.monotonic() - started, 3),
    )
    return [found[seen.entry.path] for seen in asked]


def _inspected(asked: Sequence[Seen], inspector: Inspector, crew: Crew) -> Iterator[tuple[Seen, Sample]]:
    """Inspect files in workers; of one whose mask killed its decoder the picture stays."""
    fatal: dict[str, tuple[Seen, Lost]] = {}
    for seen, row in crew.work(partial(_same, inspector), asked, DECODING):
        if isinstance(row, Lost) and seen.entry.mask is not None:
            fatal[seen.entry.path] = seen, row
        elif isinstance(row, Lost):
            yield seen, inspector.inspect(seen, of_decoder(row))
        else:
            yield seen, row
    maskless = [replace(seen, entry=replace(seen.entry, mask=None)) for seen, _ in fatal.values()]
    for bare, row in crew.work(partial(_same, inspector), maskless, DECODING):
        seen, lost = fatal[bare.entry.path]
        if isinstance(row, Lost):
            yield seen, inspector.inspect(seen, of_decoder(row))
        else:
            notes = [note for note in (row.error, f"mask not used: {of_decoder(lost)}") if note]
            yield seen, replace(row, error="; ".join(notes))


def _same(inspector: Inspector) -> Inspector:
    return inspector


def _slim(row: Sample) -> Sample:
    """Let the words that all rows share, and that came with each from a worker, stand in memory once."""
    return replace(
        row,
        source=intern(row.source),
        licence=intern(row.licence),
        mask_source=_word(row.mask_source),
        mask_encoding=_word(row.mask_encoding),
        source_split=_word(row.source_split),
        status="ok" if row.status == "ok" else "failed",
    )


def _word(word: str | None) -> str | None:
    return None if word is None else intern(word)
