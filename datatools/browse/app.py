"""How is the App served, and when does it stop?"""

import contextlib
import ipaddress
import socket
import sys
import time
from typing import TYPE_CHECKING

from datatools.browse import evaluations, sync
from datatools.database import engine, trouble
from datatools.errors import DatabaseError, UsageError
from datatools.progress import Progress
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import fiftyone

_LOOK_S = 2.0
_TIMEOUT_S = 10.0
_MISSES = 3  # in a row: a network may falter


def require_free_port(address: str, port: int) -> None:
    """Raise UsageError when the App could not listen there.

    FiftyOne itself would show whatever already listens on the port.
    """
    try:
        with socket.create_server((address, port)):
            pass
    except OSError as error:
        raise UsageError(
            f"expected a free port, {address}:{port} cannot be listened on ({error.strerror}); "
            "choose another with --port"
        ) from error


def exposure(address: str) -> str | None:
    """Give the warning for an address that others reach, or None."""
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(address).is_loopback:
            return None
    if address == "localhost":
        return None
    return (
        f"browse: whoever reaches {address} sees the pictures and the answers and can change them, without a "
        "password; over `ssh -L` 127.0.0.1 is enough"
    )


def launch(
    workspace: Workspace,
    name: str,
    progress: Progress,
    *,
    port: int = 5151,
    address: str = "127.0.0.1",
    wait: bool = True,
) -> "fiftyone.Session":
    """Build a workspace's data set and open the App on it; for notebooks, with ``wait`` False.

    Raises:
        UsageError: the port is taken, or as ``sync.build_dataset`` and ``serve``.
    """
    require_free_port(address, port)
    with engine.answering("the data set was brought up to date"):
        dataset = sync.build_dataset(workspace, name, progress)
        evaluations.register(workspace, dataset, progress)
    return serve(dataset, port, address, wait=wait)


def serve(dataset: "fiftyone.Dataset", port: int, address: str, *, wait: bool = True) -> "fiftyone.Session":
    """Open the App; with ``wait``, come back when the user interrupts.

    Raises:
        DatabaseError: the database went away.
        UsageError: the App ended by itself.
    """
    fo = engine.load()
    # FiftyOne prints, and stdout is for results.
    with contextlib.redirect_stdout(sys.stderr), engine.without_deprecations():
        with engine.answering("the App was opened"):
            session = fo.launch_app(dataset, port=port, address=address)
        if wait:
            try:
                _watch(address, port)
            except KeyboardInterrupt:  # the way to leave the App, not a failure
                pass
            finally:
                session.close()
    return session


def _watch(address: str, port: int) -> None:
    """Wait as long as the App and its database are there."""
    misses = 0
    while misses < _MISSES:
        time.sleep(_LOOK_S)
        _require_app(address, port)
        misses = 0 if engine.is_answering() else misses + 1
    raise DatabaseError(engine.lost(trouble.silent(engine.where()), "the App was open"))


def _require_app(address: str, port: int) -> None:
    try:
        socket.create_connection((address, port), timeout=_TIMEOUT_S).close()
    except ConnectionRefusedError as error:
        raise UsageError(
            f"the App on {address}:{port} ended (killed, perhaps for want of memory): the data set, the "
            "workspace and every review and answer that was given are kept; give the same command again"
        ) from error
    except TimeoutError:
        pass  # busy, not gone
