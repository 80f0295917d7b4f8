"""Cut people out softly, for those who want alpha and not a mask.

Closed-form matting in a band along each generated mask's edge, wider where the teachers' mattes are
unsure; the person's own colour is unmixed from the background's. Each picture becomes WS/alpha/ID.png,
RGBA with straight (not premultiplied) colours. Where matting does not explain the picture better, the
mask's own edge is kept, and the row says why.

Example::

    datatools matting --workspace ws
"""

import time
from array import array
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from datatools import selection, streams, tables
from datatools.derive import Item, Work, derive, outstanding
from datatools.images import read_mask, read_matte, read_rgb, to_png
from datatools.masks import RGB, Mask, Matte
from datatools.progress import Progress
from datatools.records import AlphaRow, MaskRow, MatteRow, Sample, StageResult
from datatools.settings import CrewSettings, PictureSettings
from datatools.tables import write_bytes
from datatools.workspace import Workspace

if TYPE_CHECKING:  # loaded when the stage runs, not when its flags are read
    from datatools.making.alpha import Cutout

_STAGE = "matting"
_VERSION = 1  # of the method: another one makes every cut-out stale


class Settings(PictureSettings, CrewSettings):
    """Settings of ``matting``."""

    accepted_only: bool = True
    """Cut out people of accepted masks alone; otherwise of every mask."""


@dataclass(frozen=True, slots=True)
class _Subject:
    sample: Sample
    mask: MaskRow
    mattes: list[MatteRow]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    image: RGB
    mask: Mask
    matte: Matte | None


@dataclass(frozen=True, slots=True, eq=False)
class _Timed:
    cutout: "Cutout"
    seconds: float


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write soft cut-outs, alpha and foreground colour, of the generated masks.

    Raises:
        TableError: refine, or check where only accepted masks are wanted, has not run.
    """
    workspace.require()
    items = _items(workspace, settings)

    def is_intact(row: AlphaRow) -> bool:
        return row.path is not None and workspace.file(row.path).is_file()

    def key(row: AlphaRow) -> str:
        return row.sample_id

    if settings.dry_run:
        n_todo = len(outstanding(workspace, tables.ALPHAS, items, key=key, is_intact=is_intact))
        n_people = sum(1 for _ in _items(workspace, settings))
        note = f"Would cut out {n_todo} of {n_people} people."
        return StageResult(stage=_STAGE, facts={"n_to_compute": n_todo}, notes=[note])
    reads = (tables.MANIFEST, tables.MASKS, tables.MATTES, tables.FINDINGS)
    dump = settings.model_dump(mode="json")
    with workspace.run(_STAGE, dump, reads=reads, writes=(tables.ALPHAS,)) as run:
        done = derive(
            workspace,
            tables.ALPHAS,
            items,
            partial(_work, workspace),
            key=key,
            label=_STAGE,
            progress=progress,
            crew=settings.crew(),
            is_intact=is_intact,
        )
        methods, times = Counter[str](), array("d")
        for row in done.own():
            if row.status == "ok":
                methods[str(row.method)] += 1
                if row.seconds is not None:
                    times.append(row.seconds)
        n_cut_out = methods.total()
        run.facts |= {
            "n_cut_out": n_cut_out,
            "n_computed": done.n_computed,
            "n_kept": done.n_kept,
            "n_failed": done.n_failed,
            "methods": dict(sorted(methods.items())),
            "median_seconds": round(float(np.median(times)), 3) if times else None,
        }
    notes = [
        f"{n_cut_out} people cut out, {done.n_failed} failed; {methods['mask']} keep their mask's own edge."
    ]
    return StageResult(stage=_STAGE, facts=run.facts, notes=notes)


def _items(workspace: Workspace, settings: Settings) -> Iterator[Item[_Subject]]:
    masks = streams.Alongside(workspace, tables.MASKS, is_needed=True)
    mattes = streams.Alongside(workspace, tables.MATTES)
    good = selection.accepted(workspace) if settings.accepted_only else None
    return islice(_everything(workspace, settings.only, masks, mattes, good), settings.limit)


def _everything(
    workspace: Workspace,
    source: str | None,
    masks: streams.Alongside[MaskRow],
    mattes: streams.Alongside[MatteRow],
    good: Set[str] | None,
) -> Iterator[Item[_Subject]]:
    for sample in streams.samples(workspace, source=source):
        for mask in masks.of(sample.sample_id):
            if mask.path is None or (good is not None and sample.sample_id not in good):
                continue
            rows = mattes.of(sample.sample_id)  # in the order of their teachers
            seen = [row for row in rows if row.path is not None]
            inputs = (mask.sha256, [(row.teacher, row.sha256) for row in seen])
            parents = tables.fingerprint(sample.sample_id, inputs, _VERSION)
            yield Item(sample.sample_id, parents, _Subject(sample, mask, seen))


def _work(workspace: Workspace) -> Work[_Subject, _Timed, _Timed, AlphaRow]:
    def finish(item: Item[_Subject], timed: _Timed) -> list[AlphaRow]:
        path = workspace.alpha_file(item.key)
        cutout = timed.cutout
        alpha = np.round(cutout.alpha.array * 255).astype(np.uint8)
        # Nothing is seen where alpha is 0: one colour there makes the file half as large.
        colour = np.where(alpha[..., None] > 0, cutout.colour, 0)
        data = to_png(np.dstack([colour, alpha]).astype(np.uint8))
        write_bytes(path, data)
        return [row(item, timed, path=workspace.relative(path), sha256=tables.sha256_bytes(data))]

    def row(
        item: Item[_Subject],
        timed: _Timed | None,
        *,
        path: str | None = None,
        sha256: str | None = None,
        error: str | None = None,
    ) -> AlphaRow:
        return AlphaRow(
            sample_id=item.key,
            path=path,
            method=None if timed is None else timed.cutout.method,
            remark=None if timed is None else timed.cutout.remark,
            seconds=None if timed is None else timed.seconds,
            sha256=sha256,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    return Work(
        prepare=lambda subject: _cut_out(_read(workspace, subject)),
        forward=lambda timed: timed,
        finish=finish,
        failed=lambda item, error: row(item, None, error=error),
    )


def _read(workspace: Workspace, subject: _Subject) -> _Read:
    image = read_rgb(workspace.image_file(subject.sample))
    mask = read_mask(workspace.file(str(subject.mask.path)))
    proposed = [read_matte(workspace.file(str(row.path))).array for row in subject.mattes]
    matte = Matte(np.asarray(np.mean(proposed, axis=0), np.float32)) if proposed else None
    return _Read(image, mask, matte)


def _cut_out(read: _Read) -> _Timed:
    from datatools.making.alpha import cut_out

    started = time.perf_counter()
    cutout = cut_out(read.image, read.mask, read.matte)
    return _Timed(cutout, time.perf_counter() - started)
