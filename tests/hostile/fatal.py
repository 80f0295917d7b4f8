"""An inspector whose decoder dies of some files, in a module because workers import it."""

import ctypes

from datatools.outside import containers
from datatools.readers._inspect import Inspector, Seen
from datatools.records import Sample

FATAL = b"this file reads from address zero"
_check = containers.check


def _die(data: bytes) -> None:
    if data.startswith(FATAL):
        ctypes.string_at(0)  # a segmentation fault, as a broken decoder gives it
    _check(data)


class FatalInspector(Inspector):
    """Inspects entries with that decoder."""

    __slots__ = ()

    def inspect(self, seen: Seen, decoder: str | None = None) -> Sample:
        """Inspect an entry."""
        containers.check = _die
        try:
            return super().inspect(seen, decoder)
        finally:
            containers.check = _check
