"""A real file system that can be full or read-only, for tests that must not guess what a kernel says.

It lives in memory and in a mount namespace of its own (``unshare``), so that it goes with the process.
"""

import os
import subprocess
import time
from pathlib import Path

_PATIENCE_S = 10.0
# Makes a program the root of namespaces of its own, who may mount.
ALONE = ("unshare", "--map-root-user", "--mount")


def may_mount() -> bool:
    """Say whether this machine lets a process mount a file system of its own."""
    try:
        tried = subprocess.run([*ALONE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True)
    except FileNotFoundError:
        return False
    return tried.returncode == 0


class SmallDisk:
    """A file system of so many bytes; only for a process that ``ALONE`` started."""

    def __init__(self, folder: Path, n_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._ballast = folder / "ballast"
        _mount("-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", str(folder))

    def fill(self, free_bytes: int) -> None:
        """Leave so many bytes free, to the next page."""
        found = os.statvfs(self.folder)
        n_bytes = max(0, found.f_bavail * found.f_frsize - free_bytes)
        with self._ballast.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, n_bytes)

    def empty(self) -> None:
        """Make room again."""
        self._ballast.unlink()

    def read_only(self, is_read_only: bool) -> None:
        """Let nobody write to it, or everybody; waits for what an earlier command still has open."""
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                _mount("-o", f"remount,{'ro' if is_read_only else 'rw'}", str(self.folder))
            except subprocess.CalledProcessError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
