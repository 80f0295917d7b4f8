"""Who said what about which picture or person, as a matrix that counts are made of?

Pictures that were answered alike by the same annotators tell the same, so they are one row with a
number: 200,000 pictures of five annotators become a few thousand rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_HASH_SEED = 20_240_304  # any: it only has to tell different rows apart


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Votes on units: pictures, or people with all their pictures."""

    matrix: sparse.csr_array  # (n_rows, n_annotators * n_values), an annotator's votes on a unit sum to 1
    n_units: Floats  # (n_rows,), how many units are answered like this
    row_of: Ints  # (n_units,), each unit's row
    n_annotators: int
    n_values: int

    def of(self, annotator: int) -> Floats:
        """Give one annotator's votes, (n_rows, n_values); rows without are 0."""
        start = annotator * self.n_values
        columns = self.matrix[:, start : start + self.n_values]
        return np.asarray(columns.toarray(), np.float64)

    def shares(self) -> Floats:
        """Give each row's share of votes by value, (n_rows, n_values)."""
        counts = self.pooled().matrix.toarray()
        shares: Floats = counts / counts.sum(axis=1, keepdims=True)
        return shares

    def pooled(self) -> "Votes":
        """Give the same votes as if one annotator had cast them all."""
        fold = sparse.csr_array(np.tile(np.eye(self.n_values), (self.n_annotators, 1)))
        return Votes(sparse.csr_array(self.matrix @ fold), self.n_units, self.row_of, 1, self.n_values)


def cast(unit: Ints, annotator: Ints, value: Ints, n_units: int, n_annotators: int, n_values: int) -> Votes:
    """Count answers as votes.

    An annotator is one witness about a unit, whatever the number of its pictures that they saw: what is
    mistaken about a person once is mistaken again. Their answers about it share one vote.

    Args:
        unit: (n_answers,), 0 to n_units - 1.
        annotator: (n_answers,), 0 to n_annotators - 1.
        value: (n_answers,), 0 to n_values - 1.
        n_units: how many units there are, each with an answer.
        n_annotators: how many annotators there are.
        n_values: how many values there are.
    """
    witness = unit * n_annotators + annotator
    _, place, n_said = np.unique(witness, return_inverse=True, return_counts=True)
    each = sparse.coo_array(
        (1.0 / n_said[place], (unit, annotator * n_values + value)),
        shape=(n_units, n_annotators * n_values),
    ).tocsr()
    each.sum_duplicates()
    # Equal rows add up to equal numbers, others to different ones but for a chance of about 1e-20.
    lots = np.random.default_rng(_HASH_SEED).random((2, each.shape[1]))
    told = each @ lots[0] + 1j * (each @ lots[1])
    _, first, row_of, n_alike = np.unique(told, return_index=True, return_inverse=True, return_counts=True)
    return Votes(
        sparse.csr_array(each[first]),
        n_alike.astype(np.float64),
        row_of.astype(np.int64),
        n_annotators,
        n_values,
    )
