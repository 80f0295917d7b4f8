"""Which runs and commands does a report name?"""

import shlex

import pytest

from datatools.errors import DataError
from datatools.report import provenance
from datatools.workspace import Workspace
from tests.unit.report.builders import write_run


def test_a_command_spells_out_every_setting() -> None:
    """Flags, switches, lists and named options are written as the command line takes them."""
    line = provenance.command(
        "annotate-import",
        {
            "source": "a b/$HOME;",
            "limit": None,
            "dry_run": False,
            "with_images": True,
            "strict": False,
            "teachers": ["selfie", "isnet"],
            "options": {"mask_source": "human"},
            "shift": -3,
        },
    )
    assert shlex.split(line) == [
        *("datatools", "annotate", "import", "--workspace", "WS", "--source", "a b/$HOME;"),
        *("--with-images", "--no-strict", "--teachers", "selfie", "--teachers", "isnet"),
        *("--options.mask_source", "human", "--shift=-3"),
    ]


def test_the_last_run_of_a_command_is_told(workspace: Workspace) -> None:
    """A command run twice is told once, where it ran last."""
    for number, seed in ((1, 0), (2, 1), (3, 0)):
        write_run(workspace, number, "split", {"seed": seed})
    found = provenance.runs(provenance.records(workspace))
    assert [(run.number, run.seed) for run in found] == [(2, 1), (3, 0)]


def test_runs_that_only_look_are_left_out(workspace: Workspace) -> None:
    """A report does not tell of reports, so that a second one is the same."""
    write_run(workspace, 1, "ingest", {})
    write_run(workspace, 2, "report", {})
    assert [run.stage for run in provenance.runs(provenance.records(workspace))] == ["ingest"]


@pytest.mark.parametrize("text", ["{}", "[]", "not JSON"])
def test_a_broken_record_is_named(workspace: Workspace, text: str) -> None:
    """A file among the runs that is no record is an error that names it."""
    write_run(workspace, 7, "ingest", {}).write_text(text)
    with pytest.raises(DataError, match=r"0007-ingest\.json is not a run record"):
        provenance.records(workspace)
