"""Run a program that goes over very many pictures of which there are rows alone; print its highest memory.

Given are ``derive`` and a workspace, or ``ingest``, a workspace and how many pictures.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

from datatools import streams, tables
from datatools.crews import Crew, Lost, MakeTool, Needs, Result, Task
from datatools.derive import Item, Work, derive
from datatools.progress import Progress
from datatools.readers import Entry
from datatools.readers._inspect import Seen
from datatools.records import MaskRow, Sample, Source
from datatools.spool import Spool
from datatools.stages import ingest
from datatools.workspace import Workspace

_SOURCE = Source(source="set", root="/", reader="folder", licence="own")


def _id(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"


def _mask(item: Item[Sample]) -> MaskRow:
    return MaskRow(
        sample_id=item.key,
        path=f"masks/{item.key}.png",
        rules_applied=["edge_colour"],
        mask_source="model:rule",
        sha256=tables.sha256_bytes(item.key.encode()),
        parents=item.parents,
        status="ok",
        error=None,
    )


def _work() -> Work[Sample, Sample, Sample, MaskRow]:
    return Work(
        prepare=lambda sample: sample,
        forward=lambda sample: sample,
        finish=lambda item, _: [_mask(item)],
        failed=lambda item, _: _mask(item),
    )


def derived(workspace: Workspace) -> None:
    """Make a row for each sample of the manifest."""
    samples = streams.samples(workspace)
    items = (Item(row.sample_id, tables.fingerprint(row.sample_id), row) for row in samples)
    done = derive(
        workspace,
        tables.MASKS,
        items,
        _work,
        key=lambda row: row.sample_id,
        label="derive",
        progress=Progress("quiet"),
        crew=None,
        threads=1,
    )
    assert sum(row.status == "ok" for row in done.own()) == done.n_computed + done.n_kept


class _Crew:
    """Looks at no file: makes up the row of each."""

    name = "none"

    def work(
        self, make: MakeTool[Task, Result], tasks: Sequence[Task], needs: Needs
    ) -> Iterator[tuple[Task, Result | Lost]]:
        for task in tasks:
            yield task, cast("Result", _seen(cast("Seen", task)))


def _seen(seen: Seen) -> Sample:
    return Sample(
        sample_id=_id(seen.number),
        path=seen.entry.path,
        width_px=48,
        height_px=64,
        source=_SOURCE.source,
        licence=_SOURCE.licence,
        person_id=_id(seen.number),
        reference_mask=seen.entry.mask,
        mask_source=seen.entry.mask_source,
        mask_encoding="binary255",
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )


class _Settings(ingest.Settings):
    def crew(self) -> Crew:
        return _Crew()


def ingested(workspace: Workspace, n: int) -> None:
    """Write what ingest does of ``n`` entries whose files nobody looked at."""
    workspace.create()
    with closing(Spool[Entry](workspace.root)) as entries:
        for number in range(n):
            path = f"{number:06d}.png"
            entry = Entry(path=f"images/{path}", mask=f"masks/{path}", mask_source="human")
            entries.add(entry)
        tally = ingest._ingested(workspace, _SOURCE, entries, _Settings(source="/"), Progress("quiet"))
    assert tally.n_samples == n


if __name__ == "__main__":
    about = Workspace(Path(sys.argv[2]))
    if sys.argv[1] == "derive":
        derived(about)
    else:
        ingested(about, int(sys.argv[3]))
    with Path("/proc/self/status").open() as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
