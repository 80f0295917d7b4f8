"""Do the notebooks run from top to bottom on rendered portraits, and are they kept without outputs?"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from datatools.workspace import Workspace
from tests.notebooks import kernels

_ALL = sorted(kernels.FOLDER.glob("*.ipynb"), key=lambda path: path.name)
_NAMES = [path.stem for path in _ALL]


def test_there_is_a_notebook_for_each_question(notebooks: Path) -> None:
    """The README names every notebook."""
    readme = (notebooks / "README.md").read_text("utf-8")
    assert _NAMES == [
        "calibration",
        "gain_from_generated_data",
        "iou_by_group",
        "look_at_a_workspace",
        "who_is_in_the_data",
    ]
    assert [name for name in _NAMES if f"({name}.ipynb)" not in readme] == []


@pytest.mark.parametrize("path", _ALL, ids=_NAMES)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    """No output, no count of runs, no metadata of somebody's machine; written as Jupyter writes it."""
    text = path.read_text("utf-8")
    notebook = json.loads(text)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[] for _ in code]
    assert [cell["execution_count"] for cell in code] == [None for _ in code]
    assert [cell["metadata"] for cell in notebook["cells"]] == [{} for _ in notebook["cells"]]
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n" == text


def test_notebooks_are_as_clean_as_the_package(notebooks: Path) -> None:
    """Ruff finds nothing, and would write them as they are."""
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", str(notebooks)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout if done.returncode else "") == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("path", _ALL, ids=_NAMES)
def test_a_notebook_runs_from_top_to_bottom(
    path: Path, rendered: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It draws, shows tables, and names no folder of the machine it ran on."""
    monkeypatch.setenv("WORKSPACE", str(rendered.root))
    monkeypatch.setenv("STUDIES", "20")
    ran = kernels.run(path.read_text("utf-8"), path.parent)
    assert list(ran.of_kind("image/svg+xml"))
    assert list(ran.of_kind("text/html"))
    assert [
        name for name in (str(rendered.root), str(path.parent), sys.prefix) if name in ran.everything
    ] == []


@pytest.mark.slow
def test_a_missing_result_is_named_with_its_command(
    notebooks: Path, rendered: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who has not run the stage yet is told which one."""
    monkeypatch.setenv("WORKSPACE", str(rendered.root))
    monkeypatch.setenv("ABLATION", "nothing")
    monkeypatch.chdir(notebooks)
    cells = json.loads((notebooks / "gain_from_generated_data.ipynb").read_text("utf-8"))["cells"]
    opening = "".join(cells[1]["source"])
    with pytest.raises(AssertionError, match=re.escape("run `datatools ablate with-and-without-generated`")):
        exec(opening, {})  # our own notebook
