"""Databases of FiftyOne for tests: folders and servers of their own, ended by their process."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from datatools.database import engine
from datatools.errors import MissingExtraError

if TYPE_CHECKING:
    import psutil
    from pymongo import MongoClient

END_S = 30


@contextmanager
def own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let FiftyOne use a database folder of the test's own, and no other afterwards."""
    try:
        fo = engine.imported()
    except MissingExtraError:
        pytest.skip("fiftyone is not installed (the extra browse)")
    from datatools.database import server

    with monkeypatch.context() as patch:
        use(patch, folder)
        patch.setattr(fo.config, "database_uri", None)
        patch.setattr(server, "_LEAVE_S", 1.0)
        server.leave()
        yield folder
        server.leave()


@contextmanager
def of_module(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[ModuleType]":
    """Start a database for a module's tests, whatever another module of this process used before."""
    with pytest.MonkeyPatch.context() as patch, own(tmp_path_factory.mktemp("mongo"), patch):
        yield engine.load()


def use(patch: pytest.MonkeyPatch, path: Path) -> None:
    """Point FiftyOne at a database folder."""
    patch.setenv("FIFTYONE_DATABASE_DIR", str(path))
    patch.setattr(engine.imported().config, "database_dir", str(path))


def keep(name: str) -> None:
    """Put something into the database that a restart must not lose, and have it on the disk."""
    fo = engine.load()
    fo.Dataset(name, persistent=True)
    client().admin.command("fsync")


def client() -> "MongoClient[dict[str, object]]":
    """Give the connection that FiftyOne has."""
    from fiftyone.core.odm import get_db_conn

    client: MongoClient[dict[str, object]] = get_db_conn().client
    return client


def mongod() -> "psutil.Process":
    """Give the server of this test, a grandchild of this process."""
    import psutil

    children = psutil.Process().children(recursive=True)
    (found,) = [child for child in children if child.name() == "mongod"]
    return found


def end(process: "psutil.Process | subprocess.Popen[bytes]", sign: int = signal.SIGKILL) -> None:
    """End a process and wait for it."""
    process.send_signal(sign)
    process.wait(END_S)


@contextmanager
def foreign(folder: Path, *arguments: str, name: str = "mongod") -> Iterator[int]:
    """Run a MongoDB that FiftyOne did not start, and give its port."""
    from fiftyone.core.service import DatabaseService

    program = folder.parent / name
    program.symlink_to(DatabaseService.find_mongod())
    folder.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    command = [str(program), "--dbpath", str(folder), "--port", str(port), "--nounixsocket", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            await_port(port)
            yield port
        finally:
            end(process)


def await_port(port: int) -> None:
    """Wait until something listens."""
    end_s = time.monotonic() + END_S
    while time.monotonic() < end_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nothing listens on {port}")
