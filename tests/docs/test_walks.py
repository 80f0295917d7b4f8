"""Does what the tutorial and the how-to pages tell a reader to type work, in the order of the page?"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from datatools.teachers._weights import weights_file
from tests.docs.fences import DOCS, fences, script


def _walk(page: Path, folder: Path) -> None:
    """Run a page's blocks in one shell; show the end of what it said where it fails."""
    own = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        ["bash", "-c", script(page)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    told = "\n".join([*done.stdout.splitlines()[-30:], *done.stderr.splitlines()[-15:]])
    assert done.returncode == 0, f"{page.name} ends with exit code {done.returncode}:\n{told}"


def test_every_how_to_page_runs_something() -> None:
    """A page under howto/ has at least one block that the walk runs."""
    without = [
        page.name for page in (DOCS / "howto").glob("*.md") if not any(one.is_run for one in fences(page))
    ]
    assert without == []


@pytest.mark.slow
def test_tutorial_and_how_to_pages_run(tmp_path: Path) -> None:
    """The tutorial from its first to its last block; then each how-to page on what the tutorial left."""
    weights_file("selfie")  # `make test` pulls it; raises with the command where it is not here
    folder = tmp_path / "tutorial"
    folder.mkdir()
    _walk(DOCS / "tutorial.md", folder)
    assert (folder / "ws" / "reports" / "audit" / "index.html").is_file()
    for page in sorted((DOCS / "howto").glob("*.md")):
        own = tmp_path / page.stem
        shutil.copytree(folder, own)
        _walk(page, own)
