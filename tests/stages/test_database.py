"""Is it said clearly, and is nothing lost, when FiftyOne's database is in trouble?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from datatools.browse import health
from datatools.database import engine
from datatools.errors import DatabaseError
from tests.stages.databases import END_S, client, end, foreign, keep, mongod, own, use

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a database folder of its own."""
    with own(tmp_path / "mongo", monkeypatch) as path:
        yield path


def test_each_folder_has_its_own_server(folder: Path, tmp_path: Path) -> None:
    """A process with another folder does not see this one's data sets; one with the same folder does."""
    keep("mine")
    code = "from datatools.database import engine; print(engine.load().list_datasets())"
    command = [sys.executable, "-c", code]
    running = [
        subprocess.Popen(
            command, env=os.environ | {"FIFTYONE_DATABASE_DIR": str(place)}, stdout=subprocess.PIPE
        )
        for place in (tmp_path / "other", folder)
    ]
    said = [one.communicate(timeout=END_S * 2)[0].decode().strip() for one in running]
    assert said == ["[]", "['mine']"]


def test_data_outlive_a_killed_server(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The next question starts a server again; meanwhile doctor says what happened."""
    keep("mine")
    end(mongod())
    (sign,) = health._folder(engine.where())
    assert "MongoDB repairs it" in sign.detail
    assert "mine" in engine.load().list_datasets()
    assert capfd.readouterr().out == ""


def test_a_server_that_lost_its_fiftyone_is_joined(folder: Path) -> None:
    """It works and holds the lock, so that a second one could not start."""
    from datatools.database import server

    keep("mine")
    server_process = mongod()
    parent = server_process.parent()
    assert parent is not None
    parent.kill()
    try:
        server.leave()
        assert engine.load().list_datasets() == ["mine"]
        assert "mine" in engine.load().list_datasets()  # it is asked for again and again
    finally:
        end(server_process, signal.SIGTERM)


# The service listens for other processes; the child that it starts holds that socket until it becomes mongod.
_SERVICE = """
import os, signal, socket, sys, time
own = socket.create_server(("127.0.0.1", 0))
child = os.fork()
if child:
    sys.stdin.read()
    os.kill(child, signal.SIGKILL)
    sys.exit()
time.sleep(1)
served = "import socket, sys, time; it = socket.create_server(('127.0.0.1', 0)); "
served += "open(sys.argv[1], 'w').write(str(it.getsockname()[1])); time.sleep(60)"
os.execv(sys.executable, ["mongod", "-c", served, sys.argv[1]])
"""


def test_the_port_is_that_of_mongod(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another port that the same processes hold for a moment is not taken for it."""
    import psutil

    from datatools.database import server

    there = tmp_path / "port"

    def start(service: server._Server) -> None:
        service.child = psutil.Popen([sys.executable, "-c", _SERVICE, str(there)], stdin=subprocess.PIPE)

    monkeypatch.setattr(server._Server, "start", start)
    service = server._Server()
    try:
        with engine.without_deprecations():
            port = service.listening()
        time.sleep(1)
        assert port == int(there.read_text())
    finally:
        server._dismiss(service)


def test_a_folder_of_another_program_is_left_alone(folder: Path) -> None:
    """A server that gives no access is named by its process, and the way out with it."""
    with (
        foreign(folder, "--bind_ip", "127.0.0.1", name="other"),
        pytest.raises(DatabaseError, match=r"locked by process \d+.*FIFTYONE_DATABASE_DIR to another"),
    ):
        engine.load()
    assert "not closed properly" in health._folder(engine.where())[0].detail


def test_a_database_of_a_newer_fiftyone_is_left_alone(folder: Path) -> None:
    """The sentence names the version to install, each time, and nothing is migrated."""
    from datatools.database import server

    keep("mine")
    config = client()["fiftyone"]["config"]
    config.update_one({}, {"$set": {"version": "9.1.0"}})
    server.leave()
    for _ in range(2):
        with pytest.raises(DatabaseError, match=r"written by FiftyOne 9.1.0.*pip install 'fiftyone>=9.1.0'"):
            engine.load()


def test_files_of_a_newer_mongodb_are_left_alone(folder: Path) -> None:
    """A server that cannot read them says so, and with the right one everything is there."""
    from datatools.database import server

    keep("mine")
    end(mongod(), signal.SIGTERM)
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

    from datatools.database import server

    fo = engine.imported()
    with foreign(folder, "--auth", "--bind_ip", "127.0.0.1") as port:
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
    use(monkeypatch, Path(os.devnull) / "mongo")
    with pytest.raises(DatabaseError, match="set FIFTYONE_DATABASE_DIR to another folder"):
        engine.load()


def test_a_home_that_cannot_be_written() -> None:
    """FiftyOne's own folder is below the home; the sentence says how to have it elsewhere."""
    code = (
        "from datatools.database import engine\ntry: engine.load()\nexcept Exception as error: print(error)"
    )
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
    from datatools.database import server

    with _disk(folder, 420):
        keep("mine")
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
