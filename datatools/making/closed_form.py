"""How much of each undecided pixel is person, when its colours lie between its neighbours'?

Closed-form matting (Levin, Lischinski and Weiss 2008, "A closed-form solution to natural image matting",
eq. 12): in every 3 x 3 window alpha is a linear function of the colours; the best such alpha minimises a
quadratic form. It is solved on the undecided pixels alone, which is what makes it fast.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from datatools.masks import RGB

_SIDE = 3  # of a window, px
_AREA = _SIDE * _SIDE
# Epsilon of eq. 12, for colours in [0, 1]: the paper's 1e-7 follows noise and JPEG blocks.
_EPSILON = 1e-5


def closed_form(
    image: RGB,
    known: NDArray[np.bool_],
    undecided: NDArray[np.bool_],
    prior: NDArray[np.float64],
    prior_weight: float,
) -> NDArray[np.float32]:
    """Give the person's share of each pixel; float32 (H, W) in [0, 1], 0 or 1 where it is decided.

    Args:
        image: what the shares are read off.
        known: (H, W), True where a decided pixel is person.
        undecided: (H, W), True where a share is sought.
        prior: (n,), what is thought of each undecided pixel, in the order of ``undecided`` row by row.
        prior_weight: how much the prior counts beside a window; above 0, so that an answer exists.
    """
    alpha = known.astype(np.float32)
    n_sought = len(prior)
    if not n_sought:
        return alpha
    pixels, weights = _windows(image, undecided)
    index = np.full(undecided.size, -1, np.int32)
    index[undecided.ravel()] = np.arange(n_sought, dtype=np.int32)
    nodes = index[pixels]  # (n windows, 9); -1 is a decided pixel
    rows = np.broadcast_to(nodes[:, :, None], weights.shape)
    columns = np.broadcast_to(nodes[:, None, :], weights.shape)
    values = np.broadcast_to(known.ravel()[pixels][:, None, :], weights.shape)
    is_sought = rows >= 0
    inner = is_sought & (columns >= 0)
    to_known = is_sought & (columns < 0) & values
    pull = -np.bincount(rows[to_known], weights[to_known], n_sought)
    system = sparse.coo_array(
        (weights[inner], (rows[inner], columns[inner])), (n_sought, n_sought)
    ).tocsc() + prior_weight * sparse.eye_array(n_sought, format="csc")
    solver = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    alpha[undecided] = np.clip(solver.solve(pull + prior_weight * prior), 0, 1)
    return alpha


def _windows(image: RGB, undecided: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give each window that holds an undecided pixel: its pixels (n, 9) and its matrix (n, 9, 9)."""
    height, width = undecided.shape
    flat = np.arange(height * width).reshape(height, width)
    if min(height, width) < _SIDE:  # no window: what is thought of each pixel stays
        corners = np.empty((0, _AREA), np.int64)
    else:
        corners = np.lib.stride_tricks.sliding_window_view(flat, (_SIDE, _SIDE)).reshape(-1, _AREA)
    pixels = corners[undecided.ravel()[corners].any(axis=1)]  # (n, 9)
    colours = image.reshape(-1, 3)[pixels] / 255.0  # (n, 9, 3)
    centred = colours - colours.mean(axis=1, keepdims=True)
    spread = np.einsum("nic,nid->ncd", centred, centred) / _AREA  # (n, 3, 3)
    inverse = np.linalg.inv(spread + _EPSILON / _AREA * np.eye(3))
    alike = np.einsum("nic,ncd,njd->nij", centred, inverse, centred, optimize=True)
    return pixels, np.eye(_AREA) - (1 + alike) / _AREA
