"""Arrays of numbers are read as NumPy wrote them, and nothing else is."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.errors import DataError
from datatools.outside.arrays import read_array

_LIMIT = 1 << 20


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(3, 2),
        np.asfortranarray(np.arange(6).reshape(3, 2)),
        np.zeros((0, 2)),
        np.array(5, ">i2"),
        np.array([True, False]),
    ],
)
def test_what_numpy_wrote_is_read(tmp_path: Path, array: NDArray[np.generic]) -> None:
    """In either order of memory and of bytes, empty or a single number."""
    np.save(tmp_path / "a.npy", array)
    found = read_array(tmp_path / "a.npy", _LIMIT)
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_a_version_that_nobody_writes_numbers_in_is_refused(tmp_path: Path) -> None:
    """Version 3 is for names of fields that are not Latin."""
    np.save(tmp_path / "a.npy", np.zeros(3))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data[:6] + b"\3" + data[7:])
    with pytest.raises(DataError, match=r"expected version 1\.0 or 2\.0 of the format, got \(3, 0\)"):
        read_array(tmp_path / "a.npy", _LIMIT)


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    """A folder is none either."""
    with pytest.raises(DataError, match=r"gone\.npy: there is no such file"):
        read_array(tmp_path / "gone.npy", _LIMIT)
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_array(tmp_path, _LIMIT)
