"""TensorBoard's own thread does not print a traceback over what the verb says of a full disk."""

import subprocess
import sys
from pathlib import Path

_CODE = """
import errno, io, sys
from pathlib import Path
from datatools.loggers.tensorboard import TensorBoard
from datatools.student.state import EpochRow
log = TensorBoard(Path(sys.argv[1]), "run", {}, 0)
opened = io.open
def full(file, mode="r", *rest, **named):
    if "a" in mode or "w" in mode:
        raise OSError(errno.ENOSPC, "No space left on device")
    return opened(file, mode, *rest, **named)
io.open = full
row = EpochRow(phase="whole", epoch=1, size_px=32, n_seen=1, loss=1.0, val_iou=0.5, val_value=0.5, lr=0.1,
               elapsed_s=1.0)
try:
    log.epoch(row)
except OSError as error:
    print(error)
"""


def test_a_full_disk_is_told_once_with_its_folder(tmp_path: Path) -> None:
    """By the call, not by the thread."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"[Errno 28] No space left on device: '{tmp_path / 'log'}'\n"
    assert "Traceback" not in done.stderr
