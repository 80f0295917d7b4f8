"""Do the intervals of `datatools ablate` hold the truth 95 times in 100, with few seeds?

Simulated ablations whose truth is known: two arms, their runs with luck of their own (between seeds), and
pictures that differ between arms and between runs. For each case: how many of the intervals hold the true
difference (95 is right), and how wide they are on average, in points of 100; beside them

- people: the bootstrap over people alone, as if one training told everything of a recipe,
- paired: the textbook interval of differences paired by seed, with Satterthwaite's degrees of freedom.

One case is a change of the gap between two groups. Under a minute on a free core::

    python benchmarks/ablate_calibration.py
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools import plugins
from datatools.fairness.models.runs import Contrast, Spread, Term, spreads

Floats = NDArray[np.float64]
Ends = tuple[float, float]
_METRIC = plugins.build("metrics", "iou_fg_image")
_PERSON, _ARM, _BOTH = 0.05, 0.02, 0.02  # deviations: of people; of what an arm, and a run, does to a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of ablation."""

    name: str
    n_people: int = 100
    n_seeds: int = 3
    luck: float = 0.003  # deviation between an arm's runs
    ratio: float = 1.0  # of the second arm's luck to the first's
    shared: float = 0.0  # correlation of the luck of one seed in two arms
    is_skewed: bool = False  # what the arm does to people
    is_by_group: bool = False  # the change of the gap of the first fifth of people to the rest


CASES = (
    Case(name="luck does nothing", luck=0.0),
    Case(name="luck as large as people"),
    Case(name="luck rules", luck=0.01),
    Case(name="two seeds", n_seeds=2),
    Case(name="five seeds", n_seeds=5),
    Case(name="luck twice as large in one arm", ratio=2.0),
    Case(name="luck four times as large in one arm", ratio=4.0),
    Case(name="seeds share their luck", shared=0.7),
    Case(name="20 people, skewed", n_people=20, is_skewed=True),
    Case(name="change of a gap, 20 of 100 people", is_by_group=True),
)


def simulate(case: Case, rng: np.random.Generator) -> list[Floats]:
    """Draw scores of two arms that are equally good, each (n_seeds, n_people)."""
    person = rng.normal(0.9, _PERSON, case.n_people)
    gain = (
        (rng.chisquare(1.5, case.n_people) - 1.5) / np.sqrt(3)
        if case.is_skewed
        else rng.standard_normal(case.n_people)
    )
    common = rng.standard_normal(case.n_seeds)
    arms = []
    for arm in range(2):
        own = rng.standard_normal(case.n_seeds)
        luck = np.sqrt(case.shared) * common + np.sqrt(1 - case.shared) * own
        luck *= case.luck * (case.ratio if arm else 1.0)
        noise = rng.normal(0, _BOTH, (case.n_seeds, case.n_people))
        arms.append(person + arm * _ARM * gain + luck[:, None] + noise)
    if case.is_by_group:  # luck that falls on a group: what gaps between groups vary by
        is_in = np.arange(case.n_people) < case.n_people // 5
        for values in arms:
            values += is_in * rng.normal(0, case.luck, (case.n_seeds, 1))
    return arms


def ours(case: Case, arms: list[Floats], seed: int) -> Ends:
    """Give the interval of the second arm minus the first, or of the change of the gap."""
    everybody = np.ones(case.n_people, np.bool_)
    contrast: Contrast = (Term(1, everybody, 1.0), Term(0, everybody, -1.0))
    stratum = np.zeros(case.n_people, np.int64)
    if case.is_by_group:
        is_in = np.arange(case.n_people) < case.n_people // 5
        parts = ((is_in, 1.0), (~is_in, -1.0))
        contrast = tuple(Term(arm, who, sign * (2 * arm - 1)) for arm in (0, 1) for who, sign in parts)
        stratum = is_in.astype(np.int64)
    found: list[Spread] = spreads(
        _METRIC,
        [np.stack([values, np.ones_like(values)], axis=-1) for values in arms],
        [contrast],
        stratum,
        n_replicates=1000,
        seed=seed,
        is_trained=(True, True),
    )
    return found[0].interval()


def _differences(case: Case, arms: list[Floats]) -> Floats:
    """Give what each person of each seed adds to the mean (n_seeds, n_people)."""
    difference = arms[1] - arms[0]
    if case.is_by_group:
        n, n_in = case.n_people, case.n_people // 5
        difference = difference * np.where(np.arange(n) < n_in, n / n_in, -n / (n - n_in))
    return difference


def over_people(case: Case, arms: list[Floats]) -> Ends:
    """Give Student's interval over people of the mean over seeds."""
    mine = _differences(case, arms).mean(axis=0)
    half = stats.t.ppf(0.975, case.n_people - 1) * mine.std(ddof=1) / np.sqrt(case.n_people)
    return float(mine.mean() - half), float(mine.mean() + half)


def paired_by_seed(case: Case, arms: list[Floats]) -> Ends:
    """Give the interval of variance components, seeds of the two arms paired."""
    mine = _differences(case, arms)
    n_seeds, n = mine.shape
    people = mine.mean(axis=0).var(ddof=1) / n
    within = (mine - mine.mean(axis=1, keepdims=True)).var(axis=0, ddof=1).sum() / n_seeds / n**2
    seeds = max(0.0, mine.mean(axis=1).var(ddof=1) / n_seeds - within)
    dof = (people + seeds) ** 2 / (people**2 / (n - 1) + seeds**2 / (n_seeds - 1))
    half = stats.t.ppf(0.975, dof) * np.sqrt(people + seeds)
    return float(mine.mean() - half), float(mine.mean() + half)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000, help="simulated ablations of each case")
    n_runs = parser.parse_args().runs
    started = time.perf_counter()
    print(f"{n_runs} simulated ablations a case: % of 95% intervals that hold the truth (mean width, points)")
    print(f"{'':38}{'ours':>16}{'people':>16}{'paired':>16}")
    for case in CASES:
        rng = np.random.default_rng(0)
        held, width = np.zeros(3), np.zeros(3)
        for seed in range(n_runs):
            arms = simulate(case, rng)
            found = (ours(case, arms, seed), over_people(case, arms), paired_by_seed(case, arms))
            for place, (low, high) in enumerate(found):
                held[place] += low <= 0 <= high
                width[place] += 100 * (high - low)
        cells = (f"{100 * h / n_runs:.1f} ({w / n_runs:.2f})" for h, w in zip(held, width, strict=True))
        print(f"{case.name:38}" + "".join(f"{cell:>16}" for cell in cells), flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
