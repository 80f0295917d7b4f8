"""Which audit is the newest?"""

import json
import os
from pathlib import Path

import pytest

from datatools.errors import DataError
from datatools.report import newest
from datatools.workspace import Workspace
from tests.unit.report.builders import audit, write_audit, write_run
from tests.unit.report.cards.made import write_audit_run

_LATE_S = 4e9


def _composition(workspace: Workspace, name: str, number: int | None) -> Path:
    path = workspace.report_folder(name) / "composition.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    if number is not None:
        record = write_run(workspace, number, "composition", {})
        outputs = {"tables/framings.parquet": "0" * 64, workspace.relative(path): "0" * 64}
        record.write_text(json.dumps(json.loads(record.read_text()) | {"outputs": outputs}))
    return path


def test_no_clock_makes_an_audit_the_newest(workspace: Workspace) -> None:
    """A file that was touched last, as in a copy or after the clock was set back, is as old as its run."""
    for number, name in ((1, "a-first"), (2, "last"), (3, "gone")):
        write_audit(workspace, audit(name))
        write_audit_run(workspace, number, name)
    (workspace.report_folder("gone") / "audit.json").unlink()
    os.utime(workspace.report_folder("a-first") / "audit.json", (_LATE_S, _LATE_S))
    found = newest.audit(workspace)
    assert [path.parent.name for path in newest.audits(workspace)] == ["last", "a-first"]
    assert found is not None
    assert found.name == "last"


def test_an_audit_made_again_is_the_newest(workspace: Workspace) -> None:
    """Its last run counts, and the tenth comes after the ninth."""
    for number, name in ((9, "again"), (10, "other"), (11, "again")):
        write_audit(workspace, audit(name))
        write_audit_run(workspace, number, name)
    assert [path.parent.name for path in newest.audits(workspace)] == ["again", "other"]


def test_what_no_run_recorded_comes_last(workspace: Workspace) -> None:
    """A killed run's audit, or one that was put there, in the order of their names."""
    for name in ("b", "a", "recorded"):
        write_audit(workspace, audit(name))
    write_audit_run(workspace, 1, "recorded")
    assert [path.parent.name for path in newest.audits(workspace)] == ["recorded", "a", "b"]


def test_results_that_were_brought_are_not_of_this_workspace(workspace: Workspace) -> None:
    """They may lie among its reports, and are passed over."""
    write_audit(workspace, audit("brought").model_copy(update={"settings": {"scores": "scores.csv"}}))
    assert newest.audit(workspace) is None


def test_a_broken_audit_is_named(workspace: Workspace) -> None:
    """With what makes it again."""
    write_audit(workspace, audit("first"))
    (workspace.report_folder("first") / "audit.json").write_text("{}")
    with pytest.raises(DataError, match="run `datatools audit` again"):
        newest.audit(workspace)


def test_compositions_are_ordered_alike(workspace: Workspace) -> None:
    """By their runs, whatever the files' dates and names say."""
    assert newest.composition(workspace) is None
    _composition(workspace, "a-killed", None)
    latest = _composition(workspace, "b", 7)
    os.utime(_composition(workspace, "c", 6), (_LATE_S, _LATE_S))
    assert newest.composition(workspace) == latest
