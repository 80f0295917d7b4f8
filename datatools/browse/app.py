"""How is the App served, and when does it stop?"""

import contextlib
import socket
import sys
from typing import TYPE_CHECKING

from datatools.browse import engine, sync
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import fiftyone


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
        UsageError: the port is taken, or as ``sync.build_dataset``.
    """
    require_free_port(address, port)
    dataset = sync.build_dataset(workspace, name, progress)
    return serve(dataset, port, address, wait=wait)


def serve(dataset: "fiftyone.Dataset", port: int, address: str, *, wait: bool = True) -> "fiftyone.Session":
    """Open the App; with ``wait``, come back when the user interrupts."""
    fo = engine.load()
    # FiftyOne prints, and stdout is for results.
    with contextlib.redirect_stdout(sys.stderr), engine.without_deprecations():
        session = fo.launch_app(dataset, port=port, address=address)
        if wait:
            try:
                session.wait(-1)
            except KeyboardInterrupt:  # the way to leave the App, not a failure
                session.close()
    return session
