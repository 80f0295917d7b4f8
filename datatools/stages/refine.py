"""How do the teachers' mattes become one mask a picture?

The chosen teachers' mattes are averaged, the rules improve the average one after the other, and what
is above one half is the mask. A mask's row keeps who proposed it and which rules changed it.

Example::

    datatools refine --workspace ws --rules face_seed edge_colour face_component fill_holes
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datatools import plugins, tables
from datatools.derive import Item, Work, derive
from datatools.errors import DataError, UsageError
from datatools.images import read_matte, read_rgb, write_mask
from datatools.masks import Face, Mask, Matte
from datatools.progress import Progress
from datatools.records import MaskRow, MatteRow, Sample, StageResult
from datatools.refiners import Refiner
from datatools.selection import faces, faces_fingerprint
from datatools.settings import PictureSettings
from datatools.workspace import Workspace


class Settings(PictureSettings):
    """Settings of ``refine``."""

    teachers: tuple[str, ...] = ()
    """Teachers whose mattes are averaged; left out: every teacher that has one of the picture."""

    # The edge before the pieces and holes: it leaves crumbs, which those two remove.
    rules: tuple[str, ...] = ("face_seed", "edge_colour", "face_component", "fill_holes")
    """Rules to apply, in this order; leave one out to switch it off."""


@dataclass(frozen=True, slots=True)
class _Subject:
    sample: Sample
    mattes: list[MatteRow]
    faces: list[Face]


@dataclass(frozen=True, slots=True)
class _Refined:
    mask: Mask
    rules_applied: list[str]


def fuse(mattes: Sequence[Matte]) -> Matte:
    """Average mattes of one shape.

    Raises:
        DataError: their shapes differ.
    """
    shapes = sorted({matte.array.shape for matte in mattes})
    if len(shapes) != 1:
        raise DataError(f"mattes to average have one shape, got {shapes}: run `datatools segment` again")
    return Matte(np.asarray(np.mean([matte.array for matte in mattes], axis=0), np.float32))


def _refined(workspace: Workspace, subject: _Subject, rules: Sequence[Refiner]) -> _Refined:
    read = []
    for row in subject.mattes:
        if row.path is None:
            raise DataError(f"teacher {row.teacher} gave no matte: {row.error}")
        read.append(read_matte(workspace.file(row.path)))
    matte = fuse(read)
    image = read_rgb(workspace.image_file(subject.sample))
    if matte.array.shape != image.shape[:2]:
        raise DataError(
            f"the matte has shape {matte.array.shape} and its picture {image.shape[:2]}: "
            "run `datatools segment` again"
        )
    applied = []
    for rule in rules:
        better = rule.refine(image, matte, subject.faces)
        if (better.threshold().array != matte.threshold().array).any():
            applied.append(rule.name)
        matte = better
    return _Refined(matte.threshold(), applied)


def _chosen(workspace: Workspace, settings: Settings) -> dict[str, list[MatteRow]]:
    """Give each sample's mattes of the chosen teachers, sorted by teacher."""
    rows = workspace.rows(tables.MATTES)
    known = sorted({row.teacher for row in rows})
    for name in settings.teachers:
        if name not in known:
            raise UsageError(
                f"expected teachers with mattes ({', '.join(known) or 'there are none'}), got {name!r}: run "
                f"`datatools segment --teachers {name}` first"
            )
    found: dict[str, list[MatteRow]] = defaultdict(list)
    for row in rows:
        if row.teacher in (settings.teachers or known):
            found[row.sample_id].append(row)
    return {sample_id: sorted(group, key=lambda row: row.teacher) for sample_id, group in found.items()}


def _source(subject: _Subject) -> str:
    return "model:" + "+".join(row.teacher for row in subject.mattes)


def _work(workspace: Workspace, rules: Sequence[Refiner]) -> Work[_Subject, _Refined, _Refined, MaskRow]:
    def finish(item: Item[_Subject], refined: _Refined) -> list[MaskRow]:
        path = workspace.mask_file(item.key)
        data = write_mask(path, refined.mask)
        return [
            MaskRow(
                sample_id=item.key,
                path=workspace.relative(path),
                rules_applied=refined.rules_applied,
                mask_source=_source(item.subject),
                sha256=tables.sha256_bytes(data),
                parents=item.parents,
                status="ok",
                error=None,
            )
        ]

    def failed(item: Item[_Subject], error: str) -> MaskRow:
        return MaskRow(
            sample_id=item.key,
            path=None,
            rules_applied=[],
            mask_source=_source(item.subject),
            sha256=None,
            parents=item.parents,
            status="failed",
            error=error,
        )

    return Work(
        # All in the reading threads: OpenCV works outside Python's lock, and there is no network to feed.
        prepare=lambda subject: _refined(workspace, subject, rules),
        forward=lambda refined: refined,
        finish=finish,
        failed=failed,
    )


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Fuse the teachers' mattes and refine them into one mask a picture, with landmarks and edges."""
    workspace.require()
    rules: list[Refiner] = [plugins.build("refiners", name) for name in settings.rules]
    samples = workspace.samples(source=settings.only, limit=settings.limit)
    mattes, seen_faces = _chosen(workspace, settings), faces(workspace)
    recipe = tables.fingerprint(*(rule.fingerprint for rule in rules))
    items = []
    for sample in samples:
        if rows := mattes.get(sample.sample_id):
            found = seen_faces.get(sample.sample_id, [])
            inputs = [(row.teacher, row.sha256, row.error) for row in rows]
            parents = tables.fingerprint(inputs, faces_fingerprint(found), recipe)
            items.append(Item(sample.sample_id, parents, _Subject(sample, rows, found)))
    notes = []
    if n_left := len(samples) - len(items):
        notes.append(f"{n_left} pictures have no matte yet and were left out: run `datatools segment`.")
    if n_unseen := sum(item.key not in seen_faces for item in items):
        notes.append(
            f"No finder looked at {n_unseen} pictures: the face rules took them as faceless. Run "
            "`datatools landmarks` first to use them."
        )
    if settings.dry_run:
        names = ", ".join(settings.rules) or "no rule"
        notes.insert(0, f"Would make {len(items)} masks with {names}.")
        return StageResult(stage="refine", facts={"n_masks": len(items)}, notes=notes)
    reads = (tables.MANIFEST, tables.MATTES, tables.LANDMARKS)
    dump = settings.model_dump(mode="json")
    with workspace.run("refine", dump, reads=reads, writes=(tables.MASKS,)) as run:
        done = derive(
            workspace,
            tables.MASKS,
            items,
            _work(workspace, rules),
            key=lambda row: row.sample_id,
            label="refine",
            progress=progress,
            is_intact=lambda row: row.path is None or workspace.file(row.path).exists(),
        )
        wanted = {item.key for item in items}
        rows_now = [row for row in done.rows if row.sample_id in wanted]
        acted = Counter(name for row in rows_now for name in row.rules_applied)
        run.facts |= {
            "n_masks": sum(row.status == "ok" for row in rows_now),
            "n_computed": done.n_computed,
            "n_kept": done.n_kept,
            "n_failed": done.n_failed,
            "mask_sources": dict(sorted(Counter(row.mask_source for row in rows_now).items())),
            "rules_applied": {rule.name: acted[rule.name] for rule in rules},
        }
    shares = ", ".join(f"{rule.name} {acted[rule.name]}" for rule in rules) or "none chosen"
    notes.insert(0, f"{run.facts['n_masks']} masks, {done.n_failed} failed. Rules changed: {shares}.")
    return StageResult(stage="refine", facts=run.facts, notes=notes)
