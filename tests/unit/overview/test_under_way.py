"""Whoever looks on sees which verb runs, how far it is and who runs it."""

import itertools
import json
import os
import signal
import time
from pathlib import Path

import pytest

from datatools import tables
from datatools.announced import announced
from datatools.overview import under_way
from datatools.records import StageResult
from datatools.workspace import Workspace
from tests.stages import people


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a clock that stands until its one number is changed."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def _journal(workspace: Workspace, n_lines: int, *, half: bool = False) -> Path:
    path = workspace.table_file(tables.MASKS).with_name(".masks.journal")
    path.write_bytes(b'{"key": "a", "rows": []}\n' * n_lines + (b'{"ke' if half else b""))
    return path


def test_nothing_runs_in_a_workspace_at_rest(workspace: Workspace) -> None:
    """Its rows are counted, and nothing is written."""
    people.ingest(workspace, Path("/"), [people.sample(1)])
    before = sorted(workspace.root.rglob("*"))
    (update,) = itertools.islice(under_way.updates(workspace, 1.0), 1)
    assert update.notes == ["nothing is running", "rows: sources 1, manifest 1"]
    assert update.facts == {"running": [], "rows": {"sources": 1, "manifest": 1}}
    assert sorted(workspace.root.rglob("*")) == before


def test_a_running_stage_says_how_far_it_is(workspace: Workspace, clock: list[float]) -> None:
    """What an interrupted run left in the journal is not counted again; a half line is no item."""
    watcher = under_way.Watcher(workspace)
    journal = _journal(workspace, 3)
    with (
        workspace.locks.hold(["masks"], "refine"),
        announced(workspace, tables.MASKS, journal, "refine", 10),
    ):
        ((first,),) = [one.steps for one in watcher.look()]
        assert (first.label, first.n_done, first.n_todo, first.rate) == ("refine", 0, 10, None)
        _journal(workspace, 7, half=True)
        clock[0] += 2
        (running,) = watcher.look()
        (step,) = running.steps
        assert (step.n_done, step.rate, step.left_s) == (4, 2.0, 3.0)
        assert (running.verb, running.pid, running.is_dead) == ("refine", os.getpid(), False)
        assert running.writes == ["masks"]
        (update,) = itertools.islice(under_way.updates(workspace, 1.0), 1)
        assert update.notes[0].startswith(f"refine: 4 of 10 (40%) (process {os.getpid()} on ")
        json.dumps(update.facts)
    assert watcher.look() == []
    assert not list((workspace.root / ".locks").glob("*.todo"))


def test_another_run_begins_at_nothing(workspace: Workspace, clock: list[float]) -> None:
    """A journal that was removed and begun again is read from its start, and has a rate of its own."""
    watcher = under_way.Watcher(workspace)
    for n_lines in (5, 2):
        journal = _journal(workspace, 0)
        with (
            workspace.locks.hold(["masks"], "refine"),
            announced(workspace, tables.MASKS, journal, "refine", 10),
        ):
            _journal(workspace, n_lines)
            ((step,),) = [one.steps for one in watcher.look()]
            assert (step.n_done, step.rate) == (n_lines, None)
            journal.unlink()
            ((step,),) = [one.steps for one in watcher.look()]
            assert step.n_done == 10, "the table is written by now"
        clock[0] += 1


def test_a_verb_without_a_journal_says_what_it_writes(workspace: Workspace) -> None:
    """Such as train; how far it is nobody knows."""
    with workspace.locks.hold(["model x", "splits"], "train"):
        (update,) = itertools.islice(under_way.updates(workspace, 1.0), 1)
    assert update.notes[0].startswith("train: writes model x, splits (process ")


def test_a_killed_run_is_called_dead(workspace: Workspace) -> None:
    """Its lock is still there, and so is its note; a broken note is nobody's."""
    journal = _journal(workspace, 0)
    child = os.fork()
    if child == 0:
        with (
            workspace.locks.hold(["masks"], "refine"),
            announced(workspace, tables.MASKS, journal, "refine", 10),
        ):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (workspace.root / ".locks" / "other.todo").write_text("{")
    (update,) = itertools.islice(under_way.updates(workspace, 1.0), 1)
    assert update.notes[0].startswith(f"refine: was killed (process {child} on ")
    assert "give the same command again" in update.notes[0]


def test_the_time_left_is_told_in_words() -> None:
    """Seconds, minutes, hours."""
    told = [
        under_way._sentences(
            under_way.Running(
                verb="refine",
                host="h",
                pid=1,
                since="s",
                is_dead=False,
                writes=[],
                steps=[under_way.Step(label="refine", n_done=1, n_todo=2, rate=1.5, left_s=left_s)],
            )
        )
        for left_s in (5.0, 65.0, 3_700.0)
    ]
    who = "(process 1 on h, since s)"
    assert [list(sentences) for sentences in told] == [
        [f"refine: 1 of 2 (50%), 1.5/s, 5 s left {who}"],
        [f"refine: 1 of 2 (50%), 1.5/s, 1 min 05 s left {who}"],
        [f"refine: 1 of 2 (50%), 1.5/s, 1 h 01 min left {who}"],
    ]


def test_looks_are_some_time_apart(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as was asked for; a table that cannot be read is left out."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    workspace.table_file(tables.MASKS).write_bytes(b"no table")
    found = list(itertools.islice(under_way.updates(workspace, 0.25), 3))
    assert slept == [0.25, 0.25]
    assert all(isinstance(one, StageResult) and one.facts["rows"] == {} for one in found)
