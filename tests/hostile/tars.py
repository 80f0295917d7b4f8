"""Shards with paths out of them, links, headers that lie, and bombs."""

import gzip
import io
import tarfile
from collections.abc import Callable, Sequence

from tests.hostile.case import OK, Case, shard
from tests.hostile.pngs import sound

_BLOCK = 512


def _tar(
    *names: str, change: Callable[[tarfile.TarInfo], None] | None = None, form: int = tarfile.PAX_FORMAT
) -> bytes:
    """Give an archive with one picture under each name, the last entry changed."""
    stream, data = io.BytesIO(), sound()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if change is not None and name == names[-1]:
                change(info)
            archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return stream.getvalue()


def _link(kind: bytes, target: str) -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.size = kind, target, 0

    return change


def _headed(size: bytes, kind: bytes = b"0") -> bytes:
    """Give a sound picture, and a header with this size."""
    header = bytearray(_BLOCK)
    header[:5], header[124 : 124 + len(size)], header[156:157], header[257:263] = (
        b"b.png",
        size,
        kind,
        b"ustar\0",
    )
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    whole = _tar("a.png")
    return whole[: -(-len(sound()) // _BLOCK) * _BLOCK + _BLOCK] + bytes(header)


def _bomb() -> bytes:
    """Give an archive of a few hundred kilobytes that unpacks to 200 MiB."""
    info = tarfile.TarInfo("a.png")
    info.size = 200 << 20
    return gzip.compress(info.tobuf() + bytes(info.size), 9)


def _many_headers() -> bytes:
    """Give pax headers alone, one for a file that never comes, 2,000 times."""
    record = b"14 path=a.png\n"
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, len(record)
    return (info.tobuf(tarfile.USTAR_FORMAT) + record.ljust(_BLOCK, b"\0")) * 2000


def cases() -> Sequence[Case]:
    """Give every shard."""
    evil = "/../" * 3 + "evil.png"
    listed: list[tuple[str, str, str, bytes]] = [
        ("sound.tar", "a sound shard", OK, _tar("a.png", "b/c.png")),
        ("gnu.tar", "a long name as GNU writes it", OK, _tar("a" * 200 + ".png", form=tarfile.GNU_FORMAT)),
        ("climbs.tar", "a path that climbs out", r"`\.\.` is not taken", _tar("a.png", "../../evil.png")),
        (
            "climbs_within.tar",
            "a path that climbs out behind a folder",
            r"`\.\.` is not taken",
            _tar("a.png", "b" + evil),
        ),
        ("absolute.tar", "an absolute path", "an absolute path", _tar("/tmp/evil.png")),
        ("backslash.tar", "a path of another system", "of another system", _tar("..\\evil.png")),
        (
            "link.tar",
            "a symbolic link out",
            "a symbolic link is not unpacked",
            _tar("a.png", "b.png", change=_link(tarfile.SYMTYPE, "/etc/hostname")),
        ),
        (
            "link_folder.tar",
            "a link, and a file behind it",
            "a symbolic link is not unpacked",
            _tar("d", change=_link(tarfile.SYMTYPE, "/tmp"))[:_BLOCK] + _tar("d/evil.png"),
        ),
        (
            "hard_link.tar",
            "a hard link out",
            "a hard link is not unpacked",
            _tar("b.png", change=_link(tarfile.LNKTYPE, "/etc/hostname")),
        ),
        (
            "pipe.tar",
            "a named pipe",
            "a named pipe is not unpacked",
            _tar("b.png", change=_link(tarfile.FIFOTYPE, "")),
        ),
        (
            "device.tar",
            "a device",
            "a device is not unpacked",
            _tar("b.png", change=_link(tarfile.CHRTYPE, "")),
        ),
        ("twice.tar", "a name twice", "a name that came before", _tar("a.png", "a.png")),
        (
            "through.tar",
            "a file in a file",
            "a folder that came before as a file",
            _tar("a.png", "a.png/b.png"),
        ),
        (
            "escape.tar",
            "a name that clears the terminal",
            r"\\x1b\[2J.*control characters",
            _tar("\x1b[2J.png"),
        ),
        ("long.tar", "a name of 300 bytes", "expected a path of at most", _tar("a" * 300 + ".png")),
        ("deep.tar", "a path of 500 parts", "expected a path of at most", _tar("a/" * 500 + "b.png")),
        ("cut.tar", "cut within a member", "is cut off", _tar("a.png")[: _BLOCK + 20]),
        (
            "vast.tar",
            "a member of an exbibyte that is not there",
            "is cut off",
            _headed(b"\x80" + bytes(4) + b"\x0f" + b"\xff" * 6),
        ),
        ("negative.tar", "a size below nothing", "gives no size", _headed(b"\xff" * 12)),
        (
            "header.tar",
            "a long name of a gibibyte",
            "a header of 1073741824 bytes",
            _headed(b"10000000000\0", b"L"),
        ),
        (
            "sparse.tar",
            "a sparse file",
            "a sparse file is not unpacked",
            _headed(b"00000000000\0", b"S") + bytes(1024),
        ),
        ("many_headers.tar", "2,000 headers of no file", "is empty", _many_headers()),
        (
            "damaged.tar",
            "a checksum that is none",
            "is damaged after 1 files",
            _headed(b"00000000000\0")[:-_BLOCK] + b"x" * 1024,
        ),
        ("zip.tar", "a ZIP file under a shard's name", "is no tar archive", b"PK\x03\x04" + bytes(1000)),
        ("empty.tar", "nothing", "is empty", b""),
        ("bomb.tar.gz", "200 MiB of zeros in 200 KiB", "as a bomb does", _bomb()),
        (
            "cut.tar.gz",
            "a compressed shard that is cut off",
            "cut off or damaged",
            gzip.compress(_tar("a.png"))[:-200],
        ),
        ("page.tgz", "a page where a shard should be", "cut off or damaged", b"<html>404</html>"),
        ("page.tar.zst", "the same of another compression", "cut off or damaged", b"<html>404</html>"),
    ]
    return [shard(*one) for one in listed]
