"""Whose pictures are compared at once, where there are too many for the memory?"""

import numpy as np
import pandas as pd

MAX_IMAGES = 200_000  # a regression on thirty columns of so many takes some 300 MB


def of_drawn_people(rows: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, list[str]]:
    """Give all pictures, or of very many those of people drawn at random, and a sentence on it.

    Args:
        rows: of scores, with a column person_id.
        rng: of the draw.
    """
    if len(rows) <= MAX_IMAGES:
        return rows, []
    codes, ids = pd.factorize(rows["person_id"], sort=True)
    people = rng.permutation(len(ids))
    is_in = np.zeros(len(ids), bool)
    is_in[people[np.cumsum(np.bincount(codes)[people]) <= MAX_IMAGES]] = True
    note = (
        f"Of {len(rows):,} pictures those of {is_in.sum():,} people, drawn from {len(ids):,} at random, are "
        "compared here: more would tell hardly more, and do not fit into memory."
    )
    return rows[is_in[codes]], [note]
