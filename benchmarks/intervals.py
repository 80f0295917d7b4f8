"""Which bootstrap interval holds the mean of skewed scores as often as it says?

The mean IoU of n people with one picture each, errors log-normal as in calibration.py: the audit's
studentised (bootstrap-t) interval on log odds, stretched for few people, beside the plain bootstrap-t,
Student's t and scipy's percentile and BCa intervals. Prints the share of simulations, in per cent, in which
each held the true mean; 95 is right.

    python benchmarks/intervals.py --simulations 1000 --seed 1
"""

import argparse

import numpy as np
from calibration import REST, simulate
from scipy import stats

from datatools import plugins
from datatools.fairness.statistics.intervals import bootstrap_t, interval, value_interval
from datatools.fairness.statistics.resampling import Sample
from datatools.metrics import Metric

N_REPLICATES = 1000
COLUMNS = ("percentile", "BCa", "Student's t", "bootstrap-t", "the audit's")


def coverage(n_people: int, n_simulations: int, rng: np.random.Generator) -> list[float]:
    """Give the share of simulations in which each interval, in the columns' order, held the mean."""
    metric: Metric = plugins.build("metrics", "iou_fg_image")
    truth = 1 - REST.error
    held = np.zeros(len(COLUMNS))
    for iou in simulate(REST, (n_people,), (1,), n_simulations, rng).iou[..., 0]:
        columns = np.stack([iou, np.ones(n_people)], axis=1)
        sample = Sample(metric, columns, np.zeros(n_people, np.int64))
        seen, drawn = sample.observed(), sample.bootstrap(N_REPLICATES, rng)
        value, se = float(seen.value[0]), float(seen.se[0])
        replicates = drawn.value[:, 0], drawn.se[:, 0]
        t = float(stats.t.ppf(0.975, n_people - 1))
        ends = [
            interval(value, se, (-t, t)),
            interval(value, se, bootstrap_t(value, se, *replicates, n_people - 1)),
            value_interval(value, se, *replicates, n_people, metric.bounds),
        ]
        for method in ("BCa", "percentile"):
            found = stats.bootstrap((iou,), np.mean, n_resamples=N_REPLICATES, method=method, rng=rng)
            ends.insert(0, found.confidence_interval)
        held += [low <= truth <= high for low, high in ends]
    return [float(share) for share in 100 * held / n_simulations]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"{arguments.simulations} simulations each, seed {arguments.seed}")
    print(f"| people | {' | '.join(COLUMNS)} |")
    print("|" + "---|" * (len(COLUMNS) + 1))
    for n_people in (5, 10, 20, 50, 100):
        rng = np.random.default_rng([arguments.seed, n_people])
        shares = coverage(n_people, arguments.simulations, rng)
        print(f"| {n_people} | {' | '.join(f'{share:.1f}' for share in shares)} |", flush=True)


if __name__ == "__main__":
    main()
