"""How do the teachers' mattes become one mask a picture?

The chosen teachers' mattes are fused, the rules improve the result one after the other, and what is
above one half is the mask. A guard keeps or refuses each rule's change; the table ``effects`` says what each
did. A mask's row keeps who proposed it and which rules changed it.

Example::

    datatools refine --workspace ws --rules face_seed shoulder_wedge edge_colour face_component
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
from pydantic import Field

from datatools import lists, plugins, tables
from datatools.crews.per_process import PerProcess
from datatools.derive import Item, With, Work, derive
from datatools.errors import DataError, UsageError
from datatools.fusions import Fusion
from datatools.images import read_matte, read_rgb, write_mask, write_matte
from datatools.masks import RGB, Face, Matte
from datatools.progress import Progress
from datatools.records import MaskRow, MatteRow, Sample, StageResult
from datatools.refiners import Refiner
from datatools.refiners._chain import Refined, recipe_fingerprint, refine
from datatools.refiners._effects import EffectLog, changed_frac, effects_of
from datatools.selection import faces, faces_fingerprint, measures_accuracy, reference_target
from datatools.settings import CrewSettings, ListedSettings
from datatools.workspace import Workspace


class Settings(ListedSettings, CrewSettings):
    """Settings of ``refine``."""

    teachers: tuple[str, ...] = ()
    """Teachers whose mattes are fused; left out: every teacher that has one of the picture."""

    fusion: str = "mean"
    """How they are fused: mean, weighted (--weights), core_edge (--core), learned (docs/fusion.md)."""

    weights: dict[str, float] = Field(default_factory=dict)
    """Of the fusion weighted: --weights.TEACHER NUMBER."""

    core: str = ""
    """Of the fusion core_edge: the teacher that decides what is a person."""

    maps: bool = False
    """Write the fused matte and the map of the teachers' disagreement too: WS/fused, WS/disagreement."""

    # Doubt inside the person first, because the edge pass leaves none; pieces and holes last, because it
    # leaves crumbs.
    rules: tuple[str, ...] = (
        "face_seed",
        "shoulder_wedge",
        "hair",
        "beard",
        "glasses",
        "hands",
        "edge_colour",
        "bystander",
        "face_component",
        "fill_holes",
    )
    """Rules to apply, in this order; leave one out to switch it off."""

    ablate: bool = False
    """Make no masks: measure each rule's contribution on pictures with human or rendered masks."""


@dataclass(frozen=True, slots=True)
class _Subject:
    sample: Sample
    mattes: list[MatteRow]
    faces: list[Face]


def _rules(names: Sequence[str]) -> list[Refiner]:
    return [plugins.build("refiners", name) for name in names]


def _fusion(workspace: Workspace, settings: Settings) -> Fusion:
    """Make the fusion; a learned one that was fitted in this workspace goes before the package's."""
    options: dict[str, object] = {}
    if settings.fusion == "weighted":
        options["weights"] = settings.weights
    if settings.fusion == "core_edge":
        options["core"] = settings.core
    if settings.fusion == "learned" and workspace.fusion_file.is_file():
        options["weights"] = str(workspace.fusion_file)
    for flag, value, fusion in (
        ("weights", settings.weights, "weighted"),
        ("core", settings.core, "core_edge"),
    ):
        if value and settings.fusion != fusion:
            raise UsageError(f"--{flag} is for the fusion {fusion}, this is {settings.fusion}: leave it out")
    return cast("Fusion", plugins.build("fusions", settings.fusion, options))


def _mattes(workspace: Workspace, subject: _Subject, image: RGB) -> dict[str, Matte]:
    """Read a picture's mattes, by teacher."""
    read = {}
    for row in subject.mattes:
        if row.path is None:
            raise DataError(f"teacher {row.teacher} gave no matte: {row.error}")
        matte = read_matte(workspace.file(row.path))
        if matte.array.shape != image.shape[:2]:
            raise DataError(
                f"the matte of {row.teacher} has shape {matte.array.shape} and its picture "
                f"{image.shape[:2]}: run `datatools segment` again"
            )
        read[row.teacher] = matte
    return read


def disagreement(mattes: Collection[Matte]) -> Matte:
    """Map where teachers disagree: the range of their values, from 0 (all say the same) to 1."""
    arrays = [matte.array for matte in mattes]
    return Matte(np.asarray(np.max(arrays, axis=0) - np.min(arrays, axis=0), np.float32))


def _refined(
    workspace: Workspace, subject: _Subject, fusion: Fusion, rules: Sequence[Refiner], *, maps: bool
) -> Refined:
    image = read_rgb(workspace.image_file(subject.sample))
    mattes = _mattes(workspace, subject, image)
    matte = fusion.fuse(image, mattes)
    if maps:
        write_matte(workspace.fused_file(subject.sample.sample_id), matte)
        write_matte(workspace.disagreement_file(subject.sample.sample_id), disagreement(mattes.values()))
    return refine(image, matte, subject.faces, rules)


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


def _work(
    workspace: Workspace, own_fusion: PerProcess[Fusion], own_rules: PerProcess[list[Refiner]], maps: bool
) -> Work[_Subject, Refined, Refined, MaskRow]:
    fusion, rules = own_fusion.get(), own_rules.get()

    def finish(item: Item[_Subject], refined: Refined) -> With[MaskRow]:
        path = workspace.mask_file(item.key)
        data = write_mask(path, refined.mask)
        row = MaskRow(
            sample_id=item.key,
            path=workspace.relative(path),
            rules_applied=refined.rules_applied,
            mask_source=_source(item.subject),
            sha256=tables.sha256_bytes(data),
            parents=item.parents,
            status="ok",
            error=None,
        )
        return With([row], effects_of(item.key, item.parents, refined.effects))

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
        prepare=lambda subject: _refined(workspace, subject, fusion, rules, maps=maps),
        forward=lambda refined: refined,
        finish=finish,
        failed=failed,
    )


def _ablate(
    workspace: Workspace,
    settings: Settings,
    items: Sequence[Item[_Subject]],
    fusion: Fusion,
    rules: Sequence[Refiner],
    progress: Progress,
) -> StageResult:
    """Measure what each rule contributes, on the pictures that have an accurate reference mask."""
    from datatools import ablation  # pandas and scipy would slow every command's start

    def fused(subject: _Subject) -> ablation.Fused:
        image = read_rgb(workspace.image_file(subject.sample))
        return image, fusion.fuse(image, _mattes(workspace, subject, image)), subject.faces

    pictures = []
    for item in items:
        target = reference_target(workspace, item.subject.sample)
        if target is not None and measures_accuracy(target.mask_source):
            read = partial(fused, item.subject)
            person = item.subject.sample.person_id
            pictures.append(ablation.Picture(person_id=person, target=target, fused=read))
    if settings.dry_run:
        note = f"Would measure {len(rules)} rules on {len(pictures)} pictures."
        return StageResult(stage="refine", facts={"n_images": len(pictures)}, notes=[note])
    return ablation.run(
        workspace, settings.model_dump(mode="json"), pictures, rules, seed=settings.seed, progress=progress
    )


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Fuse the teachers' mattes and refine them into one mask a picture, with landmarks and edges."""
    workspace.require()
    own_rules = PerProcess(partial(_rules, settings.rules))
    rules = own_rules.get()
    samples = lists.samples(workspace, source=settings.only, listed=settings.samples, limit=settings.limit)
    mattes, seen_faces = _chosen(workspace, settings), faces(workspace)
    own_fusion = PerProcess(partial(_fusion, workspace, settings))
    fusion = own_fusion.get()
    recipe = tables.fingerprint(fusion.fingerprint, recipe_fingerprint(rules))
    items = []
    for sample in samples:
        if rows := mattes.get(sample.sample_id):
            found = seen_faces.get(sample.sample_id, [])
            inputs = [(row.teacher, row.sha256, row.error) for row in rows]
            parents = tables.fingerprint(inputs, faces_fingerprint(found), recipe)
            items.append(Item(sample.sample_id, parents, _Subject(sample, rows, found)))
    if settings.ablate:
        return _ablate(workspace, settings, items, fusion, rules, progress)
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

    def is_intact(row: MaskRow) -> bool:
        files = [] if row.path is None else [workspace.file(row.path)]
        if settings.maps:
            files += [workspace.fused_file(row.sample_id), workspace.disagreement_file(row.sample_id)]
        return all(file.exists() for file in files)

    reads = (tables.MANIFEST, tables.MATTES, tables.LANDMARKS, *lists.files(workspace, settings.samples))
    dump = settings.model_dump(mode="json")
    writes = (tables.MASKS, tables.EFFECTS)
    with workspace.run("refine", dump, reads=reads, writes=writes) as run, EffectLog(workspace) as log:
        done = derive(
            workspace,
            tables.MASKS,
            items,
            partial(_work, workspace, own_fusion, own_rules, settings.maps),
            key=lambda row: row.sample_id,
            label="refine",
            progress=progress,
            crew=settings.crew(),
            is_intact=is_intact,
            keep_beside=lambda item, effects: log.add(item.key, effects),
        )
        wanted = {item.key for item in items}
        rows_now = [row for row in done.rows if row.sample_id in wanted]
        effects = [row for row in log.write(done.rows) if row.sample_id in wanted]
        acted = Counter(name for row in rows_now for name in row.rules_applied)
        refused = Counter(row.rule for row in effects if not row.kept)
        run.facts |= {
            "n_masks": sum(row.status == "ok" for row in rows_now),
            "n_computed": done.n_computed,
            "n_kept": done.n_kept,
            "n_failed": done.n_failed,
            "fusion": {"name": fusion.name, "fingerprint": fusion.fingerprint},
            "mask_sources": dict(sorted(Counter(row.mask_source for row in rows_now).items())),
            "rules_applied": {rule.name: acted[rule.name] for rule in rules},
            "rules_refused": {rule.name: refused[rule.name] for rule in rules},
            "changed_frac": changed_frac(effects, [item.subject.sample for item in items], rules),
        }
    shares = ", ".join(f"{rule.name} {acted[rule.name]}" for rule in rules) or "none chosen"
    notes.insert(0, f"{run.facts['n_masks']} masks, {done.n_failed} failed. Rules changed: {shares}.")
    if refused:
        shares = ", ".join(f"{name} {refused[name]}" for name in sorted(refused))
        notes.insert(1, f"The guard refused what nothing in the picture spoke for: {shares}.")
    return StageResult(stage="refine", facts=run.facts, notes=notes)
