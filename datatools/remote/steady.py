"""How is a file of a place read to its end, though the connection breaks on the way?"""

import hashlib
from contextlib import ExitStack
from threading import Event

from datatools.remote.places import Place, Raw, Remote
from datatools.remote.trouble import PlaceError, kind_of

PAUSES_S = (0.5, 2.0, 8.0)  # before each further try
_ENOUGH_BYTES = 1 << 20  # who gets as far as this between two breaks may break as often again
_AT_ONCE = 1 << 20


class Cut(ConnectionError):  # noqa: N818  # a name for what happened
    """A connection ended before the file did."""


class Steady:
    """A file's bytes from front to back, hashed; opened again, where it was cut off, after a pause.

    ``read`` raises PlaceError once trying again makes no sense, or was tried often enough.
    """

    def __init__(self, place: Place, remote: Remote, stopped: Event) -> None:
        """Take the file, and what is set once nobody waits for it any more."""
        self._place = place
        self._remote = remote
        self._stopped = stopped
        self._hash = hashlib.sha256()
        self.n_read = 0
        self._n_tries, self._n_read_before = 0, 0
        self._stack = ExitStack()
        self._raw: Raw | None = None

    def __enter__(self) -> "Steady":
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def read(self, n_bytes: int, /) -> bytes:
        """Give at most so many bytes; none at the end."""
        while True:
            try:
                piece = self._piece(min(n_bytes, _AT_ONCE))
            # fsspec's file systems raise what the libraries below them raise.
            except Exception as error:
                self._raw = None
                self._stack.close()
                if self.n_read - self._n_read_before >= _ENOUGH_BYTES:
                    self._n_tries = 0
                if kind_of(error) != "passing" or self._n_tries >= len(PAUSES_S) or self._stopped.is_set():
                    raise PlaceError(error) from error
                self._stopped.wait(PAUSES_S[self._n_tries])
                self._n_tries, self._n_read_before = self._n_tries + 1, self.n_read
            else:
                self._hash.update(piece)
                self.n_read += len(piece)
                return piece

    def _piece(self, n_bytes: int) -> bytes:
        if self._stopped.is_set():
            raise Cut("it is no longer waited for")
        whole = self._remote.n_bytes
        if whole is not None and self.n_read >= whole:
            return b""
        if self._raw is None:
            self._raw = self._stack.enter_context(self._place.opened(self._remote, self.n_read))
        piece = self._raw.read(n_bytes if whole is None else min(n_bytes, whole - self.n_read))
        if not piece and whole is not None:
            raise Cut(f"the connection ended after {self.n_read} of {whole} bytes")
        return piece

    def drain(self) -> None:
        """Read what is left, for the hash."""
        while self.read(_AT_ONCE):
            pass

    def sha256(self) -> str:
        """Give the hash of what was read; 64 hex digits."""
        return self._hash.hexdigest()
