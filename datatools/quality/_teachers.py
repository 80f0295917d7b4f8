"""Do the teachers agree with each other, and with the final mask, and are they sure?"""

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import Mask, disk, iou

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

_BAND_FRAC = 0.03  # of the root of the person's area: within it of the edge, doubt is about the edge alone
_LOW_PART = 2 / 3  # of the picture's height: below begin shoulders and chest, where teachers fail most

NAMES = (
    "agree_mean",
    "agree_min",
    "agree_max",
    "final_agree_mean",
    "final_agree_min",
    "final_agree_max",
    "soft_agree_min",
    "unsure_mean",
    "unsure_min",
    "unsure_fused",
    "unsure_far",
    "from_mean",
    "split_band",
    "split_far",
    "split_far_largest",
    "split_inside",
    "split_outside",
    "split_low",
    "core_split_band",
    "core_split_far",
    "core_from_mean",
    "edge_apart_mean",
    "edge_apart_min",
    "edge_apart_p95",
)


def _unsure(soft: Floats) -> Floats:
    """Give 1 where a matte says one half and 0 where it is certain."""
    return 4 * (soft - soft * soft)


def edge(person: Bools) -> Bools:
    """Give the person's pixels beside the background; the picture's border is no edge."""
    array = person.astype(np.uint8)
    return np.asarray(array != cv2.erode(array, disk(1), borderType=cv2.BORDER_REPLICATE), np.bool_)


def _soft_iou(first: Floats, second: Floats) -> float:
    return float(np.minimum(first, second).sum() / max(1.0, float(np.maximum(first, second).sum())))


def measure(person: Bools, softs: Sequence[Floats]) -> dict[str, float]:
    """Measure teachers' mattes (float32, (h, w), 0-1) beside the final mask (bool, (h, w))."""
    if not softs:
        return {}
    area = float(person.sum())
    hard = [Mask(soft > 0.5) for soft in softs]
    final = Mask(person)
    with_final = [iou(one, final) for one in hard]
    mean = np.asarray(np.mean(softs, axis=0), np.float32)
    array = person.astype(np.uint8)
    kernel = disk(max(2, round(_BAND_FRAC * area**0.5)))
    grown = cv2.dilate(array, kernel, borderType=cv2.BORDER_REPLICATE)
    far = grown == cv2.erode(array, kernel, borderType=cv2.BORDER_REPLICATE)
    unsure = _unsure(mean)
    found = {
        "final_agree_mean": float(np.mean(with_final)),
        "final_agree_min": min(with_final),
        "final_agree_max": max(with_final),
        "unsure_mean": float(np.mean([_unsure(soft).sum() for soft in softs])) / area,
        "unsure_min": min(float(_unsure(soft).sum()) for soft in softs) / area,
        "unsure_fused": float(unsure.sum()) / area,
        "unsure_far": float(unsure[far].sum()) / area,
        "from_mean": float(np.abs(mean - person).sum()) / area,
    }
    found |= _edges_apart(person, [one.array for one in hard])
    split = np.any([one.array != person for one in hard], axis=0)
    far_split = split & far
    low = slice(round(_LOW_PART * len(split)), None)
    found |= {
        "split_band": float((split & ~far).sum()) / area,
        "split_far": float(far_split.sum()) / area,
        "split_far_largest": _largest(far_split) / area,
        "split_inside": float((far_split & person).sum()) / area,
        "split_outside": float((far_split & ~person).sum()) / area,
        "split_low": float(split[low].sum()) / area,
    }
    core = sorted(range(len(softs)), key=lambda k: -with_final[k])[:2]
    core_split = np.any([hard[k].array != person for k in core], axis=0)
    core_mean = np.mean([softs[k] for k in core], axis=0)
    found |= {
        "core_split_band": float((core_split & ~far).sum()) / area,
        "core_split_far": float((core_split & far).sum()) / area,
        "core_from_mean": float(np.abs(core_mean - person).sum()) / area,
    }
    if len(softs) > 1:
        pairs = [iou(first, second) for first, second in itertools.combinations(hard, 2)]
        found |= {
            "agree_mean": float(np.mean(pairs)),
            "agree_min": min(pairs),
            "agree_max": max(pairs),
            "soft_agree_min": min(_soft_iou(a, b) for a, b in itertools.combinations(softs, 2)),
        }
    return found


def _largest(where: Bools) -> float:
    _, _, stats, _ = cv2.connectedComponentsWithStats(where.astype(np.uint8), connectivity=8)
    return float(stats[1:, cv2.CC_STAT_AREA].max(initial=0))


def _edges_apart(person: Bools, others: Sequence[Bools]) -> dict[str, float]:
    """Measure how far the teachers' edges lie from the final one, in roots of the person's area."""
    own = edge(person)
    if not own.any():
        return {}
    to_own = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 3)
    side = float(person.sum()) ** 0.5
    means, tails = [], []
    for other in others:
        theirs = to_own[edge(other)]
        if len(theirs):
            means.append(float(theirs.mean()) / side)
            tails.append(float(np.percentile(theirs, 95)) / side)
    if not means:
        return {}
    return {
        "edge_apart_mean": float(np.mean(means)),
        "edge_apart_min": min(means),
        "edge_apart_p95": max(tails),
    }
