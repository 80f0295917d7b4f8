"""What a stage holds of a picture is little, however many there are."""

import subprocess
import sys
from pathlib import Path

import pytest

from datatools.workspace import Workspace
from tests.stages import many

FEW, MANY = 2_000, 20_000
BYTES_OF_A_PICTURE = 900  # some 600 of them wait for their group of rows, which is bounded

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="only Linux tells a peak")


def _peak_kib(*arguments: str) -> int:
    command = [sys.executable, "-m", "tests.stages.rows_alone", *arguments]
    folder = Path(__file__).parents[2]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    return int(done.stdout)


def test_a_stage_holds_little_of_a_picture(tmp_path: Path) -> None:
    """Of one that goes over pictures one by one."""
    peaks = []
    for n in (FEW, MANY):
        many.ingested(Workspace(tmp_path / str(n)), n)
        peaks.append(_peak_kib("derive", str(tmp_path / str(n))))
    assert (peaks[1] - peaks[0]) * 1024 / (MANY - FEW) < BYTES_OF_A_PICTURE


def test_ingest_holds_little_of_a_picture(tmp_path: Path) -> None:
    """From the entries to the manifest."""
    peaks = [_peak_kib("ingest", str(tmp_path / str(n)), str(n)) for n in (FEW, MANY)]
    assert (peaks[1] - peaks[0]) * 1024 / (MANY - FEW) < BYTES_OF_A_PICTURE
