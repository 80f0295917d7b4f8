"""Does the memory for bringing shards grow with the shards?"""

import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.unit.remote.server import tar

_CODE = """
import sys
from pathlib import Path
from datatools.progress import Progress
from datatools.readers import _sources
from datatools.workspace import Workspace

workspace = Workspace(sys.argv[2])
workspace.create()
source = _sources.foreign(workspace, sys.argv[1], None, None)
assert _sources.brought(workspace, source, Progress("quiet")).n_brought == 1
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def _peak_kib(tmp_path: Path, n_members: int) -> int:
    rng = np.random.default_rng(0)
    source = tmp_path / f"{n_members}.tar"
    source.write_bytes(tar({f"{number}.png": rng.bytes(4 << 20) for number in range(n_members)}))
    command = [sys.executable, "-c", _CODE, str(source), str(tmp_path / f"ws-{n_members}")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_memory_is_that_of_a_piece_not_of_a_shard(tmp_path: Path) -> None:
    """A shard of 80 MiB takes what one of 8 MiB takes, up to some pieces of 1 MiB."""
    assert _peak_kib(tmp_path, 20) - _peak_kib(tmp_path, 2) < 12 << 10
