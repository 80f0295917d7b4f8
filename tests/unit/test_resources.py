"""What a run takes is counted with its children, whether they ended or still run."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from datatools import resources
from datatools.resources import Meter

_BURN = "import time; end = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"


def test_a_child_that_ended_counts() -> None:
    """Its time of the processors, and its memory."""
    meter = Meter()
    subprocess.run([sys.executable, "-c", _BURN], check=True)
    used = meter.used()
    assert float(str(used["cpu_children_s"])) >= 0.2
    assert int(str(used["peak_rss_children_bytes"])) > 1_000_000


def test_a_child_that_still_runs_counts() -> None:
    """A crew's workers outlive the run."""
    meter = Meter()
    lines = _BURN + "print('done', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", lines], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        used = meter.used()
        child.communicate("\n")
    assert float(str(used["cpu_children_s"])) >= 0.15  # in ticks


def test_time_passes() -> None:
    """By a clock that nobody sets."""
    meter = Meter()
    time.sleep(0.02)
    assert float(str(meter.used()["wall_s"])) >= 0.02


def test_a_system_that_tells_no_bytes_is_no_trouble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They are left out."""
    monkeypatch.setattr(resources, "_PROC", tmp_path)
    assert sorted(Meter().used()) == [
        "cpu_children_s",
        "cpu_s",
        "peak_rss_bytes",
        "peak_rss_children_bytes",
        "wall_s",
    ]
