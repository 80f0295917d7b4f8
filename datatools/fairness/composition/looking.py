"""How is the framings table brought up to date: which mask is a picture looked at by, and what is read?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from datatools import streams, tables
from datatools.crews.hire import hire
from datatools.derive import Derived, Item, Work, derive
from datatools.fairness.composition import framing
from datatools.images import read_mask, read_reference_mask, read_rgb
from datatools.keys import Keys
from datatools.progress import Progress
from datatools.records import FramingRow, MaskRow, Sample
from datatools.selection import Target, measures_accuracy, reference_target
from datatools.workspace import Workspace

_Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class Subject:
    """A picture and the mask to look at it by."""

    sample: Sample
    mask: Target | None
    is_reference: bool


def items(workspace: Workspace, sample_ids: Sequence[str]) -> Iterator[Item[Subject]]:
    """Give these samples, each with its mask and the fingerprint of what would be read."""
    wanted = Keys(np.array([sample_id.encode() for sample_id in sample_ids], np.bytes_))
    masks = streams.Alongside(workspace, tables.MASKS)
    for sample, which in wanted.located(streams.samples(workspace), lambda row: row.sample_id):
        if which >= 0:
            row = next(iter(masks.of(sample.sample_id)), None)
            subject, sha256 = _subject(workspace, sample, row)
            source = None if subject.mask is None else subject.mask.mask_source
            parents = tables.fingerprint("framing", framing.VERSION, source, sha256)
            yield Item(sample.sample_id, parents, subject)


def _subject(workspace: Workspace, sample: Sample, row: MaskRow | None) -> tuple[Subject, str]:
    """Choose a sample's mask: human or rendered, else generated, else what came with the data."""
    reference = reference_target(workspace, sample)
    is_exact = reference is not None and measures_accuracy(reference.mask_source)
    if not is_exact and row is not None and row.path is not None:
        return Subject(sample, Target(workspace.file(row.path), row.mask_source), False), row.sha256 or ""
    if reference is None or not reference.path.is_file():
        return Subject(sample, None, False), ""
    return Subject(sample, reference, True), tables.sha256_file(reference.path)


def look(workspace: Workspace, todo: Iterable[Item[Subject]], progress: Progress) -> Derived[FramingRow]:
    """Look at the pictures that were not looked at by their mask of today, and write the table.

    Raises:
        TooManyFailuresError: more than half of the pictures cannot be read, and more than 20.
    """
    return derive(
        workspace,
        tables.FRAMINGS,
        todo,
        partial(_work, workspace),
        key=lambda row: row.sample_id,
        label="composition",
        progress=progress,
        crew=hire(),
    )


def _work(workspace: Workspace) -> Work[Subject, _Values, _Values, FramingRow]:
    def read(subject: Subject) -> _Values:
        path = workspace.image_file(subject.sample)
        found = framing.camera(path)
        if subject.mask is None:
            return found
        at = subject.mask.path
        mask = read_reference_mask(at).mask if subject.is_reference else read_mask(at)
        return found | framing.framing(read_rgb(path), mask)

    def row(item: Item[Subject], values: _Values, error: str | None) -> FramingRow:
        return FramingRow(
            sample_id=item.key,
            names=list(values),
            values=list(values.values()),
            mask_source=None if item.subject.mask is None else item.subject.mask.mask_source,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    return Work(
        prepare=read,
        forward=lambda values: values,
        finish=lambda item, values: [row(item, values, None)],
        failed=lambda item, error: row(item, {}, error),
    )
