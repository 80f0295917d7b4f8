"""Does adjustment hold on portraits, with light as it is measured and a network as it errs?

Every person is rendered twice, in ordinary conditions and in hard ones (dim light from the side, noise, a
backdrop in the person's own colours), measured, and segmented by the released student. An audit then
draws 200 people and puts them in two groups by lot; 70% of the first are shown in the hard picture and 20%
of the second. The groups are the same people, so the true gap is none; what differs are the conditions,
of which only what ``measure`` reads is known. Printed: how often raw, adjusted and matched intervals hold 0.

    python benchmarks/confounded_rendered.py --people 300 --simulations 1000 --seed 2
"""

import argparse
import dataclasses
import functools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

import datatools.student
from datatools import plugins
from datatools.fairness.estimates import Estimate
from datatools.fairness.gaps import Plan
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.groups import Axis
from datatools.fairness.why.adjusting import adjustments
from datatools.masks import Face
from datatools.measures import measure
from datatools.metrics._counts import count
from datatools.progress import Progress
from datatools.records import Measurement
from datatools.synthetic.identity import sample_identity
from datatools.synthetic.plant import PLANTS, harden
from datatools.synthetic.portrait import Portrait, stage
from datatools.synthetic.scene import sample_scene
from datatools.teachers import Teacher
from datatools.teachers._load import load_teacher

WEIGHTS = Path(datatools.student.__file__).parent / "released" / "extremec3net.pt"
N_AUDITED = 200
FIRST_FRAC = 0.3
HARD_FRAC = {"a": 0.7, "b": 0.2}
MIN_PX, MAX_PX = 160, 224


@dataclass(frozen=True, slots=True)
class Picture:
    """What an audit knows of one picture."""

    counts: dict[str, int]
    measured: dict[str, float]


@functools.cache
def _student() -> Teacher:
    return load_teacher(str(WEIGHTS))


def _picture(portrait: Portrait) -> Picture:
    """Segment and measure."""
    (face,) = portrait.faces
    low, high = face.points.min(axis=0), face.points.max(axis=0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    predicted = _student().matte(portrait.image, ()).threshold()
    counts = dataclasses.asdict(count(predicted, portrait.mask))
    return Picture(counts, measure(portrait.image, Face(box, face, None), portrait.mask).values)


def pair(seed: tuple[int, int]) -> tuple[Picture, Picture]:
    """Render one person in ordinary and in hard conditions."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    identity, scene = sample_identity(rng, seed[1] % 10 + 1), sample_scene(rng, MIN_PX, MAX_PX)
    staged = stage(identity, scene)
    hard = harden(scene, PLANTS["dim_covered"])
    return _picture(staged.take(scene)), _picture(staged.take(hard))


def audit(
    pairs: Sequence[tuple[Picture, Picture]], rng: np.random.Generator
) -> tuple[Estimate, Estimate, Estimate | None]:
    """Audit people in groups by lot; give the first group's raw, adjusted and matched gap."""
    chosen = rng.choice(len(pairs), min(N_AUDITED, len(pairs)), replace=False)
    rows, measurements, group_of = [], [], {}
    for place, number in enumerate(chosen):
        group = "a" if place < FIRST_FRAC * len(chosen) else "b"
        picture = pairs[number][int(rng.random() < HARD_FRAC[group])]
        name = f"p{number}"
        group_of[name] = (group,)
        who = {"sample_id": name, "person_id": name, "model": "student", "reference_source": "rendered"}
        rows.append({**who, **picture.counts})
        measurements += [
            Measurement(sample_id=name, name=key, value=value, measured_by="pixels")
            for key, value in picture.measured.items()
        ]
    lot = Axis(("lot",), ("dataset",), (("a",), ("b",)), group_of)
    plan = Plan([plugins.build("metrics", "iou_fg_image")], [lot], Rules(0.01, 0.05), 5, 1000, 0)
    (found,) = adjustments(pd.DataFrame(rows), plan, measurements, None, Progress("quiet"))
    first = found.groups[0]
    return first.raw, first.adjusted, first.matched


def _holds(gap: Estimate | None) -> float:
    if gap is None or gap.low is None or gap.high is None:
        return np.nan
    return float(gap.low <= 0 <= gap.high)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--simulations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=None)
    arguments = parser.parse_args()
    with ProcessPoolExecutor(arguments.workers) as pool:
        seeds = [(arguments.seed, number) for number in range(arguments.people)]
        pairs = list(pool.map(pair, seeds, chunksize=10))
    metric = plugins.build("metrics", "iou_fg_image")
    plain, hard = (
        float(metric.value(metric.columns(pd.DataFrame([two[side].counts for two in pairs])).sum(axis=0)))
        for side in (0, 1)
    )
    print(f"{len(pairs)} people; mean IoU {100 * plain:.1f}, in hard conditions {100 * hard:.1f}")
    rng = np.random.default_rng([arguments.seed, 1_000_000])
    gaps = [audit(pairs, rng) for _ in range(arguments.simulations)]
    print(f"{arguments.simulations} audits of {min(N_AUDITED, len(pairs))} people, seed {arguments.seed}\n")
    print("| gap | mean, points | holds 0, per cent |\n|---|---|---|")
    for name, column in zip(("raw", "adjusted", "matched"), zip(*gaps, strict=True), strict=True):
        values = [gap.value for gap in column if gap is not None and gap.value is not None]
        held = [_holds(gap) for gap in column]
        print(f"| {name} | {100 * np.mean(values):.2f} | {100 * np.nanmean(held):.1f} |")


if __name__ == "__main__":
    main()
