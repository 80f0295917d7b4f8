"""Does adjustment tell a gap of light from a gap of people?

People of the first group are photographed in less light, and light moves the error; the group itself
does nothing, or 2 points. Printed: how often the 95% intervals of the raw, the adjusted and the matched gap
hold the truth; the same for errors that are not corrected for few people (CR0) and for errors that take
pictures of one person as independent; and how often a real gap is found after adjustment.

    python benchmarks/confounded.py --simulations 1000 --seed 2
"""

import argparse
import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.statistics.clustered import CR0, Clusters, Regression
from datatools.fairness.why.alike import Pictures, gap_of
from datatools.fairness.why.conditioning import design
from datatools.fairness.why.confounders import Confounder

# As in benchmarks/calibration.py: 1 - IoU of the published weights on CelebAMask is log-normal.
ERROR_LOG_MEAN, ERROR_LOG_SD = -2.93, 0.78
PERSON_FRAC = 0.64  # of the variance of log error and of every condition: between people
SIZES = ((30, 170), (100, 100), (30, 30, 70, 70))
PICTURES = (1, 5)
LESS_LIGHT_SD = 1.0  # of light, that the first group has less; the second of four groups has a bit more
SECOND_MORE_SD = 0.4
PLANTED_GAP = 0.02
N_OTHERS = 3  # measured conditions that move nothing
MIN_PEOPLE = 5
COLUMNS = ("raw", "adjusted", "matched", "CR0", "unclustered", "p < 0.05", "raw p < 0.05", "unmatched")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class World:
    """What light does to the error."""

    name: str
    is_measured_well: bool = True

    def error(self, base: Floats, light: Floats) -> Floats:
        """Give the error of pictures with an error of ``base`` in light of the mean."""
        if self.name == "steep in the dark":
            return base + 0.06 / (1 + np.exp(3 * (light + 1)))
        if self.name == "times the error":
            return np.asarray(base * np.exp(-0.35 * light))
        return base - 0.02 * light


WORLDS = (
    World("a straight line"),
    World("steep in the dark"),
    World("times the error"),
    World("a straight line, light measured with noise", is_measured_well=False),
)


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One simulated data set."""

    pictures: Pictures
    group: Ints  # of each picture


def simulate(
    world: World, sizes: Sequence[int], n_pictures: int, gap: float, rng: np.random.Generator
) -> Study:
    """Draw people, each with ``n_pictures``; a picture's conditions are partly its person's."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    person = np.repeat(np.arange(len(group)), n_pictures)

    def drawn() -> Floats:
        shared, own = rng.normal(size=len(group))[person], rng.normal(size=len(person))
        return np.asarray(np.sqrt(PERSON_FRAC) * shared + np.sqrt(1 - PERSON_FRAC) * own)

    light = drawn() - LESS_LIGHT_SD * (group[person] == 0)
    if len(sizes) > 2:
        light += SECOND_MORE_SD * (group[person] == 1)
    error = world.error(np.exp(ERROR_LOG_MEAN + ERROR_LOG_SD * drawn()), light)
    seen = light if world.is_measured_well else light + rng.normal(size=len(light))
    confounders = [
        Confounder("light", seen, None),
        *(Confounder(f"other {number}", drawn(), None) for number in range(N_OTHERS)),
    ]
    made = design(confounders, len(group))
    assert made is not None
    return Study(Pictures(1 - error - gap * (group[person] == 0), person, made), group[person])


@dataclass(frozen=True, slots=True)
class Audit:
    """What one audit said of the first group."""

    held: tuple[bool, bool, bool | None, bool, bool]  # raw, adjusted, matched, CR0, unclustered
    is_found: bool
    is_raw_found: bool


def audit(study: Study, gap: float) -> Audit:
    """Audit the first group; its true gap is ``-gap``."""
    pictures, is_in = study.pictures, study.group == 0
    found = gap_of(pictures, is_in, MIN_PEOPLE)
    assert found.adjusted is not None
    base = np.stack([np.ones(len(is_in)), is_in.astype(np.float64)], axis=1)
    columns = np.concatenate([base, pictures.design.columns], axis=1)
    plain = Regression(columns, pictures.values, pictures.clusters).coefficient(1, CR0)
    blind = Regression(columns, pictures.values, Clusters(np.arange(len(is_in)))).coefficient(1)
    reach = float(stats.norm.ppf(0.975)) * plain.se

    def holds(ends: tuple[float, float]) -> bool:
        return ends[0] <= -gap <= ends[1]

    matched = found.matched
    return Audit(
        (
            holds(found.raw.interval()),
            holds(found.adjusted.interval()),
            None if matched is None else holds((matched.low, matched.high)),
            holds((plain.value - reach, plain.value + reach)),
            holds(blind.interval()),
        ),
        (found.adjusted.p_value() or 0.0) < 0.05,
        (found.raw.p_value() or 0.0) < 0.05,
    )


def run(
    world: World, sizes: Sequence[int], n_pictures: int, gap: float, n: int, seed: Sequence[int]
) -> dict[str, float]:
    """Audit ``n`` simulated data sets; shares by the names of ``COLUMNS``."""
    rng = np.random.default_rng(seed)
    audits = [audit(simulate(world, sizes, n_pictures, gap, rng), gap) for _ in range(n)]
    held = np.array([[np.nan if one is None else one for one in found.held] for found in audits], float)
    unmatched = np.isnan(held[:, 2])
    shares = [
        *(float(np.nanmean(column)) if not np.isnan(column).all() else np.nan for column in held.T),
        float(np.mean([found.is_found for found in audits])),
        float(np.mean([found.is_raw_found for found in audits])),
        float(unmatched.mean()),
    ]
    return dict(zip(COLUMNS, shares, strict=True))


def _line(
    world: World, sizes: Sequence[int], n_pictures: int, gap: float, n: int, seed: Sequence[int]
) -> str:
    shares = run(world, sizes, n_pictures, gap, n, seed)
    cells = [world.name, "/".join(map(str, sizes)), str(n_pictures), f"{100 * gap:g}"]
    return "| " + " | ".join([*cells, *(f"{100 * share:.1f}" for share in shares.values())]) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=None)
    arguments = parser.parse_args()
    print(f"{arguments.simulations} simulated audits each, seed {arguments.seed}; per cent\n")
    print(f"| light is | people | pictures | gap | {' | '.join(COLUMNS)} |")
    print("|---" * (4 + len(COLUMNS)) + "|")
    cases = list(itertools.product(WORLDS, SIZES, PICTURES, (0.0, PLANTED_GAP)))
    seeds = [(arguments.seed, number) for number in range(len(cases))]
    with ProcessPoolExecutor(arguments.workers) as pool:
        columns = zip(*cases, strict=True)
        for line in pool.map(_line, *columns, [arguments.simulations] * len(cases), seeds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
