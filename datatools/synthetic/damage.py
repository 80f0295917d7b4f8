"""How is a mask made wrong by an amount that is known exactly?"""

from dataclasses import dataclass

import numpy as np

from datatools.errors import MaskError, UsageError
from datatools.masks import Mask


@dataclass(frozen=True, slots=True, eq=False)
class Damaged:
    """A mask that is wrong in one place on its edge."""

    mask: Mask
    iou: float  # exact intersection over union with the mask it was made from


def damage(mask: Mask, frac: float, rng: np.random.Generator) -> Damaged:
    """Bite a piece out of a mask, or add one, at a random place of its edge.

    The intersection over union with the original is 1 - ``frac``, but for the rounding to whole
    pixels. Where there is not enough background to add to, a piece is bitten out.

    Raises:
        MaskError: the mask has no edge: it is empty or full.
        UsageError: ``frac`` is not in [0, 1).
    """
    if not 0 <= frac < 1:
        raise UsageError(f"expected a fraction of IoU to lose in [0, 1), got {frac}")
    area = int(np.count_nonzero(mask.array))
    n_outside = mask.array.size - area
    if area == 0 or n_outside == 0:
        raise MaskError("expected a mask with an edge to damage, got one that is empty or full")
    n_added = round(area * frac / (1 - frac))
    adds = bool(rng.random() < 0.5) and n_added <= n_outside
    n_changed = n_added if adds else round(area * frac)
    edge = np.argwhere(mask.array[:, 1:] != mask.array[:, :-1])
    edge = np.concatenate([edge, np.argwhere(mask.array[1:] != mask.array[:-1])])
    from_y, from_x = edge[int(rng.integers(len(edge)))]
    candidates = np.argwhere(mask.array != adds)
    # Ties are broken by position, so that the piece is the same on every machine.
    far = (candidates[:, 0] - from_y) ** 2 + (candidates[:, 1] - from_x) ** 2
    piece = candidates[np.argsort(far, kind="stable")[:n_changed]]
    changed = mask.array.copy()
    changed[piece[:, 0], piece[:, 1]] = adds
    exact = area / (area + n_changed) if adds else (area - n_changed) / area
    return Damaged(Mask(changed), exact)
