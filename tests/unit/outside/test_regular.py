"""Only regular files are opened, and only as large as they may be."""

import os
from pathlib import Path

import pytest

from datatools.errors import DataError
from datatools.outside import regular


def test_a_file_is_read_and_hashed(tmp_path: Path) -> None:
    """Its bytes, and what the standard library makes of them."""
    (tmp_path / "a").write_bytes(b"abc")
    assert regular.read(tmp_path / "a", 3) == b"abc"
    assert regular.sha256(tmp_path / "a", 3).startswith("ba7816bf")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """The sentence says how large it is; a file without blocks on disk counts as what it says."""
    with (tmp_path / "vast").open("wb") as stream:
        stream.truncate(1 << 40)
    for read in (regular.read, regular.sha256):
        with pytest.raises(DataError, match="vast: expected a file of at most 1 MiB, got 1048576 MiB"):
            read(tmp_path / "vast", 1 << 20)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody writes into it."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe: expected a file, got a named pipe, which is not opened"):
        regular.opened(tmp_path / "pipe")


def test_a_device_is_not_opened() -> None:
    """Not even the harmless one."""
    with pytest.raises(DataError, match="null: expected a file, got a device"):
        regular.opened(Path("/dev/null"))


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the opening somebody may put one there."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    seen = (tmp_path / "file").stat()
    monkeypatch.setattr(Path, "stat", lambda path: seen)
    with pytest.raises(DataError, match="got a named pipe"):
        regular.opened(tmp_path / "pipe")


def test_a_folder_and_nothing_are_errors_of_the_system(tmp_path: Path) -> None:
    """As whoever opens files expects them."""
    with pytest.raises(IsADirectoryError):
        regular.opened(tmp_path)
    with pytest.raises(FileNotFoundError):
        regular.opened(tmp_path / "gone")
