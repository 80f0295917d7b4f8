"""How are all files of a source inspected, whatever they do to their decoders?"""

import logging
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from datatools.crews import Crew, Lost
from datatools.crews.guarded import DECODING, of_decoder
from datatools.errors import TooManyFailuresError
from datatools.progress import Progress
from datatools.readers._inspect import Inspector, Seen
from datatools.records import Sample
from datatools.spool import Spool
from datatools.telemetry import event

_TOLERATED_FAILURES = 20  # below this many, failures never stop the stage
_FAILED_FRAC_LIMIT = 0.5


def inspect_all(
    asked: Sequence[Seen], inspector: Inspector, crew: Crew, progress: Progress, rows: Spool[Sample]
) -> None:
    """Put the row of each entry into ``rows``, in their order.

    Raises:
        TooManyFailuresError: more than half of the pictures, and more than 20, cannot be read.
    """
    places = array("Q", bytes(8 * len(asked)))
    n_failed, started = 0, time.monotonic()
    with progress.bar("ingest", len(asked)) as advance:
        for seen, row in _inspected(asked, inspector, crew):
            places[seen.number] = len(rows)
            rows.add(row)
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
        n_computed=len(rows),
        n_kept=0,
        n_failed=n_failed,
        seconds=round(time.monotonic() - started, 3),
    )
    rows.keep(places)


def _inspected(asked: Sequence[Seen], inspector: Inspector, crew: Crew) -> Iterator[tuple[Seen, Sample]]:
    """Inspect files in workers; of one whose mask killed its decoder the picture stays."""
    fatal: dict[int, tuple[Seen, Lost]] = {}
    for seen, row in crew.work(partial(_same, inspector), asked, DECODING):
        if isinstance(row, Lost) and seen.entry.mask is not None:
            fatal[seen.number] = seen, row
        elif isinstance(row, Lost):
            yield seen, inspector.inspect(seen, of_decoder(row))
        else:
            yield seen, row
    maskless = [replace(seen, entry=replace(seen.entry, mask=None)) for seen, _ in fatal.values()]
    for bare, row in crew.work(partial(_same, inspector), maskless, DECODING):
        seen, lost = fatal[bare.number]
        if isinstance(row, Lost):
            yield seen, inspector.inspect(seen, of_decoder(row))
        else:
            notes = [note for note in (row.error, f"mask not used: {of_decoder(lost)}") if note]
            yield seen, replace(row, error="; ".join(notes))


def _same(inspector: Inspector) -> Inspector:
    return inspector
