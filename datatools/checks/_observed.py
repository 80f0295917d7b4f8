"""What did a check observe? Observations come back from a table, so their shape is tested again."""

from datatools.checks import Observed
from datatools.errors import DataError


def number(value: Observed) -> float | None:
    """Give an observation that is a number, or None where the check did not apply.

    Raises:
        DataError: it is something else.
    """
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise DataError(f"expected an observation that is a number or null, got {value!r}; run check again")


def numbers(value: Observed, *names: str) -> dict[str, float] | None:
    """Give an observation that is a set of named numbers, or None where the check did not apply.

    Raises:
        DataError: it is something else, or one of ``names`` is missing.
    """
    if value is None or (isinstance(value, dict) and set(names) <= value.keys()):
        return value
    raise DataError(f"expected an observation with {', '.join(names)}, got {value!r}; run check again")
