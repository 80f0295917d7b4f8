"""How are the keys of very many items kept, in the bytes of their letters?

Python takes some 150 bytes for a word in a dict or set. Here the letters stand in one sorted array, and who
looks something up comes with a thousand words at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Row = TypeVar("Row")
Letters = NDArray[np.bytes_]  # (n,) texts in UTF-8, as wide as the longest; their order is that of the texts
Places = NDArray[np.intp]

_AT_ONCE = 1024


def _letters(text: str) -> bytes:
    """Encode any text, names of files that are no Unicode too; NumPy would drop a NUL at the end."""
    return text.encode(errors="surrogatepass").replace(b"\0", b"\xc0\x80")


def text_of(letters: bytes) -> str:
    """Give the text whose letters these are."""
    return letters.replace(b"\xc0\x80", b"\0").decode(errors="surrogatepass")


class Texts:
    """Texts, one after the other."""

    def __init__(self) -> None:
        self._packed: list[Letters] = []
        self._latest: list[bytes] = []

    def add(self, text: str) -> None:
        """Put a text at the end."""
        self._latest.append(_letters(text))
        if len(self._latest) == _AT_ONCE:
            self._pack()

    def letters(self) -> Letters:
        """Give all of them, in the order in which they came."""
        self._pack()
        self._packed = [np.concatenate(self._packed)]
        return self._packed[0]

    def _pack(self) -> None:
        self._packed.append(np.array(self._latest, np.bytes_))
        self._latest = []


class Keys:
    """The different ones of some texts, in their order."""

    def __init__(self, letters: Letters) -> None:
        order = np.argsort(letters, kind="stable")
        ordered = letters[order]
        is_last = np.ones(len(ordered), np.bool_)
        is_last[:-1] = ordered[1:] != ordered[:-1]
        self.came_at: Places = order[is_last]  # where each came, the last time that it did
        self.of_each: Places = np.empty_like(order)  # the key of each text that came
        self.of_each[order] = np.cumsum(is_last) - is_last
        self._letters: Letters = ordered[is_last]

    def __len__(self) -> int:
        return len(self._letters)

    def text(self, which: int) -> str:
        """Give a key."""
        return text_of(self._letters[which])

    def find(self, texts: Sequence[str]) -> Places:
        """Give which key each text is; -1 where it is none."""
        asked = np.array([_letters(text) for text in texts], np.bytes_)
        if not len(self):
            return np.full(len(asked), -1, np.intp)
        places = np.minimum(np.searchsorted(self._letters, asked), len(self) - 1)
        return np.where(self._letters[places] == asked, places, -1)

    def came_first(self) -> Places:
        """Give where each key came first, in the order in which they came."""
        return np.sort(np.unique(self.of_each, return_index=True)[1])

    def located(self, rows: Iterable[Row], key: Callable[[Row], str]) -> Iterator[tuple[Row, int]]:
        """Give each row with which key it has; -1 where it has none of these."""
        coming = iter(rows)
        while some := list(islice(coming, _AT_ONCE)):
            yield from zip(some, self.find([key(row) for row in some]).tolist(), strict=True)


class Marked:
    """Items by their keys, each with the fingerprint of what it is made of; the last of a key counts."""

    def __init__(self, keys: Texts, fingerprints: Texts) -> None:
        self.keys = Keys(keys.letters())
        self._fingerprints: Letters = fingerprints.letters()

    def has(self, which: int, fingerprint: str) -> bool:
        """Say whether a key's item has this fingerprint."""
        return bool(self._fingerprints[self.keys.came_at[which]] == _letters(fingerprint))
