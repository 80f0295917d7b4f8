"""Which JSON from outside is read?"""

import json
from pathlib import Path

from datatools.errors import DataError


def load(path: Path, what: str) -> object:
    """Read a JSON file.

    Raises:
        DataError: missing, not JSON in UTF-8, or nested or numbered beyond what Python takes.
    """
    try:
        found: object = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DataError(f"expected {what} at {path}, there is no such file") from error
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise DataError(f"{path.name}: expected {what}, in JSON: {error}") from error
    return found


def text(value: object) -> str:
    """Give a scalar as a sheet has it: nothing for None, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def mapping(value: object) -> dict[str, object]:
    """Give a JSON object, an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """Give a JSON array, an empty one in the place of anything else."""
    return value if isinstance(value, list) else []
