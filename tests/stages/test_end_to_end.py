"""Does the whole chain run from the command line, on clean, dirty and interrupted work?"""

import dataclasses
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from datatools import selection, tables
from datatools.cli import main
from datatools.workspace import Workspace
from tests.dirty import write_dirty
from tests.journey import recipe, step, steps

_CHAIN = recipe(
    "The demo's chain, small enough for a test; GrabCut needs no download.",
    step("render", people=24, max_px=288),
    *steps("ingest", "check"),
    step("split"),
    step("train"),
    step("evaluate", split="test"),
    step("evaluate", model="generated"),
    step("audit", replicates=1000),
    step("report"),
)


def _run(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


def _contents(root: Path) -> dict[str, bytes]:
    """Give the bytes of a workspace's tables, masks and mattes; seconds, which vary, are set to zero."""
    workspace = Workspace(root)
    found = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in ("tables", "masks", "mattes")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and path.name != "mattes.parquet"
    }
    if workspace.has(tables.MATTES):
        rows = [dataclasses.replace(row, seconds=0.0) for row in workspace.rows(tables.MATTES)]
        found["mattes"] = repr(rows).encode()
    return found


@pytest.mark.slow
def test_chain_on_rendered_portraits(tmp_path: Path) -> None:
    """From rendering to a report that says accuracy; everything verifies; nothing is done twice."""
    chain, root = tmp_path / "chain.toml", tmp_path / "ws"
    chain.write_text(_CHAIN)
    _run("run", chain, "--workspace", root, "--quiet")
    workspace = Workspace(root)
    report = json.loads((root / "reports" / "audit" / "report.json").read_text())
    readings = {model["reading"] for model in report["audit"]["models"]}
    page = (root / "reports" / "audit" / "index.html").read_text()
    _run("verify", "--workspace", root, "--quiet")
    before = _contents(root)
    masks = {path: path.stat().st_mtime_ns for path in (root / "masks").iterdir()}
    _run("run", chain, "--workspace", root, "--quiet")
    assert readings == {"accuracy"}
    assert "accuracy" in page
    assert "agreement with" not in page
    assert len(workspace.samples()) == 24
    assert _contents(root) == before
    assert {path: path.stat().st_mtime_ns for path in (root / "masks").iterdir()} == masks


@pytest.mark.slow
def test_dirty_folder_reaches_the_report(tmp_path: Path) -> None:
    """Every file is a sample, a failed row with its reason, or another's alias; the report is made."""
    folder, root = tmp_path / "dirty", tmp_path / "ws"
    expected = write_dirty(folder)
    _run("run", "portraits", "--source", folder, "--set.teachers", "grabcut", "--workspace", root, "--quiet")
    rows = Workspace(root).rows(tables.MANIFEST)
    status = {path: row.status for row in rows for path in (row.path, *row.aliases)}
    findings = {row.sample_id for row in Workspace(root).rows(tables.FINDINGS)}
    unexplained = [row.path for row in rows if row.status == "failed" and not row.error]
    wanted = {name: "failed" if of.reason is not None else "ok" for name, of in expected.items()}
    assert {name: status.get(name) for name in wanted} == wanted
    assert unexplained == []
    assert findings == {row.sample_id for row in rows}
    assert (root / "reports" / "audit" / "index.html").stat().st_size > 1000


@pytest.mark.slow
def test_killed_chain_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    """SIGKILL at any moment, then the same command: tables, masks and mattes as if nothing happened."""
    from datatools.progress import Progress
    from datatools.synthetic.dataset import RenderSettings, render_set

    folder = tmp_path / "portraits"
    render_set(folder, RenderSettings(n_people=8, max_pictures=1, max_px=256), Progress("quiet"))
    chain = tmp_path / "generate.toml"
    chain.write_text(recipe("x", step("ingest", source=str(folder)), *steps("landmarks", "check")))

    def command(root: Path) -> list[str]:
        return [sys.executable, "-m", "datatools", "run", str(chain), "--workspace", str(root), "--quiet"]

    undisturbed, disturbed = tmp_path / "a", tmp_path / "b"
    started = time.monotonic()
    subprocess.run(command(undisturbed), check=True)
    whole_s = time.monotonic() - started
    rng = np.random.default_rng(0)
    n_killed = 0
    for moment in rng.uniform(0.2, 0.95, 4):
        process = subprocess.Popen(command(disturbed))
        try:
            process.wait(timeout=float(moment) * whole_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            n_killed += 1
    subprocess.run(command(disturbed), check=True)
    assert n_killed > 0
    assert _contents(disturbed) == _contents(undisturbed)
    assert selection.accepted(Workspace(disturbed)) == selection.accepted(Workspace(undisturbed))


def test_evaluate_prints_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``evaluate --data FOLDER --model NAME --json`` needs no workspace and prints the agreed keys."""
    from tests.pictures import write_people

    write_people(tmp_path / "people", 4)
    arguments = ["evaluate", "--data", tmp_path / "people", "--model", "grabcut", "--replicates", "200"]
    options = ["--options.mask_source", "rendered", "--json", "--workspace", tmp_path / "none"]
    _run(*arguments, *options)
    printed = json.loads(capsys.readouterr().out)
    assert {"model", "n_images", "reference", "metrics"} <= set(printed)
    assert (printed["model"], printed["n_images"], printed["reference"]) == ("grabcut", 4, "rendered")
    assert set(printed["metrics"]["iou_fg_image"]) == {"value", "low", "high"}
    assert not (tmp_path / "none").exists()
