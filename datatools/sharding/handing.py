"""How is a place brought to hold the shards of the chosen samples, and nothing older?

Shards that are there already and would be made of the same are left as they are: what was killed goes on, and
where somebody was withdrawn the shards that held them are written again alone.
"""

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from datatools import tables
from datatools.crews.local import n_cores
from datatools.errors import DataError, TooManyFailuresError, UsageError
from datatools.progress import Advance
from datatools.sharding import packed, tarred
from datatools.sharding.chosen import Chosen
from datatools.sharding.ranges import Range, how_many, ranges
from datatools.sharding.tally import Tally
from datatools.sharding.targets import Target, is_left
from datatools.sharding.tarred import Member
from datatools.telemetry import event
from datatools.withdrawal import handed_on
from datatools.withdrawal.handed_on import INDEX, Handed, Shard
from datatools.workspace import Workspace

_SHARD = re.compile(r"shards-[0-9]{6,}\.tar")
_JSON_BYTES = 512  # about
_TOLERATED_FAILURES = 20  # below this many, failures never stop the stage
_FAILED_FRAC_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """How much there is to write, and how ids are shared among shards."""

    n_samples: int
    n_bytes: int  # that they take, about: a reference mask is written anew
    ranges: Sequence[Range]


@dataclass(slots=True)
class Done:
    """What a run did."""

    tally: Tally = field(default_factory=Tally)
    n_made: int = 0  # shards
    n_kept: int = 0
    n_removed: int = 0


def plan(samples: Iterable[Chosen], shard_bytes: int) -> Plan:
    """Add up what samples take, and cut their ids into shards of about so many bytes."""
    n_samples = n_bytes = 0
    for one in samples:
        n_samples += 1
        files = (path.stat().st_size for path in one.files() if path.is_file())
        n_bytes += sum(map(tarred.taken_by, (_JSON_BYTES, *files)))
    return Plan(n_samples, n_bytes, ranges(how_many(n_samples, n_bytes, shard_bytes)))


def known(workspace: Workspace, target: Target) -> Handed:
    """Give what this workspace wrote to a place before.

    Raises:
        UsageError: the place holds files, and this workspace wrote none of them.
        DataError: the place cannot be asked, or the list of what is there is broken.
    """
    found = handed_on.read(handed_on.file_of(workspace, target.told))
    if found is None and target.files():
        raise UsageError(
            f"expected a new or empty place for the shards, or one that this workspace wrote shards to; "
            f"{target.told} holds other files: name another"
        )
    return found or Handed(target.told, {})


def hand_on(
    workspace: Workspace, target: Target, samples: Iterable[Chosen], planned: Plan, advance: Advance
) -> Done:
    """Write the shards that are not there as they should be, and remove those that should not be there.

    The index of an earlier run goes before anything that it names is changed; a new one is the caller's.

    Raises:
        UsageError, DataError: as ``known``; or something cannot be written.
        TooManyFailuresError: more than half of the samples cannot be read, and more than 20.
    """
    memory = handed_on.file_of(workspace, target.told)
    before = known(workspace, target)
    handed_on.write(memory, before)
    done, there = Done(), target.files()
    shards: dict[str, Shard] = {}
    with ThreadPoolExecutor(n_cores()) as pool:
        for number, (ids, some) in enumerate(_by_range(samples, planned.ranges)):
            name = f"shards-{number:06d}.tar"
            shard = before.shards.get(name)
            left_out: dict[str, str] = {}
            if _is_there(shard, ids, _stamp(some), there.get(name)):
                done.n_kept += 1
                for _ in some:
                    advance()
            else:
                _forget_index(target, there)
                most_failed = max(_TOLERATED_FAILURES, _FAILED_FRAC_LIMIT * planned.n_samples)
                most_failed -= len(done.tally.left_out)
                shard = _written(target, name, ids, some, pool, advance, left_out, most_failed)
                handed_on.append(memory, shard)
                event("shard_written", shard=name, n_samples=len(some), n_bytes=shard.n_bytes)
                done.n_made += 1
            assert shard is not None
            shards[name] = shard
            done.tally.add(shard, some, left_out)
    for name in target.files():
        if is_left(name) or (_SHARD.fullmatch(name) and name not in shards):
            _forget_index(target, there)
            target.remove(name)
            done.n_removed += not is_left(name)
    handed_on.write(memory, Handed(target.told, shards))
    return done


def _by_range(samples: Iterable[Chosen], all_ranges: Sequence[Range]) -> Iterator[tuple[Range, list[Chosen]]]:
    """Give the samples of each range that has some; they come in the order of their ids."""
    waiting = iter(all_ranges)
    ids = next(waiting)

    def range_of(one: Chosen) -> Range:
        nonlocal ids
        while not ids.holds(one.sample_id):
            ids = next(waiting)
        return ids

    return ((ids, list(some)) for ids, some in groupby(samples, key=range_of))


def _stamp(some: Sequence[Chosen]) -> str:
    return tables.fingerprint(*(one.stamp() for one in some))


def _is_there(shard: Shard | None, ids: Range, stamp: str, n_bytes: int | None) -> bool:
    is_same = shard is not None and (shard.low, shard.high, shard.stamp) == (ids.low, ids.high, stamp)
    return is_same and shard is not None and shard.n_bytes == n_bytes


def _forget_index(target: Target, there: dict[str, int]) -> None:
    if there.pop(INDEX, None) is not None:
        target.remove(INDEX)


def _written(
    target: Target,
    name: str,
    ids: Range,
    some: Sequence[Chosen],
    pool: ThreadPoolExecutor,
    advance: Advance,
    left_out: dict[str, str],
    most_failed: float,
) -> Shard:
    """Write a shard; samples that cannot be read go into ``left_out``, with the reason."""
    stamp = _stamp(some)  # before anything is read: what changes meanwhile is written again
    digest, n_bytes = hashlib.sha256(), 0
    with target.writing(name) as sink:

        def put(data: bytes) -> None:
            nonlocal n_bytes
            digest.update(data)
            n_bytes += len(data)
            sink.write(data)

        for one, found in _packed(some, pool):
            if isinstance(found, DataError):
                left_out[one.sample_id] = str(found)
                if len(left_out) > most_failed:
                    raise TooManyFailuresError(
                        f"shards: more than half of the samples cannot be read, the last because: {found}; "
                        "mend the cause and give the same command again"
                    )
            else:
                for block in tarred.blocks(found):
                    put(block)
            advance()
        put(tarred.end(n_bytes))
    return Shard(
        name=name,
        low=ids.low,
        high=ids.high,
        stamp="" if left_out else stamp,
        sha256=digest.hexdigest(),
        n_bytes=n_bytes,
    )


def _packed(
    some: Sequence[Chosen], pool: ThreadPoolExecutor
) -> Iterator[tuple[Chosen, list[Member] | DataError]]:
    """Read samples in threads, in their order; only a few are in memory, whatever their number."""
    ahead: deque[tuple[Chosen, Future[list[Member] | DataError]]] = deque()
    pending = iter(some)
    try:
        while True:
            while len(ahead) < 2 * n_cores() and (one := next(pending, None)) is not None:
                ahead.append((one, pool.submit(_members, one)))
            if not ahead:
                return
            one, future = ahead.popleft()
            yield one, future.result()
    finally:
        for _, future in ahead:
            future.cancel()


def _members(one: Chosen) -> list[Member] | DataError:
    try:
        return packed.members(one)
    except DataError as error:
        return error


def memory_of(workspace: Workspace, target: Target) -> Path:
    """Give the file of the workspace that remembers what is at a place."""
    return handed_on.file_of(workspace, target.told)
