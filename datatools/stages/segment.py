"""Let a committee of teachers propose soft mattes for every picture.

Each teacher's mattes live side by side, and ``refine`` fuses them. Pictures are read ahead and mattes
written behind, so that the time goes into the networks alone.

Example::

    datatools segment --workspace WS --teachers selfie isnet --views flip
"""

import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from pydantic import Field

from datatools import selection, streams, tables
from datatools.crews.hire import unless_threaded
from datatools.crews.per_process import PerProcess
from datatools.derive import NEEDS, Batches, Derived, Item, With, Work, derive, outstanding
from datatools.errors import UsageError
from datatools.images import read_rgb, write_matte
from datatools.masks import RGB, Face, Matte
from datatools.progress import Progress
from datatools.records import MatteRow, Sample, StageResult
from datatools.settings import CrewSettings, PictureSettings
from datatools.teachers import Batched, Licensed, Teacher, is_concurrent
from datatools.teachers._augmented import Augmented, View
from datatools.teachers._load import load_teacher
from datatools.workspace import Workspace


class Settings(PictureSettings, CrewSettings):
    """Settings of the stage ``segment``."""

    teachers: tuple[str, ...] = Field(default=("selfie",), min_length=1)
    """Who proposes mattes: selfie, isnet, rvm, grabcut, a network card (.toml), a checkpoint (.pt, .pth)."""

    views: tuple[View, ...] = ()
    """Looks to average with the plain one: flip (mirrored), zoom (the part that holds the person)."""

    gpus: float = Field(default=0, ge=0)
    """With --engine ray: GPUs for each worker; a fraction lets several share one."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A sample, who is asked and, where that teacher needs them, the sample's faces."""

    sample: Sample
    teacher: str
    faces: list[Face]


@dataclass(frozen=True, slots=True)
class Ready:
    """A picture that was read for its teacher."""

    teacher: Teacher
    image: RGB
    faces: list[Face]


@dataclass(frozen=True, slots=True)
class Timed:
    """A matte and how long the teacher alone took for it."""

    matte: Matte
    seconds: float


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Let a committee of teachers propose soft mattes for each picture.

    Raises:
        UsageError: no such teacher, two of one name, or one needs faces and nobody looked for them.
        MissingWeightsError: a teacher's weights were not pulled.
    """
    workspace.require()
    own = PerProcess(partial(_committee, settings))
    committee = own.get()
    _require_faces(workspace, settings, committee)
    items = _items(workspace, settings, committee)
    names = ", ".join(teacher.name for teacher in committee)
    are_concurrent = all(map(is_concurrent, committee))
    crew = unless_threaded(settings.crew(), is_concurrent=are_concurrent)

    def is_intact(row: MatteRow) -> bool:
        return row.path is not None and workspace.file(row.path).is_file()

    if settings.dry_run:
        todo = outstanding(workspace, tables.MATTES, items, key=_row_key, is_intact=is_intact)
        n_items = len(committee) * _n_pictures(workspace, settings)
        note = f"would propose {len(todo)} of {n_items} mattes with {names}"
        return StageResult(stage="segment", facts={"n_to_compute": len(todo)}, notes=[note])
    needs_faces = any(teacher.needs_faces for teacher in committee)
    reads = (tables.MANIFEST, *((tables.LANDMARKS,) if needs_faces else ()))
    with workspace.run(
        "segment", settings.model_dump(mode="json"), reads=reads, writes=(tables.MATTES,)
    ) as record:
        started = time.perf_counter()
        spent = array("d")
        derived = derive(
            workspace,
            tables.MATTES,
            items,
            partial(_work, workspace, own),
            key=_row_key,
            label=f"segment ({names})",
            progress=progress,
            crew=crew,
            needs=replace(NEEDS, gpus=settings.gpus),
            is_intact=is_intact,
            keep_beside=lambda _, seconds: spent.extend(cast("Sequence[float]", seconds)),
        )
        record.facts |= _facts(derived, _n_pictures(workspace, settings), committee)
        record.facts |= _speed(derived.n_computed, time.perf_counter() - started, sum(spent))
    return StageResult(stage="segment", facts=record.facts, notes=_notes(record.facts, names))


def _committee(settings: Settings) -> list[Teacher]:
    """Make the teachers; of one name there is one, because the name says whose mattes they are."""
    loaded = [load_teacher(name) for name in settings.teachers]
    twice = sorted(name for name, n in Counter(teacher.name for teacher in loaded).items() if n > 1)
    if twice:
        raise UsageError(
            f"expected teachers of different names, got {', '.join(twice)} more than once: mattes are kept "
            "by teacher's name; give one of the cards another"
        )
    return [Augmented(teacher, settings.views) if settings.views else teacher for teacher in loaded]


def _key(sample_id: str, teacher: str) -> str:
    return f"{sample_id}/{teacher}"


def _row_key(row: MatteRow) -> str:
    return _key(row.sample_id, row.teacher)


def _items(workspace: Workspace, settings: Settings, committee: Sequence[Teacher]) -> Iterator[Item[Subject]]:
    """Give each picture to each teacher; one teacher after the other, which may fill their batches."""
    for teacher in committee:
        landmarks = streams.Alongside(workspace, tables.LANDMARKS) if teacher.needs_faces else None
        for sample in _pictures(workspace, settings):
            key = _key(sample.sample_id, teacher.name)
            if landmarks is None:
                parents = tables.fingerprint(sample.sample_id, teacher.fingerprint)
                yield Item(key, parents, Subject(sample, teacher.name, []))
            else:
                found = selection.faces_of(landmarks.of(sample.sample_id)).get(sample.sample_id, [])
                yield _item_with_faces(sample, teacher, found)


def _pictures(workspace: Workspace, settings: Settings) -> Iterator[Sample]:
    return streams.samples(workspace, source=settings.only, limit=settings.limit)


def _n_pictures(workspace: Workspace, settings: Settings) -> int:
    return sum(1 for _ in _pictures(workspace, settings))


def _require_faces(workspace: Workspace, settings: Settings, committee: Sequence[Teacher]) -> None:
    """Raise UsageError where a teacher needs faces and nobody looked for them."""
    needing = [teacher.name for teacher in committee if teacher.needs_faces]
    if not needing:
        return
    landmarks = streams.Alongside(workspace, tables.LANDMARKS)
    pictures = (sample.sample_id for sample in _pictures(workspace, settings))
    unseen = [sample_id for sample_id in pictures if not landmarks.of(sample_id)]
    if unseen:
        raise UsageError(
            f"the teacher {needing[0]} needs faces, and nobody looked for them in {len(unseen)} of "
            f"{_n_pictures(workspace, settings)} pictures (first {unseen[0]}): run `datatools landmarks "
            f"--workspace {workspace.root}` first"
        )


def _item_with_faces(sample: Sample, teacher: Teacher, faces: list[Face]) -> Item[Subject]:
    shown = [(face.box, None if face.landmarks is None else face.landmarks.points.tolist()) for face in faces]
    parents = tables.fingerprint(sample.sample_id, teacher.fingerprint, shown)
    return Item(_key(sample.sample_id, teacher.name), parents, Subject(sample, teacher.name, faces))


def _work(
    workspace: Workspace, own: PerProcess[list[Teacher]]
) -> Work[Subject, Ready | Timed, Timed, MatteRow]:
    """Give the steps of one matte; beside its row come the seconds that the teacher alone took."""
    committee = {teacher.name: teacher for teacher in own.get()}

    def prepare(subject: Subject) -> Ready | Timed:
        image = read_rgb(workspace.image_file(subject.sample))
        teacher = committee[subject.teacher]
        ready = Ready(teacher, image, subject.faces)
        # A teacher that works on one core is asked in the reading threads: there is one for each core.
        return propose(ready) if is_concurrent(teacher) else ready

    def propose(ready: Ready | Timed) -> Timed:
        if isinstance(ready, Timed):
            return ready
        started = time.perf_counter()
        matte = ready.teacher.matte(ready.image, ready.faces)
        return Timed(matte, time.perf_counter() - started)

    def propose_together(prepared: Sequence[Ready | Timed]) -> list[Timed]:
        readies = [one for one in prepared if isinstance(one, Ready)]
        teacher = readies[0].teacher
        assert isinstance(teacher, Batched)  # of others there is one in a call
        started = time.perf_counter()
        mattes = teacher.mattes([ready.image for ready in readies], [ready.faces for ready in readies])
        seconds = (time.perf_counter() - started) / len(readies)
        return [Timed(matte, seconds) for matte in mattes]

    def keep(item: Item[Subject], proposed: Timed) -> With[MatteRow]:
        path = workspace.matte_file(item.subject.teacher, item.subject.sample.sample_id)
        sha256 = tables.sha256_bytes(write_matte(path, proposed.matte))
        made = row(item, path=workspace.relative(path), seconds=proposed.seconds, sha256=sha256)
        return With([made], [proposed.seconds])

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
            teacher=item.subject.teacher,
            path=path,
            seconds=seconds,
            sha256=sha256,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    return Work(
        prepare=prepare,
        forward=propose,
        finish=keep,
        failed=lambda item, error: row(item, error=error),
        batches=Batches(
            size=lambda subject: _batch_size(committee[subject.teacher]),
            is_alike=lambda first, other: first.teacher == other.teacher,
            forward=propose_together,
        ),
    )


def _batch_size(teacher: Teacher) -> int:
    return teacher.batch_size if isinstance(teacher, Batched) else 1


def _facts(derived: Derived[MatteRow], n_pictures: int, committee: Sequence[Teacher]) -> dict[str, object]:
    return {
        "teachers": {
            teacher.name: {
                "licence": teacher.licence if isinstance(teacher, Licensed) else None,
                "fingerprint": teacher.fingerprint,
            }
            for teacher in committee
        },
        "n_pictures": n_pictures,
        "n_computed": derived.n_computed,
        "n_kept": derived.n_kept,
        "n_failed": derived.n_failed,
    }


def _speed(n_computed: int, wall_s: float, forward_s: float) -> dict[str, object]:
    if not forward_s:  # nothing computed: no speed
        return {}
    return {
        "mattes_per_s": round(n_computed / wall_s, 3),
        "wall_to_forward_ratio": round(wall_s / forward_s, 3),
    }


def _notes(facts: dict[str, object], names: str) -> list[str]:
    notes = [
        f"{names} looked at {facts['n_pictures']} pictures: {facts['n_computed']} mattes were made, "
        f"{facts['n_kept']} were up to date, {facts['n_failed']} failed"
    ]
    if "mattes_per_s" in facts:
        notes.append(
            f"{facts['mattes_per_s']} mattes/s; the whole stage took {facts['wall_to_forward_ratio']} "
            "times as long as the teachers alone, one picture after the other"
        )
    return notes
