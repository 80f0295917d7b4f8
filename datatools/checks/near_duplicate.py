"""Is a picture nearly the same as another one of the set? The best of each cluster stays.

Near-identical pictures only: another size, compression, slight crop or tone, or the mirror image of
the same photograph. Two photographs of one person are not duplicates.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping

import cv2
import numpy as np

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._alike import FREQUENCIES, N_BYTES, Bits, Places, firsts
from datatools.errors import DataError
from datatools.masks import RGB
from datatools.tables import fingerprint

_THUMB_SIDE_PX = 64
_SAME_AS = "nearly the same picture as "  # begins a failed finding's detail


def signature(image: RGB) -> str:
    """Give a picture's perceptual hash: the signs of its 16 x 16 lowest frequencies; 64 hex digits."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    thumb = cv2.resize(grey, (_THUMB_SIDE_PX, _THUMB_SIDE_PX), interpolation=cv2.INTER_AREA)
    low = cv2.dct(thumb.astype(np.float32))[:FREQUENCIES, :FREQUENCIES]
    return np.packbits(low > 0).tobytes().hex()


def clusters(signatures: Mapping[str, str]) -> dict[str, str]:
    """Give each sample's cluster, named by its smallest sample id, from all samples' signatures."""
    ids = sorted(signatures)
    bits = np.frombuffer(bytes.fromhex("".join(signatures[one] for one in ids)), np.uint8)
    places = firsts(bits.reshape(-1, N_BYTES))
    return {sample_id: ids[place] for sample_id, place in zip(ids, places, strict=True)}


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

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        bits, sizes_px = _held(value for _, value in observed)
        cluster_of = firsts(bits)
        n_alike = np.bincount(cluster_of, minlength=len(bits))[cluster_of]
        best = _best(observed, cluster_of, n_alike, sizes_px)
        for (sample_id, _), cluster, n in zip(observed, cluster_of, n_alike, strict=True):
            stays = best.get(int(cluster), sample_id)
            is_best = sample_id == stays
            yield (
                sample_id,
                Verdict(score=float(n), passed=is_best, detail=None if is_best else f"{_SAME_AS}{stays}"),
            )


def _held(values: Iterable[Observed]) -> tuple[Bits, "array[int]"]:
    """Give all pictures' bits (n, 32), and how many pixels each has."""
    bits, sizes_px = bytearray(), array("q")
    for value in values:
        signs, size_px = _pair(value)
        bits += signs
        sizes_px.append(size_px)
    return np.frombuffer(bits, np.uint8).reshape(-1, N_BYTES), sizes_px


def _best(
    observed: Iterable[Seen], cluster_of: Places, n_alike: Places, sizes_px: "array[int]"
) -> dict[int, str]:
    """Give the picture that stays of each cluster of several."""
    best: dict[int, tuple[int, str]] = {}
    for (sample_id, _), cluster, n, size_px in zip(observed, cluster_of, n_alike, sizes_px, strict=True):
        if n > 1:
            mine = (-size_px, sample_id)
            best[int(cluster)] = min(best.get(int(cluster), mine), mine)
    return {cluster: sample_id for cluster, (_, sample_id) in best.items()}


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


def _pair(value: Observed) -> tuple[bytes, int]:
    if isinstance(value, list) and len(value) == 2:
        signs, size_px = value
        try:
            bits, size = bytes.fromhex(str(signs)), int(size_px)
        except ValueError:
            bits, size = b"", 0
        if len(bits) == N_BYTES:
            return bits, size
    raise DataError(f"expected a signature and a number of pixels, got {value!r}; run check again")


build = NearDuplicate
