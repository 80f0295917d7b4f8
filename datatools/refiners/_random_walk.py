"""Which of two sides does each undecided pixel belong to, when edges of the picture part them?

A random walk with a prior (Grady 2005, "Multilabel random walker image segmentation using prior
models", eq. 9), on the undecided pixels alone: the minimiser of sum w_ij (x_i - x_j)^2 + lambda sum
(x_i - p_i)^2, where decided pixels hold their value and w_ij falls with the colour difference.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from datatools.masks import RGB

_MIN_WEIGHT = 0.02  # across the strongest edge: a walk that cannot get out has no answer
_TOLERANCE = 1e-3  # of the residual; only the side of one half matters
_MAX_ROUNDS = 200


def random_walk(
    image: RGB,
    known: NDArray[np.bool_],
    undecided: NDArray[np.bool_],
    prior: NDArray[np.float64],
    prior_weight: float,
) -> NDArray[np.float32]:
    """Give the chance of True for each pixel; float32 (H, W), 0 or 1 where it is decided.

    Args:
        image: what parts the sides.
        known: (H, W), the value of decided pixels.
        undecided: (H, W), True where a value is sought.
        prior: (n,), the chance of True of each undecided pixel, in the order of ``prior[undecided]``.
        prior_weight: lambda, beside a weight of 1 between two pixels of one colour.
    """
    n_nodes = len(prior)
    index = np.full(undecided.shape, -1, np.int32)
    index[undecided] = np.arange(n_nodes, dtype=np.int32)
    diagonal = np.full(n_nodes, float(prior_weight))
    right_side = prior_weight * prior
    rows, columns, weights = [], [], []
    colour = image.astype(np.float32)
    for first, second in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
    ):
        i, j = index[first], index[second]
        is_asked = (i >= 0) | (j >= 0)
        i, j = i[is_asked], j[is_asked]
        contrast = (
            np.square(colour[first][is_asked] - colour[second][is_asked]).sum(axis=1).astype(np.float64)
        )
        # Beta of Rother et al. 2004 (GrabCut), eq. 5: a typical contrast counts as half.
        weight = np.exp(-contrast / max(2 * contrast.mean(), 1e-6)) + _MIN_WEIGHT
        for inner, outer, value in ((i, j, known[second]), (j, i, known[first])):
            is_inner = inner >= 0
            diagonal += np.bincount(inner[is_inner], weight[is_inner], n_nodes)
            to_known = is_inner & (outer < 0)
            pull = weight[to_known] * value[is_asked][to_known]
            right_side += np.bincount(inner[to_known], pull, n_nodes)
            both = is_inner & (outer >= 0)
            rows.append(inner[both])
            columns.append(outer[both])
            weights.append(weight[both])
    neighbours = sparse.csr_array(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), (n_nodes, n_nodes)
    )
    chance = known.astype(np.float32)
    chance[undecided] = _solve(diagonal, neighbours, right_side, prior)
    return chance


def _dot(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    # Not BLAS: its threads would make the sum, and with it a pixel, depend on the machine's load.
    return float(np.add.reduce(first * second))


def _solve(
    diagonal: NDArray[np.float64],
    neighbours: sparse.csr_array,
    right_side: NDArray[np.float64],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Solve (diag - neighbours) x = right side by conjugate gradients, scaled by the diagonal."""
    x = start.copy()
    residual = right_side - diagonal * x + neighbours @ x
    scaled = residual / diagonal
    direction, energy = scaled, _dot(residual, scaled)
    enough = _TOLERANCE**2 * _dot(right_side, right_side / diagonal)
    for _ in range(_MAX_ROUNDS):
        if energy <= enough:
            break
        image = diagonal * direction - neighbours @ direction
        step = energy / _dot(direction, image)
        x = x + step * direction
        residual = residual - step * image
        scaled = residual / diagonal
        previous, energy = energy, _dot(residual, scaled)
        direction = scaled + energy / previous * direction
    return x
