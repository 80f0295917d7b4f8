"""Stages that run as commands of their own."""

from pathlib import Path

import pytest

from datatools import tables
from datatools.browse.plugin import running
from datatools.browse.plugin.running import Ended, Step
from datatools.errors import UsageError
from datatools.workspace import Workspace
from tests.stages.test_refine import matte_row, rough_matte
from tests.unit.report.builders import fill

_FLAGS = ["--checks=corrupt", "--checks=mask_area"]


@pytest.fixture
def filled(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give a workspace of five masks."""
    fill(workspace, tmp_path / "src", 6)
    return workspace


def test_a_stage_tells_its_steps_and_its_end(filled: Workspace) -> None:
    """The last step is the whole, and the end is what the command line prints."""
    *_, step, ended = running.run(filled, "check", _FLAGS)
    assert isinstance(step, Step)
    assert isinstance(ended, Ended)
    assert (step.frac, ended.passed, len(filled.run_files())) == (1.0, True, 1)
    assert ended.notes[0].endswith("samples accepted.")


def test_a_gate_that_is_not_met_is_an_end(filled: Workspace) -> None:
    """The stage ran to its end, and did not pass."""
    *_, ended = running.run(filled, "check", [*_FLAGS, "--min-accepted-frac=1"])
    assert isinstance(ended, Ended)
    assert not ended.passed


def test_what_was_wrong_is_the_stages_own_sentence(filled: Workspace) -> None:
    """Without the command's name before it."""
    with pytest.raises(UsageError, match=r"^expected one of the checks"):
        list(running.run(filled, "check", ["--checks=beauty"]))


def test_a_stage_ends_with_its_reader(filled: Workspace) -> None:
    """Whoever goes away after the first step leaves no process behind, and no record."""
    filled.write(tables.MATTES, [matte_row(filled, n, "selfie", rough_matte(n)) for n in range(1, 6)])
    steps = running.run(filled, "refine", [])
    next(steps)
    steps.close()
    assert filled.run_files() == []
