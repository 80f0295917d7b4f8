"""Make people, labels and answers for the tests of the composition audit."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datatools.fairness.composition.labelled import Codes, Everybody, Labels, everybody


def people(n: int, n_images: int = 1) -> Everybody:
    """Give ``n`` people with as many pictures each."""
    return everybody({f"s{i:05d}-{k}": f"p{i:05d}" for i in range(n) for k in range(n_images)})


def labels(
    counts: Mapping[str, int],
    *,
    name: str = "perceived_gender",
    levels: Sequence[str] | None = None,
    n_missing: int = 0,
    reasons: Mapping[int, int] | None = None,
) -> Labels:
    """Give as many people of each level, in this order, then those in no group."""
    order = list(levels or counts)
    codes = [order.index(level) for level, n in counts.items() for _ in range(n)]
    codes += [-1] * n_missing + [code for code, n in (reasons or {}).items() for _ in range(n)]
    return Labels((name,), ("annotator",), (tuple(order),), np.array(codes, np.int64)[:, None])


def said(rows: Sequence[tuple[str, str | None]], vocabulary: str = "gender@1") -> pa.Table:
    """Give answers (sample, value) as ``answers.table`` does; a value of None contradicts itself."""
    columns = {
        "sample_id": [sample_id for sample_id, _ in rows],
        "value": [value for _, value in rows],
        "vocabulary": [vocabulary] * len(rows),
        "source": ["annotator"] * len(rows),
    }
    words = {name: pa.array(column, pa.string()).dictionary_encode() for name, column in columns.items()}
    return pa.table(words)


class Measured:
    """What was measured of some samples, without a workspace."""

    def __init__(self, people: Everybody, values: Mapping[str, Sequence[tuple[str, float]]]) -> None:
        self.names = set(values)
        self._people = people
        self._values = values

    def of(self, name: str) -> tuple[Codes, NDArray[np.float64]]:
        """Give the number of the person and the value of every picture that has one."""
        rows = self._values.get(name, [])
        person = self._people.of(pa.array([sample_id for sample_id, _ in rows], pa.string()))
        value = np.array([number for _, number in rows])
        is_ours = (person >= 0) & ~np.isnan(value)
        return person[is_ours], value[is_ours]
