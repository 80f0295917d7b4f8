"""Which bootstrap interval holds the mean of skewed scores as often as it says?

The mean IoU of n people with one picture each, errors log-normal as in calibration.py: the audit's
studentised (bootstrap-t) interval beside Student's t and scipy's percentile and BCa intervals. Prints
the share of simulations, in per cent, in which each held the true mean; 95 is right.

    python benchmarks/intervals.py --simulations 1000 --seed 1
"""

import argparse

import numpy as np
from calibration import SAME, simulate
from scipy import stats

from datatools import plugins
from datatools.fairness.intervals import bootstrap_t, interval
from datatools.metrics import Metric

N_REPLICATES = 1000
COLUMNS = ("percentile", "BCa", "Student's t", "bootstrap-t")


def coverage(n_people: int, n_simulations: int, rng: np.random.Generator) -> list[float]:
    """Give the share of simulations in which each interval, in the columns' order, held the mean."""
    metric: Metric = plugins.build("metrics", "iou_fg_image")
    held = np.zeros(len(COLUMNS))
    for _ in range(n_simulations):
        study = simulate(SAME, (n_people,), (1,), rng)
        sample = study.sample(metric)
        seen, drawn = sample.observed(), sample.bootstrap(N_REPLICATES, rng)
        value, se = float(seen.value[0]), float(seen.se[0])
        quantiles = bootstrap_t(value, se, drawn.value[:, 0], drawn.se[:, 0], n_people - 1)
        t = float(stats.t.ppf(0.975, n_people - 1))
        ends = [interval(value, se, (-t, t)), interval(value, se, quantiles)]
        for method in ("BCa", "percentile"):
            found = stats.bootstrap((study.iou,), np.mean, n_resamples=N_REPLICATES, method=method, rng=rng)
            ends.insert(0, found.confidence_interval)
        held += [low <= SAME.mean <= high for low, high in ends]
    return [float(share) for share in 100 * held / n_simulations]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"{arguments.simulations} simulations each, seed {arguments.seed}")
    print("people " + " ".join(f"{name:>12}" for name in COLUMNS))
    for n_people in (5, 10, 20, 50, 100):
        rng = np.random.default_rng([arguments.seed, n_people])
        shares = coverage(n_people, arguments.simulations, rng)
        print(f"{n_people:>6} " + " ".join(f"{share:12.1f}" for share in shares), flush=True)


if __name__ == "__main__":
    main()
