"""Which XML from outside is read, and which text can XML hold?

A document type declaration is refused before anything is parsed: entities are declared there, and a
few of them grow without bound or name files of this machine. No format read here has one.
"""

import re
from typing import IO
from xml.parsers import expat

from datatools.errors import DataError

_CHUNK_BYTES = 1 << 16
# What XML 1.0 has no place for, and the carriage return, which its parsers turn into a line feed.
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class _RootFoundError(Exception):
    """The document has begun: no declaration can follow."""


def refuse_declarations(stream: IO[bytes], name: str) -> None:
    """Read an XML document up to its root element.

    Raises:
        DataError: a document type is declared, or there is no root element.
    """
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise DataError(
            f"{name}: expected XML without a document type declaration (<!DOCTYPE ...>), which can "
            "make a small file huge; export the file anew"
        )

    def stop(*_: object) -> None:
        raise _RootFoundError

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except _RootFoundError:
        return
    # The last two: an encoding that Python does not know, or of several bytes a character.
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise DataError(f"{name}: not readable as XML: {error}") from error
