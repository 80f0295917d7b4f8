"""How are single files read from a web server, in parts where it breaks off?

A redirection is followed to another host, as archives of data sets answer with one, but never from https to
http, never from elsewhere to this machine or its network, and never with a password.
"""

import base64
import ipaddress
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPMessage, HTTPResponse
from typing import IO, cast
from urllib import request
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit, urlunsplit

from datatools.errors import UsageError
from datatools.remote.addresses import redacted
from datatools.remote.places import Changed, Raw, Remote

_TIMEOUT_S = 60.0
_MOST_REDIRECTIONS = 5
_N_AT_ONCE = 4
_SKIPPED_AT_ONCE = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")
_OK, _PART = 200, 206


class _Redirections(request.HTTPRedirectHandler):
    """Follows a redirection where that is harmless."""

    max_redirections = _MOST_REDIRECTIONS
    max_repeats = _MOST_REDIRECTIONS

    def redirect_request(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> request.Request | None:
        there, here = urlsplit(newurl), urlsplit(req.full_url)
        if there.scheme != "https" and there.scheme != here.scheme:
            raise UsageError(f"{redacted(req.full_url)}: refused to be sent on from https to {there.scheme}")
        if _is_inner(there.hostname) and not _is_inner(here.hostname):
            raise UsageError(
                f"{redacted(req.full_url)}: refused to be sent on to {there.hostname}, which is this "
                "machine's own network"
            )
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and there.netloc.rpartition("@")[2] != here.netloc:
            following.remove_header("Authorization")
        return following


def _is_inner(host: str | None) -> bool:
    if host is None or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _opener() -> request.OpenerDirector:
    """Give what asks servers; built by hand, so that no redirection leads to a file or to ftp."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPDefaultErrorHandler(),
        _Redirections(),
        request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


class WebPlace:
    """Files that addresses on a web server name, one by one: a server has no listing."""

    n_at_once = _N_AT_ONCE

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._opener = _opener()

    def listing(self) -> list[Remote]:
        """Ask for the size of each file; one that is not there stays listed, without a size.

        Raises:
            HTTPError: the server answers so for every file.
            URLError: there is no such server.
        """
        with ThreadPoolExecutor(self.n_at_once) as pool:
            found = list(pool.map(self._looked_at, self._addresses))
        errors = [one for one in found if isinstance(one, HTTPError)]
        if len(errors) == len(found):
            raise errors[0]
        return sorted(
            Remote(name=_file_name(address), where=address) if isinstance(one, HTTPError) else one
            for address, one in zip(self._addresses, found, strict=True)
        )

    def _looked_at(self, address: str) -> Remote | HTTPError:
        """Ask for one byte: an address that is signed for reading answers to nothing else."""
        try:
            with self._asked(address, {"Range": "bytes=0-0"}) as answer:
                return Remote(
                    name=_file_name(address), n_bytes=_whole(answer), mark=_mark(answer), where=address
                )
        except HTTPError as error:
            error.close()
            return error

    @contextmanager
    def opened(self, remote: Remote, start: int) -> Iterator[Raw]:
        """Open a file at a byte; where the server cannot begin there, what lies before is passed over.

        Raises:
            Changed: it is another file than was listed.
        """
        with self._asked(remote.where, {"Range": f"bytes={start}-"} if start else {}) as answer:
            found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range") or "")
            began = int(found[1]) if answer.status == _PART and found else 0
            is_other = remote.mark is not None and _mark(answer) != remote.mark
            if is_other or began > start or (start and remote.mark is None and began != start):
                raise Changed("it is another file than a moment ago")
            skipped = began
            while skipped < start:
                piece = answer.read(min(start - skipped, _SKIPPED_AT_ONCE))
                if not piece:
                    raise ConnectionError(f"the connection ended before byte {start}")
                skipped += len(piece)
            yield answer

    @contextmanager
    def _asked(self, address: str, headers: dict[str, str]) -> Iterator[HTTPResponse]:
        parts = urlsplit(address)
        who, _, host = parts.netloc.rpartition("@")
        asked = request.Request(  # noqa: S310  # the opener knows http and https alone
            urlunsplit((parts.scheme, host, parts.path, parts.query, "")),
            headers={"User-Agent": "portrait-datatools", "Accept-Encoding": "identity", **headers},
        )
        if who:
            word = base64.b64encode(unquote(who).encode()).decode()
            asked.add_header("Authorization", f"Basic {word}")
        with cast("HTTPResponse", self._opener.open(asked, timeout=_TIMEOUT_S)) as answer:
            yield answer


def _whole(answer: HTTPResponse) -> int | None:
    """Give the size of the whole file."""
    if answer.status == _PART:
        found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range") or "")
        return int(found[2]) if found and found[2] != "*" else None
    length = answer.headers.get("Content-Length") or ""
    return int(length) if answer.status == _OK and length.isdecimal() and len(length) < 19 else None


def _mark(answer: HTTPResponse) -> str | None:
    return answer.headers.get("ETag") or answer.headers.get("Last-Modified")


def _file_name(address: str) -> str:
    return unquote(urlsplit(address).path).rpartition("/")[2]
