"""Which files does a gallery hold of each sample, and which of them have to be made anew?

A thumbnail, and a file of planes where anything is known to lay over it. Each finished sample is a line of a
journal in the folder: killed and started again, only what is missing or stale is made.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from pydantic import TypeAdapter, ValidationError

from datatools import images, tables
from datatools.atomic import naming
from datatools.browse.errors_shown import Kept
from datatools.browse.facts import Facts
from datatools.browse.gallery import planes
from datatools.errors import DataError, TooManyFailuresError
from datatools.masks import RGB, Face, Mask
from datatools.metrics._counts import resized
from datatools.records import Sample
from datatools.selection import faces_fingerprint
from datatools.workspace import Workspace

_VERSION = 1  # of how planes are drawn: files of an older one are made anew
JOURNAL = "drawn.jsonl"
_QUALITY = 80
_TOLERATED_FAILURES = 20  # as in derive: below this many, failures never stop a stage
_FAILED_FRAC_LIMIT = 0.5

GENERATED, REFERENCE, LANDMARKS = "mask", "reference_mask", "landmarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the folder holds of a sample."""

    sample_id: str
    stamp: str  # of everything that it was drawn from
    width_px: int  # of the thumbnail; 0 where the picture cannot be read
    height_px: int
    planes: list[str]  # names of the overlays, from the top of their file; none: there is no file
    error: str | None


_LINE = TypeAdapter(Drawn)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    sample: Sample
    stamp: str
    mattes: Mapping[str, str]  # by field, below the workspace
    generated: str | None
    reference: Path | None
    faces: list[Face]
    errors: Mapping[str, Kept]  # by field


def thumbnail_name(sample_id: str) -> str:
    """Give the path of a sample's thumbnail below the folder."""
    return f"pictures/{sample_id[:2]}/{sample_id}.jpg"


def planes_name(sample_id: str) -> str:
    """Give the path of a sample's planes below the folder."""
    return f"overlays/{sample_id[:2]}/{sample_id}.png"


def draw(
    workspace: Workspace,
    samples: Iterable[Sample],
    facts: Facts,
    folder: Path,
    *,
    side_px: int,
    advance: Callable[[], None],
) -> dict[str, Drawn]:
    """Bring the files of a gallery up to date, and remove those of samples that are no longer in it.

    Args:
        workspace: whose pictures and masks are read.
        samples: that are shown.
        facts: about them.
        folder: of the gallery.
        side_px: the longer side of a thumbnail; smaller pictures stay as they are.
        advance: is called after each sample.

    Raises:
        TooManyFailuresError: more than half of the pictures cannot be read, and more than 20.
        DataError: a path in a table leaves its folder.
    """
    jobs = [_job(workspace, sample, facts, side_px) for sample in samples]
    before = read(folder)
    kept = {job.sample.sample_id for job in jobs if _is_fresh(folder, before, job)}
    done = {sample_id: before[sample_id] for sample_id in kept}
    for _ in kept:
        advance()
    folder.mkdir(parents=True, exist_ok=True)
    n_failed = 0
    journal = folder / JOURNAL
    with naming(journal), journal.open("a", encoding="utf-8") as stream:
        stream.write("\n")  # ends a line that a kill has cut off
        for drawn in _made(
            workspace, folder, [job for job in jobs if job.sample.sample_id not in kept], side_px
        ):
            done[drawn.sample_id] = drawn
            if drawn.error is None:
                stream.write(json.dumps(asdict(drawn)) + "\n")
                stream.flush()
            else:
                n_failed += 1
            if n_failed > max(_TOLERATED_FAILURES, _FAILED_FRAC_LIMIT * len(jobs)):
                raise TooManyFailuresError(
                    f"gallery: {n_failed} of {len(jobs)} pictures cannot be read, the last because: "
                    f"{drawn.error}; mend the cause (`datatools verify` lists what is missing) and run the "
                    "same command again"
                )
            advance()
    _sweep(folder, done)
    lines = (json.dumps(asdict(done[name])) for name in sorted(done) if done[name].error is None)
    tables.write_bytes(folder / JOURNAL, "".join(f"{line}\n" for line in lines).encode())
    return done


def _job(workspace: Workspace, sample: Sample, facts: Facts, side_px: int) -> _Job:
    sample_id = sample.sample_id
    mattes = {name: row for name, row in sorted(facts.mattes.get(sample_id, {}).items()) if row.path}
    mask = facts.masks.get(sample_id)
    faces = facts.faces.get(sample_id, [])
    errors = dict(sorted(facts.errors.get(sample_id, {}).items()))
    reference = workspace.reference_file(sample)
    state = reference.stat() if reference is not None and reference.is_file() else None
    stamp = tables.fingerprint(
        _VERSION,
        side_px,
        [(name, row.sha256) for name, row in mattes.items()],
        None if mask is None else mask.sha256,
        None if state is None else [state.st_size, state.st_mtime_ns],
        faces_fingerprint(faces),
        [(name, one.parents) for name, one in errors.items()],
    )
    return _Job(
        sample=sample,
        stamp=stamp,
        mattes={name: row.path for name, row in mattes.items() if row.path is not None},
        generated=None if mask is None else mask.path,
        reference=reference,
        faces=faces,
        errors=errors,
    )


def read(folder: Path) -> dict[str, Drawn]:
    """Read what earlier runs finished; a line that was cut off, or is broken, says nothing."""
    path = folder / JOURNAL
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_bytes().splitlines():
        try:
            drawn = _LINE.validate_json(line, strict=True)
        except ValidationError:
            continue
        found[drawn.sample_id] = drawn
    return found


def _is_fresh(folder: Path, before: Mapping[str, Drawn], job: _Job) -> bool:
    drawn = before.get(job.sample.sample_id)
    if drawn is None or drawn.stamp != job.stamp:
        return False
    has_planes = not drawn.planes or (folder / planes_name(drawn.sample_id)).is_file()
    return has_planes and (folder / thumbnail_name(drawn.sample_id)).is_file()


def _made(workspace: Workspace, folder: Path, jobs: list[_Job], side_px: int) -> Iterator[Drawn]:
    """Draw in threads; only a few samples are under way, whatever their number."""
    workers = os.cpu_count() or 1
    ahead: deque[Future[Drawn]] = deque()
    pending = iter(jobs)
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(ahead) < 2 * workers and (job := next(pending, None)) is not None:
                    ahead.append(pool.submit(_one, workspace, folder, job, side_px))
                if not ahead:
                    break
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _one(workspace: Workspace, folder: Path, job: _Job, side_px: int) -> Drawn:
    sample_id = job.sample.sample_id
    try:
        picture = images.read_rgb(workspace.image_file(job.sample))
        small = images.scaled(picture, side_px)
        found = dict(_planes(workspace, job, picture, (small.shape[1], small.shape[0])))
    except DataError as error:  # the picture cannot be read, or a path leaves the workspace
        return Drawn(
            sample_id=sample_id, stamp=job.stamp, width_px=0, height_px=0, planes=[], error=str(error)
        )
    tables.write_bytes(folder / thumbnail_name(sample_id), images.to_jpeg(small, quality=_QUALITY))
    path = folder / planes_name(sample_id)
    if found:
        tables.write_bytes(path, planes.packed(list(found.values())))
    else:
        path.unlink(missing_ok=True)
    return Drawn(
        sample_id=sample_id,
        stamp=job.stamp,
        width_px=small.shape[1],
        height_px=small.shape[0],
        planes=list(found),
        error=None,
    )


def _planes(
    workspace: Workspace, job: _Job, picture: RGB, size: tuple[int, int]
) -> Iterator[tuple[str, planes.Plane]]:
    """Give the overlays that can be read; one that cannot hides itself, not the picture."""
    reference = None if job.reference is None else _mask(job.reference)
    generated = None if job.generated is None else _mask(workspace.file(job.generated))
    if generated is not None:
        yield GENERATED, planes.of_mask(generated, size, planes.GENERATED)
    if reference is not None:
        yield REFERENCE, planes.of_mask(reference, size, planes.REFERENCE)
    for name, path in job.mattes.items():
        try:
            yield name, planes.of_matte(images.read_matte(workspace.file(path)), size)
        except DataError:
            continue
    for name, kept in job.errors.items():
        shown = _errors(kept, size)
        if shown is not None:
            yield name, shown
    if any(face.landmarks is not None for face in job.faces):
        scale = (size[0] / picture.shape[1], size[1] / picture.shape[0])
        yield LANDMARKS, planes.of_faces(job.faces, scale, size)


def _mask(path: Path) -> Mask | None:
    try:
        return images.read_reference_mask(path).mask
    except DataError:
        return None


def _errors(kept: Kept, size: tuple[int, int]) -> planes.Plane | None:
    """Draw a model's errors; None where its mask is not the one that was scored."""
    try:
        reference = images.read_reference_mask(kept.reference).mask
        mask = images.read_matte(kept.mask).threshold() if kept.is_matte else images.read_mask(kept.mask)
    except DataError:
        return None
    mask = resized(mask, reference.array.shape)
    counts = [
        cv2.countNonZero((one.array & ~other.array).view(np.uint8))
        for one, other in ((mask, reference), (reference, mask))
    ]
    return planes.of_errors(mask, reference, size) if counts == [kept.n_over, kept.n_under] else None


def _sweep(folder: Path, done: Mapping[str, Drawn]) -> None:
    """Remove the files of samples that are not shown any more, and what a kill has left half written."""
    used = {thumbnail_name(name) for name, drawn in done.items() if drawn.error is None}
    used |= {planes_name(name) for name, drawn in done.items() if drawn.planes}
    for kind in ("pictures", "overlays"):
        for path in (folder / kind).glob("*/*"):
            if path.relative_to(folder).as_posix() not in used:
                path.unlink()
