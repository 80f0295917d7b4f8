"""How do the teachers' mattes become one mask a picture?

The chosen teachers' mattes are fused, the rules improve the result one after the other, and what is
above one half is the mask. A guard keeps or refuses each rule's change; the table ``effects`` says what each
did. A mask's row keeps who proposed it and which rules changed it.

Example::

    datatools refine --workspace ws --rules face_seed shoulder_wedge edge_colour face_component
"""

from collections.abc import Collection, Sequence
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
from datatools.masks import RGB, Matte
from datatools.progress import Progress
from datatools.records import MaskRow, StageResult
from datatools.refiners import Refiner
from datatools.refiners._chain import Refined, recipe_fingerprint, refine
from datatools.refiners._effects import EffectLog, effects_of, tally_of
from datatools.refiners._scope import Scope, Subject, items_of, require_teachers
from datatools.selection import measures_accuracy, reference_target
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


def _mattes(workspace: Workspace, subject: Subject, image: RGB) -> dict[str, Matte]:
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
    workspace: Workspace, subject: Subject, fusion: Fusion, rules: Sequence[Refiner], *, maps: bool
) -> Refined:
    image = read_rgb(workspace.image_file(subject.sample))
    mattes = _mattes(workspace, subject, image)
    matte = fusion.fuse(image, mattes)
    if maps:
        write_matte(workspace.fused_file(subject.sample.sample_id), matte)
        write_matte(workspace.disagreement_file(subject.sample.sample_id), disagreement(mattes.values()))
    return refine(image, matte, subject.faces, rules)


def _source(subject: Subject) -> str:
    return "model:" + "+".join(row.teacher for row in subject.mattes)


def _work(
    workspace: Workspace, own_fusion: PerProcess[Fusion], own_rules: PerProcess[list[Refiner]], maps: bool
) -> Work[Subject, Refined, Refined, MaskRow]:
    fusion, rules = own_fusion.get(), own_rules.get()

    def finish(item: Item[Subject], refined: Refined) -> With[MaskRow]:
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

    def failed(item: Item[Subject], error: str) -> MaskRow:
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
    items: Sequence[Item[Subject]],
    fusion: Fusion,
    rules: Sequence[Refiner],
    progress: Progress,
) -> StageResult:
    """Measure what each rule contributes, on the pictures that have an accurate reference mask."""
    from datatools import ablation  # pandas and scipy would slow every command's start

    def fused(subject: Subject) -> ablation.Fused:
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
    require_teachers(workspace, settings.teachers)
    own_fusion = PerProcess(partial(_fusion, workspace, settings))
    fusion = own_fusion.get()
    recipe = tables.fingerprint(fusion.fingerprint, recipe_fingerprint(rules))
    scope = Scope()
    items = items_of(
        workspace,
        lists.each(workspace, source=settings.only, listed=settings.samples, limit=settings.limit),
        settings.teachers,
        recipe,
        scope,
    )
    if settings.ablate:
        return _ablate(workspace, settings, list(items), fusion, rules, progress)
    if settings.dry_run:
        n_items = sum(1 for _ in items)
        note = f"Would make {n_items} masks with {', '.join(settings.rules) or 'no rule'}."
        return StageResult(stage="refine", facts={"n_masks": n_items}, notes=[note, *scope.sentences()])

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
        log.write()
        tally = tally_of(workspace, done, scope)
        run.facts |= {
            "n_masks": tally.n_masks,
            "n_computed": done.n_computed,
            "n_kept": done.n_kept,
            "n_failed": done.n_failed,
            "fusion": {"name": fusion.name, "fingerprint": fusion.fingerprint},
            "mask_sources": dict(sorted(tally.mask_sources.items())),
            "rules_applied": {rule.name: tally.acted[rule.name] for rule in rules},
            "rules_refused": {rule.name: tally.refused[rule.name] for rule in rules},
            "changed_frac": {rule.name: tally.changed_frac(rule.name) for rule in rules},
        }
    shares = ", ".join(f"{rule.name} {tally.acted[rule.name]}" for rule in rules) or "none chosen"
    notes = [f"{tally.n_masks} masks, {done.n_failed} failed. Rules changed: {shares}."]
    if tally.refused:
        shares = ", ".join(f"{name} {count}" for name, count in sorted(tally.refused.items()))
        notes.append(f"The guard refused what nothing in the picture spoke for: {shares}.")
    return StageResult(stage="refine", facts=run.facts, notes=[*notes, *scope.sentences()])
