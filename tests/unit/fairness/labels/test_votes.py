"""Answers are counted as votes, and units that were answered alike are counted together."""

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.labels.votes import Votes, cast


def _cast(answers: list[tuple[int, int, int]], n_units: int, n_annotators: int, n_values: int) -> Votes:
    columns: NDArray[np.int64] = np.array(answers, np.int64).T
    return cast(columns[0], columns[1], columns[2], n_units, n_annotators, n_values)


def test_units_that_were_answered_alike_are_one_row() -> None:
    """By the same annotators with the same values."""
    votes = _cast([(0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 0), (2, 0, 0), (2, 1, 1)], 3, 2, 2)
    assert sorted(votes.n_units) == [1.0, 2.0]
    assert votes.row_of[0] == votes.row_of[1] != votes.row_of[2]


def test_the_rows_hold_what_each_annotator_said() -> None:
    """A row without an annotator's answer is 0 for them."""
    votes = _cast([(0, 0, 1), (1, 0, 0), (1, 1, 2)], 2, 2, 3)
    assert votes.of(0)[votes.row_of].tolist() == [[0, 1, 0], [1, 0, 0]]
    assert votes.of(1)[votes.row_of].tolist() == [[0, 0, 0], [0, 0, 1]]


def test_an_annotator_is_one_witness_about_a_unit() -> None:
    """Who saw three pictures of a person has one vote, in parts where they said different things."""
    votes = _cast([(0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 1, 1)], 1, 2, 2)
    np.testing.assert_allclose(votes.of(0), [[2 / 3, 1 / 3]])
    np.testing.assert_allclose(votes.shares(), [[1 / 3, 2 / 3]])


def test_pooled_votes_are_all_annotators_together() -> None:
    """As if one had cast them."""
    votes = _cast([(0, 0, 1), (0, 1, 1), (0, 2, 0)], 1, 3, 2)
    assert votes.pooled().matrix.toarray().tolist() == [[1.0, 2.0]]
