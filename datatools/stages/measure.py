"""Measure light, pose, skin tone, sharpness, background and hair of every picture, in pixels.

Faces come from the landmarks stage. What needs a mask is measured on the human or rendered mask that
came with the data, else on the generated one, and every row says on which. What would mislead has no
value but a reason (a grey picture has no skin tone). Nobody's group is guessed: the numbers are bands to
compare by, and confounders to compare within.

Example::

    datatools measure --workspace ws
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from datatools import measures, streams, tables
from datatools.derive import Derived, Item, Work, derive, outstanding
from datatools.errors import TableError, UsageError
from datatools.images import read_mask, read_reference_mask, read_rgb
from datatools.keys import Marked, Texts
from datatools.masks import Face, Mask
from datatools.measures import Measures
from datatools.progress import Progress
from datatools.records import Measured, Measurement, Sample, StageResult
from datatools.selection import Target, faces_fingerprint, faces_of, measures_accuracy, reference_target
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
    chosen = streams.samples(workspace, source=settings.only, limit=settings.limit)
    keys, parents = Texts(), Texts()  # of all pictures
    items = _chosen(_items(workspace), chosen, keys, parents)
    if settings.dry_run:
        asked = list(items)
        n_todo = _n_outstanding(workspace, asked)
        note = f"Would measure {n_todo} of {len(asked)} pictures."
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
        streams.write(workspace, tables.MEASUREMENTS, _everything(workspace, done, Marked(keys, parents)))
        tally = _Tally()
        for measured in done.own():
            tally.add(measured)
        run.facts |= _facts(done, tally)
    return StageResult(stage="measure", facts=run.facts, notes=_notes(run.facts, tally))


def _no_values() -> "array[float]":
    return array("d")


@dataclass(slots=True)
class _Tally:
    """What was measured on the chosen pictures."""

    values: dict[str, "array[float]"] = field(default_factory=lambda: defaultdict(_no_values))
    reasons: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    n_guessed: int = 0

    def add(self, measured: Measured) -> None:
        self.n_guessed += measured.is_guessed
        for name, value in zip(measured.names, measured.values, strict=True):
            self.values[name].append(value)
        for name, reason in zip(measured.invalid, measured.reasons, strict=True):
            self.reasons[name][reason] += 1


def _everything(workspace: Workspace, done: Derived[Measured], today: Marked) -> Iterator[Measurement]:
    """Give the rows of the table of measurements."""
    others = (row for row in streams.Rows(workspace, tables.MEASUREMENTS) if not _is_ours(row))
    return streams.merged(tables.MEASUREMENTS, others, _ours(done, today))


def _ours(done: Derived[Measured], today: Marked) -> Iterator[Measurement]:
    for measured, which in today.keys.located(done.rows, done.key):
        # Rows of other sources stay as long as they are of today's faces and masks.
        if which >= 0 and today.has(which, measured.parents):
            yield from sorted(_measurements(measured), key=partial(streams.key_of, tables.MEASUREMENTS))


def _chosen(
    items: Iterable[Item[_Subject]], chosen: Iterator[Sample], keys: Texts, parents: Texts
) -> Iterator[Item[_Subject]]:
    """Give the chosen items, which come in the order of the others, and note the parents of all."""
    awaited = next(chosen, None)
    for item in items:
        keys.add(item.key)
        parents.add(item.parents)
        if awaited is not None and item.key == awaited.sample_id:
            yield item
            awaited = next(chosen, None)


def _items(workspace: Workspace) -> Iterator[Item[_Subject]]:
    masks = streams.Alongside(workspace, tables.MASKS)
    landmarks = streams.Alongside(workspace, tables.LANDMARKS)
    for sample in streams.samples(workspace):
        reference = reference_target(workspace, sample)
        is_reference = reference is not None and measures_accuracy(reference.mask_source)
        mask, sha256 = reference, ""
        if not is_reference:
            mask = None
            for row in masks.of(sample.sample_id):
                if row.path is not None:
                    mask, sha256 = Target(workspace.file(row.path), row.mask_source), row.sha256 or ""
        elif reference is not None and reference.path.is_file():
            sha256 = tables.sha256_file(reference.path)
        found = faces_of(landmarks.of(sample.sample_id)).get(sample.sample_id, [])[:1]
        parents = tables.fingerprint(MEASURED_BY, faces_fingerprint(found), mask and mask.mask_source, sha256)
        subject = _Subject(sample, found[0] if found else None, mask, is_reference)
        yield Item(sample.sample_id, parents, subject)


def _is_readable(workspace: Workspace) -> bool:
    try:
        for _ in workspace.pieces(tables.MEASURED, tables.schema(tables.MEASURED).names):
            pass
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


def _facts(done: Derived[Measured], tally: _Tally) -> dict[str, object]:
    return {
        "measured_by": MEASURED_BY,
        "n_samples": len(done.keys),
        "n_computed": done.n_computed,
        "n_kept": done.n_kept,
        "n_failed": done.n_failed,
        "n_guessed": tally.n_guessed,
        "n_with": {name: len(tally.values[name]) for name in measures.DEFINITIONS},
        "n_invalid": {name: dict(tally.reasons[name].most_common()) for name in measures.DEFINITIONS},
    }


def _notes(facts: dict[str, object], tally: _Tally) -> list[str]:
    notes = [
        f"Measured {facts['n_computed']} pictures, {facts['n_kept']} were up to date, "
        f"{facts['n_failed']} failed."
    ]
    for name, definition in measures.DEFINITIONS.items():
        why = ", ".join(f"{reason} {n}" for reason, n in tally.reasons[name].most_common())
        without = f" Without a value: {why}." if why else ""
        values = tally.values[name]
        if values:
            told = f"{name}: median {median(values):.3g} of {len(values)} pictures ({definition})."
        else:
            told = f"{name}: measured on no picture ({definition})."
        notes.append(told + without)
    return notes
