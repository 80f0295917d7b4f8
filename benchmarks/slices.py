"""Does the search for slices find a bad slice, and none where there is none?

Fifteen conditions are measured on each picture. Nothing moves the score, or pictures that are both dark
and turned away (an eighth to a sixth of all) do worse: all by some points, by a share of their error, or
by failing now and then. Printed: how often a slice is reported, how often one that names both conditions
in the right direction; how often a slice's interval holds the true difference, and the mean error of its
gap, corrected and as seen.

    python benchmarks/slices.py --simulations 100 --seed 2
"""

import argparse
import itertools
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools import plugins
from datatools.fairness.gaps import Plan
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.why.slices import slices
from datatools.fairness.why.why_result import Slice
from datatools.progress import Progress
from datatools.records import Measurement

# As in benchmarks/calibration.py: 1 - IoU of the published weights on CelebAMask is log-normal.
ERROR_LOG_MEAN, ERROR_LOG_SD = -2.93, 0.78
MEAN_ERROR = float(np.exp(ERROR_LOG_MEAN + ERROR_LOG_SD**2 / 2))
PERSON_FRAC = 0.64  # of the error's variance: between people
CONDITION_FRAC = 0.5  # of a condition's
N_CONDITIONS = 15
DARK, TURNED = -0.3, 0.3  # bounds of the first two conditions, in standard deviations
AREA_PX = 1_000_000
HARMS = ("none", "all worse", "error times", "some fail")
FAILING_FRAC = 0.2
SIZES = ((500, 1), (500, 5), (1000, 1))  # pictures, and of each person
COLUMNS = ("any", "found", "n slices", "interval holds", "bias", "bias as seen", "seconds")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One simulated data set."""

    scores: pd.DataFrame
    measurements: list[Measurement]
    conditions: Floats  # (n_images, N_CONDITIONS)
    truth: Floats  # (n_images,) what the plant takes from each picture's expected score


def simulate(n_images: int, of_each: int, harm: str, points: float, rng: np.random.Generator) -> Study:
    """Draw pictures; those that are dark and turned away lose ``points`` on average."""
    n_people = n_images // of_each
    person = np.repeat(np.arange(n_people), of_each)

    def drawn(frac: float, *shape: int) -> Floats:
        shared, own = rng.normal(size=(n_people, *shape))[person], rng.normal(size=(n_images, *shape))
        return np.asarray(np.sqrt(frac) * shared + np.sqrt(1 - frac) * own)

    conditions = drawn(CONDITION_FRAC, N_CONDITIONS)
    error = np.exp(ERROR_LOG_MEAN + ERROR_LOG_SD * drawn(PERSON_FRAC))
    is_bad = (conditions[:, 0] < DARK) & (conditions[:, 1] > TURNED)
    if harm == "all worse":
        error = error + points * is_bad
    elif harm == "error times":
        error = error * (1 + points / MEAN_ERROR * is_bad)
    elif harm == "some fail":
        error = error + points / FAILING_FRAC * is_bad * (rng.random(n_images) < FAILING_FRAC)
    wrong = np.round(AREA_PX * np.minimum(error, 1.0))
    ids = [f"s{number}" for number in range(n_images)]
    scores = pd.DataFrame(
        {
            "sample_id": ids,
            "person_id": [f"p{number}" for number in person],
            "model": "student",
            "reference_source": "human",
            "tp": AREA_PX - wrong,
            "fp": 0.0,
            "fn": wrong,
        }
    )
    measurements = [
        Measurement(sample_id=name, name=f"c{place}", value=float(value), measured_by="simulated")
        for name, row in zip(ids, conditions, strict=True)
        for place, value in enumerate(row)
    ]
    truth = np.where(is_bad & (harm != "none"), -points, 0.0)
    return Study(scores, measurements, conditions, truth)


def pictures_of(found: Slice, study: Study) -> NDArray[np.bool_]:
    """Give the pictures (n_images,) that a reported slice is about, read off its own words."""
    inside = np.ones(len(study.truth), bool)
    for text in found.conditions:
        name, sign, bound = text.split()
        number = study.conditions[:, int(name[1:])]
        inside &= number <= float(bound) if sign == "<=" else number > float(bound)
    return inside


def names_both(found: Slice) -> bool:
    """Say whether a slice is dark and turned away."""
    return all(any(text.startswith(begin) for text in found.conditions) for begin in ("c0 <=", "c1 >"))


def run(
    n_images: int,
    of_each: int,
    harm: str,
    n: int,
    seed: Sequence[int],
    *,
    points: float = 0.03,
    depth: int = 2,
    n_dealt: int = 200,
) -> dict[str, float]:
    """Search ``n`` simulated data sets; figures by the names of ``COLUMNS``, bias in points."""
    rng = np.random.default_rng(seed)
    metric = plugins.build("metrics", "iou_fg_image")
    reported, is_found, holds, bias, naive = [], [], [], [], []
    started = time.monotonic()
    for number in range(n):
        study = simulate(n_images, of_each, harm, points, rng)
        plan = Plan([metric], [], Rules(margin=0.01, alpha=0.05), 5, 1000, number)
        (search,) = slices(study.scores, plan, study.measurements, depth, n_dealt, Progress("quiet"))
        reported.append(len(search.slices))
        is_found.append(any(map(names_both, search.slices)))
        for found in search.slices:
            inside = pictures_of(found, study)
            truth = float(study.truth[inside].mean() - study.truth[~inside].mean())
            low, value, high = found.gap.low or 0.0, found.gap.value or 0.0, found.gap.high or 0.0
            holds.append(low <= truth <= high)
            bias.append(100 * (value - truth))
            naive.append(100 * ((low + high) / 2 - truth))
    each_s = (time.monotonic() - started) / n
    mean = [float(np.mean(part)) if part else np.nan for part in (holds, bias, naive)]
    shares = [100 * float(np.mean(np.array(reported) > 0)), 100 * float(np.mean(is_found))]
    figures = [*shares, float(np.mean(reported)), 100 * mean[0], mean[1], mean[2], each_s]
    return dict(zip(COLUMNS, figures, strict=True))


def _line(case: tuple[tuple[int, int], str], n: int, depth: int, seed: Sequence[int]) -> str:
    (n_images, of_each), harm = case
    figures = run(n_images, of_each, harm, n, seed, depth=depth)
    cells = [harm, str(n_images), str(of_each), *(f"{figure:.1f}" for figure in figures.values())]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--harms", nargs="+", choices=HARMS, default=HARMS)
    parser.add_argument("--workers", type=int, default=None)
    arguments = parser.parse_args()
    n, seed = arguments.simulations, arguments.seed
    print(f"{n} simulated searches each, seed {seed}, depth {arguments.depth}, 200 dealt searches\n")
    print(f"| harm | pictures | of each | {' | '.join(COLUMNS)} |")
    print("|---" * (3 + len(COLUMNS)) + "|")
    # A case has its own seed, so that one alone gives the same figures as all of them.
    every = {case: (seed, number) for number, case in enumerate(itertools.product(SIZES, HARMS))}
    cases = [case for case in every if case[1] in arguments.harms]
    seeds = [every[case] for case in cases]
    several = ([n] * len(cases), [arguments.depth] * len(cases))
    with ProcessPoolExecutor(arguments.workers) as pool:
        for line in pool.map(_line, cases, *several, seeds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
