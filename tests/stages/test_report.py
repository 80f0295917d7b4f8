"""What does the report stage write?"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.report.document import Report
from datatools.stages import audit, gallery
from datatools.stages.report import Settings, run
from datatools.workspace import Workspace
from tests.unit.report.builders import fill, group, plain_audit, write_audit

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def audited(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give a workspace whose chain ran and that was audited."""
    fill(workspace, tmp_path / "src")
    write_audit(workspace, plain_audit([group("60+", 0.9, 0.01, 50, -0.03, "gap")]))
    return workspace


@pytest.fixture
def traceable(workspace: Workspace, tmp_path: Path, quiet: Progress) -> Workspace:
    """Give a workspace with an audit of its own scores, whose pictures can be found."""
    fill(workspace, tmp_path / "src")
    audit.run(workspace, audit.Settings(replicates=200, slices=0, codings=False, chain=False), quiet)
    return workspace


def _page(workspace: Workspace) -> Path:
    return workspace.report_folder("audit") / "index.html"


def test_page_and_json_are_written(audited: Workspace, quiet: Progress) -> None:
    """The page is there, and the JSON beside it is the whole report."""
    result = run(audited, Settings(title="My portraits"), quiet)
    report = Report.model_validate_json(_page(audited).with_name("report.json").read_bytes())
    assert (report.title, "My portraits" in _page(audited).read_text(), result.facts["n_gaps"]) == (
        "My portraits",
        True,
        1,
    )


def test_a_run_is_recorded(audited: Workspace, quiet: Progress) -> None:
    """The record has the hashes of what was read and written."""
    run(audited, Settings(), quiet)
    (path,) = audited.run_files()
    record = json.loads(path.read_text())
    documents = ["index.html", "report.ipynb", "report.json", "report.md", "report.pdf"]
    outputs = [name for name in record["outputs"] if "/figures/" not in name]
    assert (sorted(record["inputs"]), sorted(outputs)) == (
        ["reports/audit/audit.json"],
        [f"reports/audit/{name}" for name in documents],
    )


def test_figures_of_an_earlier_report_go(audited: Workspace, quiet: Progress) -> None:
    """What lies in the folder is what report.md shows."""
    run(audited, Settings(), quiet)
    figures = _page(audited).parent / "figures"
    shown = sorted(path.name for path in figures.iterdir())
    (figures / "old-1.svg").write_text("<svg/>")
    run(audited, Settings(), quiet)
    assert sorted(path.name for path in figures.iterdir()) == shown


def test_a_second_report_has_the_same_bytes(audited: Workspace, quiet: Progress) -> None:
    """A report depends on the workspace alone, not on earlier reports."""
    run(audited, Settings(), quiet)
    first = {path: path.read_bytes() for path in _page(audited).parent.rglob("*.*")}
    run(audited, Settings(), quiet)
    assert {path: path.read_bytes() for path in _page(audited).parent.rglob("*.*")} == first


def test_a_dry_run_writes_nothing(audited: Workspace, quiet: Progress) -> None:
    """A dry run says what would be written."""
    result = run(audited, Settings(dry_run=True), quiet)
    assert (_page(audited).exists(), audited.run_files(), result.notes[0].startswith("would write")) == (
        False,
        [],
        True,
    )


def test_pictures_come_only_when_asked_for(traceable: Workspace, quiet: Progress) -> None:
    """The same report has pictures of people with the flag and none without."""
    run(traceable, Settings(), quiet)
    without = _page(traceable).read_text()
    run(traceable, Settings(with_images=True, max_gallery=1), quiet)
    assert ("<img" in without, _page(traceable).read_text().count("<img")) == (False, 3)


def test_a_missing_audit_is_asked_for(workspace: Workspace, quiet: Progress) -> None:
    """Without an audit the command that makes one is named."""
    with pytest.raises(UsageError, match="run `datatools audit"):
        run(workspace, Settings(name="other"), quiet)


def test_a_broken_audit_is_named(audited: Workspace, quiet: Progress) -> None:
    """An audit file that is none is an error that names it."""
    (audited.report_folder("audit") / "audit.json").write_text('{"name": 1}')
    with pytest.raises(DataError, match=r"audit\.json is not an audit"):
        run(audited, Settings(), quiet)


def test_no_workspace_is_told(tmp_path: Path, quiet: Progress) -> None:
    """A folder that is no workspace is refused."""
    with pytest.raises(UsageError, match="no workspace"):
        run(Workspace(tmp_path / "nothing"), Settings(), quiet)


def test_settings_are_checked() -> None:
    """A gallery of no picture is refused before anything is done."""
    with pytest.raises(ValidationError):
        Settings(max_gallery=0)


@pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_opens_the_page_without_complaint(
    traceable: Workspace, quiet: Progress, tmp_path: Path
) -> None:
    """A real browser without a network shows the page and logs nothing: whatever it asked for would fail."""
    run(traceable, Settings(with_images=True, max_gallery=2), quiet)
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync --dump-dom"
    command = [
        *(str(_CHROMIUM), *flags.split(), "--disable-background-networking", "--disable-component-update"),
        *("--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND"),
        *(f"--user-data-dir={tmp_path / 'profile'}", _page(traceable).as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert ("These are pictures of people." in done.stdout, complaints) == (True, [])


def test_groups_lead_to_a_gallery_in_the_report(audited: Workspace, quiet: Progress) -> None:
    """One in its folder is found; one elsewhere is named."""
    run(audited, Settings(), quiet)
    assert "index.html#group=" not in _page(audited).read_text()
    beside, elsewhere = _page(audited).parent / "gallery", audited.root.parent / "my gallery"
    gallery.run(audited, gallery.Settings(out=beside), quiet)
    run(audited, Settings(), quiet)
    assert 'href="gallery/index.html#group=perceived_gender%3A60%2B"' in _page(audited).read_text()
    beside.rename(elsewhere)
    result = run(audited, Settings(gallery=elsewhere), quiet)
    assert result.facts["gallery"] == "../../../my%20gallery/index.html"
    assert 'href="../../../my%20gallery/index.html#group=' in _page(audited).read_text()


def test_a_folder_that_is_no_gallery_is_told(audited: Workspace, tmp_path: Path, quiet: Progress) -> None:
    """Before anything is written."""
    with pytest.raises(UsageError, match=r"expected a gallery in .*`datatools gallery --out "):
        run(audited, Settings(gallery=tmp_path), quiet)
    assert not _page(audited).exists()
