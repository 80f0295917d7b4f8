"""Folders with what is no file: pipes, sockets, links in circles, depths without end."""

# ruff: noqa: E501  # a table: one file a line

import os
import socket
from collections.abc import Callable
from pathlib import Path

from tests.hostile.case import OK, Case, dataset
from tests.hostile.jpegs import baseline
from tests.hostile.pngs import sound

_NO_FILE = "there is no such file"
_LEAVES = "which leaves it"


def _deep(root: Path) -> None:
    here = os.open(root, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("a.png", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, sound())
    os.close(file)
    os.close(here)


def _socket(root: Path) -> None:
    here = Path.cwd()
    os.chdir(root)  # an address has at most 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("a.png")
    finally:
        os.chdir(here)


def _vast(root: Path) -> None:
    with (root / "a.jpg").open("wb") as stream:
        stream.write(baseline())
        stream.truncate(1 << 40)


def _loop(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "a.png").write_bytes(sound())
    (root / "sub" / "up").symlink_to(root, target_is_directory=True)


def _ring(root: Path) -> None:
    (root / "a.png").symlink_to("b.png")
    (root / "b.png").symlink_to("a.png")


def _folder_as_picture(root: Path) -> None:
    (root / "x.jpg").mkdir()
    (root / "x.jpg" / "a.png").write_bytes(sound())


def _mask_pipe(root: Path) -> None:
    (root / "images").mkdir()
    (root / "masks").mkdir()
    (root / "images" / "a.png").write_bytes(sound())
    os.mkfifo(root / "masks" / "a.png")


def _linked(target: str) -> Callable[[Path], object]:
    return lambda root: (root / "a.png").symlink_to(target)


def cases() -> list[Case]:
    """Give every folder."""
    return [
        dataset("pipe", "a named pipe", "got a named pipe, which is not opened", lambda root: os.mkfifo(root / "a.png")),
        dataset("pipe_mask", "a named pipe in a mask's place", "got a named pipe", _mask_pipe, "folder_masks"),
        dataset("pipe_listing", "a named pipe in a listing's place", "got a named pipe", lambda root: os.mkfifo(root / "all.csv"), "table", {"image": "file"}),
        dataset("socket", "a socket", "got a socket, which is not opened", _socket),
        dataset("device", "a link to a device", _LEAVES, _linked("/dev/zero")),
        dataset("out", "a link to a file outside", _LEAVES, _linked("/etc/hostname")),
        dataset("dangling", "a link to nothing", _NO_FILE, _linked("gone.png")),
        dataset("ring", "two links in a circle", "expected a path below|Too many levels", _ring),
        dataset("loop", "a link to the folder above", OK, _loop),
        dataset("folder_out", "a link to a folder outside", "outside the source", _linked("/etc")),
        dataset("folder", "a folder called x.jpg", OK, _folder_as_picture),
        dataset("deep", "1,500 folders in each other", "cannot be read|no such file|" + OK, _deep),
        dataset("vast", "a terabyte behind a sound picture", "at most 256 MiB", _vast),
    ]  # fmt: skip
