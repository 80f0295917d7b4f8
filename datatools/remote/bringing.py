"""How do the files of a place come into a folder: each whole or not at all, and each once?

What came is kept in a list with its size and mark (``kept``); a second time only what is new or changed is
brought, and what is gone at the place is told and stays. Killed at any moment and run again, the folder ends
with the same bytes. A file that cannot be had is a line, not the end; a place that cannot be reached is the
end.
"""

import hashlib
import json
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from datatools.atomic import write_bytes
from datatools.decoding import SUFFIXES
from datatools.errors import DataError, TooManyFailuresError, UsageError
from datatools.outside.names import shown
from datatools.outside.structured import read_json
from datatools.outside.tapes import wrong_with
from datatools.progress import Progress
from datatools.remote.addresses import is_shard
from datatools.remote.coming import MAX_FILE_BYTES, TOO_LARGE, WAITING, Bringer, Come, Kind
from datatools.remote.kept import Kept
from datatools.remote.places import NOTE, Place, Remote
from datatools.remote.trouble import telling
from datatools.remote.unpacking import IsWithdrawn
from datatools.telemetry import event

_AHEAD = 4  # files a connection may be ahead of the one that is waited for
_TOLERATED_FAILURES = 20  # as when pictures are read


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be brought."""

    address: str  # without secrets
    place: Place
    at_least: int | None = None  # enough once so many samples of shards are there


@dataclass(slots=True)
class Outcome:
    """What was brought."""

    address: str
    kind: Kind
    listing: str  # hash of names, sizes and marks
    n_listed: int = 0
    n_brought: int = 0
    n_kept: int = 0  # were there already
    n_left: int = 0  # were not needed for --limit
    n_bytes: int = 0
    n_withdrawn: int = 0
    gone: list[str] = field(default_factory=list)  # came once, and are no longer at the place
    failures: list[str] = field(default_factory=list)  # one line each, with the reason


def require_same(folder: Path, address: str) -> None:
    """Make sure that a folder holds files from this address, or none yet.

    Raises:
        UsageError: it is another place's.
    """
    path = folder / NOTE
    if not path.is_file():
        return
    found = read_json(path, "the note of where a source is from")
    known = found.get("address") if isinstance(found, dict) else None
    if known != address:
        raise UsageError(
            f"{folder} holds what came from {shown(str(known))}, not from {address}: give another --name"
        )


def listed(asked: Asked) -> tuple[Kind, list[Remote]]:
    """Ask a place what it has: shards, where there are some and no pictures beside them.

    Raises:
        UsageError: nothing is there, or looking is not allowed.
        DataError: it cannot be reached.
    """
    with telling(asked.address):
        found = asked.place.listing()
    shards = [remote for remote in found if is_shard(remote.name)]
    has_pictures = any(PurePosixPath(remote.name).suffix.lower() in SUFFIXES for remote in found)
    return ("shards", shards) if shards and not has_pictures else ("files", list(found))


def bring(folder: Path, asked: Asked, is_withdrawn: IsWithdrawn, progress: Progress) -> Outcome:
    """Fill a folder, whose lock the caller holds.

    Raises:
        UsageError: the folder is another place's; or as ``listed``.
        DataError: the place cannot be reached any more; the same command goes on.
        OSError: this machine's disk is full or broken; likewise.
    """
    require_same(folder, asked.address)
    kind, remotes = listed(asked)
    outcome = Outcome(asked.address, kind, _fingerprint(remotes), n_listed=len(remotes))
    sound = [remote for remote in remotes if _is_sound(remote, outcome)]
    _note(folder, outcome, is_whole=False)
    shutil.rmtree(folder / WAITING, ignore_errors=True)  # what a killed run was writing
    with Kept(folder) as kept:
        known = {one.name for one in kept.files.values()}
        outcome.gone = sorted(known - {remote.name for remote in remotes})
        wanted = [remote for remote in sound if not _is_there(folder, kept, remote)]
        outcome.n_kept = len(sound) - len(wanted)
        _bring_all(folder, asked, wanted, kept, outcome, is_withdrawn, progress)
    outcome.failures += [
        f"{one.name}: {problem}"
        for one in sorted(kept.files.values(), key=lambda one: one.name)
        for problem in one.problems
    ]
    kept.settle()
    if outcome.failures and not any(one.n_files for one in kept.files.values()):
        raise DataError(f"{asked.address}: nothing of it came; the first trouble: {outcome.failures[0]}")
    shutil.rmtree(folder / WAITING, ignore_errors=True)
    _note(folder, outcome, is_whole=True)
    event(
        "source_brought",
        address=asked.address,
        n_brought=outcome.n_brought,
        n_kept=outcome.n_kept,
        n_failed=len(outcome.failures),
        n_bytes=outcome.n_bytes,
    )
    return outcome


def _fingerprint(remotes: Iterable[Remote]) -> str:
    digest = hashlib.sha256()
    for remote in remotes:
        digest.update(repr((remote.name, remote.n_bytes, remote.mark)).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def _is_sound(remote: Remote, outcome: Outcome) -> bool:
    """Say whether a file may come, and note why not; hidden files are left out without a word."""
    wrong = wrong_with(remote.name)
    if wrong is None and (remote.name == NOTE or "/." in f"/{remote.name}"):
        return False
    if wrong is None and outcome.kind == "files" and (remote.n_bytes or 0) > MAX_FILE_BYTES:
        wrong = f"{remote.name}: {TOO_LARGE}"
    if wrong is not None:
        outcome.failures.append(wrong)
        return False
    return True


def _is_there(folder: Path, kept: Kept, remote: Remote) -> bool:
    one = kept.files.get(remote.name)
    return one is not None and one.is_of(remote) and (not one.n_files or (folder / remote.name).exists())


def _note(folder: Path, outcome: Outcome, *, is_whole: bool) -> None:
    """Say in the folder where it is from, before anything is brought and again when all is there."""
    path = folder / NOTE
    if not is_whole and path.is_file():
        return
    listing = outcome.listing if is_whole else None
    told = {"format": 1, "address": outcome.address, "kind": outcome.kind, "listing": listing}
    data = json.dumps(told, indent=1, ensure_ascii=False).encode() + b"\n"
    if not path.is_file() or path.read_bytes() != data:
        write_bytes(path, data)


def _bring_all(
    folder: Path,
    asked: Asked,
    wanted: Sequence[Remote],
    kept: Kept,
    outcome: Outcome,
    is_withdrawn: IsWithdrawn,
    progress: Progress,
) -> None:
    n_samples = sum(one.n_samples or 0 for one in kept.files.values())
    bringer = Bringer(folder, asked.place, outcome.kind, outcome.address, is_withdrawn)
    n_done = n_failed = 0
    with progress.bar("bring", len(wanted)) as advance:
        for remote, come in _in_order(bringer, wanted, asked, n_samples):
            n_done += 1
            if isinstance(come, str):
                outcome.failures.append(f"{shown(remote.name)}: {come}")
                n_failed += 1
                if n_failed > max(_TOLERATED_FAILURES, len(wanted) // 2):
                    raise TooManyFailuresError(
                        f"{asked.address}: {n_failed} of {len(wanted)} files cannot be had, the last "
                        f"because: {come}; is it the right place? The same command goes on"
                    )
            else:
                outcome.n_brought += come.kept is not None
                outcome.n_bytes += come.n_bytes
                outcome.n_withdrawn += come.n_withdrawn
                if come.kept is not None:
                    kept.add(come.kept)
            advance()
    outcome.n_left = len(wanted) - n_done


def _in_order(
    bringer: Bringer, wanted: Sequence[Remote], asked: Asked, n_samples: int
) -> Iterator[tuple[Remote, Come | str]]:
    """Bring files some at a time, and give them in their order; stop where there are enough samples."""
    n_at_once = asked.place.n_at_once
    pool = ThreadPoolExecutor(n_at_once, thread_name_prefix="bring")
    waiting: deque[tuple[Remote, Future[Come | str]]] = deque()
    rest = iter(wanted)
    try:
        while True:
            is_enough = asked.at_least is not None and n_samples >= asked.at_least
            while not is_enough and len(waiting) < _AHEAD * n_at_once and (one := next(rest, None)):
                waiting.append((one, pool.submit(bringer.come, one)))
            if not waiting:
                return
            remote, future = waiting.popleft()
            come = future.result()
            if not isinstance(come, str) and come.kept is not None:
                n_samples += come.kept.n_samples or 0
            yield remote, come
    finally:
        bringer.stopped.set()
        pool.shutdown(cancel_futures=True)
