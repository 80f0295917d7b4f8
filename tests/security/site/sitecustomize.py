"""In every Python process that starts with this folder on its path: no way out, and a list of who tried.

Whoever reaches for an address that is not a file of this machine gets an error, and a line in the file
that ``TRIED`` names. Sockets between processes (AF_UNIX) stay.
"""

import os
import socket
import traceback
from pathlib import Path
from typing import Any

_FILE = os.environ["TRIED"]
_connect, _connect_ex, _sendto = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto


def _refused(what: str, where: object) -> OSError:
    with Path(_FILE).open("a") as stream:
        stream.write(f"{what} {where!r}\n{''.join(traceback.format_stack(limit=8))}\n")
    return OSError(101, "Network is unreachable")


def _guarded(name: str, work: Any) -> Any:
    def instead(self: socket.socket, *given: Any) -> Any:
        if self.family != socket.AF_UNIX:
            raise _refused(name, given[-1])
        return work(self, *given)

    return instead


def _no_names(*given: Any, **named: Any) -> Any:
    raise _refused("getaddrinfo", (given, named))


socket.socket.connect = _guarded("connect", _connect)  # type: ignore[method-assign]
socket.socket.connect_ex = _guarded("connect_ex", _connect_ex)  # type: ignore[method-assign]
socket.socket.sendto = _guarded("sendto", _sendto)  # type: ignore[method-assign]
socket.getaddrinfo = _no_names
