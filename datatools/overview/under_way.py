"""What is running in a workspace now, how far is it, and who runs it?

Read from locks, from the notes that stages leave beside them, and from journals. Nothing is written, and no
lock is taken: a stage does not notice that it is looked at.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from datatools import announced, columns, tables
from datatools.errors import DatatoolsError
from datatools.records import StageResult
from datatools.tables import Table
from datatools.workspace import Workspace

_WINDOW_S = 30.0  # that a rate is taken over
_TABLES = [value for value in vars(tables).values() if isinstance(value, Table)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One table that a stage is making."""

    label: str
    n_done: int
    n_todo: int
    rate: float | None  # items a second; None: not seen twice yet
    left_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One verb that holds locks."""

    verb: str
    host: str
    pid: int
    since: str  # a clock's reading, for people
    is_dead: bool  # killed: the next run takes its locks over
    writes: list[str]  # what it has locked
    steps: list[Step]


class Watcher:
    """Looks again and again, and knows rates from the second look on."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lines: dict[Path, tuple[int, int]] = {}  # of a journal: bytes that were read, and lines in them
        self._seen: dict[str, list[tuple[float, int]]] = {}  # by table: when how many were done

    def look(self) -> list[Running]:
        """Say what runs now, in the order of its beginning."""
        notes = announced.read(self._workspace)
        by_owner: dict[str, list[str]] = {}
        owners = {}
        for lock in self._workspace.locks.held():
            if lock.owner is not None:
                owners[lock.owner.token] = lock.owner
                by_owner.setdefault(lock.owner.token, []).append(lock.name)
        found = [
            Running(
                verb=owners[token].verb,
                host=owners[token].host,
                pid=owners[token].pid,
                since=owners[token].since,
                is_dead=owners[token].is_dead(),
                writes=names,
                steps=[self._step(name, notes[name]) for name in names if name in notes],
            )
            for token, names in by_owner.items()
        ]
        return sorted(found, key=lambda one: (one.since, one.verb, one.pid))

    def _step(self, name: str, note: announced.Announced) -> Step:
        now, n_done = time.monotonic(), self._n_done(note)
        seen = [one for one in self._seen.get(name, []) if one[0] > now - _WINDOW_S and one[1] <= n_done]
        self._seen[name] = [*seen, (now, n_done)]
        rate = (n_done - seen[0][1]) / (now - seen[0][0]) if seen and now > seen[0][0] else None
        left_s = (note.n_todo - n_done) / rate if rate else None
        return Step(label=note.label, n_done=n_done, n_todo=note.n_todo, rate=rate, left_s=left_s)

    def _n_done(self, note: announced.Announced) -> int:
        """Count the lines that came into a journal since the stage began; only new ones are read."""
        path = self._workspace.file(note.journal)
        read, n_lines = self._lines.get(path, (note.n_bytes, 0))
        try:
            if read < note.n_bytes or path.stat().st_size < read:  # another run's journal by now
                read, n_lines = note.n_bytes, 0
            with path.open("rb") as stream:
                stream.seek(read)
                while chunk := stream.read(1 << 20):
                    read += len(chunk)
                    n_lines += chunk.count(b"\n")
        except FileNotFoundError:  # the table is written by now
            return note.n_todo
        self._lines[path] = (read, n_lines)
        return min(n_lines, note.n_todo)


def updates(workspace: Workspace, every_s: float) -> Iterator[StageResult]:
    """Say what goes on, again and again, until nobody listens any more."""
    watcher = Watcher(workspace)
    while True:
        running = watcher.look()
        rows = _n_rows(workspace)
        facts: dict[str, object] = {"running": [asdict(one) for one in running], "rows": rows}
        said = [sentence for one in running for sentence in _sentences(one)] or ["nothing is running"]
        held = ", ".join(f"{name} {n:,}" for name, n in rows.items())
        yield StageResult(stage="show", facts=facts, notes=[*said, f"rows: {held or 'none yet'}"])
        time.sleep(every_s)


def _n_rows(workspace: Workspace) -> dict[str, int]:
    """Count the rows of each table, which the ends of the files know."""
    found = {}
    for table in _TABLES:
        if table is not tables.ANNOTATIONS and workspace.has(table):
            try:
                found[table.name] = columns.n_rows(workspace.table_file(table), table)
            except DatatoolsError:
                continue  # of another version; ``verify`` says which
    return found


def _sentences(running: Running) -> Iterator[str]:
    who = f"process {running.pid} on {running.host}, since {running.since}"
    if running.is_dead:
        yield f"{running.verb}: was killed ({who}); give the same command again to go on"
        return
    if not running.steps:
        yield f"{running.verb}: writes {', '.join(running.writes)} ({who})"
    for step in running.steps:
        share = f"{step.n_done / step.n_todo:.0%}"
        pace = "" if step.rate is None else f", {step.rate:.1f}/s"
        left = "" if step.left_s is None else f", {_time(step.left_s)} left"
        yield f"{step.label}: {step.n_done:,} of {step.n_todo:,} ({share}){pace}{left} ({who})"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
    )
