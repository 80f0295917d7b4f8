"""Measure light, pose, skin tone, sharpness and hair of every picture, in pixels.

Faces come from the landmarks stage. What needs a mask is measured on the human or rendered mask that
came with the data, else on the generated one, and every row says on which. Nobody's group is guessed:
the numbers are bands to compare by, and confounders to compare within.

Example::

    datatools measure --workspace ws
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from datatools import measures, tables
from datatools.derive import Derived, Item, Work, derive, outstanding
from datatools.errors import UsageError
from datatools.images import read_mask, read_reference_mask, read_rgb
from datatools.masks import Face, Mask
from datatools.progress import Progress
from datatools.records import Measured, Measurement, Sample, StageResult
from datatools.selection import Target, faces, faces_fingerprint, measures_accuracy, reference_target
from datatools.settings import PictureSettings
from datatools.workspace import Workspace

MEASURED_BY = f"pixels@{measures.VERSION}"
_CODE = MEASURED_BY.partition("@")[0]


class Settings(PictureSettings):
    """Settings of ``measure``."""


@dataclass(frozen=True, slots=True)
class _Subject:
    sample: Sample
    face: Face | None
    mask: Target | None
    is_reference: bool


_Values = dict[str, float]


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Measure each picture's light, pose, skin tone, sharpness and hair in pixels.

    Raises:
        UsageError: the stage landmarks has not run.
    """
    workspace.require()
    if not workspace.has(tables.LANDMARKS):
        raise UsageError(
            "measure expects the landmarks table, which is not there: run `datatools landmarks "
            f"--workspace {workspace.root}` first"
        )
    everything = _items(workspace)
    samples = workspace.samples(source=settings.only, limit=settings.limit)
    chosen = {sample.sample_id for sample in samples}
    items = [item for item in everything if item.key in chosen]
    if settings.dry_run:
        n_todo = len(outstanding(workspace, tables.MEASURED, items, key=lambda row: row.sample_id))
        note = f"Would measure {n_todo} of {len(items)} pictures."
        return StageResult(stage="measure", facts={"n_to_compute": n_todo}, notes=[note])
    reads = (tables.MANIFEST, tables.LANDMARKS, tables.MASKS)
    writes = (tables.MEASURED, tables.MEASUREMENTS)
    with workspace.run("measure", settings.model_dump(mode="json"), reads=reads, writes=writes) as run:
        done = derive(
            workspace,
            tables.MEASURED,
            items,
            _work(workspace),
            key=lambda row: row.sample_id,
            label="measure",
            progress=progress,
        )
        # Rows of other sources stay as long as they are of today's faces and masks.
        parents = {item.key: item.parents for item in everything}
        current = [row for row in done.rows if parents.get(row.sample_id) == row.parents]
        rows = [row for measured in current for row in _measurements(measured)]
        others = [row for row in workspace.rows_or_empty(tables.MEASUREMENTS) if not _is_ours(row)]
        workspace.write(tables.MEASUREMENTS, [*others, *rows])
        run.facts |= _facts(done, rows, chosen)
    return StageResult(stage="measure", facts=run.facts, notes=_notes(run.facts, rows, chosen))


def _items(workspace: Workspace) -> list[Item[_Subject]]:
    masks = tables.index(workspace.rows_or_empty(tables.MASKS), "sample_id")
    seen = faces(workspace)
    items = []
    for sample in workspace.samples():
        reference = reference_target(workspace, sample)
        is_reference = reference is not None and measures_accuracy(reference.mask_source)
        mask, sha256 = reference, ""
        row = masks.get(sample.sample_id)
        if not is_reference:
            mask = None
            if row is not None and row.path is not None:
                mask, sha256 = Target(workspace.file(row.path), row.mask_source), row.sha256 or ""
        elif reference is not None and reference.path.is_file():
            sha256 = tables.sha256_file(reference.path)
        found = seen.get(sample.sample_id, [])[:1]
        parents = tables.fingerprint(MEASURED_BY, faces_fingerprint(found), mask and mask.mask_source, sha256)
        subject = _Subject(sample, found[0] if found else None, mask, is_reference)
        items.append(Item(sample.sample_id, parents, subject))
    return items


def _work(workspace: Workspace) -> Work[_Subject, _Values, _Values, Measured]:
    def look(subject: _Subject) -> _Values:
        image = read_rgb(workspace.image_file(subject.sample))
        return measures.measure(image, subject.face, _mask(subject))

    def row(item: Item[_Subject], values: _Values, error: str | None) -> Measured:
        return Measured(
            sample_id=item.key,
            names=list(values),
            values=list(values.values()),
            mask_source=None if item.subject.mask is None else item.subject.mask.mask_source,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    return Work(
        prepare=look,
        forward=lambda values: values,
        finish=lambda item, values: [row(item, values, None)],
        failed=lambda item, error: row(item, {}, error),
    )


def _mask(subject: _Subject) -> Mask | None:
    if subject.mask is None:
        return None
    path = subject.mask.path
    return read_reference_mask(path).mask if subject.is_reference else read_mask(path)


def _is_ours(row: Measurement) -> bool:
    return row.measured_by.partition("@")[0] == _CODE


def _measurements(measured: Measured) -> list[Measurement]:
    on_mask = f"{MEASURED_BY}:{measured.mask_source}"
    return [
        Measurement(
            sample_id=measured.sample_id,
            name=name,
            value=value,
            measured_by=on_mask if name in measures.NEEDS_MASK else MEASURED_BY,
        )
        for name, value in zip(measured.names, measured.values, strict=True)
    ]


def _facts(done: Derived[Measured], rows: Sequence[Measurement], chosen: set[str]) -> dict[str, object]:
    ours = [row for row in rows if row.sample_id in chosen]
    return {
        "measured_by": MEASURED_BY,
        "n_samples": len(chosen),
        "n_computed": done.n_computed,
        "n_kept": done.n_kept,
        "n_failed": done.n_failed,
        "n_with": {name: sum(row.name == name for row in ours) for name in measures.DEFINITIONS},
    }


def _notes(facts: dict[str, object], rows: Sequence[Measurement], chosen: set[str]) -> list[str]:
    notes = [
        f"Measured {facts['n_computed']} pictures, {facts['n_kept']} were up to date, "
        f"{facts['n_failed']} failed."
    ]
    for name, definition in measures.DEFINITIONS.items():
        values = [row.value for row in rows if row.name == name and row.sample_id in chosen]
        if values:
            notes.append(f"{name}: median {median(values):.3g} of {len(values)} pictures ({definition}).")
        else:
            notes.append(f"{name}: measured on no picture ({definition}).")
    return notes
