"""What does a model make of pictures, a video or a camera: masks, mattes, cut-outs or composites?

Of a folder, predictions.csv has a row for each picture; running again does what is missing, failed or
stale. No workspace is needed; a lock in the folder keeps others from writing to it meanwhile.

Example::

    datatools predict --model student.onnx --source portraits/ --out out/ --write mask composite
"""

import csv
import errno
import io
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass, fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from datatools import images, tables, video
from datatools.atomic import naming
from datatools.crews.guarded import guarded
from datatools.errors import DataError, DatatoolsError, ImageError, UsageError
from datatools.locks import Locks
from datatools.outside import formulas, regular
from datatools.outside.names import require_plain, shown
from datatools.progress import Progress
from datatools.readers._files import walk
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # torch takes a second to import; `datatools --help` does without it
    from datatools.making.showing import Plate
    from datatools.teachers import Teacher

Kind = Literal["mask", "matte", "cutout", "composite"]
TABLE = "predictions.csv"


class Settings(StageSettings):
    """Settings of ``predict``; the limit counts pictures or frames."""

    model: str
    """A teacher, a file (.pt, .pth, .onnx, .xml or a card .toml) or a trained model's name."""

    source: str
    """A picture, a folder of pictures, a video file, or a camera's number."""

    out: Path
    """Folder for what is made."""

    write: list[Kind] = Field(default=["mask"], min_length=1)
    """mask (0 or 255), matte (0 to 255), cutout (RGBA), composite (on --background)."""

    background: str = "blur"
    """For composites: a colour as #rrggbb, a picture's path, or blur."""

    runtime: Literal["auto", "onnxruntime", "openvino"] = "auto"
    """What runs an exported model; auto is onnxruntime for .onnx and OpenVINO for .xml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line of predictions.csv."""

    path: str  # below the source
    status: str  # ok or failed
    error: str = ""
    seconds: str = ""  # of the model
    fingerprint: str = ""  # of picture, model and settings


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Segment a picture, a folder, a video or a camera's frames, and write masks or composites.

    Raises:
        UsageError: no such model, source or background, or a model that needs landmarks.
        DataError: a video or camera cannot be opened, or no picture can be segmented.
        LockedError: another run is writing to the folder.
    """
    kinds = list(dict.fromkeys(settings.write))
    source = Path(settings.source)
    is_camera = settings.source.isdecimal() and not source.exists()
    is_video = source.suffix.lower() in video.SUFFIXES
    if (is_camera or is_video) and "cutout" in kinds:
        raise UsageError("expected --write mask, matte or composite for a video: its frames have no alpha")
    if not is_camera and not source.exists():
        raise UsageError(f"expected a picture, folder, video or camera's number, got {settings.source!r}")
    pictures = [] if is_camera or is_video else _pictures(source)[: settings.limit]
    if settings.dry_run:
        what = f"{len(pictures)} pictures" if pictures else f"the frames of {settings.source}"
        note = f"Would segment {what} with {settings.model} into {settings.out}."
        return StageResult(stage="predict", facts={"n_pictures": len(pictures)}, notes=[note])
    from datatools.making.showing import plate

    behind = plate(settings.background)
    teacher = _teacher(workspace, settings)
    if settings.out.exists() and not settings.out.is_dir():
        raise UsageError(f"expected a folder to write to, {settings.out} is a file")
    if pictures:
        with _alone(settings.out):
            return _run_pictures(source, pictures, teacher, behind, kinds, settings, progress)
    where = int(settings.source) if is_camera else source
    return _run_frames(where, teacher, behind, kinds, settings, progress)


def _alone(out: Path) -> AbstractContextManager[None]:
    """Keep other runs from writing to the folder, which is made where it is not there."""
    return Locks(out / ".locks", None).hold([TABLE], "predict")


def _pictures(source: Path) -> list[Path]:
    """Give the pictures of a folder, or the one."""
    if source.is_file():
        return [source]
    files = (source / found.path for found in walk(source) if found.problem is None)
    found = sorted(path for path in files if path.suffix.lower() in images.SUFFIXES)
    if not found:
        raise UsageError(f"expected pictures below {source}, found none")
    return found


def _teacher(workspace: Workspace, settings: Settings) -> "Teacher":
    from datatools.teachers._load import load_teacher

    name = str(workspace.trained_model(settings.model) or settings.model)
    teacher = load_teacher(name, {} if settings.runtime == "auto" else {"runtime": settings.runtime})
    if teacher.needs_faces:
        raise UsageError(f"expected a model that needs no landmarks, got {settings.model}")
    return teacher


def _run_pictures(
    source: Path,
    pictures: Sequence[Path],
    teacher: "Teacher",
    behind: "Plate",
    kinds: Sequence[Kind],
    settings: Settings,
    progress: Progress,
) -> StageResult:
    root = source if source.is_dir() else source.parent
    table = settings.out / TABLE
    done = {row.path: row for row in read(table)}
    _write(table, done)  # without the half line that a kill may have left
    n_kept = 0
    with (
        naming(table),
        table.open("a", encoding="utf-8", newline="") as stream,
        progress.bar("predict", len(pictures)) as advance,
    ):
        for path in pictures:
            name = shown(path.relative_to(root).as_posix())
            stamp = _stamp(path, teacher, settings)
            files = {kind: _file(settings.out, name, kind) for kind in kinds}
            row = done.get(name)
            if row and row.fingerprint == stamp and all(file.exists() for file in files.values()):
                n_kept += 1
            else:
                done[name] = _predict(path, name, stamp, teacher, behind, files)
                stream.write(_lines([done[name]]))
                stream.flush()
            advance()
    _write(table, done)
    asked = [done[shown(path.relative_to(root).as_posix())] for path in pictures]
    failed = [row for row in asked if row.status == "failed"]
    if len(failed) == len(asked):
        reason = failed[-1].error
        raise DataError(f"none of {len(asked)} pictures could be segmented, the last because: {reason}")
    facts: dict[str, object] = {
        "model": teacher.name,
        "n_pictures": len(asked),
        "n_kept": n_kept,
        "n_failed": len(failed),
    }
    note = (
        f"{teacher.name}: {len(asked) - len(failed)} of {len(asked)} pictures in {settings.out}, "
        f"{n_kept} of them from an earlier run; {TABLE} has a line for each"
    )
    return StageResult(stage="predict", facts=facts, notes=[note])


def _stamp(path: Path, teacher: "Teacher", settings: Settings) -> str:
    background = Path(settings.background)
    behind = tables.sha256_file(background) if background.is_file() else settings.background
    try:
        picture = regular.sha256(path, images.MAX_FILE_BYTES)
    except (DataError, OSError):  # reading it says what is wrong
        picture = ""
    return tables.fingerprint("predict", 1, picture, teacher.fingerprint, behind)


def _file(out: Path, name: str, kind: Kind) -> Path:
    # The whole name, with its suffix: a.jpg and a.png are two pictures.
    return out / f"{kind}s" / f"{name}.png"


def _predict(
    path: Path, name: str, stamp: str, teacher: "Teacher", behind: "Plate", files: dict[Kind, Path]
) -> _Row:
    from datatools.making.showing import shown as drawn

    try:
        require_plain(path.name)
        image = guarded(images.read_rgb, path)
        started = time.perf_counter()
        matte = teacher.matte(image, [])
        seconds = time.perf_counter() - started
    except DatatoolsError as error:
        return _Row(path=name, status="failed", error=str(error))
    try:
        for kind, file in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            tables.write_bytes(file, images.to_png(drawn(kind, image, matte, behind)))
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return _Row(path=name, status="failed", error="the name is too long for a file that adds .png to it")
    return _Row(path=name, status="ok", seconds=f"{seconds:.4f}", fingerprint=stamp)


def _names() -> list[str]:
    return [field.name for field in fields(_Row)]


def _lines(rows: Sequence[_Row]) -> str:
    return formulas.lines(list(asdict(row).values()) for row in rows)


def _write(table: Path, rows: Mapping[str, _Row]) -> None:
    text = ",".join(_names()) + "\n" + _lines([rows[name] for name in sorted(rows)])
    tables.write_bytes(table, text.encode())


def read(table: Path) -> list[_Row]:
    """Read the rows of an earlier run; a line cut off by a kill is left out.

    Raises:
        DataError: it is no table of this stage.
    """
    if not table.exists():
        return []
    try:
        rows = list(csv.reader(io.StringIO(table.read_text("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table} is no table of this stage: {error}; remove it") from error
    whole = [row for row in rows if len(row) == len(_names()) and row != _names()]
    return [_Row(**dict(zip(_names(), map(formulas.plain, row), strict=True))) for row in whole]


def _run_frames(
    source: Path | int,
    teacher: "Teacher",
    behind: "Plate",
    kinds: Sequence[Kind],
    settings: Settings,
    progress: Progress,
) -> StageResult:
    from datatools.making.showing import shown as drawn

    frames = video.Frames(source)
    stem = f"camera-{source}" if isinstance(source, int) else source.stem
    total = settings.limit or frames.n_frames
    n_frames, started = 0, time.perf_counter()
    try:
        with ExitStack() as stack:
            stack.enter_context(_alone(settings.out))
            files = {
                kind: stack.enter_context(video.written(settings.out / f"{stem}-{kind}.mp4", frames.fps))
                for kind in kinds
            }
            advance = stack.enter_context(progress.bar("predict", total))
            for frame in islice(frames, settings.limit):
                matte = teacher.matte(frame, [])
                for kind, file in files.items():
                    file.add(drawn(kind, frame, matte, behind))
                n_frames += 1
                advance()
    finally:
        frames.close()
    if not n_frames:
        raise ImageError(f"expected frames from {source}, got none")
    rate = n_frames / (time.perf_counter() - started)
    facts: dict[str, object] = {"model": teacher.name, "n_frames": n_frames, "frames_per_s": round(rate, 2)}
    note = f"{teacher.name}: {n_frames} frames in {settings.out}, {rate:.1f} a second"
    return StageResult(stage="predict", facts=facts, notes=[note])
