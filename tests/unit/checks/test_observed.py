"""Observations of another shape than the check's are refused."""

import pytest

from datatools.checks._observed import number, numbers
from datatools.checks.near_duplicate import NearDuplicate
from datatools.errors import DataError


def test_a_number_or_nothing_is_a_number() -> None:
    """Anything else is not this check's observation."""
    assert (number(3), number(0.5), number(None)) == (3, 0.5, None)
    with pytest.raises(DataError, match="a number or null, got 'x'"):
        number("x")


def test_named_numbers_need_their_names() -> None:
    """More names are no harm."""
    assert numbers({"a": 1.0, "b": 2.0}, "a") == {"a": 1.0, "b": 2.0}
    assert numbers(None, "a") is None
    with pytest.raises(DataError, match="an observation with a, b, got"):
        numbers({"a": 1.0}, "a", "b")


def test_a_near_duplicate_observation_is_a_signature_and_a_size() -> None:
    """A lone string is an older version's; 31 bytes, letters and half a pixel are nobody's."""
    for wrong in ("00" * 32, ["00" * 31, "9"], ["zz" * 32, "9"], ["00" * 32, "9.5"]):
        with pytest.raises(DataError, match="a signature and a number of pixels"):
            list(NearDuplicate().judge([("a", wrong)]))
