"""How is FiftyOne loaded: quietly, without telemetry, with its database running?

The database lies where FiftyOne's own settings put it (FIFTYONE_DATABASE_DIR, FIFTYONE_DATABASE_URI), not
in the workspace: several workspaces can be open side by side in it.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from datatools import plugins
from datatools.database import place, trouble
from datatools.errors import DatabaseError


@contextmanager
def without_deprecations() -> Iterator[None]:
    """Hide the deprecations of FiftyOne and of what it calls: they are for its authors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def imported() -> ModuleType:
    """Import fiftyone, without its database: its settings can be read.

    Raises:
        MissingExtraError: fiftyone is not installed.
        DatabaseError: it does not start.
    """
    os.environ["FIFTYONE_DO_NOT_TRACK"] = "true"
    os.environ.setdefault("FIFTYONE_LOGGING_DESTINATION", "stderr")  # stdout is for results
    try:
        with without_deprecations():
            import fiftyone
    except ModuleNotFoundError as error:
        raise plugins.missing_extra(error) from error
    # Settings of its own that cannot be read, no home, its database's driver: all raise classes of their own.
    except Exception as error:
        why = trouble.first_line(error)
        raise DatabaseError(f"FiftyOne does not start ({why}): `datatools doctor` says more") from error
    return sys.modules[fiftyone.__name__]


def load() -> ModuleType:
    """Import fiftyone and start or join its database; after the server died, start it again.

    Raises:
        MissingExtraError: fiftyone is not installed.
        DatabaseError: its database does not start, cannot be reached, or belongs to another version.
    """
    fo = imported()
    there = place.of(fo.config)
    from datatools.database import server  # imports fiftyone

    try:
        with without_deprecations():
            if there.uri is None:
                server.join(there)
            fo.list_datasets()  # the first question is what opens the connection
    except DatabaseError:
        raise
    # The driver, the service and FiftyOne itself each raise classes of their own.
    except Exception as error:
        server.leave()  # FiftyOne would take the connection for good the next time
        # Not from a driver's error where an address may stand in it with its password.
        raise DatabaseError(trouble.explain(error, there)) from (error if there.uri is None else None)
    return fo


def where() -> place.Place:
    """Give where the data are, by FiftyOne's settings; raises as ``imported``."""
    return place.of(imported().config)


def is_answering() -> bool:
    """Ask the database for a sign of life."""
    from fiftyone.core.odm import get_db_conn
    from pymongo.errors import ConnectionFailure

    from datatools.database import server

    if server.has_ended():  # nothing to wait for
        return False
    try:
        get_db_conn().command("ping")
    except ConnectionFailure:
        return False
    return True


@contextmanager
def answering(doing: str) -> Iterator[None]:
    """Say what it means when the database goes away meanwhile.

    Args:
        doing: what is under way, as "while ..." goes on.

    Raises:
        DatabaseError: the database went away, is full, or belongs to another version.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, DatabaseError) or not trouble.is_about_the_database(error):
            raise
        there = where()
        raise DatabaseError(lost(trouble.explain(error, there), doing)) from (
            error if there.uri is None else None
        )


def lost(why: str, doing: str) -> str:
    """Give the sentence for a database that went away."""
    return (
        f"{why} (this happened while {doing}). The workspace is as it was and keeps every review and answer "
        "that was given; give the same command again to go on"
    )
