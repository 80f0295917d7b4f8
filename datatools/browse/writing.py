"""How are the samples that changed written: which facts, which numbers, which error maps?"""

import os
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from datatools.browse import errors_shown, facts, fields, numbers, samples, store
from datatools.progress import Progress
from datatools.records import Sample
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import fiftyone

_BATCH = 256


class _Maps:
    """Makes the error maps of samples, and gives up where the workspace cannot be written to."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.trouble: OSError | None = None

    def of(self, kept: Mapping[str, errors_shown.Kept]) -> dict[str, Path]:
        """Give a sample's maps by the names of their fields."""
        found: dict[str, Path] = {}
        for name, one in kept.items():
            try:
                path = None if self.trouble else errors_shown.make(self._workspace, one)
            except OSError as error:
                self.trouble = error
                continue
            if path is not None:
                found[name] = path
        return found


def write(
    fo: ModuleType,
    dataset: "fiftyone.Dataset",
    workspace: Workspace,
    stale: Sequence[tuple[Sample, str]],
    known: Set[str],
    values: numbers.Numbers,
    outline: fields.Outline,
    progress: Progress,
) -> None:
    """Write the samples that are new or changed.

    Args:
        fo: FiftyOne.
        dataset: to change; it has the outline's fields.
        workspace: to read.
        stale: the samples, with the marks of what they are made from.
        known: ids of the samples that the data set has already.
        values: numbers of at least these samples.
        outline: the fields.
        progress: shows how far it is.
    """
    told = facts.read(workspace, [sample for sample, _ in stale], outline)
    own_tags = samples.own_tags(outline.checks)
    maps = _Maps(workspace)
    with progress.bar("browse", len(stale)) as advance, ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(stale), _BATCH):
            group = stale[start : start + _BATCH]
            shown = pool.map(maps.of, [told.errors.get(sample.sample_id, {}) for sample, _ in group])
            changes = [
                store.Change(
                    fields=samples.document(fo, workspace, sample, told, errors)
                    | values.of(sample.sample_id),
                    tags=samples.tags(sample.sample_id, told),
                    mark=mark,
                    is_new=sample.sample_id not in known,
                )
                for (sample, mark), errors in zip(group, shown, strict=True)
            ]
            store.write(dataset, changes, outline.kinds, own_tags)
            for _ in group:
                advance()
    if maps.trouble is not None:
        progress.say(f"browse: no error maps, they cannot be written ({maps.trouble})")
