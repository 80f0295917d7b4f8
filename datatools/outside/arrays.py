"""What does a NumPy file (.npy) from outside hold?

Its head says how many values follow, and NumPy makes room for them before it looks; here the head is
compared with the file first. Files that hold Python objects are pickles, which run code, and are refused.
"""

from io import BytesIO
from math import prod
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from datatools.errors import DataError
from datatools.outside import regular
from datatools.outside.names import shown

_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_MAX_DIMENSIONS = 8


def read_array(path: Path, most_bytes: int) -> NDArray[np.generic]:
    """Read an array of numbers.

    Raises:
        DataError: no such file, larger than ``most_bytes``, or no array of numbers.
    """
    name = shown(path.name)
    try:
        data = regular.read(path, most_bytes)
    except FileNotFoundError as error:
        raise DataError(f"{name}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror}") from error
    try:
        return _array(data)
    # The head is Python text: NumPy's own parsing raises a dozen kinds of errors.
    except Exception as error:
        raise DataError(f"{name}: not readable as an array of numbers (.npy): {error}") from error


def _array(data: bytes) -> NDArray[np.generic]:
    stream = BytesIO(data)
    version = npy.read_magic(stream)
    if version not in _READERS:
        raise DataError(f"expected version 1.0 or 2.0 of the format, got {version}")
    shape, is_fortran, kind = _READERS[version](stream)
    n_values = prod(shape)
    if kind.hasobject or kind.kind not in "biuf":
        raise DataError(f"expected numbers, got values of the type {kind}")
    if len(shape) > _MAX_DIMENSIONS or min(shape, default=0) < 0:
        raise DataError(f"expected at most {_MAX_DIMENSIONS} dimensions of at least 0, got {shape}")
    if n_values * kind.itemsize > len(data) - stream.tell():
        raise DataError(f"the file is too short for the {n_values} values that its head promises")
    values = np.frombuffer(data, kind, n_values, stream.tell())
    return values.reshape(shape, order="F" if is_fortran else "C")
