"""A pickle is gone over before it is read."""

import io
import pickle
from collections import OrderedDict

import pytest

from datatools.errors import DataError
from datatools.outside.pickles import require_small


def nested(levels: int) -> bytes:
    """Give a pickle of a dictionary whose key is a pair of one pair twice, and so on."""
    pairs = b"".join(b"h" + bytes([level]) + b"\x86q" + bytes([level + 1]) for level in range(1, levels))
    return b"\x80\x02}K\x01K\x02\x86q\x01" + pairs + b"K\x05s."


@pytest.mark.parametrize("protocol", range(5))
def test_plain_values_pass(protocol: int) -> None:
    """In every protocol, shared ones too."""
    shared = (1.5, "a", b"b")
    values = {"a": [shared] * 1000, ("k", shared): {1, 2}, "o": OrderedDict(x=(shared, None)), "n": [[]] * 9}
    assert require_small(io.BytesIO(pickle.dumps(values, protocol)), "x")


def test_a_stream_is_left_behind_the_pickle() -> None:
    """Old files of torch hold several, one behind the other."""
    stream = io.BytesIO(pickle.dumps([1, 2]) + b"rest")
    assert require_small(stream, "x")
    assert stream.read() == b"rest"


def test_tuples_that_hold_each_other_twice_are_refused() -> None:
    """Sixty of them in three hundred bytes: to hash them would take longer than anybody lives."""
    data = nested(60)
    assert len(data) < 320
    with pytest.raises(DataError, match="x: expected a pickle of less than 1000000 values"):
        require_small(io.BytesIO(data), "x")


@pytest.mark.parametrize("data", [b"", b"\x80\x02", b"h\x07.", b"t.", b"0.", b"\xff", b"q\x01."])
def test_what_is_no_pickle_is_told(data: bytes) -> None:
    """Cut off, or taking what is not there: whoever reads it says what is wrong."""
    assert not require_small(io.BytesIO(data), "x")
