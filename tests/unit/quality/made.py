"""Examples whose quality follows from their features, by a rule that tests know."""

import numpy as np

from datatools.quality.examples import Examples
from datatools.quality.features import NAMES

SIGNAL = "split_band"


def examples(n_people: int = 120, *, per_person: int = 1, seed: int = 0, noise: float = 0.1) -> Examples:
    """Give masks whose error grows with how much teachers are split; the other features are noise.

    Args:
        n_people: how many.
        per_person: pictures of each; they share a habit that no feature shows.
        seed: of everything random.
        noise: standard deviation of the error's logarithm.
    """
    rng = np.random.default_rng(seed)
    n = n_people * per_person
    features = rng.random((n, len(NAMES)))
    features[rng.random(features.shape) < 0.05] = np.nan
    split = rng.uniform(0.01, 0.6, n)
    features[:, NAMES.index(SIGNAL)] = split
    person = np.repeat(np.arange(n_people), per_person)
    habit = rng.normal(0, noise, n_people)[person]
    error = np.clip(split * np.exp(habit + rng.normal(0, noise, n)) / 2, 0, 1)
    return Examples(features=features, iou=1 - error, person=person)
