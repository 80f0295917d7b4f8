"""Which interval holds a mean paired difference that is mostly tiny and now and then large?

Two models that are alike in the mean, simulated as in benchmarks/model_pairs.py; a person has one picture.
Printed for each way: how often a true difference of none is rejected at 5%, and how often the one-sided
limit at 95% and at 97.5% misses a loss, so that a model would wrongly count as harmless.

    python benchmarks/paired_intervals.py --simulations 500 --seed 6
"""

import argparse
from collections.abc import Callable

import numpy as np
from model_pairs import BASE_LOG_SD, MODEL_LOG_SD, Frame, World, simulate
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SIZES = (10, 30, 100)
N_REPLICATES = 800
WORLDS = (World("errors alike", BASE_LOG_SD), World("rare large losses", MODEL_LOG_SD))


def bootstrap_t(values: Floats, rng: np.random.Generator) -> Floats:
    """Draw people with replacement; studentised, (N_REPLICATES,)."""
    n = len(values)
    drawn = (values - values.mean())[rng.integers(0, n, (N_REPLICATES, n))]
    spread = np.maximum(drawn.std(axis=1, ddof=1), 1e-9)
    return np.sort(drawn.mean(axis=1) / spread * np.sqrt(n))


def dealt_signs(values: Floats, rng: np.random.Generator) -> Floats:
    """Deal signs to people; studentised, (N_REPLICATES,)."""
    n = len(values)
    drawn = (values - values.mean()) * rng.choice((-1.0, 1.0), (N_REPLICATES, n))
    spread = np.maximum(drawn.std(axis=1, ddof=1), 1e-9)
    return np.sort(drawn.mean(axis=1) / spread * np.sqrt(n))


def wider(values: Floats, rng: np.random.Generator) -> Floats:
    """Take the wider of both at each end."""
    first, second = bootstrap_t(values, rng), dealt_signs(values, rng)
    is_low = np.arange(N_REPLICATES) < N_REPLICATES / 2
    return np.where(is_low, np.minimum(first, second), np.maximum(first, second))


WAYS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "bootstrap-t": bootstrap_t,
    "dealt signs": dealt_signs,
    "the wider": wider,
}


def shares(world: World, n_people: int, n: int, seed: tuple[int, ...]) -> list[float]:
    """Give the shares of each way, in per cent: rejected, missed at 95%, missed at 97.5%."""
    rng = np.random.default_rng(seed)
    frame = Frame.made((n_people,), 1)
    seen = np.zeros((n, len(WAYS), 3))
    for number in range(n):
        old, new = simulate(world, frame, rng)
        values = new - old
        se = values.std(ddof=1) / np.sqrt(n_people)
        for place, way in enumerate(WAYS.values()):
            lowest, high, highest = np.quantile(way(values, rng), [0.025, 0.95, 0.975])
            low_limits = [values.mean() - end * se for end in (highest, high)]
            is_held = low_limits[0] <= 0 <= values.mean() - lowest * se
            seen[number, place] = not is_held, low_limits[1] > 0, low_limits[0] > 0
    return [float(share) for share in 100 * seen.mean(axis=0).ravel()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--simulations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    told = ("rejected", "missed at 95%", "missed at 97.5%")
    print(f"{arguments.simulations} simulated studies a line, seed {arguments.seed}; per cent")
    print(f"| people | errors | {' | '.join(f'{way}: {what}' for way in WAYS for what in told)} |")
    print("|---" * (2 + len(WAYS) * len(told)) + "|")
    for place, world in enumerate(WORLDS):
        for n_people in SIZES:
            found = shares(world, n_people, arguments.simulations, (arguments.seed, place, n_people))
            print(f"| {n_people} | {world.name} | {' | '.join(f'{s:.1f}' for s in found)} |", flush=True)


if __name__ == "__main__":
    main()
