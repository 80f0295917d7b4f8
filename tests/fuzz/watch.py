"""What may a parser not do while it reads: run, fetch, remove, or write outside of its folder?

The interpreter's own audit events tell, whoever calls. What the compiled libraries do by themselves they
do not show.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NEVER = frozenset(
    {
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.system",
        "pickle.find_class",
        "pty.spawn",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "subprocess.Popen",
        "urllib.Request",
    }
)
_ON_FILES = frozenset(
    {
        "os.chmod",
        "os.chown",
        "os.link",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.symlink",
        "os.truncate",
        "os.utime",
        "shutil.rmtree",
    }
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_BAIT = ("/etc/passwd", "/etc/hostname")  # what hostile files ask for

_allowed: list[str] = []  # the folder of whoever watches; hooks cannot be taken away again
_is_hooked: list[bool] = []


class ForbiddenError(BaseException):
    """A parser did what no parser may; not an Exception, so that no parser takes it for a bad file."""


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Raise ForbiddenError where the block runs a program or touches files outside of a folder."""
    if not _is_hooked:
        sys.addaudithook(_hook)
        _is_hooked.append(True)
    _allowed.append(str(folder.resolve()))
    try:
        yield
    finally:
        _allowed.pop()


def _hook(event: str, args: tuple[object, ...]) -> None:
    if not _allowed or (event != "open" and event not in _NEVER and event not in _ON_FILES):
        return
    if event in _NEVER:
        raise ForbiddenError(f"{event} {args!r:.200}")
    path = os.fspath(args[0]) if isinstance(args[0], str | bytes | os.PathLike) else None
    if path is None:
        return
    name = os.path.realpath(os.fsdecode(path))
    if event == "open" and not _writes(args[1], args[2]):
        if name in _BAIT:
            raise ForbiddenError(f"read {name}")
        return
    is_own = name == os.devnull or "__pycache__" in name or name.startswith(_allowed[-1])
    if not is_own:
        raise ForbiddenError(f"{event} {name}")


def _writes(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)
