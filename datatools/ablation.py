"""What does each refining rule contribute, measured on masks that people drew or that were rendered?

Each rule is applied alone, and left out of all; both are compared, picture by picture, with the same
matte and the same rules otherwise. The guard is on, as it is in the stage.
"""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from datatools import plugins, tables
from datatools.errors import DataError, DatatoolsError
from datatools.fairness.estimates import Estimate
from datatools.fairness.statistics.paired import mean_difference
from datatools.fairness.statistics.people import Floats
from datatools.images import read_reference_mask
from datatools.masks import RGB, Face, Mask, Matte
from datatools.metrics import Metric
from datatools.metrics._counts import Counts, count, resized
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.refiners import Refiner
from datatools.refiners._chain import refine
from datatools.selection import Target
from datatools.workspace import Workspace

ALL_RULES = "all rules"
_NO_RULE, _ALONE, _LEFT_OUT, _TOGETHER = "no rule", "alone", "left out", "together"
_POINT = 0.01  # of IoU
_N_REPLICATES = 2_000

Variants = dict[str, Mask]  # by what was applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The counts of one picture's masks against its reference, by what was applied."""

    person_id: str
    reference: str  # human or rendered
    counts: dict[str, Counts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What a rule does to the masks of one kind of reference; differences are with less without it.

    IoU and boundary F1 are means over pictures in [0, 1], their intervals clustered by person.
    """

    rule: str
    how: str  # alone: against no rule; left out: all rules against all but this; together: all against none
    reference: str
    n_images: int
    n_people: int
    n_changed: int  # pictures whose mask differs
    iou_without: float
    iou_with: float
    iou_difference: float | None
    iou_low: float | None
    iou_high: float | None
    boundary_f1_difference: float | None
    boundary_f1_low: float | None
    boundary_f1_high: float | None
    lost_a_point_frac: float  # share of pictures that lose more than a point of IoU


def _alone(rule: str) -> str:
    return f"{rule} {_ALONE}"


def _without(rule: str) -> str:
    return f"{ALL_RULES} without {rule}"


def variants(image: RGB, matte: Matte, faces: Sequence[Face], rules: Sequence[Refiner]) -> Variants:
    """Give the masks with no rule, with all, with each rule alone and with all but each."""
    everything = refine(image, matte, faces, rules)
    found = {_NO_RULE: matte.threshold(), ALL_RULES: everything.mask}
    for rule in rules:
        others = [other for other in rules if other is not rule]
        found[_alone(rule.name)] = refine(image, matte, faces, [rule]).mask
        # A rule that never touched the matte is not missed.
        is_missed = rule.name in everything.touched
        found[_without(rule.name)] = (
            refine(image, matte, faces, others).mask if is_missed else everything.mask
        )
    return found


def compare(masks: Variants, truth: Mask) -> dict[str, Counts]:
    """Count each mask's errors against the reference, at the reference's size."""
    return {name: count(resized(mask, truth.array.shape), truth) for name, mask in masks.items()}


def contributions(
    measured: Sequence[Measured], rules: Sequence[str], rng: np.random.Generator
) -> list[Contribution]:
    """Summarise pictures, separately for each kind of reference; the rules in their order, all last."""
    found = []
    for reference in sorted({one.reference for one in measured}):
        of_kind = [one for one in measured if one.reference == reference]
        pairs = [(rule, _ALONE, _NO_RULE, _alone(rule)) for rule in rules]
        pairs += [(rule, _LEFT_OUT, _without(rule), ALL_RULES) for rule in rules]
        pairs.append((ALL_RULES, _TOGETHER, _NO_RULE, ALL_RULES))
        found += [
            _contribution(of_kind, rule, how, reference, before, after, rng)
            for rule, how, before, after in pairs
        ]
    return found


def _values(measured: Sequence[Measured], variant: str, metric: str) -> Floats:
    """Give each picture's value of a metric that is a mean over pictures (n_images,)."""
    chosen: Metric = plugins.build("metrics", metric)
    frame = pd.DataFrame([asdict(one.counts[variant]) for one in measured])
    return chosen.columns(frame)[:, 0]


def _contribution(
    measured: Sequence[Measured],
    rule: str,
    how: str,
    reference: str,
    before: str,
    after: str,
    rng: np.random.Generator,
) -> Contribution:
    people = [one.person_id for one in measured]
    old, new = (_values(measured, variant, "iou_fg_image") for variant in (before, after))
    old_edge, new_edge = (_values(measured, variant, "boundary_f1") for variant in (before, after))
    iou: Estimate = mean_difference(new - old, people, _N_REPLICATES, rng)
    edge: Estimate = mean_difference(new_edge - old_edge, people, _N_REPLICATES, rng)
    return Contribution(
        rule=rule,
        how=how,
        reference=reference,
        n_images=len(measured),
        n_people=len(set(people)),
        n_changed=sum(one.counts[before] != one.counts[after] for one in measured),
        iou_without=float(old.mean()),
        iou_with=float(new.mean()),
        iou_difference=iou.value,
        iou_low=iou.low,
        iou_high=iou.high,
        boundary_f1_difference=edge.value,
        boundary_f1_low=edge.low,
        boundary_f1_high=edge.high,
        lost_a_point_frac=float((new - old < -_POINT).mean()),
    )


def sentence(row: Contribution) -> str:
    """Say what a rule contributes, in points of 100."""

    def points(value: float | None, low: float | None, high: float | None) -> str:
        if value is None:
            return "undefined"
        ends = "" if low is None or high is None else f" [{100 * low:+.2f}, {100 * high:+.2f}]"
        return f"{100 * value:+.2f}{ends}"

    name = row.rule if row.how == _TOGETHER else f"{row.rule}, {row.how}"
    if not row.n_changed:
        return f"{name}: changed none of {row.n_images} pictures ({row.reference} masks)"
    iou = points(row.iou_difference, row.iou_low, row.iou_high)
    edge = points(row.boundary_f1_difference, row.boundary_f1_low, row.boundary_f1_high)
    return (
        f"{name}: IoU {iou}, boundary F1 {edge} points; changed {row.n_changed} of {row.n_images} pictures "
        f"({row.reference} masks), {row.lost_a_point_frac:.1%} of them all lost more than a point"
    )


Fused = tuple[RGB, Matte, Sequence[Face]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture with a mask that people drew or that was rendered."""

    person_id: str
    target: Target
    fused: Callable[[], Fused]  # reads the picture, its fused matte and its faces


def _measure(picture: Picture, rules: Sequence[Refiner]) -> Measured | DatatoolsError:
    try:
        masks = variants(*picture.fused(), rules)
        counts = compare(masks, read_reference_mask(picture.target.path).mask)
    except DatatoolsError as error:
        return error
    return Measured(person_id=picture.person_id, reference=picture.target.mask_source, counts=counts)


def run(
    workspace: Workspace,
    settings: dict[str, object],
    pictures: Sequence[Picture],
    rules: Sequence[Refiner],
    *,
    seed: int,
    progress: Progress,
) -> StageResult:
    """Measure the rules on pictures; write WS/reports/ablation and a run record.

    Raises:
        DataError: there is no picture to measure on, or all failed.
    """
    folder = workspace.report_folder("ablation")
    files = folder / "ablation.csv", folder / "ablation.json"
    reads = (tables.MANIFEST, tables.MATTES, tables.LANDMARKS)
    with workspace.run("refine-ablate", settings, reads=reads, writes=files) as record:
        done = []
        with ThreadPoolExecutor(os.cpu_count()) as pool, progress.bar("ablate", len(pictures)) as advance:
            for one in pool.map(lambda picture: _measure(picture, rules), pictures):
                done.append(one)
                advance()
        measured = [one for one in done if isinstance(one, Measured)]
        failed = [str(one) for one in done if not isinstance(one, Measured)]
        last = f"the last because: {failed[-1]}" if failed else ""
        if not measured:
            raise DataError(
                "expected pictures with mattes and with human or rendered masks, got none"
                + (f"; all {len(failed)} failed, {last}" if failed else "")
            )
        rows = contributions(measured, [rule.name for rule in rules], np.random.default_rng(seed))
        plain = [asdict(row) for row in rows]
        tables.write_bytes(files[0], pd.DataFrame(plain).to_csv(index=False).encode())
        tables.write_bytes(files[1], (json.dumps(plain, indent=1) + "\n").encode())
        record.facts |= {"n_images": len(measured), "n_failed": len(failed), "contributions": plain}
    notes = [*map(sentence, rows), f"Written to {workspace.relative(folder)}."]
    if failed:
        notes.append(f"{len(failed)} pictures failed and were left out, {last}")
    return StageResult(stage="refine", facts=record.facts, notes=notes)
