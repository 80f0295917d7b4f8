"""Does the interval of Krippendorff's alpha hold the true value as often as it says?

Simulated annotators say the truth with probability q and guess by the values' shares otherwise, so the
true alpha is q squared. Prints the share of runs in which the BCa interval over people and the plain
percentile interval held it; 0.95 is right. About two minutes::

    python benchmarks/alpha_coverage.py
"""

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.labels.alpha import alpha, coincidences, estimate

N_RUNS = 300
N_REPLICATES = 1000
# people, annotators, shares of the values, q, pictures a person (all answered alike)
CASES = (
    (20, 3, (0.5, 0.5), 0.8, 1),
    (50, 2, (0.6, 0.3, 0.1), 0.8, 1),
    (50, 3, (0.9, 0.1), 0.8, 1),
    (200, 3, (0.95, 0.05), 0.9, 1),
    (200, 3, (0.4, 0.3, 0.2, 0.1), 0.9, 1),
    (30, 3, (0.25, 0.25, 0.25, 0.25), 0.95, 1),
    (500, 2, (0.97, 0.03), 0.8, 1),
    (60, 3, (0.5, 0.3, 0.2), 0.8, 4),
)


def answers(
    n_people: int, n_annotators: int, shares: tuple[float, ...], q: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give (n_people, n_values): how many annotators gave each value."""
    truth = rng.choice(len(shares), n_people, p=shares)
    counts = np.zeros((n_people, len(shares)), np.int64)
    for _ in range(n_annotators):
        guess = rng.choice(len(shares), n_people, p=shares)
        counts[np.arange(n_people), np.where(rng.random(n_people) < q, truth, guess)] += 1
    return counts


def percentile(counts: NDArray[np.int64], rng: np.random.Generator) -> tuple[float, float]:
    """Give the interval that most packages give: percentiles over resampled samples."""
    rows, n_values = coincidences(counts).toarray(), counts.shape[1]
    weights = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=N_REPLICATES)
    sums = (weights @ rows).reshape(-1, n_values, n_values)
    low, high = np.nanquantile(alpha(sums, "nominal", np.zeros(n_values)), [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Print one line a case."""
    rng = np.random.default_rng(1)
    for n_people, n_annotators, shares, q, n_pictures in CASES:
        held = np.zeros(2)
        for _ in range(N_RUNS):
            counts = np.repeat(answers(n_people, n_annotators, shares, q, rng), n_pictures, axis=0)
            person = np.repeat(np.arange(n_people), n_pictures)
            found = estimate(counts, person, "nominal", np.zeros(len(shares)), N_REPLICATES, rng)
            low, high = percentile(counts, rng)
            held += [found.low <= q**2 <= found.high, low <= q**2 <= high]
        bca, plain = held / N_RUNS
        print(
            f"{n_people} people x {n_pictures}, {n_annotators} annotators, shares {shares}, "
            f"alpha {q**2:.2f}: BCa over people {bca:.3f}, percentile over pictures {plain:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
