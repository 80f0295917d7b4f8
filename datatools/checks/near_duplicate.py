"""Is a picture nearly the same as another one of the set? The best of each cluster stays.

Near-identical pictures only: another size, compression, slight crop or tone, or the mirror image of
the same photograph. Two photographs of one person are not duplicates.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from datatools.checks import Evidence, Observed, Verdict
from datatools.errors import DataError
from datatools.masks import RGB
from datatools.tables import fingerprint

_THUMB_SIDE_PX = 64
_FREQUENCIES = 16  # lowest horizontal and vertical ones: 256 bits
_N_BITS = _FREQUENCIES * _FREQUENCIES
# Chosen by eye on 1,341 + 2,036 + 204 portraits: pairs up to 22 bits are one photograph, at 30 to 49 come
# bursts and studio portraits of one person, from 42 on different people before the same backdrop.
# Recompressing, halving or greying moves 4 bits, a gamma of 0.7 15, a 1% crop or a turn by 1 degree 23.
_MAX_DISTANCE_BITS = 28
_BLOCK_CELLS = 1 << 20  # distances, and links, that are held at a time
_Places = NDArray[np.int64]
_SAME_AS = "nearly the same picture as "  # begins a failed finding's detail

# Mirroring a picture flips the sign of its odd horizontal frequencies.
_MIRROR = np.where(np.arange(_FREQUENCIES) % 2, -1.0, 1.0).astype(np.float32)


def signature(image: RGB) -> str:
    """Give a picture's perceptual hash: the signs of its 16 x 16 lowest frequencies; 64 hex digits."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    thumb = cv2.resize(grey, (_THUMB_SIDE_PX, _THUMB_SIDE_PX), interpolation=cv2.INTER_AREA)
    low = cv2.dct(thumb.astype(np.float32))[:_FREQUENCIES, :_FREQUENCIES]
    return np.packbits(low > 0).tobytes().hex()


def _signs(signatures: list[str]) -> NDArray[np.float32]:
    """Give (n, 256): +1 where a bit is set, -1 elsewhere."""
    packed = np.frombuffer(bytes.fromhex("".join(signatures)), np.uint8).reshape(len(signatures), -1)
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1


def clusters(signatures: Mapping[str, str]) -> dict[str, str]:
    """Give each sample's cluster, named by its smallest sample id, from all samples' signatures.

    Pictures within 28 of 256 bits, mirrored or not, are joined. There is no loop over pairs: the scalar
    product of signs is 256 less twice the distance, so a block of distances is one matrix product.
    """
    ids = sorted(signatures)
    if not ids:
        return {}
    signs = _signs([signatures[sample_id] for sample_id in ids])
    mirrored = (signs.reshape(-1, _FREQUENCIES, _FREQUENCIES) * _MIRROR).reshape(signs.shape)
    least = _N_BITS - 2 * _MAX_DISTANCE_BITS
    joined = _Joined(len(ids))
    n_rows = max(1, _BLOCK_CELLS // len(ids))
    for start in range(0, len(ids), n_rows):
        rest = signs[start:]
        for block in (signs[start : start + n_rows], mirrored[start : start + n_rows]):
            first, second = np.nonzero(block @ rest.T >= least)
            joined.add(first + start, second + start)
    labels = joined.labels()
    named: dict[int, str] = {}
    return {
        sample_id: named.setdefault(int(label), sample_id)
        for sample_id, label in zip(ids, labels, strict=True)
    }


class _Joined:
    """Which pictures are joined, however many links say so: where all look alike these are N squared."""

    def __init__(self, n: int) -> None:
        self._labels: _Places = np.arange(n)
        self._links: list[tuple[_Places, _Places]] = []
        self._n_links = 0

    def add(self, first: _Places, second: _Places) -> None:
        """Join pictures, by their places."""
        self._links.append((first, second))
        self._n_links += len(first)
        if self._n_links > max(_BLOCK_CELLS, len(self._labels)):
            self.labels()

    def labels(self) -> _Places:
        """Give each picture the place of the first that it is joined to."""
        n = len(self._labels)
        firsts, seconds = zip((np.arange(n), self._labels), *self._links, strict=True)
        first, second = np.concatenate(firsts), np.concatenate(seconds)
        graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
        _, found = connected_components(graph, directed=False)
        _, smallest = np.unique(found, return_index=True)
        self._labels = np.asarray(smallest[found], np.int64)
        self._links, self._n_links = [], 0
        return self._labels


class NearDuplicate:
    """Fail all but the best picture of each cluster: most pixels first, then the smallest id.

    The score is the number of pictures in the cluster.
    """

    name = "near_duplicate"

    def __init__(self) -> None:
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        height_px, width_px = evidence.image.shape[:2]
        return [signature(evidence.image), str(height_px * width_px)]

    def judge(self, observed: Mapping[str, Observed]) -> dict[str, Verdict]:
        seen = {sample_id: _pair(value) for sample_id, value in observed.items()}
        cluster_of = clusters({sample_id: bits for sample_id, (bits, _) in seen.items()})
        members: dict[str, list[str]] = {}
        for sample_id, cluster in cluster_of.items():
            members.setdefault(cluster, []).append(sample_id)
        verdicts: dict[str, Verdict] = {}
        for group in members.values():
            best = min(group, key=lambda sample_id: (-seen[sample_id][1], sample_id))
            for sample_id in group:
                detail = None if sample_id == best else f"{_SAME_AS}{best}"
                verdicts[sample_id] = Verdict(
                    score=float(len(group)), passed=sample_id == best, detail=detail
                )
        return verdicts


def kept_instead(detail: str) -> str:
    """Give the picture that stays instead of one that failed, from its finding's detail.

    Raises:
        DataError: the detail is not of this check.
    """
    if not detail.startswith(_SAME_AS):
        raise DataError(
            f"expected a detail of near_duplicate ({_SAME_AS}ID), got {detail!r}; run check again"
        )
    return detail.removeprefix(_SAME_AS)


def _pair(value: Observed) -> tuple[str, int]:
    if isinstance(value, list) and len(value) == 2:
        return str(value[0]), int(value[1])
    raise DataError(f"expected a signature and a number of pixels, got {value!r}; run check again")


build = NearDuplicate
