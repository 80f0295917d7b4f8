"""Does the audit's inference keep its promises on simulated people?

Scores are simulated with no gap, with groups that share a mean but not a spread, and with a planted
gap; one or five pictures a person, groups of equal and unequal size. Printed beside the audit: a
Mann-Whitney test that takes pictures of one person as independent, and fairlearn's bootstrap interval
of the largest difference between groups.

    python benchmarks/calibration.py --simulations 1000 --seed 1
"""

import argparse
import dataclasses
import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame
from numpy.typing import NDArray
from scipy import stats

from datatools import plugins
from datatools.fairness import power
from datatools.fairness.inference import Contrast, Draws, Rules, contrasts, holm, resample, spread
from datatools.fairness.resampling import Sample
from datatools.metrics import Metric

# 1 - IoU of the published ExtremeC3Net weights on 150 CelebAMask portraits is log-normal with these
# parameters (skewness -2.1; a beta distribution of the same mean and variance has -1.6).
ERROR_LOG_MEAN, ERROR_LOG_SD = -2.93, 0.78
PERSON_FRAC = 0.64  # of the log error's variance lies between people: assumed, no set of ours tells
PLANTED_GAP = 0.02
PICTURES = {"1": (1,), "5": (5,), "1 to 5": (1, 1, 2, 5)}
SIZES = ((10, 90), (30, 170), (100, 100), (10, 20, 40, 80))
COLUMNS = ("rejected", "family", "any group", "cov value", "cov gap", "MannWhit")
FAIRLEARN_SIMULATIONS, FAIRLEARN_REPLICATES = 20, 100  # it takes about a second for 100 replicates

Floats = NDArray[np.float64]
Case = tuple[str, tuple[int, ...]]  # a key of PICTURES, and the groups' numbers of people


@dataclass(frozen=True, slots=True)
class World:
    """How the first group differs from the others, who are alike."""

    name: str
    log_mean: float  # of the error 1 - IoU
    log_sd: float
    shift: float = 0.0  # added to the error

    @property
    def mean(self) -> float:
        """Give the mean IoU of the first group."""
        return 1 - self.shift - float(np.exp(self.log_mean + self.log_sd**2 / 2))


def _world(name: str, *, sd: float = ERROR_LOG_SD, gap: float = 0.0) -> World:
    """Make a world in which the first group's mean lies ``gap`` below the others'."""
    error = np.exp(ERROR_LOG_MEAN + ERROR_LOG_SD**2 / 2) + gap
    return World(name, float(np.log(error) - sd**2 / 2), sd)


SAME = _world("no gap")
WORLDS = (SAME, _world("no gap, wider spread", sd=1.1), _world("planted gap", gap=PLANTED_GAP))


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One simulated data set: each picture's IoU, person and group."""

    iou: Floats
    person: NDArray[np.int64]
    group: NDArray[np.int64]  # of each person

    def sample(self, metric: Metric) -> Sample:
        """Give the people with their sums."""
        n_people = len(self.group)
        sums = np.bincount(self.person, self.iou, n_people)
        n_images = np.bincount(self.person, minlength=n_people)
        return Sample(metric, np.stack([sums, n_images], axis=1), self.group)


def simulate(world: World, sizes: Sequence[int], pictures: Sequence[int], rng: np.random.Generator) -> Study:
    """Draw people, each with some of ``pictures``; their pictures share a part of their error."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    person = np.repeat(np.arange(len(group)), rng.choice(pictures, len(group)))
    is_first = group[person] == 0
    shared = rng.normal(size=len(group))[person] * np.sqrt(PERSON_FRAC)
    own = rng.normal(size=len(person)) * np.sqrt(1 - PERSON_FRAC)
    log_mean = np.where(is_first, world.log_mean, SAME.log_mean)
    log_sd = np.where(is_first, world.log_sd, SAME.log_sd)
    error = np.exp(log_mean + log_sd * (shared + own)) + np.where(is_first, world.shift, 0.0)
    return Study(1 - np.minimum(error, 1.0), person, group)


@dataclass(slots=True)
class Tally:
    """Shares of simulations, in per cent."""

    rejected: list[bool]
    family: list[bool]
    spread: list[bool]
    value_covered: list[bool]
    gap_covered: list[bool]
    mann_whitney: list[bool]
    detectable: list[float]

    def line(self) -> str:
        """Give the shares as a row of the table."""
        shares = (
            self.rejected,
            self.family,
            self.spread,
            self.value_covered,
            self.gap_covered,
            self.mann_whitney,
        )
        return " ".join(f"{100 * np.mean(share):9.1f}" for share in shares)


def run(world: World, sizes: Sequence[int], pictures: Sequence[int], n: int, seed: Sequence[int]) -> Tally:
    """Audit ``n`` simulated data sets."""
    rng = np.random.default_rng(seed)
    metric: Metric = plugins.build("metrics", "iou_fg_image")
    rules = Rules(margin=0.01, alpha=0.05)
    tally = Tally([], [], [], [], [], [], [])
    for number in range(n):
        study = simulate(world, sizes, pictures, rng)
        found = resample(study.sample(metric), Draws(1000, 1000, number))
        groups = contrasts(found, metric.bounds, [1] * len(sizes), rules)
        p_values = [contrast.p_value or 0.0 for contrast in groups]
        tests = p_values if len(sizes) > 2 else p_values[:1]
        tally.rejected.append(p_values[0] < 0.05)
        tally.family.append(min(holm(tests)) < 0.05)
        tally.spread.append((spread(found, np.ones(len(sizes), bool)).p_value or 0.0) < 0.05)
        tally.value_covered.append(_holds(groups[0].value.low, world.mean, groups[0].value.high))
        tally.gap_covered.append(_holds(groups[0].gap.low, world.mean - SAME.mean, groups[0].gap.high))
        is_first = study.group[study.person] == 0
        blind = stats.mannwhitneyu(study.iou[is_first], study.iou[~is_first])
        tally.mann_whitney.append(blind.pvalue < 0.05)
        tally.detectable.append(_detectable(groups[0]))
    return tally


def _holds(low: float | None, truth: float, high: float | None) -> bool:
    return low is not None and high is not None and low <= truth <= high


def _detectable(contrast: Contrast) -> float:
    return power.detectable_gap(contrast.se, contrast.rest_se, contrast.n_people, contrast.n_rest, 0.05)


def _world_line(world: World, case: Case, n: int, seed: Sequence[int]) -> str:
    pictures, sizes = case
    return _name(case) + run(world, sizes, PICTURES[pictures], n, seed).line()


def _power_line(case: Case, n: int, seed: Sequence[int]) -> str:
    """Plant the gap that the power page calls detectable; it should be found in about 80%."""
    pictures, sizes = case
    gap = float(np.median(run(SAME, sizes, PICTURES[pictures], 100, [*seed, 0]).detectable))
    # Shifted, so that the spread stays the one that the size of the gap was worked out from.
    tally = run(dataclasses.replace(SAME, shift=gap), sizes, PICTURES[pictures], n, [*seed, 1])
    return f"{_name(case)} {100 * gap:8.2f} {100 * np.mean(tally.rejected):9.1f}"


def _name(case: Case) -> str:
    pictures, sizes = case
    return f"{pictures:>8} {'/'.join(map(str, sizes)):>14} "


def fairlearn_excludes_zero(rng: np.random.Generator) -> float:
    """Give the share of data sets without a gap whose interval of the largest difference is above 0."""
    above = []
    for number in range(FAIRLEARN_SIMULATIONS):
        study = simulate(SAME, (10, 20, 40, 80), (1,), rng)
        frame = MetricFrame(
            metrics=lambda truth, iou: float(np.mean(iou)),  # noqa: ARG005  # fairlearn's signature
            y_true=np.zeros(len(study.iou)),
            y_pred=study.iou,
            sensitive_features=pd.Series(study.group[study.person], name="group"),
            n_boot=FAIRLEARN_REPLICATES,
            ci_quantiles=[0.025, 0.975],
            random_state=number,
        )
        low, _ = frame.difference_ci()
        above.append(low > 0)
    return float(np.mean(above))


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    n, seed = arguments.simulations, arguments.seed
    print(f"{n} simulations each, seed {seed}; per cent; first group against the rest")
    header = " ".join(f"{name:>9}" for name in COLUMNS)
    cases = list(itertools.product(PICTURES, SIZES))
    with ProcessPoolExecutor() as pool:
        for place, world in enumerate(WORLDS):
            print(f"\n{world.name} (gap {100 * (world.mean - SAME.mean):.1f} points)")
            print(f"{'pictures':>8} {'people':>14}  {header}")
            seeds = [(seed, place, number) for number in range(len(cases))]
            several = [[value] * len(cases) for value in (world, n)]
            for line in pool.map(_world_line, several[0], cases, several[1], seeds):
                print(line, flush=True)
        print("\npower at the detectable gap (80 by design)")
        print(f"{'pictures':>8} {'people':>14}  {'gap':>8} {'found':>9}")
        chosen = [case for case in cases if case[1] in SIZES[1:3]]
        seeds = [(seed, len(WORLDS), number) for number in range(len(chosen))]
        for line in pool.map(_power_line, chosen, [n] * len(chosen), seeds):
            print(line, flush=True)
    share = fairlearn_excludes_zero(np.random.default_rng([seed, len(WORLDS) + 1]))
    print(f"\nno gap: fairlearn's interval of the largest difference is above 0 in {100 * share:.0f}%")


if __name__ == "__main__":
    main()
