"""Which pictures and masks lie beside a data card?

None, unless somebody names a source and so says that its licence lets them hand it on. What is written is
encoded from pixels alone: EXIF, places and embedded thumbnails of the source do not come along.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from datatools import images, selection, tables
from datatools.errors import UsageError
from datatools.literal import slug
from datatools.progress import Progress
from datatools.records import Sample
from datatools.report.cards.card_result import SharedFact
from datatools.selection import Target
from datatools.student import licences
from datatools.workspace import Workspace, require_source

Kind = Literal["pictures", "masks"]


@dataclass(frozen=True, slots=True)
class Shared:
    """The pictures, or the masks, of one source."""

    fact: SharedFact
    samples: Sequence[Sample]
    targets: dict[str, Target]  # the masks, by sample_id; none for pictures


def chosen(workspace: Workspace, sources: Iterable[str]) -> list[Shared]:
    """Gather what is to be shared.

    Raises:
        UsageError: there is no such source, its licence limits it, or two names become one folder.
    """
    known = {row.source: row.licence for row in workspace.rows(tables.SOURCES)}
    found: list[Shared] = []
    names: dict[str, str] = {}
    targets: dict[str, Target] | None = None
    for source in dict.fromkeys(sources):
        require_source(source, known.keys())
        use = licences.use_of(known[source])
        if use != "as licensed":
            raise UsageError(
                f"expected a source whose licence lets you hand its pictures on; {source} came under "
                f"{known[source]!r}: leave it out, or ingest it under the licence that you were given"
            )
        other = names.setdefault(slug(source), source)
        if other != source:
            raise UsageError(f"the sources {other!r} and {source!r} would share a folder: leave one out")
        targets = selection.training_targets(workspace, "best") if targets is None else targets
        samples = workspace.samples(source=source)
        masked = [row for row in samples if row.sample_id in targets]
        found.append(Shared(_fact(source, "pictures", samples), samples, {}))
        if masked:
            of_these = {row.sample_id: targets[row.sample_id] for row in masked}
            found.append(Shared(_fact(source, "masks", masked), masked, of_these))
    return found


def _fact(source: str, kind: Kind, samples: Sequence[Sample]) -> SharedFact:
    return SharedFact(source=source, kind=kind, folder=f"{kind}/{slug(source)}", n_files=len(samples))


def write(workspace: Workspace, folder: Path, shared: Sequence[Shared], progress: Progress) -> None:
    """Write pictures and masks as PNG files."""
    total = sum(each.fact.n_files for each in shared)
    if not total:
        return
    with progress.bar("share", total) as advance:
        for each in shared:
            for sample in each.samples:
                path = folder / file_of(each, sample)
                tables.write_bytes(path, _png(workspace, sample, each.targets.get(sample.sample_id)))
                advance()


def file_of(shared: Shared, sample: Sample) -> str:
    """Give the place of a picture or mask below the card's folder."""
    return f"{shared.fact.folder}/{sample.sample_id}.png"


def _png(workspace: Workspace, sample: Sample, target: Target | None) -> bytes:
    if target is None:
        return images.to_png(images.read_rgb(workspace.image_file(sample)))
    mask = images.read_reference_mask(target.path).mask
    return images.to_png(mask.array.astype(np.uint8) * np.uint8(255))
