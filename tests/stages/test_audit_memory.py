"""What an audit holds of a picture are columns, not objects, however many there are."""

from pathlib import Path

import numpy as np
import pytest

from datatools.workspace import Workspace
from tests.benchmarks import load
from tests.stages import many

FEW, MANY = 5_000, 60_000
# Some 1,700, of which most wait for their group of rows, which is bounded; of a million pictures it is 600.
# An object for each answer, measurement and face took 5,600.
BYTES_OF_A_PICTURE = 2_500

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="only Linux tells a peak")


def test_an_audit_holds_little_of_a_picture(tmp_path: Path) -> None:
    """With answers, measurements, faces, findings and scores, and the sections that are of everybody."""
    million = load("million")
    peaks = []
    for n in (FEW, MANY):
        workspace = Workspace(tmp_path / str(n))
        million.write_workspace(workspace, n, np.random.default_rng(0))
        # What is adjusted and searched is of people drawn, in bounded number: here there are fewer.
        shape = {"adjust": ["none"], "slices": 0, "cross": 1, "replicates": 200}
        peaks.append(many.peak_kib(workspace, "audit", attributes=["perceived_gender"], **shape))
    assert (peaks[1] - peaks[0]) * 1024 / (MANY - FEW) < BYTES_OF_A_PICTURE
