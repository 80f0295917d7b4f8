"""Are samples shared among shards evenly, each into one, and in their order?"""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools.sharding.ranges import MOST_SAMPLES, how_many, ranges


@given(st.integers(1, 300), st.text(max_size=20))
def test_every_id_is_in_one_range(number: int, sample_id: str) -> None:
    """Also one that is no hash."""
    assert sum(one.holds(sample_id) for one in ranges(number)) == 1


@given(st.integers(2, 300))
def test_ranges_follow_each_other(number: int) -> None:
    """Samples in the order of their ids come in the order of their shards."""
    found = ranges(number)
    assert len(found) == number
    assert [one.high for one in found[:-1]] == [one.low for one in found[1:]]
    assert [one.low for one in found] == sorted(one.low for one in found)


def test_hashes_are_shared_evenly() -> None:
    """Of 20,000 ids each of ten ranges has about a tenth."""
    ids = [hashlib.sha256(str(number).encode()).hexdigest()[:16] for number in range(20_000)]
    counts = [sum(map(one.holds, ids)) for one in ranges(10)]
    assert max(abs(n - 2000) for n in counts) < 200


@pytest.mark.parametrize(
    ("n_samples", "n_bytes", "number"),
    [(0, 0, 1), (10, 100, 1), (10, 101, 2), (10, 1000, 10), (2 * MOST_SAMPLES + 1, 1, 3)],
)
def test_shards_are_as_many_as_their_size_asks_for(n_samples: int, n_bytes: int, number: int) -> None:
    """Small pictures are limited by their number, so that memory stays bounded."""
    assert how_many(n_samples, n_bytes, 100) == number
