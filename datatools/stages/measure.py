"""Measure light, pose, skin tone, sharpness, background and hair of every picture, in pixels.

Faces come from the landmarks stage. What needs a mask is measured on the human or rendered mask that
came with the data, else on the generated one, and every row says on which. What would mislead has no
value but a reason (a grey picture has no skin tone). Nobody's group is guessed: the numbers are bands to
compare by, and confounders to compare within.

Example::

    datatools measure --workspace ws
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import cast

from datatools import measures, tables
from datatools.derive import Derived, Item, Work, derive, outstanding
from datatools.errors import TableError, UsageError
from datatools.images import read_mask, read_reference_mask, read_rgb
from datatools.masks import Face, Mask
from datatools.measures import Measures
from datatools.progress import Progress
from datatools.records import Measured, Measurement, Sample, StageResult
from datatools.selection import Target, faces, faces_fingerprint, measures_accuracy, reference_target
from datatools.settings import CrewSettings, PictureSettings
from datatools.workspace import Workspace

MEASURED_BY = f"pixels@{measures.VERSION}"
_CODE = MEASURED_BY.partition("@")[0]
_GUESSED = "box"  # in measured_by: an average face was put in the finder's box


class Settings(PictureSettings, CrewSettings):
    """Settings of ``measure``."""


@dataclass(frozen=True, slots=True)
class _Subject:
    sample: Sample
    face: Face | None
    mask: Target | None
    is_reference: bool


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Measure each picture's light, pose, skin tone, sharpness, background and hair in pixels.

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
        n_todo = _n_outstanding(workspace, items)
        note = f"Would measure {n_todo} of {len(items)} pictures."
        return StageResult(stage="measure", facts={"n_to_compute": n_todo}, notes=[note])
    reads = (tables.MANIFEST, tables.LANDMARKS, tables.MASKS)
    writes = (tables.MEASURED, tables.MEASUREMENTS)
    with workspace.run("measure", settings.model_dump(mode="json"), reads=reads, writes=writes) as run:
        if not _is_readable(workspace):  # of an earlier version; nothing in it cannot be measured again
            workspace.table_file(tables.MEASURED).unlink()
        done = derive(
            workspace,
            tables.MEASURED,
            items,
            partial(_work, workspace),
            key=lambda row: row.sample_id,
            label="measure",
            progress=progress,
            crew=settings.crew(),
        )
        # Rows of other sources stay as long as they are of today's faces and masks.
        parents = {item.key: item.parents for item in everything}
        current = [row for row in done.rows if parents.get(row.sample_id) == row.parents]
        rows = [row for measured in current for row in _measurements(measured)]
        others = [row for row in workspace.rows_or_empty(tables.MEASUREMENTS) if not _is_ours(row)]
        workspace.write(tables.MEASUREMENTS, [*others, *rows])
        run.facts |= _facts(done, current, rows, chosen)
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


def _is_readable(workspace: Workspace) -> bool:
    try:
        workspace.rows_or_empty(tables.MEASURED)
    except TableError:
        return False
    return True


def _n_outstanding(workspace: Workspace, items: Sequence[Item[_Subject]]) -> int:
    if not _is_readable(workspace):
        return len(items)
    return len(outstanding(workspace, tables.MEASURED, items, key=lambda row: row.sample_id))


def _work(workspace: Workspace) -> Work[_Subject, Measures, Measures, Measured]:
    def look(subject: _Subject) -> Measures:
        image = read_rgb(workspace.image_file(subject.sample))
        return measures.measure(image, subject.face, _mask(subject))

    def row(item: Item[_Subject], found: Measures, error: str | None) -> Measured:
        return Measured(
            sample_id=item.key,
            names=list(found.values),
            values=list(found.values.values()),
            invalid=list(found.invalid),
            reasons=[str(reason) for reason in found.invalid.values()],
            is_guessed=found.is_guessed,
            mask_source=None if item.subject.mask is None else item.subject.mask.mask_source,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    return Work(
        prepare=look,
        forward=lambda found: found,
        finish=lambda item, found: [row(item, found, None)],
        failed=lambda item, error: row(item, Measures({}, {}, is_guessed=False), error),
    )


def _mask(subject: _Subject) -> Mask | None:
    if subject.mask is None:
        return None
    path = subject.mask.path
    return read_reference_mask(path).mask if subject.is_reference else read_mask(path)


def _is_ours(row: Measurement) -> bool:
    return row.measured_by.partition("@")[0] == _CODE


def _measurements(measured: Measured) -> list[Measurement]:
    in_box = f"{MEASURED_BY}:{_GUESSED}"

    def measured_by(name: str) -> str:
        by = in_box if measured.is_guessed and name in measures.NEEDS_FACE else MEASURED_BY
        return f"{by}:{measured.mask_source}" if name in measures.NEEDS_MASK else by

    return [
        Measurement(
            sample_id=measured.sample_id,
            name=name,
            value=value,
            measured_by=measured_by(name),
        )
        for name, value in zip(measured.names, measured.values, strict=True)
    ]


def _facts(
    done: Derived[Measured], current: Sequence[Measured], rows: Sequence[Measurement], chosen: set[str]
) -> dict[str, object]:
    ours = [row for row in rows if row.sample_id in chosen]
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for measured in current:
        if measured.sample_id in chosen:
            for name, reason in zip(measured.invalid, measured.reasons, strict=True):
                reasons[name][reason] += 1
    return {
        "measured_by": MEASURED_BY,
        "n_samples": len(chosen),
        "n_computed": done.n_computed,
        "n_kept": done.n_kept,
        "n_failed": done.n_failed,
        "n_guessed": sum(row.is_guessed for row in current if row.sample_id in chosen),
        "n_with": {name: sum(row.name == name for row in ours) for name in measures.DEFINITIONS},
        "n_invalid": {name: dict(reasons[name].most_common()) for name in measures.DEFINITIONS},
    }


def _notes(facts: dict[str, object], rows: Sequence[Measurement], chosen: set[str]) -> list[str]:
    notes = [
        f"Measured {facts['n_computed']} pictures, {facts['n_kept']} were up to date, "
        f"{facts['n_failed']} failed."
    ]
    n_invalid = cast("Mapping[str, Mapping[str, int]]", facts["n_invalid"])
    for name, definition in measures.DEFINITIONS.items():
        why = ", ".join(f"{reason} {n}" for reason, n in n_invalid[name].items())
        without = f" Without a value: {why}." if why else ""
        values = [row.value for row in rows if row.name == name and row.sample_id in chosen]
        if values:
            told = f"{name}: median {median(values):.3g} of {len(values)} pictures ({definition})."
        else:
            told = f"{name}: measured on no picture ({definition})."
        notes.append(told + without)
    return notes
