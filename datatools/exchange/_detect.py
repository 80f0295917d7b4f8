"""Which format is a file or folder in?"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from datatools import plugins
from datatools.errors import DataError, UsageError
from datatools.exchange import Format

FAMILY = "exchange"


def build(name: str, options: Mapping[str, str] | None = None) -> Format:
    """Make a format.

    Raises:
        UsageError: no format of that name, or it does not take these options.
    """
    return cast("Format", plugins.build(FAMILY, name, options))


def detect(path: Path, name: str | None, options: Mapping[str, str]) -> Format:
    """Make the format of that name, or the one that the file looks like.

    Raises:
        UsageError: no or several formats match, or the format does not take these options.
        DataError: there is no such file.
    """
    if name is not None:
        return build(name, options)
    if not path.exists():
        raise DataError(f"expected a label sheet at {path}, there is no such file or folder")
    found = [known for known in plugins.names(FAMILY) if build(known).matches(path)]
    if len(found) == 1:
        return build(found[0], options)
    likely = " and ".join(found) if found else "none of them"
    raise UsageError(
        f"{path.name}: expected one of the formats {', '.join(plugins.names(FAMILY))}, it looks like "
        f"{likely}: say which with --format"
    )
