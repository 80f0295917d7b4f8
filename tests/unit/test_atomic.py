"""A disk that refuses says which file it was, and the first thing that went wrong."""

import errno
import os
from pathlib import Path

import pytest

from datatools.atomic import naming, write_bytes, writing


def _refuse(code: int) -> OSError:
    return OSError(code, os.strerror(code))


def test_an_error_without_a_file_is_given_one(tmp_path: Path) -> None:
    """A write knows a number where a person needs a name."""
    with pytest.raises(OSError, match=r"No space left on device: '.*a\.csv'"), naming(tmp_path / "a.csv"):
        raise _refuse(errno.ENOSPC)


def test_an_error_that_names_its_file_keeps_it(tmp_path: Path) -> None:
    """It knows better."""
    with pytest.raises(FileNotFoundError, match=r"other\.csv"), naming(tmp_path / "a.csv"):
        (tmp_path / "other.csv").read_bytes()


def test_a_refused_sync_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before is whole."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def refuse(_: int) -> None:
        raise _refuse(errno.EIO)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match=r"a\.csv"):
        write_bytes(path, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.csv", b"old")]


@pytest.mark.parametrize("first", ["fsync", "replace"])
def test_a_clean_up_that_fails_too_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """A full disk that then refuses everything was full first."""

    def refuse(code: int) -> None:
        def refused(*_: object, **__: object) -> None:
            raise _refuse(code)

        monkeypatch.setattr(os, first if code == errno.ENOSPC else "unlink", refused)

    refuse(errno.ENOSPC)
    refuse(errno.EIO)
    with pytest.raises(OSError, match="No space left"):
        write_bytes(tmp_path / "a.csv", b"new")


def test_a_stream_becomes_the_file_when_it_ends(tmp_path: Path) -> None:
    """Before that the older one is there."""
    path = tmp_path / "below" / "a.tar"
    path.parent.mkdir()
    path.write_bytes(b"old")
    with writing(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert [(one.name, one.read_bytes()) for one in path.parent.iterdir()] == [("a.tar", b"new")]


def test_a_stream_that_is_not_ended_leaves_nothing(tmp_path: Path) -> None:
    """Whatever raised; the error of a disk names the file."""

    def write() -> None:
        with writing(tmp_path / "a.tar") as stream:
            stream.write(b"half")
            raise _refuse(errno.ENOSPC)

    with pytest.raises(OSError, match=r"a\.tar"):
        write()
    assert list(tmp_path.iterdir()) == []
