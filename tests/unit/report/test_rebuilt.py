"""Is a report made again from its workspace, or is what is missing named?"""

from pathlib import Path

import pytest

from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.report import rebuilt
from datatools.stages import report
from datatools.workspace import Workspace
from tests.unit.report.builders import audit, fill, write_audit


def test_a_report_is_rebuilt_as_the_stage_wrote_it(
    workspace: Workspace, tmp_path: Path, quiet: Progress
) -> None:
    """The same values, with the title that it was given."""
    fill(workspace, tmp_path / "src")
    write_audit(workspace)
    report.run(workspace, report.Settings(title="Mine"), quiet)
    kept = rebuilt.read_report(workspace.report_folder("audit") / rebuilt.JSON_FILE)
    assert rebuilt.rebuild(workspace, title="Mine") == kept


def test_a_report_of_brought_results_needs_no_workspace() -> None:
    """Its title is made of its name."""
    made = [rebuilt.of_brought(audit(name)) for name in ("audit", "other")]
    assert [one.title for one in made] == ["Audit", "Audit other"]
    assert made[0].facts.steps == []


def test_what_is_not_there_or_broken_is_named(workspace: Workspace, tmp_path: Path) -> None:
    """An audit that was not made, files that are not there, and files that are something else."""
    with pytest.raises(UsageError, match="no audit 'nothing'"):
        rebuilt.rebuild(workspace, "nothing")
    broken = tmp_path / "x.json"
    for read, what in ((rebuilt.read_audit, "audit"), (rebuilt.read_report, "report")):
        broken.unlink(missing_ok=True)
        with pytest.raises(UsageError, match=f"expected an? {what}.json, found no file"):
            read(broken)
        broken.write_text("[]")
        with pytest.raises(DataError, match=f"is not an? {what} of this version"):
            read(broken)
