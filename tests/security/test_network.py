"""Does any verb reach for the network without being asked to?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_SITE = Path(__file__).parent / "site"
_CHAIN = """
description = "Most verbs, none of which was asked for anything from elsewhere."

[[steps]]
verb = "render"
folder = "{workspace}/portraits"
people = 18
max_pictures = 1
max_px = 256

[[steps]]
verb = "ingest"
source = "{workspace}/portraits"
name = "rendered"

[[steps]]
verb = "annotate import"
from_source = "rendered"

[[steps]]
verb = "annotate agree"

[[steps]]
verb = "landmarks"

[[steps]]
verb = "segment"
teachers = ["grabcut"]

[[steps]]
verb = "refine"

[[steps]]
verb = "check"

[[steps]]
verb = "measure"

[[steps]]
verb = "composition"

[[steps]]
verb = "split"
train_frac = 0.5
val_frac = 0.2
test_frac = 0.3

[[steps]]
verb = "train"
targets = "reference"
epochs_coarse = 1
epochs_whole = 1
size_px = 64
batch = 4

[[steps]]
verb = "evaluate"
model = "student"

[[steps]]
verb = "audit"
replicates = 200

[[steps]]
verb = "report"

[[steps]]
verb = "card"

[[steps]]
verb = "card data"

[[steps]]
verb = "gallery"
out = "{workspace}/../gallery"

[[steps]]
verb = "show"

[[steps]]
verb = "verify"
"""


def _run(tried: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(_SITE), "TRIED": str(tried)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_attempt_is_seen(tmp_path: Path) -> None:
    """The guard itself: who reaches out fails, and stands on the list, in a child process too."""
    tried = tmp_path / "tried"
    code = "import urllib.request; urllib.request.urlopen('http://example.org')"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    _run(tried, "-c", parent)
    assert "example.org" in tried.read_text()


@pytest.mark.slow
def test_no_verb_reaches_out_unasked(tmp_path: Path) -> None:
    """From rendering to pages and cards, with every door shut: all is made, and nobody tried a door."""
    recipe, tried = tmp_path / "chain.toml", tmp_path / "tried"
    recipe.write_text(_CHAIN)
    done = _run(tried, "-m", "datatools", "run", recipe, "--workspace", tmp_path / "ws", "--quiet")
    assert done.returncode == 0, done.stderr
    assert not tried.exists(), tried.read_text()


def test_a_teacher_that_is_not_there_is_not_fetched(tmp_path: Path) -> None:
    """Only `teachers pull` fetches: without the weights, segment says so and reaches for nothing."""
    from tests.pictures import write_people

    tried, root = tmp_path / "tried", tmp_path / "ws"
    write_people(tmp_path / "people", 2)
    _run(tried, "-m", "datatools", "ingest", "--source", tmp_path / "people", "--workspace", root)
    environment = os.environ | {"DATATOOLS_CACHE": str(tmp_path / "empty")}
    command = [sys.executable, "-m", "datatools", "segment", "--teachers", "isnet", "--workspace", str(root)]
    done = subprocess.run(
        command,
        env=environment | {"PYTHONPATH": str(_SITE), "TRIED": str(tried)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "teachers pull isnet" in done.stderr
    assert not tried.exists()
