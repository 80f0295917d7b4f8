"""How does a withdrawal that was killed know what it was doing, and what it has touched?

The intent is one hidden file with the trace; the ledger is a hidden list of the files that were rewritten
or removed. Both name the person, so both are gone when the withdrawal is done; while they are there every
other verb refuses to run.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from datatools import tables
from datatools.atomic import naming
from datatools.errors import DataError
from datatools.outside.structured import json_of
from datatools.withdrawal.trace import Trace
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is being withdrawn."""

    trace: Trace
    delete_sources: bool
    token: str  # random, so that a repeated last step is known for one

    @staticmethod
    def of(trace: Trace, *, delete_sources: bool) -> "Intent":
        """Give a new intent."""
        return Intent(trace=trace, delete_sources=delete_sources, token=secrets.token_hex(8))


class Ledger:
    """The intent's file and the list of touched files beside it."""

    def __init__(self, workspace: Workspace) -> None:
        self.intent_file: Path = workspace.withdrawal_file
        self.list_file: Path = self.intent_file.with_suffix(".touched")
        self._root = workspace.root.resolve()

    def pending(self) -> Intent | None:
        """Read what an interrupted withdrawal left, or give None; nothing is written.

        Raises:
            DataError: the file is no intent of this version.
        """
        if not self.intent_file.is_file():
            return None
        try:
            return TypeAdapter(Intent).validate_json(self.intent_file.read_bytes())
        except ValidationError as error:
            raise DataError(
                f"{self.intent_file} is not the intent of an interrupted withdrawal; remove it and withdraw "
                "the same person again"
            ) from error

    def settle(self) -> None:
        """Put the list in order after a kill; for whoever is alone in the workspace."""
        if not self.intent_file.is_file():
            self.list_file.unlink(missing_ok=True)  # killed between the two last removals
        elif self.list_file.is_file():  # a line cut off by a kill was not acted on
            os.truncate(self.list_file, self.list_file.read_bytes().rfind(b"\n") + 1)

    def begin(self, intent: Intent) -> None:
        """Keep the intent, before anything is touched."""
        tables.write_bytes(self.intent_file, json.dumps(asdict(intent)).encode())

    def touch(self, path: Path) -> None:
        """Note a file before it is rewritten or removed; no record knows files elsewhere."""
        if path.is_relative_to(self._root):
            with naming(self.list_file), self.list_file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(path.relative_to(self._root).as_posix()) + "\n")
                stream.flush()
                os.fsync(stream.fileno())  # after a power cut the run record must still know what is gone

    def touched(self) -> list[str]:
        """Give the files below the workspace that were rewritten or removed; sorted, each once."""
        if not self.list_file.is_file():
            return []
        lines = self.list_file.read_bytes().splitlines()
        return sorted({str(json_of(line, str(self.list_file), "the path of a file")) for line in lines})

    def end(self) -> None:
        """Forget everything; the intent first, because the list alone means nothing."""
        self.intent_file.unlink(missing_ok=True)
        self.list_file.unlink(missing_ok=True)
