"""What does a run take of the machine: time, processors, memory, reading and writing?

Children count, those that ended and those that still run: a crew's workers outlive the run that they
worked for.
"""

import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS_PER_S = 100  # of the times in /proc/PID/stat, on every Linux (man 5 proc: sysconf(_SC_CLK_TCK))
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes in a unit of ru_maxrss (man 2 getrusage)
_PARENT, _TIMES = 1, slice(11, 15)  # places in /proc/PID/stat after the name: ppid; utime to cstime
_IO = {
    "rchar": "read_bytes",  # what was asked of the system, from pipes and memory too
    "wchar": "written_bytes",
    "read_bytes": "disk_read_bytes",  # what came from a disk
    "write_bytes": "disk_written_bytes",
}


@dataclass(frozen=True, slots=True)
class _Reading:
    wall_s: float
    cpu_s: float
    cpu_children_s: float
    io: dict[str, int]


class Meter:
    """Measures from its making on."""

    def __init__(self) -> None:
        self._before = _read()

    def used(self) -> dict[str, object]:
        """Give what was used since: seconds, bytes.

        Peaks of memory are those since the process began: no system tells those of a part of its life.
        What the system does not tell is left out.
        """
        before, now = self._before, _read()
        peaks = {"peak_rss_bytes": resource.RUSAGE_SELF, "peak_rss_children_bytes": resource.RUSAGE_CHILDREN}
        found: dict[str, object] = {
            "wall_s": round(now.wall_s - before.wall_s, 3),
            "cpu_s": round(now.cpu_s - before.cpu_s, 3),
            "cpu_children_s": round(max(0.0, now.cpu_children_s - before.cpu_children_s), 3),
            **{name: resource.getrusage(who).ru_maxrss * _RSS_UNIT for name, who in peaks.items()},
        }
        if own := _peak_rss(os.getpid()):  # getrusage's begins with that of the process forked from
            found["peak_rss_bytes"] = own
        living = max((_peak_rss(pid) for pid in _children()), default=0)
        found["peak_rss_children_bytes"] = max(living, int(str(found["peak_rss_children_bytes"])))
        return found | {
            name: max(0, count - before.io[name]) for name, count in now.io.items() if name in before.io
        }


def _read() -> _Reading:
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    io = _io("self")
    living_s = 0.0
    for pid in _children():
        living_s += _cpu_s(pid)
        io = {name: count + _io(str(pid)).get(name, 0) for name, count in io.items()}
    return _Reading(
        wall_s=time.monotonic(),
        cpu_s=own.ru_utime + own.ru_stime,
        cpu_children_s=ended.ru_utime + ended.ru_stime + living_s,
        io=io,
    )


def _children() -> Iterator[int]:
    """Give the processes that descend from this one and run; none where there is no /proc."""
    of: dict[int, list[int]] = {}
    for path in _PROC.glob("[0-9]*"):
        if told := _stat(path.name):
            of.setdefault(int(told[_PARENT]), []).append(int(path.name))
    waiting = of.pop(os.getpid(), [])
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += of.pop(pid, [])


def _stat(pid: str) -> list[str]:
    try:
        return (_PROC / pid / "stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it ended meanwhile
        return []


def _cpu_s(pid: int) -> float:
    return sum(map(int, _stat(str(pid))[_TIMES])) / _TICKS_PER_S


def _peak_rss(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))  # told in KiB


def _io(pid: str) -> dict[str, int]:
    try:
        lines = (_PROC / pid / "io").read_text("utf-8").splitlines()
    except OSError:  # no /proc, or a process of another user
        return {}
    told = dict(line.split(": ") for line in lines)
    return {name: int(told[key]) for key, name in _IO.items() if key in told}
