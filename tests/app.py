"""Serve a workspace in FiftyOne's real App and open it in headless Chromium."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from datatools.workspace import Workspace
from tests.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SERVE = """
import sys
from datatools.browse import app, installing, sync
from datatools.progress import Progress
from datatools.workspace import Workspace
installing.install()
workspace = Workspace(sys.argv[1])
app.launch(workspace, sync.default_name(workspace), Progress("quiet"), port=int(sys.argv[2]))
"""
_START_S = 180
_WELCOME = "Dismiss"  # an advertisement that lies over the page at first
_SIZE = {"width": 1600, "height": 900}


@contextmanager
def app(workspace: Workspace, folder: Path) -> "Iterator[Page]":
    """Start a database and the App on free ports, and give a page that shows a workspace's data set.

    They stop by their process when the test is done. Skips where FiftyOne or Chromium is absent.

    Args:
        workspace: to show.
        folder: for the database and the plugin, outside the workspace.
    """
    with served(workspace, folder) as url, chromium() as browser:
        context = browser.new_context(viewport=_SIZE, color_scheme="light")  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("[data-cy='fo-grid']", timeout=60_000)
        page.get_by_text(_WELCOME).click(timeout=60_000)
        yield page
        context.close()


@contextmanager
def served(workspace: Workspace, folder: Path) -> Iterator[str]:
    """Serve a workspace's data set, with the plugin installed, and give its address."""
    with _database(folder) as uri:
        port, log = _free_port(), folder / "app.log"
        environment = os.environ | {
            "FIFTYONE_DATABASE_URI": uri,
            "FIFTYONE_DATABASE_DIR": str(folder / "database"),
            "FIFTYONE_PLUGINS_DIR": str(folder / "plugins"),
            "FIFTYONE_DO_NOT_TRACK": "true",
        }
        (folder / "plugins").mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", _SERVE, str(workspace.root), str(port)]
        with log.open("wb") as stream:
            process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)
        with _stopped(process):
            url = f"http://127.0.0.1:{port}"
            _wait(url, process, log)
            yield url


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    """Start the server that comes with FiftyOne, for this test alone, and give its address.

    FiftyOne's own way joins a server that already runs for the user, and data sets vanish when that one ends.
    """
    found = importlib.util.find_spec("fiftyone")  # not imported: that would start a database of its own
    binary = None if found is None else Path(str(found.origin)).parent / "db" / "bin" / "mongod"
    if binary is None or not binary.is_file():
        pytest.skip("FiftyOne or its database server is not installed (the extra browse)")
    data, port = folder / "database", _free_port()
    data.mkdir(parents=True, exist_ok=True)
    address = ("--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket")
    command = [str(binary), "--dbpath", str(data), *address]
    with (folder / "mongod.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log)
    with _stopped(process):
        yield f"mongodb://127.0.0.1:{port}"


@contextmanager
def _stopped(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Stop a process at the end."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the App did not start:\n{log.read_text(errors='replace')[-3000:]}")
