"""What of a shard lands in a folder, packed or not, sound or not."""

import gzip
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from datatools.remote import unpacking
from datatools.remote.local import LocalPlace
from datatools.remote.steady import Steady
from datatools.remote.unpacking import Unpacked, unpack
from tests.unit.remote.server import tar

_MEMBERS = {"a.json": b"{}", "a.png": b"1" * 3000, "sub/b.png": b"2"}


def _nobody(_: str) -> bool:
    return False


def _unpack(
    tmp_path: Path, name: str, data: bytes, is_withdrawn: Callable[[str], bool] = _nobody
) -> tuple[Unpacked, dict[str, bytes]]:
    path = tmp_path / name
    path.write_bytes(data)
    place = LocalPlace(tmp_path, [path])
    with Steady(place, place.listing()[0], threading.Event()) as source:
        done = unpack(source, name, tmp_path / "out", is_withdrawn)
        assert source.sha256() == hashlib.sha256(data).hexdigest()
    files = (file for file in (tmp_path / "out").rglob("*") if file.is_file())
    return done, {file.relative_to(tmp_path / "out").as_posix(): file.read_bytes() for file in files}


def _zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


_PACKED: dict[str, Callable[[bytes], bytes]] = {
    "x.tar": bytes,
    "x.tar.gz": gzip.compress,
    "x.tgz": gzip.compress,
    "x.tar.zst": _zstd,
}


@pytest.mark.parametrize("name", list(_PACKED))
def test_members_land_as_they_are(tmp_path: Path, name: str) -> None:
    """Also out of a compressed shard; samples are counted by their keys."""
    done, files = _unpack(tmp_path, name, _PACKED[name](tar(_MEMBERS)))
    assert files == _MEMBERS
    assert (done.n_samples, done.n_files, done.problems) == (2, 3, [])


@pytest.mark.parametrize("name", list(_PACKED))
def test_shard_that_is_cut_off_gives_what_is_whole(tmp_path: Path, name: str) -> None:
    """The rest is one line."""
    random = bytes(range(256)) * 40
    data = _PACKED[name](tar({"a.png": b"1", "b.png": hashlib.sha512(random).digest() * 4000}))
    done, files = _unpack(tmp_path, name, data[: len(data) * 2 // 3])
    assert files in ({"a.png": b"1"}, {})  # a decoder may hold back the piece that it was cut in
    assert len(done.problems) == 1
    assert done.problems[0].endswith("what comes behind is not there")


def test_file_that_is_no_shard_gives_nothing(tmp_path: Path) -> None:
    """A page that a server sends in its place, say."""
    done, files = _unpack(tmp_path, "x.tar", b"<html>" * 1000)
    assert files == {}
    assert done.problems == ["x.tar: is no tar archive; what comes behind is not there"]
    (tmp_path / "second").mkdir()
    assert (
        "compression is cut off or damaged" in _unpack(tmp_path / "second", "x.tgz", b"<html>")[0].problems[0]
    )


def test_bomb_is_left_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What grows to a hundred times its size is no picture."""
    monkeypatch.setattr(unpacking, "_FREE_BYTES", 1 << 20)
    data = gzip.compress(tar({"a.png": b"1", "b.png": bytes(20 << 20)}))
    done, files = _unpack(tmp_path, "x.tar.gz", data)
    assert files == {"a.png": b"1"}
    assert "as a bomb does" in done.problems[0]


def test_harmful_members_are_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name twice, a file where a folder is, a path out of it, a member too large; hidden ones go unsaid."""
    monkeypatch.setattr(unpacking, "MAX_MEMBER_BYTES", 5000)
    members = [
        ("a.png", b"1"),
        ("a.png", b"2"),
        ("a.png/b.png", b"3"),
        ("../evil.png", b"4"),
        (".hidden/x", b"5"),
        ("c.png", bytes(6000)),
        ("d.png", b"6"),
    ]
    done, files = _unpack(tmp_path, "x.tar", tar(members))
    assert files == {"a.png": b"1", "d.png": b"6"}
    assert [problem.partition(": ")[2][:24] for problem in done.problems] == [
        "a name that came before",
        "a folder that came befor",
        "a path with an empty par",
        "0 MiB, and 0 are the mos",
    ]
    assert not (tmp_path / "evil.png").exists()


def test_very_many_problems_are_counted(tmp_path: Path) -> None:
    """Twenty are told."""
    done, _ = _unpack(tmp_path, "x.tar", tar({f"../{number}": b"" for number in range(30)}))
    assert (done.n_problems, len(done.problems)) == (30, 20)


def test_sample_that_was_withdrawn_leaves_nothing(tmp_path: Path) -> None:
    """Its mask and facts neither, whichever of its files is known by its hash."""
    members = {"a.json": b"{}", "a.png": b"1", "a.mask.png": b"m", "b.png": b"2"}
    gone = hashlib.sha256(b"1").hexdigest()
    done, files = _unpack(tmp_path, "x.tar", tar(members), lambda sha256: sha256 == gone)
    assert files == {"b.png": b"2"}
    assert (done.n_samples, done.n_files, done.n_withdrawn) == (1, 1, 1)
