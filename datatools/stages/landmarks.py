"""Find the faces of every picture and their landmarks.

No face, several faces and faces cut by the border are rows, not errors: the checks judge them.
Landmarks that came with the data stay beside those found here, under the detector ``given``.

Example::

    datatools landmarks --workspace WS --finder dlib68
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from datatools import plugins, streams, tables
from datatools.crews.per_process import PerProcess
from datatools.derive import Derived, Item, Work, derive, outstanding
from datatools.images import read_rgb
from datatools.landmarks import Finder
from datatools.masks import Face
from datatools.progress import Progress
from datatools.records import LandmarkRow, Sample, StageResult
from datatools.settings import CrewSettings, PictureSettings
from datatools.workspace import Workspace

Found = tuple[list[Face], int, int]  # faces, width_px, height_px


class Settings(PictureSettings, CrewSettings):
    """Settings of the stage ``landmarks``."""

    finder: str = "dlib68"
    """Which finder: dlib68 (its landmarks exclude commercial use) or mesh (MediaPipe's, Apache-2.0)."""

    detector: str | None = None
    """The finder's way to detect faces; dlib68 knows hog (its own choice) and cnn (slow, turned faces)."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Find the faces in each picture and their landmarks.

    Raises:
        UsageError: no such finder, or no workspace.
    """
    workspace.require()
    options = {} if settings.detector is None else {"detector": settings.detector}
    own: PerProcess[Finder] = PerProcess(partial(plugins.build, "landmarks", settings.finder, options))
    finder = own.get()
    items = _items(_pictures(workspace, settings), finder)
    if settings.dry_run:
        n_todo = len(outstanding(workspace, tables.LANDMARKS, items, key=_row_key))
        n_pictures = sum(1 for _ in _pictures(workspace, settings))
        note = f"would look for faces in {n_todo} of {n_pictures} pictures with {finder.name}"
        return StageResult(stage="landmarks", facts={"n_to_compute": n_todo}, notes=[note])
    reads, writes = (tables.MANIFEST,), (tables.LANDMARKS,)
    with workspace.run("landmarks", settings.model_dump(mode="json"), reads=reads, writes=writes) as record:
        derived = derive(
            workspace,
            tables.LANDMARKS,
            items,
            partial(_work, workspace, own),
            key=_row_key,
            label=f"landmarks ({finder.name})",
            progress=progress,
            crew=settings.crew(),
        )
        record.facts |= _facts(derived, finder)
    return StageResult(stage="landmarks", facts=record.facts, notes=_notes(record.facts, finder))


def _pictures(workspace: Workspace, settings: Settings) -> Iterator[Sample]:
    return streams.samples(workspace, source=settings.only, limit=settings.limit)


def _items(samples: Iterable[Sample], finder: Finder) -> Iterator[Item[Sample]]:
    for sample in samples:
        yield Item(_key(sample.sample_id, finder.name), _parents(sample, finder), sample)


def _key(sample_id: str, detector: str) -> str:
    return f"{sample_id}/{detector}"


def _row_key(row: LandmarkRow) -> str:
    return _key(row.sample_id, row.detector)


def _parents(sample: Sample, finder: Finder) -> str:
    return tables.fingerprint(sample.sample_id, finder.fingerprint)


def _work(workspace: Workspace, own: PerProcess[Finder]) -> Work[Sample, Found, Found, LandmarkRow]:
    finder = own.get()

    def find(sample: Sample) -> Found:
        image = read_rgb(workspace.image_file(sample))
        return finder.faces(image), image.shape[1], image.shape[0]

    def failed(item: Item[Sample], error: str) -> LandmarkRow:
        return _row(item, finder, n_faces=0, error=error)

    return Work(
        prepare=find,  # all in the reading threads: a finder works on one core, and there are several
        forward=lambda found: found,
        finish=lambda item, found: face_rows(item, finder, *found),
        failed=failed,
    )


def face_rows(
    item: Item[Sample], finder: Finder, faces: Sequence[Face], width_px: int, height_px: int
) -> list[LandmarkRow]:
    """Give one row for each face, largest first; one row without a face where there is none."""
    if not faces:
        return [_row(item, finder, n_faces=0)]
    return [
        _row(
            item,
            finder,
            n_faces=len(faces),
            face=number,
            shown=face,
            is_cut=face.is_cut(width_px, height_px),
        )
        for number, face in enumerate(faces)
    ]


def _row(
    item: Item[Sample],
    finder: Finder,
    *,
    n_faces: int,
    face: int | None = None,
    shown: Face | None = None,
    is_cut: bool | None = None,
    error: str | None = None,
) -> LandmarkRow:
    landmarks = None if shown is None else shown.landmarks
    return LandmarkRow(
        sample_id=item.subject.sample_id,
        scheme=finder.scheme,
        points=None if landmarks is None else [float(value) for value in landmarks.points.ravel()],
        detector=finder.name,
        score=None if shown is None else shown.score,
        face=face,
        n_faces=n_faces,
        box=None if shown is None else list(shown.box),
        is_cut=is_cut,
        parents=item.parents,
        status="ok" if error is None else "failed",
        error=error,
    )


def _facts(derived: Derived[LandmarkRow], finder: Finder) -> dict[str, object]:
    found = Counter[str]()
    for row in derived.own():
        if row.face in (None, 0) and row.status == "ok":
            found["faceless"] += row.n_faces == 0
            found["several"] += row.n_faces > 1
            found["cut"] += bool(row.is_cut)
    return {
        "finder": finder.name,
        "licence": finder.licence,
        "fingerprint": finder.fingerprint,
        "n_pictures": len(derived.keys),
        "n_computed": derived.n_computed,
        "n_kept": derived.n_kept,
        "n_failed": derived.n_failed,
        "n_without_face": found["faceless"],
        "n_with_several_faces": found["several"],
        "n_largest_face_cut": found["cut"],
    }


def _notes(facts: dict[str, object], finder: Finder) -> list[str]:
    return [
        f"looked for faces in {facts['n_computed']} pictures with {finder.name}, {facts['n_kept']} were "
        f"up to date, {facts['n_failed']} failed",
        f"{facts['n_without_face']} pictures show no face, {facts['n_with_several_faces']} several; in "
        f"{facts['n_largest_face_cut']} the border cuts the largest",
        f"licence of {finder.name}: {finder.licence}",
    ]
