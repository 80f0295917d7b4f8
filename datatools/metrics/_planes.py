"""How are masks shrunk, outlined and counted, 64 pixels at a time?

A mask is a plane of bits in 64-bit words. What is done to a pixel and its neighbours is done to whole
words that were moved by so many bits, which costs a fraction of the same on bytes. Around the picture lies
a frame of True, so that what lies outside takes no pixel away.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]  # (n_masks, n_words): the pixels of a row from the left, the lowest bit first
_WORD_BITS = 64
_WORD = np.dtype("<u8")


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where the pixels of masks of one size lie in the words of their planes."""

    height_px: int
    frame_px: int  # as far as anything may look around a pixel
    row_words: int  # a row's pixels; behind them the frame on its right, and on the left of the next row
    inside: Words  # (n_words,) True in the picture
    core: Words  # (n_words,) True ``core_px`` and more from the picture's border

    @property
    def row_bits(self) -> int:
        """Give the number of bits from a pixel to the one below."""
        return self.row_words * _WORD_BITS

    def rows(self, shift: int = 0) -> slice:
        """Give the words of the picture's rows, or as many that begin ``shift`` words behind them."""
        first = (self.frame_px + 1) * self.row_words + shift
        return slice(first, first + self.height_px * self.row_words)


@functools.lru_cache(maxsize=16)  # the masks of a set have few sizes
def grid(height_px: int, width_px: int, frame_px: int, core_px: int) -> Grid:
    """Lay out the planes of masks of a size; see ``Grid`` for the others."""
    row_words = -(-(width_px + frame_px) // _WORD_BITS)
    inside = np.zeros((height_px + 2 * (frame_px + 1), row_words * _WORD_BITS), np.bool_)
    core = inside.copy()
    first = frame_px + 1
    inside[first : first + height_px, :width_px] = True
    core[first + core_px : first + height_px - core_px, core_px : max(core_px, width_px - core_px)] = True
    found = (np.packbits(bits, axis=1, bitorder="little").view(_WORD).ravel() for bits in (inside, core))
    return Grid(height_px, frame_px, row_words, *found)


def planes(masks: Sequence[NDArray[np.bool_]], where: Grid) -> Words:
    """Pack masks (H, W) of the grid's size into framed planes."""
    found = np.empty((len(masks), len(where.inside)), _WORD)
    found[:] = ~where.inside
    rows = found[:, where.rows()].reshape(len(masks), where.height_px, where.row_words).view(np.uint8)
    for plane, mask in zip(rows, masks, strict=True):
        packed = np.packbits(mask, axis=1, bitorder="little")
        plane[:, : packed.shape[1]] |= packed
    return found


def shrunk(framed: Words, half_width_px: int, where: Grid) -> Words:
    """Give the pixels around which a square of True reaches ``half_width_px`` each way, or the frame.

    At most the grid's ``frame_px``. The picture's rows come back; right of the picture they mean nothing.
    """
    length = 2 * half_width_px + 1
    # Runs to the right, by doubling; all planes in one line, since only their frames see where they end.
    line = framed.ravel()
    for further in _doublings(length):
        line = _moved(line, further) & line
    runs = _moved(line, -half_width_px).reshape(framed.shape)
    for further in _doublings(length):
        down = further * where.row_words
        runs = runs[:, :-down] & runs[:, down:]
    return runs[:, where.rows(-half_width_px * where.row_words)]


def _doublings(length: int) -> Iterator[int]:
    """Give the steps by which a run of one grows to a length, each at most the length so far."""
    done = 1
    while done < length:
        further = min(done, length - done)
        yield further
        done += further


def _moved(line: Words, n_bits: int) -> Words:
    """Give words (n_words,) in which every bit is the one that was ``n_bits`` behind it; 0 where none was."""
    n_words, rest = divmod(n_bits, _WORD_BITS)
    start, stop = max(0, -n_words), len(line) - max(0, n_words + 1)
    found = np.empty_like(line)
    found[:start], found[stop:] = 0, 0
    np.right_shift(line[start + n_words : stop + n_words], rest, out=found[start:stop])
    if rest:
        found[start:stop] |= line[start + n_words + 1 : stop + n_words + 1] << (_WORD_BITS - rest)
    return found


def outlines(framed: Words, where: Grid) -> Words:
    """Give the pixels of masks that have a 4-neighbour outside the mask; the picture's border is none.

    Planes again, but False in the frame.
    """
    own, before, behind = (framed[:, where.rows(shift)] for shift in (0, -1, 1))
    around = own >> 1
    around |= behind << (_WORD_BITS - 1)
    around &= (own << 1) | (before >> (_WORD_BITS - 1))
    around &= framed[:, where.rows(-where.row_words)]
    around &= framed[:, where.rows(where.row_words)]
    found = np.zeros_like(framed)
    found[:, where.rows()] = own & ~around & where.inside[where.rows()]
    return found


def counted(found: Words) -> list[int]:
    """Count the True bits of each plane."""
    counts: list[int] = np.bitwise_count(found).sum(axis=-1, dtype=np.int64).tolist()
    return counts


def places(plane: Words) -> NDArray[np.int64]:
    """Give the numbers of the True bits of one plane (n_words,), rising."""
    words = np.flatnonzero(plane)
    bits = np.flatnonzero(unpacked(plane[words]))
    word, bit = np.divmod(bits, _WORD_BITS)
    return np.asarray(words[word] * _WORD_BITS + bit, np.int64)


def unpacked(plane: Words) -> NDArray[np.bool_]:
    """Give the bits of one plane (n_words,) as bool, by their numbers."""
    return np.unpackbits(plane.view(np.uint8), bitorder="little").view(np.bool_)
