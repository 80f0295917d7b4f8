"""Is a ZIP file, as workbooks are, safe to unpack?"""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from datatools.errors import DataError
from datatools.outside.markup import refuse_declarations

MAX_UNPACKED_BYTES = 512 << 20  # a sheet of 200,000 answers is about 150 MB of XML
MAX_FILES = 10_000
_START_BYTES = 256
# What the standard library raises, by what is broken: a name, a length, a compressed part.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeDecodeError,
)
# The tape format's reader takes missing bytes for text.
BROKEN_TAR = (*BROKEN, tarfile.TarError, TypeError, ValueError)


def refuse_what_harms(path: Path, what: str) -> None:
    """Make sure that a ZIP file of XML is small, and that nothing is declared in its parts.

    Raises:
        DataError: as ``opened``, or a part declares entities.
    """
    with opened(path, what) as archive:
        for part in archive.infolist():
            with archive.open(part) as stream:
                if part.filename.endswith((".xml", ".rels")) or _is_like_markup(stream):
                    stream.seek(0)
                    refuse_declarations(stream, f"{path.name}, part {part.filename}")


def _is_like_markup(stream: IO[bytes]) -> bool:
    """Say whether a part begins as XML does, in UTF-8 or UTF-16: its name alone does not make it none."""
    start = stream.read(_START_BYTES).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<")


@contextmanager
def opened(path: Path, what: str) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP file whose parts say that they are small; reading one gives no more than it says.

    Raises:
        DataError: missing, no ZIP file, damaged, or larger than anybody fills in.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES or len(archive.infolist()) > MAX_FILES:
                raise DataError(
                    f"{path.name}: expected {what} of at most {MAX_UNPACKED_BYTES >> 20} MiB in "
                    f"{MAX_FILES} parts, got {unpacked >> 20} MiB in {len(archive.infolist())}; "
                    "split it, or hand it over as CSV"
                )
            yield archive
    except FileNotFoundError as error:
        raise DataError(f"expected {what} at {path}, there is no such file") from error
    except BROKEN as error:
        raise DataError(
            f"{path.name}: expected {what}, which is a ZIP file without a password: {error}"
        ) from error
