"""Which of very many pictures are nearly the same, by the bits of their perceptual hashes?

Every pair is compared, in blocks. The scalar product of signs is the number of bits less twice the distance,
so that a block of distances is a matrix product, and mirroring a picture flips the sign of its odd horizontal
frequencies: with E the product over the even frequencies and O over the odd ones the picture is compared by
E + O and its mirror image by E - O. Few pairs are near in E alone, and O is only made where some are.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

FREQUENCIES = 16  # lowest horizontal and vertical ones: 256 bits
N_BYTES = FREQUENCIES * FREQUENCIES // 8
# Chosen by eye on 1,341 + 2,036 + 204 portraits: pairs up to 22 bits are one photograph, at 30 to 49 come
# bursts and studio portraits of one person, from 42 on different people before the same backdrop.
# Recompressing, halving or greying moves 4 bits, a gamma of 0.7 15, a 1% crop or a turn by 1 degree 23.
MAX_DISTANCE_BITS = 28
_BLOCK = 1024  # pictures that are compared with as many others at a time
_MOST_LINKS = _BLOCK * _BLOCK  # that are held at a time

Bits = NDArray[np.uint8]  # (n, N_BYTES), packed
Places = NDArray[np.int64]
_Signs = NDArray[np.float32]


def firsts(bits: Bits) -> Places:
    """Give each picture (n,) the place of the first one that it is joined to, its own where there is none.

    Pictures within 28 of 256 bits, mirrored or not, are joined, and so are those that a third one joins.
    """
    joined = _Joined(len(bits))
    for start in range(0, len(bits), _BLOCK):
        rows = _signs(bits[start : start + _BLOCK])
        for other in range(start, len(bits), _BLOCK):
            first, second = _near(rows, _signs(bits[other : other + _BLOCK]))
            joined.add(first + start, second + other)
    return joined.labels()


def _signs(bits: Bits) -> tuple[_Signs, _Signs]:
    """Give (n, 128) twice, of the even and of the odd frequencies: +1 where a bit is set, -1 elsewhere."""
    signs = np.unpackbits(bits, axis=1).astype(np.float32) * 2 - 1
    return np.ascontiguousarray(signs[:, ::2]), np.ascontiguousarray(signs[:, 1::2])


def _near(rows: tuple[_Signs, _Signs], columns: tuple[_Signs, _Signs]) -> tuple[Places, Places]:
    """Give the places of near pairs, in the rows and in the columns."""
    even = rows[0] @ columns[0].T
    # What is far in these bits alone is far in all of them.
    some = np.flatnonzero((even >= _least(rows[0].shape[1])).any(axis=1))
    even = even[some]
    even += np.abs(rows[1][some] @ columns[1].T)
    first, second = np.nonzero(even >= _least(2 * rows[0].shape[1]))
    return some[first], second


def _least(n_bits: int) -> int:
    """Give the least scalar product of two pictures that are near in so many bits."""
    return n_bits - 2 * MAX_DISTANCE_BITS


class _Joined:
    """Which pictures are joined, however many links say so: where all look alike these are N squared."""

    def __init__(self, n: int) -> None:
        self._labels: Places = np.arange(n)
        self._links: list[tuple[Places, Places]] = []
        self._n_links = 0

    def add(self, first: Places, second: Places) -> None:
        """Join pictures, by their places."""
        is_new = self._labels[first] != self._labels[second]
        if not is_new.any():
            return
        self._links.append((first[is_new], second[is_new]))
        self._n_links += int(np.count_nonzero(is_new))
        if self._n_links > max(_MOST_LINKS, len(self._labels)):
            self.labels()

    def labels(self) -> Places:
        """Give each picture the place of the first that it is joined to."""
        if not self._n_links:
            return self._labels
        n = len(self._labels)
        nodes, seconds = zip((np.arange(n), self._labels), *self._links, strict=True)
        first, second = np.concatenate(nodes), np.concatenate(seconds)
        graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
        _, found = connected_components(graph, directed=False)
        _, smallest = np.unique(found, return_index=True)
        self._labels = np.asarray(smallest[found], np.int64)
        self._links, self._n_links = [], 0
        return self._labels
