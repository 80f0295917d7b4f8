"""How does this process come to the MongoDB that serves one folder?

FiftyOne joins whatever server of this user runs, also when that one serves another folder than the one that
was asked for: two database folders side by side would show each other's pictures. Here the folder decides.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import fiftyone.core.odm.database as connection
import fiftyone.core.service as services
import fiftyone.factory.repo_factory as repo_factory
import fiftyone.service as service_package
import fiftyone.service.util as processes
import psutil

from datatools.database import trouble
from datatools.database.place import Place
from datatools.errors import DatabaseError

PORT = "FIFTYONE_PRIVATE_DATABASE_PORT"  # FiftyOne's own: what its children connect to
_FOLDER = "DATATOOLS_DATABASE_FOLDER"  # the one that it serves, for the same children
_LOOPBACK = "127.0.0.1"
_START_S = 60.0  # as long as FiftyOne itself waits
_LEAVE_S = 15.0  # another process's server may be about to end
_END_S = 10.0  # MongoDB writes what it holds
_POLL_S = 0.1
_SELECT_MS = 10_000  # a server on this machine answers at once, or it is gone
_LEFT: "list[psutil.Popen]" = []  # others use them; a handle that is dropped would warn


class _Server(services.DatabaseService):  # type: ignore[misc]  # FiftyOne has no types
    """FiftyOne's own service, of one folder; it ends with the last process that uses it."""

    mongod: "psutil.Process | None" = None  # the server, below the process that looks after it

    @property
    def command(self) -> list[str]:
        return [*super().command, "--bind_ip", _LOOPBACK]

    def start(self) -> None:
        wanted = [*self._service_args, *self.command[:3]]
        for process in processes.find_processes_by_args(wanted):
            try:
                reply = processes.send_ipc_message(process, ("register", os.getpid()))
            except (OSError, psutil.Error):  # it ends just now
                continue
            if reply is True:
                self.attached, self.child = True, process
                return
        script = Path(service_package.__file__).with_name("main.py")
        self.child = psutil.Popen(
            [sys.executable, str(script), *self._service_args, *self.command],
            stdin=subprocess.PIPE,  # closed when this process ends: the service then ends too
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # MongoDB writes a log
            env={**os.environ, "FIFTYONE_DISABLE_SERVICES": "1"},
        )

    def listening(self) -> int | None:
        """Give the server's port once it listens; None when it has ended or takes too long."""
        end_s = time.monotonic() + _START_S
        while time.monotonic() < end_s and _is_alive(self.child):
            try:
                # One that is no mongod yet is a copy of the service, which listens too: for other processes.
                for child in filter(_is_mongod, self.child.children(recursive=True)):
                    for port in processes.get_listening_tcp_ports(child):
                        self.mongod = child
                        return int(port)
            except psutil.Error:
                pass  # a process that ended meanwhile
            time.sleep(_POLL_S)
        return None


def join(place: Place) -> None:
    """Let FiftyOne's next question go to the server of a folder, and start one where there is none.

    Raises:
        DatabaseError: it does not start, or another program has the folder.
        PermissionError: the folder cannot be written.
        fiftyone.core.service.ServiceExecutableNotFound: there is no mongod.
    """
    if os.environ.get("FIFTYONE_DISABLE_SERVICES"):
        return
    if has_ended():
        leave()
    folder = str(place.folder)
    if connection._db_service is None and os.environ.get(_FOLDER, folder) != folder:
        os.environ.pop(PORT, None)  # a child of a process that uses another folder
    if PORT in os.environ:  # the server of the process that started this one, or joined before
        connection._connection_kwargs["serverSelectionTimeoutMS"] = _SELECT_MS
        return
    port = _served(place)
    os.environ[PORT], os.environ[_FOLDER] = str(port), folder
    connection._connection_kwargs["serverSelectionTimeoutMS"] = _SELECT_MS


def leave() -> None:
    """Forget a server, so that the next ``join`` looks for one again; it ends when nobody else uses it."""
    connection._disconnect()
    if isinstance(connection._db_service, _Server):
        _dismiss(connection._db_service)
    connection._db_service = None
    connection._connection_kwargs.clear()
    repo_factory._db = None  # it would go on with the connection that was closed
    repo_factory.RepositoryFactory.repos.clear()
    os.environ.pop(PORT, None)
    os.environ.pop(_FOLDER, None)


def _dismiss(server: _Server) -> None:
    child, is_ours = server.child, not server.attached
    server.stop()
    if is_ours:
        try:
            child.wait(_END_S)
        except psutil.TimeoutExpired:
            _LEFT.append(child)


def has_ended() -> bool:
    """Say whether the server that this process started or joined is gone."""
    return isinstance(connection._db_service, _Server) and not _is_alive(connection._db_service.mongod)


def _served(place: Place) -> int:
    """Give the port of the folder's server."""
    if not place.is_held and place.is_short:
        raise DatabaseError(trouble.full(place))
    log = place.folder / "log" / "mongo.log"
    end_s = time.monotonic() + _LEAVE_S
    while True:
        orphan = _port_of_orphan(place)
        if orphan is not None:
            return orphan
        before = log.stat() if log.is_file() else None
        server = _Server()
        port = server.listening()
        if port is not None:
            connection._db_service = server
            return port
        reasons = trouble.errors_of(log, before)
        # Two processes may start at once; one that was joined may end; one that ends keeps its lock a while.
        may_change = server.attached or trouble.is_locked(reasons)
        _dismiss(server)
        if not may_change or time.monotonic() > end_s:
            raise DatabaseError(trouble.ended(reasons, place))
        time.sleep(_POLL_S)


def _port_of_orphan(place: Place) -> int | None:
    """Give the port of a server of the folder whose FiftyOne was killed: it works, and holds the lock."""
    for process in psutil.process_iter():
        try:
            if (
                not _is_mongod(process)
                or f"--dbpath {place.folder} " not in f"{' '.join(process.cmdline())} "
            ):
                continue
            parent = process.parent()
            if parent is not None and "--51-service" in parent.cmdline():
                continue
            for port in processes.get_listening_tcp_ports(process):
                return int(port)
        except psutil.Error:  # another user's, or it ended meanwhile
            continue
    return None


def _is_mongod(process: psutil.Process) -> bool:
    words = process.cmdline()
    return bool(words) and Path(words[0]).name == services.DatabaseService.MONGOD_EXE_NAME


def _is_alive(process: "psutil.Process | None") -> bool:
    if process is None:
        return False
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
