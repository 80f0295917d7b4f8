"""Blocks of scalar products find what a comparison of every pair finds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datatools.checks._alike import FREQUENCIES, MAX_DISTANCE_BITS, firsts


def _mirrored(signs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the bits (256,) of the mirror image: odd horizontal frequencies change their sign."""
    return np.asarray((signs.reshape(-1, FREQUENCIES) ^ np.arange(FREQUENCIES) % 2).ravel(), np.uint8)


def _plainly(bits: NDArray[np.uint8]) -> list[int]:
    """Join (n, 256) pair by pair."""
    found = list(range(len(bits)))
    for one in range(len(bits)):
        for other in range(one):
            apart = min(np.count_nonzero(bits[one] != seen) for seen in (bits[other], _mirrored(bits[other])))
            if apart <= MAX_DISTANCE_BITS and found[one] != found[other]:
                low, high = sorted((found[one], found[other]))
                found = [low if label == high else label for label in found]
    return found


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 24), is_mirrored=st.booleans())
def test_pictures_are_joined_as_by_a_plain_search(seed: int, n: int, is_mirrored: bool) -> None:
    """Each second one is a copy of the last, perhaps mirrored, with 20 to 36 bits changed."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (n, FREQUENCIES**2)).astype(np.uint8)
    for copy in range(1, n):
        if rng.random() < 0.6:
            bits[copy] = _mirrored(bits[copy - 1]) if is_mirrored else bits[copy - 1]
            bits[copy, rng.choice(256, int(rng.integers(20, 37)), replace=False)] ^= 1
    assert firsts(np.packbits(bits, axis=1)).tolist() == _plainly(bits)


def test_nothing_is_joined_to_nothing() -> None:
    """An empty set."""
    assert firsts(np.empty((0, 32), np.uint8)).tolist() == []
