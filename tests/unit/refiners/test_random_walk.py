"""The random walk solves its equations and respects edges."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

from datatools.refiners._random_walk import _solve, random_walk


def _strip(step_at: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = np.zeros((5, 20, 3), np.uint8)
    image[:, step_at:] = 200
    return image


@pytest.mark.parametrize("step_at", [6, 10, 14])
def test_the_border_settles_at_the_pictures_edge(step_at: int) -> None:
    """Known at both ends and no opinion between: the step in colour parts the sides."""
    known = np.zeros((5, 20), np.bool_)
    known[:, 17:] = True
    undecided = np.zeros((5, 20), np.bool_)
    undecided[:, 3:17] = True
    prior = np.full(undecided.sum(), 0.5, np.float32)
    chance = random_walk(_strip(step_at), known, undecided, prior, 1e-6)
    assert (np.argmax(chance > 0.5, axis=1) == step_at).all()
    assert (chance[~undecided] == known[~undecided]).all()


def test_a_strong_prior_decides() -> None:
    """With a weight far above the pairs', the prior comes back."""
    undecided = np.ones((5, 20), np.bool_)
    prior = np.random.default_rng(0).random(100, np.float32)
    chance = random_walk(_strip(10), np.zeros_like(undecided), undecided, prior, 1e6)
    assert chance.ravel() == pytest.approx(prior, abs=1e-4)


def test_the_solver_agrees_with_a_direct_one() -> None:
    """Random weights on a chain, against SciPy's factorisation."""
    rng = np.random.default_rng(0)
    weight = rng.random(49, np.float32)
    first = np.arange(49)
    pairs = (np.concatenate([first, first + 1]), np.concatenate([first + 1, first]))
    neighbours = sparse.csr_array((np.concatenate([weight, weight]), pairs), (50, 50))
    diagonal = np.asarray(neighbours @ np.ones(50) + 0.1, np.float32)
    right_side = rng.random(50, np.float32)
    exact = spsolve(sparse.csc_array(sparse.diags_array(diagonal) - neighbours), right_side)
    found = _solve(diagonal, neighbours, right_side, np.zeros(50, np.float32))
    assert found == pytest.approx(exact, abs=0.05)
