"""Which of two sides does each undecided pixel belong to, when edges of the picture part them?

A random walk with a prior (Grady 2005, "Multilabel random walker image segmentation using prior
models", eq. 9), on the undecided pixels alone: the minimiser of sum w_ij (x_i - x_j)^2 + lambda sum
(x_i - p_i)^2, where decided pixels hold their value and w_ij falls with the colour difference.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from datatools.masks import RGB

Floats = NDArray[np.float32]

_MIN_WEIGHT = np.float32(0.02)  # across the strongest edge: a walk that cannot get out has no answer
_TOLERANCE = 1e-3  # of the residual; only the side of one half matters
_MAX_ROUNDS = 200


def random_walk(
    image: RGB,
    known: NDArray[np.bool_],
    undecided: NDArray[np.bool_],
    prior: Floats,
    prior_weight: float,
) -> Floats:
    """Give the chance of True for each pixel; float32 (H, W), 0 or 1 where it is decided.

    Args:
        image: what parts the sides.
        known: (H, W), the value of decided pixels.
        undecided: (H, W), True where a value is sought.
        prior: (n,), the chance of True of each undecided pixel, in the order of ``prior[undecided]``.
        prior_weight: lambda, beside a weight of 1 between two pixels of one colour.
    """
    width = undecided.shape[1]
    nodes = np.flatnonzero(undecided)
    n_nodes = len(nodes)
    index = np.full(undecided.size, -1, np.int32)
    index[nodes] = np.arange(n_nodes, dtype=np.int32)
    colours, held = image.reshape(-1, 3), known.ravel()
    own = colours.take(nodes, axis=0).astype(np.float32)
    diagonal = np.full(n_nodes, prior_weight, np.float32)
    right_side = np.float32(prior_weight) * prior
    beside = np.empty((n_nodes, 4), np.int32)  # up, left, right, down: in the order of their numbers
    weights = np.empty((n_nodes, 4), np.float32)
    column = nodes % width
    across = ((1, -1, column > 0), (2, 1, column < width - 1))
    along = ((0, -width, nodes >= width), (3, width, nodes < undecided.size - width))
    for ways in (across, along):
        seen = []
        for place, offset, is_inside in ways:
            other = nodes + offset * is_inside
            apart = own - colours.take(other, axis=0)
            neighbour = np.where(is_inside, index.take(other), -1)
            seen.append((place, is_inside, other, neighbour, np.einsum("nc,nc->n", apart, apart)))
        # Between two nodes lies one edge, which both of them see: it counts once.
        counted = [
            contrast[is_inside if offset > 0 else is_inside & (neighbour < 0)]
            for (_, offset, _), (_, is_inside, _, neighbour, contrast) in zip(ways, seen, strict=True)
        ]
        # Beta of Rother et al. 2004 (GrabCut), eq. 5: a typical contrast counts as half.
        edges = np.concatenate(counted)  # none, where the picture is one pixel wide
        typical = max(2 * float(edges.mean(dtype=np.float64)), 1e-6) if edges.size else 1e-6
        for place, is_inside, other, neighbour, contrast in seen:
            weight = (np.exp(contrast / np.float32(-typical)) + _MIN_WEIGHT) * is_inside
            diagonal += weight
            right_side += weight * ((neighbour < 0) & held.take(other))
            beside[:, place], weights[:, place] = neighbour, weight
    is_node = beside >= 0
    ends = np.concatenate([[0], np.cumsum(is_node.sum(axis=1))]).astype(np.int32)
    neighbours = sparse.csr_array((weights[is_node], beside[is_node], ends), (n_nodes, n_nodes))
    chance = known.astype(np.float32)
    chance[undecided] = _solve(diagonal, neighbours, right_side, prior)
    return chance


def _dot(first: Floats, second: Floats) -> float:
    # Not BLAS: its threads would make the sum, and with it a pixel, depend on the machine's load.
    return float(np.add.reduce(first * second))


def _solve(diagonal: Floats, neighbours: sparse.csr_array, right_side: Floats, start: Floats) -> Floats:
    """Solve (diag - neighbours) x = right side by conjugate gradients, scaled by the diagonal."""
    x = start.copy()
    residual = right_side - diagonal * x + neighbours @ x
    scaled = residual / diagonal
    direction, energy = scaled, _dot(residual, scaled)
    enough = _TOLERANCE**2 * _dot(right_side, right_side / diagonal)
    for _ in range(_MAX_ROUNDS):
        if energy <= enough:
            break
        image = diagonal * direction
        image -= neighbours @ direction
        step = np.float32(energy / _dot(direction, image))
        x += step * direction
        image *= step
        residual -= image
        scaled = residual / diagonal
        previous, energy = energy, _dot(residual, scaled)
        direction *= np.float32(energy / previous)
        direction += scaled
    return x
