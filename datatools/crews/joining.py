"""Which Ray cluster is worked on: one that runs already, or one that this process starts for itself?

``RAY_ADDRESS`` names a running cluster (``auto``, or ``HOST:PORT`` of its head). Without it Ray is started
on this machine, listening on the loopback interface alone, with a token of its own, and ends with the
process. Either way Ray keeps to itself what it would tell the user: stdout is for results, and the bar
of the stage says how far the work is.
"""

import atexit
import contextlib
import logging
import math
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from datatools.errors import UsageError
from datatools.owners import Owner

# Ray reads all of these once, when it is imported.
if "RAY_ADDRESS" not in os.environ and "ray" not in sys.modules:
    if not {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & set(os.environ):
        # Without it anybody who has an account here could hand the cluster code to run.
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    # Memory ends for the process that took it, which the kernel finds; Ray would end one of its own for it.
    os.environ.setdefault("RAY_memory_monitor_refresh_ms", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")

import ray  # after what it reads

_OBJECT_STORE_BYTES = 256 * 2**20  # holds tasks and rows, never pictures
_LONGEST_BASE = 30  # characters; a socket's path below it has about 72 more, of 107 that Linux allows
_PREFIX, _OWNER = "dtray-", "owner"  # of a cluster's folder; the file in it that says who started it
_LEAVE_S = 30.0  # how long a process of the cluster may take to end, on a machine that has no time for it


def join(cpus: float) -> None:
    """Join the cluster of RAY_ADDRESS, or start one on this machine with room for ``cpus``; once a process.

    A cluster that the caller's program joined itself is used as it is.

    Raises:
        UsageError: there is no cluster at RAY_ADDRESS, or Ray does not start.
    """
    _hush()
    if not ray.is_initialized():
        address = os.environ.get("RAY_ADDRESS")
        if address:
            _join(address)
        else:
            _start(cpus)


def fits(cpus: float, gpus: float) -> int:
    """Give how many workers that need so much fit on the cluster as it is now."""
    nodes = ray.nodes()  # type: ignore[no-untyped-call]  # Ray does not annotate it
    machines: list[dict[str, float]] = [node["Resources"] for node in nodes if node["Alive"]]
    return sum(min(_times(has.get("CPU", 0.0), cpus), _times(has.get("GPU", 0.0), gpus)) for has in machines)


def _times(has: float, needed: float) -> int:
    return int(has // needed) if needed else sys.maxsize


def may_grow() -> bool:
    """Say whether machines may join: not the cluster that ``join`` started."""
    return not FOLDERS


def leave() -> None:
    """Leave the cluster; one that ``join`` started ends, with its processes and files."""
    started = _processes()
    ray.shutdown()
    for process in started:  # dead by now; nobody but us can take note of it
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LEAVE_S)
    while FOLDERS:
        shutil.rmtree(FOLDERS.pop(), ignore_errors=True)


FOLDERS: list[Path] = []  # of the clusters that this process started


def _join(address: str) -> None:
    if "://" in address:
        raise UsageError(
            f"expected RAY_ADDRESS to be auto or HOST:PORT of a cluster's head, got {address}: run the "
            "command on a machine of the cluster, or submit it with `ray job submit`"
        )
    try:
        with _stderr_closed():
            ray.init(address=address, log_to_driver=False, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"expected a Ray cluster at RAY_ADDRESS={address}, could not join it: {first_line(error)}; "
            "start one with `ray start --head`, or unset RAY_ADDRESS to work on this machine"
        ) from error


def _start(cpus: float) -> None:
    # Ray's own switch to stay on 127.0.0.1, named after the systems where that is the default; it is read
    # when Ray is imported, which somebody may have done before us.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    ray._private.ray_constants.ENABLE_RAY_CLUSTER = False
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base()))
    if not FOLDERS:
        atexit.register(leave)
    FOLDERS.append(folder)
    (folder / _OWNER).write_bytes(Owner.this("--engine ray", datetime.now(UTC).isoformat()).to_bytes())
    try:
        with _stderr_closed():
            ray.init(
                address="local",
                num_cpus=max(math.ceil(cpus), os.cpu_count() or 1),
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                _temp_dir=str(folder),
            )
    except Exception as error:  # Ray raises that class itself where a machine is too slow
        leave()
        raise UsageError(
            f"could not start Ray on this machine: {first_line(error)}; leave out --engine ray to work "
            "without it"
        ) from error


def base() -> Path:
    """Give where folders of clusters are made: the system's place for such, unless its name is long."""
    usual = Path(tempfile.gettempdir())
    return usual if len(str(usual)) <= _LONGEST_BASE else Path(usual.anchor, "tmp")


def _sweep() -> None:
    """Remove what clusters left whose owner was killed."""
    for file in base().glob(f"{_PREFIX}*/{_OWNER}"):
        with contextlib.suppress(OSError):  # another user's, or gone meanwhile
            owner = Owner.of_bytes(file.read_bytes())
            if owner is not None and owner.is_dead():
                shutil.rmtree(file.parent, ignore_errors=True)


def _processes() -> list[subprocess.Popen[bytes]]:
    """Give the cluster's own processes, where this one started them."""
    node = ray._private.worker._global_node
    if node is None:
        return []
    return [one.process for many in node.all_processes.values() for one in many]


def first_line(error: Exception) -> str:
    """Give what a message of Ray's says before its logs."""
    return str(error).partition("\n")[0].rstrip(". ")


def _hush() -> None:
    """Keep Ray's lines off stdout and stderr; its log files stay as they are."""
    logger = logging.getLogger("ray")
    for handler in [handler for handler in logger.handlers if isinstance(handler, logging.StreamHandler)]:
        logger.removeHandler(handler)
    logger.propagate = False
    logger.addHandler(logging.NullHandler())  # without any, logging prints warnings itself
    warnings.filterwarnings("ignore", module=r"ray\.")  # what Ray's parts tell each other
    with contextlib.suppress(AttributeError):
        # Deaths of workers are printed to stdout whatever log_to_driver says; only this switch stops it.
        ray._private.worker._worker_logs_enabled = False


@contextlib.contextmanager
def _stderr_closed() -> Iterator[None]:
    """Drop what is written to stderr by code below Python, which no logger reaches."""
    sys.stderr.flush()
    saved = os.dup(2)
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
