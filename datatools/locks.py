"""Who may write what in a workspace, or in another folder, now that there are several who could?

A lock is a file in FOLDER/.locks: it names its owner and appears whole, by a link, which fails where the file
is there; this works on folders shared over a network too. It goes with the run, however that ends; where
the process was killed, whoever comes next on the same machine sees that the owner is dead and takes the
lock over. Several are taken in the order of their names, all or none, so that nobody waits in a circle.
``EVERYTHING`` is a lock against all others.
"""

import errno
import fcntl
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datatools.atomic import naming
from datatools.errors import LockedError
from datatools.owners import Owner
from datatools.tables import PART, sha256_bytes
from datatools.telemetry import event

EVERYTHING = "everything"

_SUFFIX = ".json"
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_POLL_S = 0.05
_GRACE_S = 2.0  # for runs that have begun, and step back from somebody who wants everything


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that is there."""

    name: str
    owner: Owner | None  # None: its file is torn
    path: Path

    @property
    def is_dead(self) -> bool:
        """Say whether its owner provably ended."""
        return self.owner is not None and self.owner.is_dead()


_Place = tuple[str, str]  # folder and name
# Which lock belongs to which thread of this process: a run inside a run of one thread shares its locks.
_ours: dict[_Place, tuple[int, int, Owner]] = {}
_guard = threading.Lock()
os.register_at_fork(after_in_child=lambda: globals().update(_guard=threading.Lock()))


class Locks:
    """The locks of one workspace, or of another folder."""

    def __init__(self, folder: Path, remedy: str | None) -> None:
        """Take the folder of the locks, and the command that mends the workspace; None: it is none."""
        self._folder = folder
        self._remedy = remedy

    def held(self) -> list[Held]:
        """Give the locks that are there, of the living and the dead, in the order of their names."""
        found = (
            self._read(path.name.removesuffix(_SUFFIX)) for path in sorted(self._folder.glob(f"*{_SUFFIX}"))
        )
        return [lock for lock in found if lock is not None]

    @contextmanager
    def hold(self, names: Iterable[str], verb: str, *, wait_s: float = 0.0) -> Iterator[None]:
        """Keep everybody else from writing what has these names.

        Args:
            names: of tables, folders, or ``EVERYTHING``.
            verb: what is being done, for those who are refused.
            wait_s: how long to wait for somebody who holds one of them.

        Raises:
            LockedError: somebody else holds one of them.
        """
        wanted = [name for name in sorted(set(names)) if not self.is_ours(name)]
        if not wanted:
            yield
            return
        owner = Owner.this(verb, datetime.now(UTC).isoformat(timespec="seconds"))
        until = time.monotonic() + wait_s
        while True:
            try:
                self._take(wanted, owner)
                break
            except LockedError:
                if time.monotonic() >= until:
                    raise
            time.sleep(_POLL_S)
        try:
            yield
        finally:
            self._release(wanted, owner)

    def is_ours(self, name: str) -> bool:
        """Say whether this thread holds a lock."""
        with _guard:
            pid, thread, _ = _ours.get(self._place(name), (0, 0, None))
        return (pid, thread) == (os.getpid(), threading.get_ident())

    def require(self, name: str) -> None:
        """Make sure that a lock of this process was not broken meanwhile; locks it never had are no matter.

        Raises:
            LockedError: somebody broke it, and may be writing the same.
        """
        with _guard:
            _, _, owner = _ours.get(self._place(name), (0, 0, None))
        if owner is None:
            return
        found = self._read(name)
        if found is None or found.owner != owner:
            raise LockedError(
                f"this run's lock on {name} was broken while it worked (somebody took it for dead), so it "
                f"stops before it writes {name}: run `datatools {owner.verb}` again"
            )

    def break_open(self, lock: Held) -> None:
        """Remove a lock whose owner is gone; whoever holds it by now keeps it."""
        with self._alone():
            if self._read(lock.name) == lock:
                lock.path.unlink(missing_ok=True)

    # -- taking and giving back --------------------------------------------------------------------

    def _take(self, names: Sequence[str], owner: Owner) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f".{owner.token}{PART}"
        try:
            _write(beside, owner.to_bytes())
            for name in names:
                self._take_one(name, beside, owner)
            if EVERYTHING in names:
                self._require_nobody(names)
            elif not self.is_ours(EVERYTHING):
                self._require_not_everything()
        except BaseException:
            self._release(names, owner)  # those that are ours already
            raise
        finally:
            beside.unlink(missing_ok=True)

    def _take_one(self, name: str, beside: Path, owner: Owner) -> None:
        path = self._path(name)
        if not _link(beside, path):
            found = self._read(name)
            if found is not None:
                if not found.is_dead:
                    raise self._refusal(found)
                self.break_open(found)
                event("lock_taken_over", level=logging.WARNING, lock=name)
            if not _link(beside, path):  # another one was faster
                raise self._refusal(self._read(name) or Held(name, owner, path))
        with _guard:
            _ours[self._place(name)] = (os.getpid(), threading.get_ident(), owner)

    def _release(self, names: Sequence[str], owner: Owner) -> None:
        if os.getpid() != owner.pid:  # a forked child leaves by its parent's doors
            return
        for name in names:
            with _guard:
                _ours.pop(self._place(name), None)
            found = self._read(name)
            if found is not None and found.owner == owner:
                found.path.unlink(missing_ok=True)

    def _require_not_everything(self) -> None:
        """Look after taking one's own: one of two who look at each other's locks sees the other's."""
        found = self._read(EVERYTHING)
        if found is not None and not found.is_dead:
            raise self._refusal(found)

    def _require_nobody(self, names: Sequence[str]) -> None:
        until = time.monotonic() + _GRACE_S
        while True:
            others = [lock for lock in self.held() if lock.name not in names and not lock.is_dead]
            others = [lock for lock in others if not self.is_ours(lock.name)]
            if not others:
                return
            if time.monotonic() >= until:
                raise self._refusal(others[0])
            time.sleep(_POLL_S)

    def _refusal(self, found: Held) -> LockedError:
        owner = found.owner
        if owner is None:
            return LockedError(
                f"the lock {found.path} is torn, so who is writing {found.name} is not known, and nothing "
                f"was done: if nobody writes here, {self._removal(found)}"
            )
        told = f"{owner.told()} is writing {found.name}, so nothing was done: wait until it is done"
        if owner.is_near():
            return LockedError(f"{told}, or end it; its lock goes with it")
        return LockedError(f"{told}; if that machine is gone, {self._removal(found)}")

    def _removal(self, found: Held) -> str:
        if self._remedy is None:
            return f"remove {found.path}"
        if found.owner is None:
            return f"`{self._remedy}` removes it"
        return f"`{self._remedy} --gone {found.owner.host}` breaks its locks"

    # -- files ---------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time break locks.

        Only processes of one machine see each other die, so that a lock of this machine's system is enough,
        even where other machines do not see it.
        """
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
            except OSError:  # a network folder without such locks
                os.close(handle)
                name = f"datatools-{sha256_bytes(str(self._folder.resolve()).encode())[:16]}.lock"
                handle = os.open(Path(tempfile.gettempdir()) / name, os.O_RDONLY | os.O_CREAT, 0o666)
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read(self, name: str) -> Held | None:
        path = self._path(name)
        try:
            return Held(name, Owner.of_bytes(path.read_bytes()), path)
        except FileNotFoundError:
            return None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    def _place(self, name: str) -> _Place:
        return str(self._folder.resolve()), name


def _write(path: Path, data: bytes) -> None:
    with naming(path), path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _link(beside: Path, path: Path) -> bool:
    """Give a file a second name, unless somebody has it; say whether it is ours now."""
    try:
        os.link(beside, path)
    except FileExistsError:
        # A network folder may have made the link and lost the answer.
        return path.exists() and path.samefile(beside)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _create(path, beside.read_bytes())
    return True


def _create(path: Path, data: bytes) -> bool:
    """Do as ``_link`` where the file system has no links; killed in it, the lock is torn."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return True
