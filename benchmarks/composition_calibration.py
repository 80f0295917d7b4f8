"""Do the composition audit's intervals and tests hold what they promise?

On simulated data sets whose truth is known: the share of intervals that hold it (95 is right), the share
of true nulls that are rejected at 5% (5 is right), and how often planted differences are found. Also the
time and the memory of an audit of 200,000 pictures with 1,000,000 answers. About twenty minutes on one
core; ``--quick`` takes one::

    python benchmarks/composition_calibration.py
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datatools import tables
from datatools.fairness.composition.composition import share_interval, wilson
from datatools.fairness.composition.diversity import effective
from datatools.fairness.composition.nuisance import tell
from datatools.fairness.composition.representation import goodness_of_fit
from datatools.progress import Progress
from datatools.records import Annotation, Sample, Source
from datatools.stages import composition
from datatools.workspace import Workspace

Floats = NDArray[np.float64]
ALPHA = 0.05
# shares of the groups
POPULATIONS = (
    (0.5, 0.5),
    (0.6, 0.4),
    (0.95, 0.05),
    (0.4, 0.3, 0.2, 0.1),
    (0.5, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02),
)
SIZES = (30, 100, 1000)


def wilson_coverage(n_runs: int, rng: np.random.Generator) -> None:
    """Print how often Wilson's interval of a group's share holds it."""
    print("share of people, Wilson: % of intervals that hold the truth")
    for share in (0.5, 0.1, 0.02):
        held = []
        for n in SIZES:
            counts = rng.binomial(n, share, n_runs)
            ends = [wilson(count / n, n) for count in counts]
            held.append(100 * np.mean([low <= share <= high for low, high in ends]))
        print(f"  share {share}: " + ", ".join(f"n {n}: {h:.1f}" for n, h in zip(SIZES, held, strict=True)))
    is_held = []
    for _ in range(n_runs):
        chance = rng.beta(4, 1, 60)  # each person's own chance that a mask is accepted, mean 0.8
        low, high = share_interval([(int(rng.binomial(5, p)), 5) for p in chance.tolist()])
        is_held.append(low <= 0.8 <= high)
    print(f"  share of pictures, 60 people with 5 each: {100 * np.mean(is_held):.1f}")


def diversity_coverage(n_runs: int, rng: np.random.Generator) -> None:
    """Print how often the intervals of the effective numbers of groups hold them."""
    print("effective number of groups: % that hold the truth, inverse Simpson / exp Shannon")
    for shares in POPULATIONS:
        p = np.array(shares)
        truths = 1 / (p**2).sum(), np.exp(-(p * np.log(p)).sum())
        told = []
        for n in SIZES:
            held = np.zeros(2)
            for _ in range(n_runs):
                found = effective(rng.multinomial(n, p).astype(np.int64), rng)
                assert found is not None
                for place, number in enumerate((found.inverse_simpson, found.exp_shannon)):
                    low, high = number.low or 0.0, number.high or 0.0
                    held[place] += low - 1e-9 <= truths[place] <= high + 1e-9
            told.append(f"n {n}: {100 * held[0] / n_runs:.1f} / {100 * held[1] / n_runs:.1f}")
        print(f"  {shares}: {', '.join(told)}", flush=True)


def fit_rejections(n_runs: int, rng: np.random.Generator) -> None:
    """Print how often people drawn from the reference itself are said not to be."""
    print("goodness of fit: % of true nulls rejected at 5%")
    for shares in POPULATIONS:
        p = np.array(shares)
        told = []
        for n in SIZES:
            drawn = rng.multinomial(n, p, size=n_runs)
            found = [goodness_of_fit(counts.astype(np.int64), p, rng) for counts in drawn]
            rejected = 100 * np.mean([p_value <= ALPHA for _, p_value, _ in found])
            told.append(f"n {n}: {rejected:.1f} ({found[0][2]})")
        print(f"  {shares}: {', '.join(told)}", flush=True)


def _study(
    n_people: int, n_groups: int, effect: float, rng: np.random.Generator
) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    """Draw skewed, correlated nuisances and groups; ``effect`` shifts two nuisances of the first group."""
    group = np.concatenate([np.arange(n_groups), rng.choice(n_groups, n_people - n_groups)])
    common = rng.normal(size=n_people)
    features = {f"n{i}": np.exp(0.5 * (common + rng.normal(size=n_people))) for i in range(8)}
    for name in ("n0", "n1"):
        features[name] = features[name] * np.exp(effect * (group == 0))
    features["n2"][rng.random(n_people) < 0.3] = np.nan
    return features, group.astype(np.int64)


def nuisance_rejections(n_runs: int, rng: np.random.Generator) -> None:
    """Print how often groups that no nuisance tells are said to be told, and planted ones found."""
    print("nuisances: % of tests with p <= 5%, and of AUC intervals that hold 0.5")
    for n_people, n_groups in ((60, 2), (200, 3), (600, 2)):
        for effect in (0.0, 0.4):
            found = [tell(*_study(n_people, n_groups, effect, rng), 199, rng) for _ in range(n_runs)]
            told = [one for one in found if one is not None]
            rejected = 100 * np.mean([one.p_value <= ALPHA for one in told])
            held = 100 * np.mean([(one.auc.low or 0) <= 0.5 <= (one.auc.high or 1) for one in told])
            name = "no effect" if effect == 0 else f"effect {effect} SD"
            print(f"  {n_people} people, {n_groups} groups, {name}: {rejected:.1f}, {held:.1f}", flush=True)


def speed(n_pictures: int, n_annotators: int, rng: np.random.Generator) -> None:
    """Print the time and the memory of one audit of many pictures."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "ws")
        workspace.create()
        _fill(workspace, n_pictures, n_annotators, rng)
        started = time.monotonic()
        composition.run(workspace, composition.Settings(pictures=False), Progress("quiet"))
        elapsed_s = time.monotonic() - started
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n_pictures:,} pictures, {n_pictures * n_annotators:,} answers: {elapsed_s:.1f} s "
        f"({60 / elapsed_s:.1f} times as fast as the limit of 60 s), peak of this process {peak_mib:.0f} MiB"
    )


def _fill(workspace: Workspace, n_pictures: int, n_annotators: int, rng: np.random.Generator) -> None:
    ids = [f"{number:016x}" for number in range(n_pictures)]
    workspace.write(tables.SOURCES, [Source(source="set", root="/", reader="folder", licence="own")])
    samples = (
        Sample(
            sample_id=name,
            path=f"{name}.jpg",
            width_px=512,
            height_px=512,
            source="set",
            licence="own",
            person_id=name,
            reference_mask=None,
            mask_source=None,
            mask_encoding=None,
            source_split=None,
            aliases=[],
            status="ok",
            error=None,
        )
        for name in ids
    )
    workspace.write(tables.MANIFEST, samples)
    races = ("white", "black", "indian", "east_asian", "southeast_asian", "middle_eastern", "latino_hispanic")
    truth = rng.choice(len(races), n_pictures)
    for annotator in range(n_annotators):
        said = np.where(rng.random(n_pictures) < 0.8, truth, rng.choice(len(races), n_pictures))
        workspace.append_batch(
            Annotation(
                sample_id=name,
                question="perceived_race",
                value=races[value],
                annotator_id=f"ann{annotator}",
                source="annotator",
                vocabulary="fairface_race@1",
                created_at="2024-01-01T00:00:00Z",
                lead_time_s=1.0,
                presentation_order=place,
                batch=f"batch{annotator}",
            )
            for place, (name, value) in enumerate(zip(ids, said.tolist(), strict=True))
        )


STUDIES: tuple[tuple[Callable[[int, np.random.Generator], None], int], ...] = (
    (wilson_coverage, 4_000),
    (diversity_coverage, 1_000),
    (fit_rejections, 2_000),
    (nuisance_rejections, 400),
)


def main() -> None:
    """Print every study."""
    is_quick = "--quick" in sys.argv
    for study, n_runs in STUDIES:
        study(n_runs // 20 if is_quick else n_runs, np.random.default_rng(1))
    speed(5_000 if is_quick else 200_000, 5, np.random.default_rng(1))


if __name__ == "__main__":
    main()
