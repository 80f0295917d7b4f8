"""What does each person contribute to a metric? People, not pictures, are the independent units."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools.metrics import Metric

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Sums over each person's pictures; everything a metric of any set of people needs."""

    ids: tuple[str, ...]  # sorted
    n_images: NDArray[np.int64]  # (n_people,)
    sums: dict[str, Floats]  # metric name to (n_people, k)

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, chosen: NDArray[np.bool_]) -> "People":
        """Give the people where ``chosen`` (n_people,) is True."""
        ids = tuple(person for person, is_in in zip(self.ids, chosen, strict=True) if is_in)
        return People(ids, self.n_images[chosen], {name: s[chosen] for name, s in self.sums.items()})


def by_person(scores: pd.DataFrame, metrics: list[Metric]) -> People:
    """Sum the metrics' columns over each person's pictures; the rows keep their order within batches."""
    codes, ids = pd.factorize(scores["person_id"], sort=True)
    n_people = len(ids)
    sums: dict[str, Floats] = {}
    for metric in metrics:
        columns = metric.columns(scores)
        of_each = [np.bincount(codes, column, minlength=n_people) for column in columns.T]
        sums[metric.name] = np.stack(of_each, axis=1)
    return People(tuple(str(i) for i in ids), np.bincount(codes, minlength=n_people), sums)
