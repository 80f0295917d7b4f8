"""What a tar archive gives, whoever wrote it and whatever its headers say."""

import contextlib
import io
import random
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools.errors import DataError
from datatools.outside import tapes
from datatools.outside.tapes import Tape, wrong_with


def _tar(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def _odd(change: Callable[[tarfile.TarInfo], None]) -> bytes:
    """Give an archive with one odd entry between two sound ones."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in ("a", "odd", "b"):
            info = tarfile.TarInfo(name)
            if name == "odd":
                change(info)
            archive.addfile(info, io.BytesIO(b""))
    return stream.getvalue()


def _header(name: bytes, size: bytes, kind: bytes = b"0") -> bytes:
    """Give a header of our own making, with the right checksum."""
    header = bytearray(512)
    header[: len(name)] = name
    header[124 : 124 + len(size)] = size
    header[156:157] = kind
    header[257:263] = b"ustar\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def _read(data: bytes) -> dict[str, bytes]:
    tape = Tape(io.BytesIO(data), "x.tar")
    return {member.name: b"".join(tape.pieces()) for member in tape if member.problem is None}


def _problems(data: bytes) -> list[str]:
    return [member.problem for member in Tape(io.BytesIO(data), "x.tar") if member.problem is not None]


_NAMES = st.text("abcdefgh-_é漢", min_size=1, max_size=120)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(_NAMES, st.binary(max_size=1500), max_size=5),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_members_are_those_of_pythons_reader(files: dict[str, bytes], form: int) -> None:
    """Names in any script and of any length, and all bytes, come back from both common formats."""
    named = {name[:240] if len(name.encode()) < 240 else name[:80]: data for name, data in files.items()}
    assert _read(_tar(*named.items(), form=form)) == named


def test_long_names_come_from_the_old_format_too() -> None:
    """POSIX of 1988 keeps a name's beginning in another field."""
    name = "/".join(["d" * 60] * 3)
    assert _read(_tar((name, b"x"), form=tarfile.USTAR_FORMAT)) == {name: b"x"}


def test_members_that_nobody_reads_are_passed_over() -> None:
    """Also when a piece of one was read."""
    tape = Tape(io.BytesIO(_tar(("a", b"1" * 3000), ("./b", b"2"))), "x.tar")
    assert [member.name for member in tape] == ["a", "b"]


def test_folders_are_no_members() -> None:
    """Not those that say so, nor the old ones whose name ends so."""
    data = _odd(lambda info: setattr(info, "type", tarfile.DIRTYPE))
    assert set(_read(data)) == {"a", "b"}
    assert _read(_header(b"old/", b"0") + bytes(1024)) == {}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
        (tarfile.FIFOTYPE, "a named pipe"),
        (tarfile.GNUTYPE_SPARSE, "a sparse file"),
        (b"D", "an entry of the kind"),
    ],
)
def test_what_is_no_file_is_named_and_passed_over(kind: bytes, told: str) -> None:
    """A link or a device is never made; its neighbours come."""
    data = _odd(lambda info: setattr(info, "type", kind))
    assert [told in problem for problem in _problems(data)] == [True]
    assert set(_read(data)) == {"a", "b"}


def test_sparse_files_of_pax_are_refused() -> None:
    """A few bytes would be a file of gigabytes."""
    data = _odd(lambda info: setattr(info, "pax_headers", {"GNU.sparse.major": "1"}))
    assert _problems(data) == ["odd: a sparse file is not unpacked"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("/etc/passwd", "an absolute path"),
        ("C:/x", "an absolute path"),
        ("a\\b", "of another system"),
        ("../x", "`..`"),
        ("a/../../x", "`..`"),
        ("a//b", "an empty part"),
        ("", "an empty part"),
        ("a/./b", "`.`"),
        ("x" * 256, "expected a path of at most"),
        ("a/" * 40 + "b", "expected a path of at most"),
        ("é" * 128, "expected a path of at most"),
        ("a\x1b[2Jb", "control characters"),
        ("caf\udce9", "not UTF-8"),
    ],
)
def test_harmful_name_is_told(name: str, told: str) -> None:
    """Nothing leaves the folder, and nothing is written under a name that cannot be shown."""
    assert told in str(wrong_with(name))


@pytest.mark.parametrize("name", ["a.jpg", "a/b.c/d.png", "x" * 255, "..a/b..", "漢字/é"])
def test_harmless_name_is_taken(name: str) -> None:
    """Also a long one, and one with dots."""
    assert wrong_with(name) is None


def test_name_of_a_member_is_judged() -> None:
    """The reason comes with the member, whose neighbours come."""
    data = _tar(("a", b"1"), ("../../evil", b"2"), ("b", b"3"))
    assert _read(data) == {"a": b"1", "b": b"3"}
    assert _problems(data) == ["../../evil: a path with an empty part, `.` or `..` is not taken"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"PK\3\4" + bytes(600), "is no tar archive"),
        (b"short", "is cut off after 0 files"),
        (_tar(("a", b"1"))[:1024] + b"garbage" * 100, "is damaged after 1 files"),
        (_tar(("a", b"1"))[:1024] + b"x" * 100, "is cut off after 1 files"),
        (_tar(("a", b"1" * 2000))[:1500], "before the end of a file"),
        (_tar(("a", b"1" * 2000))[:2512], "is cut off"),
        (_header(b"a", b"notanumber!!"), "gives no size"),
        (_header(b"a", b"\x80" + b"\xff" * 11), "gives no size"),
        (_header(b"x", b"%011o" % (1 << 20), b"L"), "a header of 1048576 bytes"),
        (_header(b"x", b"%011o" % 100, b"x") + bytes(20), "is cut off"),
    ],
)
def test_broken_archive_is_told(data: bytes, told: str) -> None:
    """What came before is whole; the rest is one sentence."""
    with pytest.raises(DataError, match=told):
        _read(data)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b"99 path=x\n", "a header of pax that is none"),
        (b"2 \n", "a header of pax that is none"),
        (b"x path=x\n", "a header of pax that is none"),
        (b"12 path=abcd", "a header of pax that is none"),
        (b"11 size=-5\n", "whose size is no number"),
        (b"29 size=99999999999999999999\n", "whose size is no number"),
    ],
)
def test_broken_pax_header_is_told(record: bytes, told: str) -> None:
    """Its lengths and sizes are looked at before they are believed."""
    data = _header(b"x", b"%011o" % len(record), b"x") + record.ljust(512, b"\0") + _header(b"a", b"0")
    with pytest.raises(DataError, match=told):
        _read(data)


def test_size_of_a_pax_header_counts() -> None:
    """As writers do for files of more than 8 GiB."""
    record = b"10 size=3\n"
    data = _header(b"x", b"%011o" % len(record), b"x") + record.ljust(512, b"\0")
    assert _read(data + _header(b"a", b"0") + b"abc".ljust(512, b"\0") + bytes(1024)) == {"a": b"abc"}


def test_size_in_base_256_counts() -> None:
    """As GNU tar writes it; the headers for all files, and of links, are passed over."""
    data = _header(b"g", b"%011o" % 3, b"g") + b"abc".ljust(512, b"\0")
    data += _header(b"k", b"%011o" % 3, b"K") + b"abc".ljust(512, b"\0")
    data += _header(b"a", b"\x80" + bytes(10) + b"\3") + b"abc".ljust(512, b"\0")
    assert _read(data + bytes(1024)) == {"a": b"abc"}


def test_absurdly_many_members_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would be a file on the disk."""
    monkeypatch.setattr(tapes, "MAX_MEMBERS", 2)
    with pytest.raises(DataError, match="holds more than 2 files"):
        _read(_tar(("a", b""), ("b", b""), ("c", b"")))


def test_archive_changed_anywhere_gives_files_or_one_error() -> None:
    """Two thousand broken archives: nothing but members and DataError."""
    rng = random.Random(0)
    sound = _tar(("a.json", b"{}"), ("a" * 150, b"1" * 700), ("漢.png", b"2" * 10))
    for _ in range(2000):
        data = bytearray(sound)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with contextlib.suppress(DataError):
            _read(bytes(data[: rng.choice((len(data), rng.randrange(len(data))))]))


def test_a_source_that_can_skip_is_not_read_through() -> None:
    """The members are the same, and of their bytes none are read but what somebody asks for."""
    data = _tar(("a", b"x" * 3000), ("b", b""), ("c", b"y" * 10))
    stream, skipped = io.BytesIO(data), list[int]()

    def skip(n_bytes: int) -> None:
        skipped.append(n_bytes)
        stream.seek(n_bytes, io.SEEK_CUR)

    tape = Tape(stream, "x.tar", skip=skip)
    found = [(member.name, b"".join(tape.pieces()) if member.name == "c" else None) for member in tape]
    assert found == [("a", None), ("b", None), ("c", b"y" * 10)]
    assert skipped == [3000, 0, 0]
