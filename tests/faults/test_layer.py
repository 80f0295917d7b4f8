"""The layer does to a file what a disk, a kill and a power cut do, and nothing to files elsewhere."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.layer import site
from tests.faults.plan import VARIABLE, Kind, Plan

_WRITE = "from pathlib import Path; import sys; Path(sys.argv[1]).write_text('0123456789')"


def _run(
    folder: Path, kind: Kind, code: str = _WRITE, *, at: int = 0, seed: int = 0, name: str = "place/a.txt"
) -> "subprocess.CompletedProcess[str]":
    """Run a few lines of Python in a process that starts under a plan, as a worker does."""
    (folder / "place").mkdir(exist_ok=True)
    plan = Plan(kind=kind, root=str(folder / "place"), tickets=str(folder / "tickets"), at=at, seed=seed)
    environment = os.environ | {VARIABLE: plan.text(), "PYTHONPATH": str(site())}
    command = [sys.executable, "-c", code, str(folder / name), str(folder / "tickets")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _events(folder: Path) -> int:
    return (folder / "tickets").stat().st_size


@pytest.mark.parametrize("kind", ["short", "interrupt"])
def test_python_completes_what_a_kernel_cuts_short(tmp_path: Path, kind: Kind) -> None:
    """Half a write, or a signal before it, is no failure."""
    assert _run(tmp_path, kind).returncode == 0
    assert (tmp_path / "place" / "a.txt").read_text() == "0123456789"


def test_events_of_all_processes_are_counted_together(tmp_path: Path) -> None:
    """Opened and written, by one and by another."""
    _run(tmp_path, "count")
    _run(tmp_path, "count", name="place/b.txt")
    assert _events(tmp_path) == 4


def test_a_full_disk_takes_what_fits(tmp_path: Path) -> None:
    """The rest is refused."""
    done = _run(tmp_path, "full", at=2)
    assert "No space left on device" in done.stderr
    assert (tmp_path / "place" / "a.txt").read_text() == "01234"


def test_a_failing_disk_fails_the_same_way_with_the_same_seed(tmp_path: Path) -> None:
    """So that what a test finds can be found again."""
    said = [_run(tmp_path, "fail", at=1, seed=7).stderr.splitlines()[-1] for _ in range(2)]
    assert said[0] == said[1] != ""


@pytest.mark.parametrize(
    "code",
    [
        "open(path, 'w')",
        "os.mkdir(path + 'd')",
        "os.unlink(path + '.old')",
        "os.rename(path + '.old', path)",
        "os.link(path + '.old', path)",
        "os.truncate(path + '.old', 1)",
    ],
)
def test_a_read_only_disk_refuses_every_change(tmp_path: Path, code: str) -> None:
    """And names the file."""
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "a.txt.old").write_text("old")
    done = _run(tmp_path, "read-only", f"import os, sys; path = sys.argv[1]; {code}")
    assert os.strerror(errno.EROFS) in done.stderr
    assert [path.name for path in (tmp_path / "place").iterdir()] == ["a.txt.old"]


def test_a_kill_tears_the_write_that_it_comes_in(tmp_path: Path) -> None:
    """The second event is the write."""
    assert _run(tmp_path, "kill", at=2).returncode == -signal.SIGKILL
    assert (tmp_path / "place" / "a.txt").read_text() == "01234"


def test_a_power_cut_takes_what_was_not_synced(tmp_path: Path) -> None:
    """The rest of the file is cut off, or zeros."""
    code = (
        "import os, sys; stream = open(sys.argv[1], 'wb', buffering=0); stream.write(b'safe'); "
        "os.fsync(stream.fileno()); stream.write(b'lost'); os.mkdir(sys.argv[1] + 'd')"
    )
    found = []
    for seed in (0, 1):
        assert _run(tmp_path, "power", code, at=5, seed=seed).returncode == -signal.SIGKILL
        found.append((tmp_path / "place" / "a.txt").read_bytes())
        (tmp_path / "tickets").unlink()
    assert found == [b"safe" + b"lost"[: 8 % 5], b"safe" + b"lost"[: 9 % 5] + bytes(4 - 9 % 5)]


def test_while_the_power_goes_no_other_thread_puts_a_file_in_place(tmp_path: Path) -> None:
    """It would put there what is being cut off; it does not even begin."""
    code = (
        "import os, sys, threading, time\n"
        "from tests.faults import layer\n"
        "path, lose = sys.argv[1], layer._lose\n"
        "def slowly(*rest):\n"
        "    lose(*rest)\n"
        "    threading.Thread(target=os.rename, args=(path, path + '.new'), daemon=True).start()\n"
        "    time.sleep(0.3)\n"
        "layer._lose = slowly\n"
        "open(path, 'w').write('lost')\n"
        "os.mkdir(path + 'd')\n"
    )
    assert _run(tmp_path, "power", code, at=3).returncode == -signal.SIGKILL
    assert _events(tmp_path) == 3
    assert [path.name for path in (tmp_path / "place").iterdir()] == ["a.txt"]


def test_what_another_thread_has_just_put_in_place_is_cut_off_as_well(tmp_path: Path) -> None:
    """The power waits until it is known under its new name that nothing was synced."""
    code = (
        "import os, sys, threading, time\n"
        "path, absolute, is_moved = sys.argv[1], os.path.abspath, threading.Event()\n"
        "def slowly(name):\n"
        "    if name.endswith('.new'):\n"
        "        is_moved.set()\n"
        "        time.sleep(0.3)\n"
        "    return absolute(name)\n"
        "os.path.abspath = slowly\n"
        "open(path, 'w').write('lost')\n"
        "threading.Thread(target=os.rename, args=(path, path + '.new'), daemon=True).start()\n"
        "is_moved.wait()\n"
        "os.mkdir(path + 'd')\n"
    )
    assert _run(tmp_path, "power", code, at=4, seed=1).returncode == -signal.SIGKILL
    assert (tmp_path / "place" / "a.txt.new").read_bytes() == bytes(4)


def test_a_nameless_file_is_written_and_is_nobodys_loss(tmp_path: Path) -> None:
    """Its writes count and fail as others do; when the power goes there is nothing to cut off."""
    code = (
        "import sys, tempfile, pathlib\n"
        "place = pathlib.Path(sys.argv[1]).parent\n"
        "with tempfile.TemporaryFile(dir=place) as file:\n"
        "    file.write(b'0123456789')\n"
        "    file.flush()\n"
        "    (place / 'b.txt').write_text('x')\n"
    )
    assert _run(tmp_path, "power", code, at=3).returncode == -signal.SIGKILL
    assert _events(tmp_path) == 3
    assert list((tmp_path / "place").iterdir()) == []


def test_files_elsewhere_are_left_alone(tmp_path: Path) -> None:
    """Nor are they counted."""
    assert _run(tmp_path, "read-only", name="elsewhere.txt").returncode == 0
    assert _events(tmp_path) == 0
