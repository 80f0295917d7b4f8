"""Let a teacher propose a soft matte for every picture.

Pictures are read ahead and mattes written behind, so that the time goes into the network alone. Mattes
of several teachers live side by side.

Example::

    datatools segment --workspace WS --teacher selfie
"""

import time
from dataclasses import dataclass

from datatools import selection, tables
from datatools.derive import Derived, Item, Work, derive, outstanding
from datatools.errors import UsageError
from datatools.images import read_rgb, write_matte
from datatools.masks import RGB, Face, Matte
from datatools.progress import Progress
from datatools.records import MatteRow, Sample, StageResult
from datatools.settings import PictureSettings
from datatools.teachers import Licensed, Teacher
from datatools.teachers._load import load_teacher
from datatools.workspace import Workspace


class Settings(PictureSettings):
    """Settings of the stage ``segment``."""

    teacher: str = "selfie"
    """Who proposes mattes: selfie, isnet, grabcut, a network's card (.toml), a checkpoint (.pt, .pth)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A sample and, where the teacher needs them, its faces."""

    sample: Sample
    faces: list[Face]


@dataclass(frozen=True, slots=True)
class Timed:
    """A matte and how long the teacher alone took for it."""

    matte: Matte
    seconds: float


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Let a teacher network propose a soft matte for each picture.

    Raises:
        UsageError: no such teacher, or it needs faces and the stage landmarks has not run.
        MissingWeightsError: the teacher's weights were not pulled.
    """
    workspace.require()
    teacher = load_teacher(settings.teacher)
    samples = workspace.samples(source=settings.only, limit=settings.limit)
    items = _items(workspace, samples, teacher)

    def is_intact(row: MatteRow) -> bool:
        return row.path is not None and workspace.file(row.path).is_file()

    if settings.dry_run:
        todo = outstanding(workspace, tables.MATTES, items, key=_row_key, is_intact=is_intact)
        note = f"would segment {len(todo)} of {len(items)} pictures with {teacher.name}"
        return StageResult(stage="segment", facts={"n_to_compute": len(todo)}, notes=[note])
    reads = (tables.MANIFEST, *((tables.LANDMARKS,) if teacher.needs_faces else ()))
    with workspace.run(
        "segment", settings.model_dump(mode="json"), reads=reads, writes=(tables.MATTES,)
    ) as record:
        started = time.perf_counter()
        spent: list[float] = []
        derived = derive(
            workspace,
            tables.MATTES,
            items,
            _work(workspace, teacher, spent),
            key=_row_key,
            label=f"segment ({teacher.name})",
            progress=progress,
            is_intact=is_intact,
        )
        record.facts |= _facts(derived, len(items), teacher)
        record.facts |= _speed(derived.n_computed, time.perf_counter() - started, sum(spent))
    return StageResult(stage="segment", facts=record.facts, notes=_notes(record.facts))


def _key(sample_id: str, teacher: str) -> str:
    return f"{sample_id}/{teacher}"


def _row_key(row: MatteRow) -> str:
    return _key(row.sample_id, row.teacher)


def _items(workspace: Workspace, samples: list[Sample], teacher: Teacher) -> list[Item[Subject]]:
    if not teacher.needs_faces:
        return [
            Item(
                _key(sample.sample_id, teacher.name),
                tables.fingerprint(sample.sample_id, teacher.fingerprint),
                Subject(sample, []),
            )
            for sample in samples
        ]
    seen = {row.sample_id for row in workspace.rows_or_empty(tables.LANDMARKS)}
    unseen = [sample.sample_id for sample in samples if sample.sample_id not in seen]
    if unseen:
        raise UsageError(
            f"the teacher {teacher.name} needs faces, and nobody looked for them in {len(unseen)} of "
            f"{len(samples)} pictures (first {unseen[0]}): run `datatools landmarks --workspace "
            f"{workspace.root}` first"
        )
    faces = selection.faces(workspace)
    return [_item_with_faces(sample, teacher, faces.get(sample.sample_id, [])) for sample in samples]


def _item_with_faces(sample: Sample, teacher: Teacher, faces: list[Face]) -> Item[Subject]:
    shown = [(face.box, None if face.landmarks is None else face.landmarks.points.tolist()) for face in faces]
    parents = tables.fingerprint(sample.sample_id, teacher.fingerprint, shown)
    return Item(_key(sample.sample_id, teacher.name), parents, Subject(sample, faces))


def _work(
    workspace: Workspace, teacher: Teacher, spent: list[float]
) -> Work[Subject, tuple[RGB, list[Face]], Timed, MatteRow]:
    """Give the steps of one picture; ``spent`` collects the seconds that the teacher alone took."""

    def propose(prepared: tuple[RGB, list[Face]]) -> Timed:
        started = time.perf_counter()
        matte = teacher.matte(*prepared)
        spent.append(time.perf_counter() - started)
        return Timed(matte, spent[-1])

    def keep(item: Item[Subject], proposed: Timed) -> list[MatteRow]:
        path = workspace.matte_file(teacher.name, item.subject.sample.sample_id)
        sha256 = tables.sha256_bytes(write_matte(path, proposed.matte))
        return [row(item, path=workspace.relative(path), seconds=proposed.seconds, sha256=sha256)]

    def row(
        item: Item[Subject],
        *,
        path: str | None = None,
        seconds: float | None = None,
        sha256: str | None = None,
        error: str | None = None,
    ) -> MatteRow:
        return MatteRow(
            sample_id=item.subject.sample.sample_id,
            teacher=teacher.name,
            path=path,
            seconds=seconds,
            sha256=sha256,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    return Work(
        prepare=lambda subject: (read_rgb(workspace.image_file(subject.sample)), subject.faces),
        forward=propose,
        finish=keep,
        failed=lambda item, error: row(item, error=error),
    )


def _facts(derived: Derived[MatteRow], n_pictures: int, teacher: Teacher) -> dict[str, object]:
    return {
        "teacher": teacher.name,
        "licence": teacher.licence if isinstance(teacher, Licensed) else None,
        "fingerprint": teacher.fingerprint,
        "n_pictures": n_pictures,
        "n_computed": derived.n_computed,
        "n_kept": derived.n_kept,
        "n_failed": derived.n_failed,
    }


def _speed(n_computed: int, wall_s: float, forward_s: float) -> dict[str, object]:
    if not forward_s:  # nothing computed: no speed
        return {}
    return {
        "pictures_per_s": round(n_computed / wall_s, 3),
        "wall_to_forward_ratio": round(wall_s / forward_s, 3),
    }


def _notes(facts: dict[str, object]) -> list[str]:
    notes = [
        f"{facts['teacher']} segmented {facts['n_computed']} pictures, {facts['n_kept']} were up to date, "
        f"{facts['n_failed']} failed"
    ]
    if "pictures_per_s" in facts:
        notes.append(
            f"{facts['pictures_per_s']} pictures/s; the whole stage took {facts['wall_to_forward_ratio']} "
            "times as long as the teacher alone"
        )
    return notes
