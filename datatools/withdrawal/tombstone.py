"""What stays of a withdrawal: that there was one, what depended on it, and that it is not undone by mistake?

``WS/withdrawals.json`` holds nothing personal: dates, counts, the files that were computed with the person
in them, and a keyed hash of each withdrawn picture's id under a random key of the workspace. Whoever has a
picture and this file can tell that the picture was withdrawn from here; without the picture the hash says
nothing, and it is equal to no hash that anything else keeps. Names are not kept in any form: there are so
few of them that every hash of a name can be guessed.
"""

import contextlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datatools import tables
from datatools.errors import DataError
from datatools.outside.structured import read_json
from datatools.runs import number_of
from datatools.settings import explain
from datatools.workspace import Workspace

_REWRITING = ("withdraw", "verify")  # rewrite results without making them again
_KEY_BYTES = 32


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tombstone(_Frozen):
    """One withdrawal."""

    token: str  # random; says nothing
    withdrawn_on: str  # the day alone, UTC
    counts: dict[str, int]  # of what was removed, by kind


class Stale(_Frozen):
    """A result that was computed when the person was still there."""

    path: str  # below the workspace
    sha256: str  # of the file then: another file is another result
    withdrawn_on: str
    after_run: int  # number of the withdrawal's run record
    remedy: str  # the verb that makes it again


class Withdrawals(_Frozen):
    """The file."""

    key: str = Field(pattern=r"^([0-9a-f]{2})+$")
    digests: list[str] = Field(default_factory=list)  # sorted, so that none belongs to a date
    tombstones: list[Tombstone] = Field(default_factory=list)
    stale: list[Stale] = Field(default_factory=list)

    def digest(self, sample_id: str) -> str:
        """Give the keyed hash of a sample's id."""
        return hmac.digest(bytes.fromhex(self.key), sample_id.encode(), "sha256").hex()[:32]

    def holds(self, sample_id: str) -> bool:
        """Say whether a picture was withdrawn from this workspace."""
        return bool(self.digests) and self.digest(sample_id) in self.digests


def read(workspace: Workspace) -> Withdrawals:
    """Read what was withdrawn; nothing where there is no such file.

    Raises:
        DataError: the file is broken.
    """
    path = workspace.withdrawals_file
    if not path.is_file():
        return Withdrawals(key=secrets.token_hex(_KEY_BYTES))
    try:
        return Withdrawals.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{path} is not the list of withdrawals ({explain(error)}): restore it; without it withdrawn "
            "pictures could come back"
        ) from error


def bury(
    workspace: Workspace,
    *,
    token: str,
    today: date,
    counts: Mapping[str, int],
    samples: Iterable[str],
    depending: Mapping[str, str],
    run_number: int,
) -> Path:
    """Add a tombstone, the pictures' keyed hashes and the stale results; the same token again adds nothing.

    ``depending`` maps files below the workspace to the verb that makes them again.
    """
    path = workspace.withdrawals_file
    known = read(workspace)
    if all(stone.token != token for stone in known.tombstones):
        day = today.isoformat()
        stones = [*known.tombstones, Tombstone(token=token, withdrawn_on=day, counts=dict(counts))]
        marks = {mark.path: mark for mark in known.stale}
        for name, remedy in depending.items():
            sha256 = tables.sha256_file(workspace.root / name)
            marks[name] = Stale(
                path=name, sha256=sha256, withdrawn_on=day, after_run=run_number, remedy=remedy
            )
        known = known.model_copy(
            update={
                "digests": sorted({*known.digests, *map(known.digest, samples)}),
                "tombstones": stones,
                "stale": [mark for _, mark in sorted(marks.items())],
            }
        )
        tables.write_bytes(path, known.model_dump_json(indent=1).encode() + b"\n")
    return path


def stale(workspace: Workspace) -> list[Stale]:
    """Give the results that still hold somebody who was withdrawn.

    A file is no longer stale when it is another one, or when a later run wrote it, to whatever bytes.
    """
    marks = read(workspace).stale
    if not marks:
        return []
    written: dict[str, int] = {}
    for record in workspace.run_files():
        if record.stem.partition("-")[2] not in _REWRITING:
            written |= dict.fromkeys(_outputs(record), number_of(record))
    found = []
    for mark in marks:
        path = workspace.file(mark.path)
        is_same = path.is_file() and tables.sha256_file(path) == mark.sha256
        if is_same and written.get(mark.path, 0) <= mark.after_run:
            found.append(mark)
    return found


def _outputs(record: Path) -> Iterable[str]:
    """Give what a run wrote; nothing where its record is torn, which `verify` says."""
    with contextlib.suppress(DataError):
        found = read_json(record, "a run record")
        outputs = found.get("outputs") if isinstance(found, dict) else None
        if isinstance(outputs, dict):
            return outputs
    return ()


def sentences(marks: Sequence[Stale]) -> list[str]:
    """Say of each stale result what is wrong with it and what to do."""
    return [
        f"{mark.path}: was computed with somebody who was withdrawn on {mark.withdrawn_on}; "
        f"run `datatools {mark.remedy}` again"
        for mark in marks
    ]
