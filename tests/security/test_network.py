"""Does any verb reach for the network without being asked to?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey import recipe, step, steps

_SITE = Path(__file__).parent / "site"
_CHAIN = recipe(
    "Most verbs, none of which was asked for anything from elsewhere.",
    step("render", people=18, max_px=256),
    *steps("ingest", "evaluate"),
    step("audit", replicates=200),
    *steps("report", "verify"),
)


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
    chain, tried = tmp_path / "chain.toml", tmp_path / "tried"
    chain.write_text(_CHAIN)
    done = _run(tried, "-m", "datatools", "run", chain, "--workspace", tmp_path / "ws", "--quiet")
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
