"""What show says of a workspace, of some of its pictures, and of what is running in it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from datatools import lists, tables
from datatools.cli import main
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import Measurement, SplitRow
from datatools.stages import show
from datatools.stages.show import Settings
from datatools.workspace import Workspace
from tests import benchmarks
from tests.stages import people


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Give a workspace with six people of two sources."""
    samples = [people.sample(n, source="ab"[n % 2]) for n in range(6)]
    people.ingest(workspace, Path("/"), samples)
    workspace.write(
        tables.SPLITS,
        [
            SplitRow(sample_id=row.sample_id, person_id=row.person_id, split="test" if n < 2 else "train")
            for n, row in enumerate(samples)
        ],
    )
    values = (
        Measurement(sample_id=row.sample_id, name="ita_deg", value=10.0 * n, measured_by="dataset:x")
        for n, row in enumerate(samples)
    )
    workspace.write(tables.MEASUREMENTS, values)
    workspace.append_batch([people.answer(n, "female" if n < 3 else "male") for n in range(6)])
    return workspace


def _n(workspace: Workspace, **settings: object) -> object:
    return show.run(workspace, Settings.model_validate(settings), Progress("quiet")).facts["samples"]


def test_everything_is_counted_without_a_filter(filled: Workspace) -> None:
    """One line a fact."""
    result = show.run(filled, Settings(), Progress("quiet"))
    assert result.notes == [
        f"workspace {filled.root}",
        "  samples      6 (a 3, b 3)",
        "  people       6",
        "  answers:perceived_gender 6",
        "  splits       test 2, train 4",
        "  models       none yet",
        "  reports      none yet",
        "  runs         0",
    ]


def test_filters_count_the_pictures_that_meet_all_of_them(filled: Workspace) -> None:
    """A source, a split, a list, bands of measurements, groups, the first ones."""
    listed = lists.keep(filled, [people.sample_id(n) for n in (1, 3, 5, 99)])
    assert _n(filled, only="a") == 3
    assert _n(filled, split="train") == 4
    assert _n(filled, samples=listed) == 3
    assert _n(filled, where=["ita_deg>=20"]) == 4
    assert _n(filled, where=["ita_deg>=20", "perceived_gender=female"]) == 1
    assert _n(filled, only="b", split="train", samples=listed, where=["ita_deg<45"]) == 1
    assert _n(filled, limit=2) == 2
    facts = show.run(filled, Settings(where=["perceived_gender=male"]), Progress("quiet")).facts
    assert facts["answers:perceived_gender"] == 3
    assert facts["splits"] == {"train": 3}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"only": "c"}, "a source among"),
        ({"split": "val"}, "a split among"),
        ({"samples": "none"}, "a list of samples"),
        ({"where": ["blur<1"]}, "a measurement among ita_deg"),
    ],
)
def test_a_filter_of_nothing_is_an_error(filled: Workspace, wrong: dict[str, object], words: str) -> None:
    """It says what there is."""
    with pytest.raises(UsageError, match=words):
        _n(filled, **wrong)


def test_watching_as_json_gives_an_object_a_line_until_it_is_interrupted(filled: Workspace) -> None:
    """^C is how it ends: exit code 0."""
    command = [sys.executable, "-m", "datatools", "show", "--workspace", str(filled.root), "--json"]
    with subprocess.Popen(
        [*command, "--watch", "0.05"], stdout=subprocess.PIPE, text=True, preexec_fn=_minds_interrupts
    ) as process:
        assert process.stdout is not None
        found = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert process.returncode == 0
    assert all(one["running"] == [] and one["rows"]["manifest"] == 6 for one in found)


def _minds_interrupts() -> None:
    """Undo what a shell does to commands in the background, as a run of all tests may be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_watching_prints_lines_where_there_is_no_terminal(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look every two seconds where nothing else was said."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    assert main(["show", "--watch", "--workspace", str(filled.root)]) == 0
    line = "nothing is running\nrows: sources 2, manifest 6, measurements 6, splits 6\n"
    assert capsys.readouterr().out == line * 2
    assert slept == [2.0, 2.0]


def test_watching_on_a_terminal_stays_in_place(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last look stays to be read."""
    monkeypatch.setattr(time, "sleep", _interrupted)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["show", "--workspace", str(filled.root), "--watch"]) == 0
    assert "nothing is running" in capsys.readouterr().out


def test_a_hundred_thousand_rows_are_shown_and_filtered_at_once(tmp_path: Path) -> None:
    """In a process of its own, with bounds that a slow machine keeps."""
    million = benchmarks.load("million")

    workspace = Workspace(tmp_path / "ws")
    million.write_workspace(workspace, 100_000, np.random.default_rng(0))
    here = ["--workspace", str(workspace.root), "--quiet"]
    for command in (["show"], ["show", "--where", "ita_deg<0", "--split", "test"]):
        elapsed_s, _, peak_gib = million.timed([*command, *here])
        assert (elapsed_s < 15.0, peak_gib < 0.6) == (True, True), (command, elapsed_s, peak_gib)
