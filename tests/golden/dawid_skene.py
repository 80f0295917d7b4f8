"""Write dawid_skene.json: what crowd-kit 1.4.2 makes of simulated answers.

Run once where crowd-kit is installed; it is not needed by the tests::

    python -m tests.golden.dawid_skene
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.unit.fairness.crowds import confusions, crowd

CASES = ((1, 150, [0.5, 0.3, 0.2], [0.9, 0.8, 0.7, 0.6], 1.0), (2, 200, [0.7, 0.3], [0.9, 0.85, 0.7], 0.9))
N_ITERATIONS = 25


def main() -> None:
    """Fit every case."""
    import pandas as pd
    from crowdkit.aggregation.classification.dawid_skene import (  # type: ignore[import-not-found]  # see above
        DawidSkene,
    )

    found: list[dict[str, Any]] = []
    for seed, n_units, shares, right, answered_frac in CASES:
        rng = np.random.default_rng(seed)
        seen = crowd(n_units, shares, confusions(right, len(shares), rng), rng, answered_frac)
        answers = pd.DataFrame({"task": seen.unit, "worker": seen.annotator, "label": seen.value})
        fitted = DawidSkene(n_iter=N_ITERATIONS, tol=-1.0).fit(answers)
        posterior = fitted.probas_.loc[range(n_units), range(len(shares))].to_numpy()
        found.append({"seed": seed, "posterior": np.round(posterior, 9).tolist()})
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(found) + "\n", "utf-8")


if __name__ == "__main__":
    main()
