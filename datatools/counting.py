"""How are very many rows put together by their words, without an object for each?

Arrays of NumPy and Arrow, no pandas: loading it takes longer than counting a million rows.
"""

from collections import Counter
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]


def mask(keep: Bools) -> pa.BooleanArray:
    """Give an array as Arrow takes it to filter; ``pa.array`` would load pandas."""
    bits = np.packbits(keep, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(keep), [None, pa.py_buffer(bits)])


def places(numbers: Codes) -> pa.Int64Array:
    """Give an array as Arrow takes it to choose rows by number."""
    held = np.ascontiguousarray(numbers, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(held), [None, pa.py_buffer(held)])


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Give a column as one array; a dictionary's words then have one number each."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    found = column.combine_chunks()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], list[str]]:
    """Give the number of each row's word, and the words; of a dictionary-encoded column without gaps."""
    array = whole(column)
    held = array.indices  # ``to_numpy`` would load pandas
    codes = np.frombuffer(held.buffers()[1], np.int32) if len(held) else np.zeros(0, np.int32)
    words = cast("list[str]", array.dictionary.to_pylist())
    return codes[held.offset : held.offset + len(held)], words


def bools(column: pa.ChunkedArray | pa.Array) -> Bools:
    """Give a column of yes and no without gaps."""
    array = whole(column) if isinstance(column, pa.ChunkedArray) else column
    if not len(array):
        return np.zeros(0, np.bool_)
    bits = np.frombuffer(array.buffers()[1], np.uint8)
    every = np.unpackbits(bits, bitorder="little")
    return every[array.offset : array.offset + len(array)].astype(np.bool_)


def equals(column: pa.ChunkedArray, word: str) -> Bools:
    """Say which rows of a dictionary-encoded column have this word."""
    codes, words = coded(column)
    wanted = words.index(word) if word in words else -1
    return np.asarray(codes == wanted, np.bool_)


def tally(rows: pa.Table) -> Counter[tuple[str, ...]]:
    """Count the rows of each combination of words, in the order in which they come first.

    Args:
        rows: dictionary-encoded columns without gaps, of few words each.
    """
    key = np.zeros(len(rows), np.int64)
    every: list[list[str]] = []
    for column in rows.columns:
        codes, words = coded(column)
        key = key * max(len(words), 1) + codes
        every.append(words)
    counts = np.bincount(key)
    first = np.zeros(len(counts), np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]  # of several places the last one written is the first
    found = np.flatnonzero(counts)
    counted: Counter[tuple[str, ...]] = Counter()
    for number in found[np.argsort(first[found])].tolist():
        rest, said = number, []
        for words in reversed(every):
            rest, code = divmod(rest, len(words))
            said.append(words[code])
        counted[tuple(reversed(said))] = int(counts[number])
    return counted


def starts(column: pa.ChunkedArray | pa.Array) -> Codes:
    """Give the number of the first row of each run of equal values; a table's samples are such runs."""
    array = whole(column) if isinstance(column, pa.ChunkedArray) else column
    if len(array) == 0:
        return np.zeros(0, np.int64)
    changes = bools(pc.not_equal(array[1:], array[:-1]))
    return np.concatenate([[0], np.flatnonzero(changes) + 1]).astype(np.int64)
