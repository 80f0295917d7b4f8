"""What is kept of a stage's run, and did its inputs stay as they were while it got ready?"""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from datatools import parts, tables
from datatools.errors import LockedError
from datatools.resources import Meter
from datatools.tables import Table
from datatools.versions import recorded_versions

_LOCKED_PARTS = 2  # of a folder's path: reports/NAME is written by one run, with all that is in it
_LONGEST_NAME = 120


@dataclass(slots=True)
class Run:
    """A stage's run while it is under way; ``facts`` go into its record."""

    stage: str
    number: int
    facts: dict[str, object] = field(default_factory=dict)


def number_of(record: Path) -> int:
    """Give the number of a run by its record's name, NNNN-STAGE.json."""
    return int(record.name.partition("-")[0])


def files(folder: Path) -> list[Path]:
    """Give the run records of a folder, oldest first: by their numbers, for clocks jump."""
    found = (path for path in folder.glob("*-*.json") if path.name.partition("-")[0].isdecimal())
    return sorted(found, key=lambda path: (number_of(path), path.name))


class Recorder:
    """Measures a run, and writes its record when it is done."""

    def __init__(self, stage: str, settings: dict[str, object], inputs: dict[str, str], folder: Path) -> None:
        self._stage = stage
        self._settings = settings
        self._inputs = inputs
        self._folder = folder
        self._started, self._clock = datetime.now(UTC), time.monotonic()
        self._meter = Meter()
        numbers = [number_of(path) for path in files(folder)]
        self.run = Run(stage=stage, number=max(numbers, default=0) + 1)

    def write(self, outputs: dict[str, str]) -> None:
        """Write the record under the next free number."""
        record = {
            "stage": self._stage,
            "settings": self._settings,
            "inputs": self._inputs,
            "outputs": outputs,
            "facts": self.run.facts,
            "started_at": self._started.isoformat(timespec="seconds"),
            "elapsed_s": round(time.monotonic() - self._clock, 3),
            "resources": self._meter.used(),
            "versions": recorded_versions(),
        }
        text = json.dumps(record, indent=1, sort_keys=True, default=str)
        # Another process may have taken the number meanwhile.
        while not tables.write_new(
            self._folder / f"{self.run.number:04d}-{self._stage}.json", text.encode() + b"\n"
        ):
            self.run.number += 1


def lock_names(root: Path, writes: Sequence[object]) -> list[str]:
    """Give the names of the locks for tables and files; batches of answers need none."""
    names = []
    for item in writes:
        if isinstance(item, Table):
            names += [] if item.name == tables.ANNOTATIONS.name else [item.name]
        elif isinstance(item, Path):
            names.append(_lock_name(root, item))
    return names


def _lock_name(root: Path, path: Path) -> str:
    if not path.resolve().is_relative_to(root.resolve()):
        return f"outside.{tables.fingerprint(str(path.resolve()))}"
    below = path.resolve().relative_to(root.resolve())
    parts = below.parent.parts[:_LOCKED_PARTS] or below.parts
    name = re.sub(r"[^A-Za-z0-9._-]", "_", ".".join(parts))
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}.{tables.fingerprint(parts)}"


class Seen:
    """Which tables a stage read before its run began, and which files they were."""

    def __init__(self) -> None:
        self._files: dict[Path, tuple[int, int, int] | None] = {}

    def note(self, path: Path) -> None:
        """Remember the first reading of a table; one that is not there yet is remembered too."""
        if path not in self._files:
            self._files[path] = _identity(path)

    def forget(self, path: Path) -> None:
        """Let a table be another one: this process wrote it."""
        self._files.pop(path, None)

    def require_same(self) -> None:
        """Make sure that what was read is what is there.

        Raises:
            LockedError: another run wrote a table meanwhile; what follows would be made of the one before,
                and its record would say otherwise.
        """
        for path, identity in self._files.items():
            if _identity(path) != identity:
                raise LockedError(
                    f"another run wrote {path} while this one was getting ready to work by it, so nothing "
                    "was done: run the same command again"
                )


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Give what changes when a table is replaced: of its file, or of the list of its parts."""
    for file in (path, parts.folder(path) / parts.LIST):
        try:
            found = file.stat()
        except FileNotFoundError:
            continue
        return found.st_ino, found.st_size, found.st_mtime_ns
    return None
