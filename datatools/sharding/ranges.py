"""Which samples share a shard?

A sample's id is part of a hash: cutting the room of all ids into equal ranges makes shards of about equal
size, and a sample that comes or goes changes its own shard alone.
"""

import math
from dataclasses import dataclass

MOST_SAMPLES = 10_000  # of a shard, about; their paths and facts are in memory together
_N_IDS = 1 << 64  # 16 hex digits
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Range:
    """The ids from ``low`` to below ``high``, compared as text; the last range has no end."""

    low: str
    high: str | None

    def holds(self, sample_id: str) -> bool:
        """Say whether an id is in the range."""
        return self.low <= sample_id and (self.high is None or sample_id < self.high)


def how_many(n_samples: int, n_bytes: int, shard_bytes: int) -> int:
    """Give the number of ranges that makes shards of about so many bytes."""
    return max(1, math.ceil(n_bytes / shard_bytes), math.ceil(n_samples / MOST_SAMPLES))


def ranges(number: int) -> list[Range]:
    """Cut all ids into so many equal ranges, in their order."""
    bounds = [f"{place * _N_IDS // number:0{_DIGITS}x}" for place in range(number)]
    bounds[0] = ""
    return [Range(low, high) for low, high in zip(bounds, [*bounds[1:], None], strict=True)]
