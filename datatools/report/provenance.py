"""Which runs made the workspace what it is, and which commands make it again?"""

import shlex
from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import BaseModel, ConfigDict, ValidationError

from datatools import tables
from datatools.errors import DataError
from datatools.outside.structured import json_of
from datatools.workspace import Workspace

# Stages that only look: their records would make each report differ from the one before.
_LOOKERS = frozenset({"report", "report_diff", "browse", "show", "verify", "doctor", "card_data"})


class RunRecord(BaseModel):
    """What a run record must hold; other keys are of no interest here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int
    stage: str
    settings: dict[str, object]
    inputs: dict[str, str]
    outputs: dict[str, str]
    facts: dict[str, object]
    started_at: str
    elapsed_s: float
    versions: dict[str, str]
    sha256: str  # of the record's file


class RunFact(BaseModel):
    """One run: what it was told, what it read and wrote, and the command that does it again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    stage: str
    started_at: str
    elapsed_s: float
    seed: int | None
    command: str  # WS stands for the workspace
    inputs: dict[str, str]  # file below the workspace to SHA-256
    outputs: dict[str, str]
    versions: dict[str, str]
    record_sha256: str


def records(workspace: Workspace, *, stage: str | None = None) -> list[RunRecord]:
    """Read the workspace's run records, or one stage's, oldest first.

    Raises:
        DataError: a record is not a run record.
    """
    found = []
    for path in workspace.run_files():
        if stage is not None and path.stem.partition("-")[2] != stage:
            continue
        data = path.read_bytes()
        number = int(path.name.partition("-")[0])
        try:
            values = cast("dict[str, object]", json_of(data, path.name, "a run record"))
            values = values | {"number": number, "sha256": tables.sha256_bytes(data)}
            found.append(RunRecord.model_validate(values))
        except (ValidationError, TypeError, DataError) as error:
            raise DataError(
                f"{path} is not a run record ({str(error).splitlines()[0]}): restore it or remove it"
            ) from error
    return found


def runs(found: Sequence[RunRecord]) -> list[RunFact]:
    """Give the runs that made something, in order; of runs with one command only the last."""
    latest: dict[str, RunFact] = {}
    for record in found:
        if record.stage in _LOOKERS:
            continue
        line = command(record.stage, record.settings)
        seed = record.settings.get("seed")
        latest.pop(line, None)  # so that the later run takes the later place
        latest[line] = RunFact(
            number=record.number,
            stage=record.stage,
            started_at=record.started_at,
            elapsed_s=record.elapsed_s,
            seed=seed if isinstance(seed, int) else None,
            command=line,
            inputs=record.inputs,
            outputs=record.outputs,
            versions=record.versions,
            record_sha256=record.sha256,
        )
    return list(latest.values())


def command(stage: str, settings: Mapping[str, object]) -> str:
    """Write a run as the command line that does it again, every setting spelt out.

    Defaults are spelt out too: they may differ in a later version.
    """
    words = ["datatools", *stage.replace("_", "-").split("-"), "--workspace", "WS"]
    for name, value in settings.items():
        if name != "dry_run":  # a record exists, so this was none
            words += _flag("--" + name.replace("_", "-"), value)
    return shlex.join(words)


def _flag(flag: str, value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [flag if value else "--no-" + flag.removeprefix("--")]
    if isinstance(value, Mapping):
        found = cast("Mapping[str, object]", value)
        return [word for key, item in found.items() for word in _flag(f"{flag}.{key}", item)]
    if isinstance(value, list | tuple):
        return [word for item in value for word in _flag(flag, item)]
    # Joined by "=", so that a value that begins with a dash is not taken for a flag.
    return [f"{flag}={value}"] if str(value).startswith("-") else [flag, str(value)]
