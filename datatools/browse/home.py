"""Which of FiftyOne's data sets shows a workspace, also after it was moved to another folder?

A data set says in ``info["datatools"]`` which workspace it was made from: the folder, the machine, and an
identity that lies in the workspace and moves with it. A copy of a workspace has the same identity: it is told
from a moved one by the first still being there.
"""

import fcntl
import os
import platform
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from datatools import tables
from datatools.workspace import Workspace, file_name

INFO = "datatools"  # the key of the data set's info
MARK = ".browse"  # the file in the workspace that holds its identity

Relation = Literal["same", "moved", "copy", "other"]


def default_name(workspace: Workspace) -> str:
    """Give a workspace's data set a name of its own: two folders of one name do not meet."""
    root = workspace.root.resolve()
    return f"datatools-{file_name(root.name)}-{tables.fingerprint(str(root))[:6]}"


def identity(workspace: Workspace) -> str:
    """Give what tells this workspace from every other, wherever it lies; 16 hex digits.

    Made when it is first asked for. A workspace that may only be read has one of its folder alone.
    """
    path = workspace.root / MARK
    try:
        if not path.exists():
            tables.write_new(path, f"{secrets.token_hex(8)}\n".encode())
        return path.read_text().strip()
    except OSError:
        return tables.fingerprint(str(workspace.root.resolve()))


def origin(workspace: Workspace) -> dict[str, str]:
    """Give what a data set keeps of where it comes from."""
    return {
        "workspace": str(workspace.root.resolve()),
        "identity": identity(workspace),
        "host": platform.node(),
    }


def relation(workspace: Workspace, about: Mapping[str, object]) -> Relation:
    """Say how the workspace stands to the one that a data set was made from.

    Args:
        workspace: the one that is here.
        about: a data set's ``info["datatools"]``, empty where there is none.
    """
    here = origin(workspace)
    is_here = about.get("host", here["host"]) == here["host"]  # older versions did not keep it
    is_known = about.get("identity") == here["identity"]
    if about.get("workspace") == here["workspace"]:
        return "same" if is_here or is_known else "other"
    if not (is_known and is_here):
        return "other"
    return "copy" if _is_still_there(Path(str(about["workspace"])), here["identity"]) else "moved"


def _is_still_there(folder: Path, known: str) -> bool:
    try:
        return (folder / MARK).read_text().strip() == known
    except OSError:
        return False


@contextmanager
def held(workspace: Workspace, say: Callable[[str], None]) -> Iterator[None]:
    """Let one process at a time change the data set of a workspace; the lock goes with the process.

    Args:
        workspace: whose folder is locked.
        say: tells people that another process is waited for.
    """
    handle = os.open(workspace.root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("browse: another process brings this workspace into FiftyOne, waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:  # a shared folder without locks: the database still holds each sample once
            say("browse: this folder takes no locks, let nobody else sync the workspace at the same time")
        yield
    finally:
        os.close(handle)
