"""Are several processes on one workspace harmless, and clocks that go back?"""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datatools import answers, runs, tables, vocab
from datatools.progress import Progress
from datatools.stages import split, verify
from datatools.workspace import Workspace
from tests.stages import made
from tests.stages.people import answer


def _at_once(what: str, folder: Path, times: int) -> dict[str, object]:
    folder.mkdir()
    arguments = [sys.executable, "-m", "tests.stages.at_once", what, str(folder), str(times), "1"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
def test_two_runs_at_once_are_done_or_refused_and_leave_the_workspace_whole(tmp_path: Path) -> None:
    """Of the same verb, one at least is done; afterwards each verb gives the bytes of a workspace alone."""
    found = _at_once("runs", tmp_path / "x", 4)
    counts = dict(found["counts"])  # type: ignore[call-overload]  # an object of JSON
    assert counts.keys() <= {
        *(f"{kind} {end}" for kind in ("same", "different") for end in ("done", "refused", "nobody done"))
    }
    assert counts["same done"] >= 2
    assert (counts["same nobody done"], counts["different nobody done"]) == (0, 0)
    assert (found["whole"], found["locks"], found["troubles"]) == (True, 0, [[], []])
    assert (found["differing"], found["other_errors"]) == ([], [])


def test_eight_annotators_who_are_killed_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Half of them answer one by one, half import sheets; none of their answers is there twice."""
    found = _at_once("answers", tmp_path / "x", 8)
    assert found == {
        "died": found["died"],
        "n_acknowledged": 48,
        "n_lost": 0,
        "n_twice": 0,
        "n_answers": 48,
        "whole": True,
    }
    assert int(str(found["died"])) >= 1  # how many are hit depends on how busy the machine is


class _Yesterday(datetime):
    """A clock that went back by a day."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # of the names that are used here
        return datetime.now(UTC) - timedelta(days=1)


def test_a_clock_that_goes_back_a_day_changes_no_order_of_runs(
    workspace: Workspace, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs have numbers, staleness goes by hashes, durations by a clock that nobody sets."""
    made.with_people(workspace, 3)
    split.run(workspace, split.Settings(), quiet)
    monkeypatch.setattr(runs, "datetime", _Yesterday)
    split.run(workspace, split.Settings(seed=1), quiet)
    records = [json.loads(path.read_text()) for path in workspace.run_files()]
    assert [record["stage"] for record in records] == ["ingest", "split", "split"]
    assert records[2]["started_at"] < records[1]["started_at"]
    assert records[2]["elapsed_s"] >= 0
    result = verify.run(workspace, verify.Settings(), quiet)
    assert (result.passed, result.facts["stale"]) == (True, [])


def test_the_last_answer_is_the_one_that_says_it_was_given_last(workspace: Workspace) -> None:
    """When a sheet is imported tells nothing about when it was filled in: the annotators say so."""
    axis = vocab.axis("perceived_gender")
    late = answer(1, "female", created_at="2026-03-02T10:00:00+00:00")
    early = answer(1, "male", created_at="2026-03-01T10:00:00+00:00")
    workspace.append_batch([late])
    workspace.append_batch([early])  # the older sheet came in later
    (said,) = answers.latest(workspace.rows(tables.ANNOTATIONS), axis).values()
    assert said.category == "female"
