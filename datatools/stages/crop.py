"""Cut portraits out of larger pictures that have masks.

Every face that was found gives a crop at each framing, with its part of the mask. A crop that is cut
badly is not kept; the table ``made`` says why. The folder that comes out is ingested like any other, and
each crop's person is its parent's.

Example::

    datatools crop --workspace ws --only street --framings head shoulders bust
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal, cast

import numpy as np
from pydantic import Field

from datatools import selection, streams, tables
from datatools.derive import Item, Work, derive, outstanding
from datatools.errors import UsageError
from datatools.images import to_png
from datatools.keys import Keys, Texts
from datatools.making.backgrounds import read_pair
from datatools.making.cropping import FRAMINGS, Box, Cut, Limits, cut
from datatools.making.folder import MadeFolder
from datatools.masks import RGB, Face, Mask
from datatools.progress import Progress
from datatools.records import MadeRow, Sample, StageResult
from datatools.selection import Target, Targets
from datatools.settings import CrewSettings, PictureSettings
from datatools.workspace import Workspace

_STAGE = "crop"
_NOT_OF_SET = {"name", "out", "only", "limit", "dry_run", "engine", "workers"}
Framing = Literal["head", "shoulders", "bust", "half_body"]


class Settings(PictureSettings, CrewSettings):
    """Settings of ``crop``."""

    name: str = "crops"
    """The set's name: its folder is WS/made/NAME."""

    out: Path | None = None
    """A folder elsewhere for the set."""

    framings: tuple[Framing, ...] = ("head", "shoulders", "bust", "half_body")
    """How much of the body below the head a crop shows; one crop of each."""

    aspects: tuple[float, ...] = Field(default=(0.75, 1.0), min_length=1)
    """Widths over heights of crops; each draws one by lot."""

    targets: Targets = "best"
    """Masks to cut: reference, generated (accepted ones), or the best of a picture."""

    min_face_px: int = Field(default=32, ge=8)
    """Crops of lower faces are not kept."""

    min_side_px: int = Field(default=128, ge=32)
    """Crops with a shorter side are not kept."""


@dataclass(frozen=True, slots=True)
class _Subject:
    sample: Sample
    target: Target
    faces: list[Face]


@dataclass(frozen=True, slots=True)
class _Cropped:
    cut: Cut
    framing: str
    aspect: float
    image: RGB | None
    mask: Mask | None


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Cut portraits, at several scales, out of pictures that have masks.

    Raises:
        UsageError: the landmarks stage has not run, or the folder holds something else.
    """
    workspace.require()
    folder = MadeFolder((settings.out or workspace.made_folder(settings.name)).resolve())
    chosen = settings.model_dump(mode="json", exclude=_NOT_OF_SET)
    folder.check(_STAGE, chosen)
    n_without = _n_without_mask(workspace, settings)
    recipe = tables.fingerprint(sorted(chosen.items()))
    items = (
        Item(_key(folder, one.sample.sample_id), _parents(one, recipe), one)
        for one in _subjects(workspace, settings)
    )
    if settings.dry_run:
        todo = outstanding(workspace, tables.MADE, items, key=_row_key, is_intact=folder.holds)
        note = f"Would cut {len(settings.framings)} portraits out of each of {len(todo)} pictures."
        return StageResult(stage=_STAGE, facts={"n_to_compute": len(todo)}, notes=[note])
    reads = (tables.MANIFEST, tables.LANDMARKS, tables.MASKS, tables.FINDINGS, tables.LINEAGE)
    with workspace.run(_STAGE, settings.model_dump(mode="json"), reads=reads, writes=(tables.MADE,)) as run:
        folder.claim(_STAGE, chosen)
        done = derive(
            workspace,
            tables.MADE,
            items,
            partial(_work, workspace, folder, settings),
            key=_row_key,
            label=_STAGE,
            progress=progress,
            crew=settings.crew(),
            is_intact=folder.holds,
        )
        n_listed = folder.index_of(workspace, folder.rows(done.rows))
        run.facts |= _facts(folder.rows(done.rows), n_listed, n_without)
        run.facts |= {"n_computed": done.n_computed, "n_kept": done.n_kept, "n_failed": done.n_failed}
    return StageResult(stage=_STAGE, facts=run.facts, notes=_notes(run.facts, folder.root))


def _key(folder: MadeFolder, sample_id: str) -> str:
    return f"{folder.root}/{sample_id}"


def _row_key(row: MadeRow) -> str:
    return f"{row.folder}/{row.sample_id}"


def _parents(subject: _Subject, recipe: str) -> str:
    path = subject.target.path
    mask = tables.sha256_file(path) if path.is_file() else None
    seen = selection.faces_fingerprint(subject.faces)
    return tables.fingerprint(subject.sample.sample_id, mask, subject.target.mask_source, seen, recipe)


def _found(
    workspace: Workspace, settings: Settings
) -> Iterator[tuple[Sample, Target | None, list[Face] | None]]:
    """Give the pictures, their masks and faces, where there are any; made pictures are not cut again."""
    made = streams.Alongside(workspace, tables.LINEAGE)
    landmarks = streams.Alongside(workspace, tables.LANDMARKS)
    samples = streams.samples(workspace, source=settings.only)
    photographs = islice((one for one in samples if not made.of(one.sample_id)), settings.limit)
    for sample, target in selection.each_target(workspace, photographs, settings.targets):
        faces = selection.faces_of(landmarks.of(sample.sample_id)).get(sample.sample_id)
        yield sample, target, faces


def _subjects(workspace: Workspace, settings: Settings) -> Iterator[_Subject]:
    """Give what can be cut."""
    for sample, target, faces in _found(workspace, settings):
        if target is not None and faces is not None:
            yield _Subject(sample, target, faces)


def _n_without_mask(workspace: Workspace, settings: Settings) -> int:
    """Count the pictures without a mask, which are left out.

    Raises:
        UsageError: there is one with a mask at which no finder looked.
    """
    n_samples = n_found = n_unseen = 0
    unseen = None
    for sample, target, faces in _found(workspace, settings):
        n_samples += 1
        n_found += target is not None
        if target is not None and faces is None:
            n_unseen += 1
            unseen = unseen or sample.sample_id
    if unseen is not None:
        raise UsageError(
            f"crop needs faces, and nobody looked for them in {n_unseen} of {n_found} pictures (first "
            f"{unseen}): run `datatools landmarks --workspace {workspace.root}` first"
        )
    return n_samples - n_found


def _work(
    workspace: Workspace, folder: MadeFolder, settings: Settings
) -> Work[_Subject, list[_Cropped], list[_Cropped], MadeRow]:
    def row(
        item: Item[_Subject],
        framing: str,
        *,
        paths: tuple[str, str] | None = None,
        box: Box | None = None,
        recipe: Mapping[str, object] | None = None,
        reason: str | None = None,
        error: str | None = None,
    ) -> MadeRow:
        return MadeRow(
            sample_id=item.subject.sample.sample_id,
            folder=str(folder.root),
            item=framing,
            kind=_STAGE,
            image=None if paths is None else paths[0],
            mask=None if paths is None else paths[1],
            mask_source=item.subject.target.mask_source,
            background=None,
            box=None if box is None else list(box),
            recipe=json.dumps(recipe or {}, sort_keys=True),
            reason=reason,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    def finish(item: Item[_Subject], crops: Sequence[_Cropped]) -> list[MadeRow]:
        rows = []
        for crop in crops:
            paths = None
            if crop.image is not None and crop.mask is not None:
                stem = f"{item.subject.sample.sample_id}-{crop.framing}"
                paths = folder.write(stem, to_png(crop.image), ".png", crop.mask)
            recipe = {"framing": crop.framing, "aspect": crop.aspect, "seed": settings.seed}
            rows.append(
                row(item, crop.framing, paths=paths, box=crop.cut.box, recipe=recipe, reason=crop.cut.reason)
            )
        return rows

    return Work(
        prepare=lambda subject: _cropped(workspace, subject, settings),
        forward=lambda crops: crops,
        finish=finish,
        failed=lambda item, error: row(item, "", error=error),
    )


def _cropped(workspace: Workspace, subject: _Subject, settings: Settings) -> list[_Cropped]:
    image, mask = read_pair(workspace.image_file(subject.sample), subject.target.path)
    limits = Limits(min_face_px=settings.min_face_px, min_side_px=settings.min_side_px)
    found = []
    for framing in settings.framings:
        # A generator of its own, so that a framing more or less leaves the others as they are.
        place = [settings.seed, int(subject.sample.sample_id, 16), tuple(FRAMINGS).index(framing)]
        rng = np.random.default_rng(place)
        aspect = settings.aspects[rng.integers(len(settings.aspects))]
        window = cut(mask, subject.faces, heads=FRAMINGS[framing], aspect=aspect, limits=limits, rng=rng)
        if window.box is None:
            found.append(_Cropped(window, framing, aspect, None, None))
        else:
            x0, y0, x1, y1 = window.box
            part = np.ascontiguousarray(image[y0:y1, x0:x1])
            found.append(_Cropped(window, framing, aspect, part, Mask(mask.array[y0:y1, x0:x1].copy())))
    return found


def _facts(rows: Iterable[MadeRow], n_listed: int, n_without: int) -> dict[str, object]:
    judged, kept = Texts(), Texts()
    framings, sources, reasons = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        if row.status != "ok":
            continue
        judged.add(row.sample_id)
        if row.reason:
            reasons[row.reason] += 1
        if row.image is not None:
            kept.add(row.sample_id)
            framings[row.item] += 1
            sources[row.mask_source] += 1
    return {
        "n_pictures": len(Keys(judged.letters())),
        "n_pictures_with_crops": len(Keys(kept.letters())),
        "n_crops": n_listed,
        "n_by_framing": dict(sorted(framings.items())),
        "not_kept": dict(reasons.most_common()),
        "mask_sources": dict(sorted(sources.items())),
        "n_without_mask": n_without,
    }


def _notes(facts: Mapping[str, object], folder: Path) -> list[str]:
    notes = [
        f"{facts['n_crops']} crops of {facts['n_pictures_with_crops']} pictures ({facts['n_pictures']} were "
        f"looked at) in {folder}: `datatools ingest --source {folder}` reads them."
    ]
    if facts["not_kept"]:
        reasons = cast("Mapping[str, int]", facts["not_kept"])
        notes.append("Not kept: " + ", ".join(f"{reason} {n}" for reason, n in reasons.items()) + ".")
    if facts["n_without_mask"]:
        notes.append(f"{facts['n_without_mask']} pictures have no mask to cut and were left out.")
    return notes
