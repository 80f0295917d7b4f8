"""Is a source a folder of pictures, or does it have to be brought into the workspace first?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datatools import tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.remote.addresses import (
    expanded,
    has_ranges,
    is_address,
    is_chain,
    is_shard,
    name_of,
    redacted,
    without_access,
)
from datatools.remote.bringing import Asked, Outcome, bring, listed, require_same
from datatools.remote.filesystems import FilesystemPlace
from datatools.remote.local import LocalPlace, shards_of
from datatools.remote.places import Place
from datatools.remote.trouble import telling
from datatools.remote.web import WebPlace
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace, file_name

_WEB = ("http://", "https://")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Foreign:
    """A source that is no folder of pictures: its name here, where it will lie, and where it is from."""

    name: str
    folder: Path
    asked: Asked


def foreign(workspace: Workspace, source: str, name: str | None, at_least: int | None) -> Foreign | None:
    """Give a source that has to be brought; None for a folder of pictures.

    Args:
        workspace: it comes to.
        source: an address, an archive, a range of them, or a folder.
        name: its name in the workspace; made of the source if not given.
        at_least: enough once so many samples of shards are there.

    Raises:
        UsageError: an address that cannot be opened, or the name is another source's.
        DataError: it cannot be reached.
    """
    if is_address(source):
        address = without_access(source)
        with telling(source):
            place = _place(source)
    elif found := _local(Path(source)):
        address, place = str(Path(source).absolute()), found
    else:
        return None
    known_as = file_name(name or name_of(source))
    folder = workspace.incoming_folder(known_as)
    _require_free(workspace, known_as, folder)
    require_same(folder, address)
    return Foreign(known_as, folder, Asked(address, place, at_least))


def _require_free(workspace: Workspace, name: str, folder: Path) -> None:
    """Let a name that is taken come to light before anything is brought."""
    for row in workspace.rows_or_empty(tables.SOURCES):
        if row.source == name and Path(row.root) != folder.resolve():
            raise UsageError(
                f"the source name {name!r} already belongs to {row.root}; give another with --name"
            )


def _place(source: str) -> Place:
    addresses = expanded(source)
    if not source.lower().startswith(_WEB) or is_chain(source):
        return FilesystemPlace(addresses)
    wrong = next((one for one in addresses if not is_shard(one.partition("?")[0].partition("#")[0])), None)
    if wrong is not None:
        raise UsageError(
            f"{redacted(wrong)}: a web server lists no folders: expected shards, as in "
            "https://HOST/NAME-{000..009}.tar (.tar, .tar.gz, .tgz, .tar.zst)"
        )
    return WebPlace(addresses)


def _local(path: Path) -> Place | None:
    """Give the shards of this machine that a path means."""
    if path.is_dir():
        shards = shards_of(path)
        return LocalPlace(path.absolute(), [shard.absolute() for shard in shards]) if shards else None
    if not is_shard(path.name):
        return None
    paths = [Path(one) for one in expanded(str(path))] if has_ranges(path.name) else [path]
    missing = next((one for one in paths if not one.is_file()), None)
    if missing is not None:
        raise UsageError(f"expected a folder, or shards, there is no file {missing}")
    return LocalPlace(path.parent.absolute(), [one.absolute() for one in paths])


def rehearsed(source: Foreign) -> tuple[dict[str, object], list[str]]:
    """Say what would be brought: facts and sentences."""
    kind, remotes = listed(source.asked)
    n_bytes = sum(remote.n_bytes or 0 for remote in remotes)
    what = f"{len(remotes)} {kind} ({_size(n_bytes)})"
    told = f"Would bring {what} from {source.asked.address} to {source.folder}."
    return {"n_listed": len(remotes), "kind": kind, "n_bytes": n_bytes}, [told]


def brought(workspace: Workspace, source: Foreign, progress: Progress) -> Outcome:
    """Bring a source, while nobody else brings it or withdraws anybody.

    Raises:
        UsageError, DataError, OSError: as ``bring``.
        LockedError: another run is bringing it, or somebody is being withdrawn.
    """
    with workspace.locked("ingest", [source.folder / "files"]):
        withdrawn = tombstone.read(workspace)
        progress.say(f"ingest: bringing {source.asked.address} to {source.folder}")
        return bring(source.folder, source.asked, lambda sha256: withdrawn.holds(sha256[:16]), progress)


def recorded(outcome: Outcome) -> dict[str, object]:
    """Give what a run record keeps of it: nothing that a run which goes on counts otherwise."""
    return {
        "address": outcome.address,
        "kind": outcome.kind,
        "listing": outcome.listing,
        "n_listed": outcome.n_listed,
        "n_gone": len(outcome.gone),
        "n_failures": len(outcome.failures),
    }


def facts(outcome: Outcome) -> dict[str, object]:
    """Give what a result tells of it."""
    return {
        **recorded(outcome),
        "n_brought": outcome.n_brought,
        "n_kept": outcome.n_kept,
        "n_bytes": outcome.n_bytes,
        "n_withdrawn": outcome.n_withdrawn,
    }


def sentences(outcome: Outcome) -> list[str]:
    """Say what came, what did not, and what is no longer there."""
    told = [
        f"Brought {outcome.n_brought} {outcome.kind} ({_size(outcome.n_bytes)}) from {outcome.address}; "
        f"{outcome.n_kept} were here."
    ]
    if outcome.n_left:
        told.append(f"{outcome.n_left} more were not needed for --limit.")
    if outcome.n_withdrawn:
        told.append(
            f"{outcome.n_withdrawn} that came hold somebody who was withdrawn; nothing of them stays."
        )
    told += _few("Not brought", outcome.failures)
    told += _few("No longer at the source, and kept here", outcome.gone)
    return told


def _few(title: str, items: Sequence[str]) -> list[str]:
    more = [f"... and {len(items) - _SHOWN} more."] if len(items) > _SHOWN else []
    return [*(f"{title}: {item}" for item in items[:_SHOWN]), *more]


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes < 1e9 else f"{n_bytes / 1e9:.1f} GB"
