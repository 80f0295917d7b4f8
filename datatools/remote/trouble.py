"""What went wrong at a place of somebody else's, is it worth another try, and what does the user do?"""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Literal
from urllib.error import HTTPError, URLError

from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.outside.names import shown
from datatools.remote.addresses import redacted
from datatools.remote.places import Changed

Kind = Literal["missing", "refused", "changed", "passing", "other"]

_MISSING_CODES, _REFUSED_CODES = {404, 410}, {401, 403, 407}
_PASSING_CODES = {408, 425, 429, 500, 502, 503, 504}
# Arrow's S3 and Google clients tell by text alone; these are words of their errors.
_MISSING = re.compile(
    r"NO_SUCH_BUCKET|NO_SUCH_KEY|RESOURCE_NOT_FOUND|NOT_FOUND|HTTP status 404|not found", re.I
)
_REFUSED = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY|SIGNATURE_DOES_NOT_MATCH|EXPIRED|UNAUTHENTICATED|PERMISSION_DENIED"
    r"|HTTP status 40[13]|credentials",
    re.I,
)
_PASSING = re.compile(
    r"NETWORK_CONNECTION|SLOW_DOWN|THROTTL|SERVICE_UNAVAILABLE|INTERNAL_FAILURE|REQUEST_TIMEOUT|UNAVAILABLE"
    r"|DEADLINE_EXCEEDED|timeout|timed out|could ?n[o']t connect|couldn't resolve|HTTP status 5",
    re.I,
)
_MOST_CHARACTERS = 300


class PlaceError(Exception):
    """What a place raised: told from an error of this machine's disk."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def kind_of(error: BaseException) -> Kind:
    """Say what an error of a place means."""
    if isinstance(error, PlaceError):
        return kind_of(error.error)
    if isinstance(error, Changed):
        return "changed"
    if isinstance(error, HTTPError):
        return _of_code(error.code)
    if isinstance(error, URLError) and isinstance(error.reason, BaseException):
        return kind_of(error.reason)
    if isinstance(error, ssl.SSLCertVerificationError):
        return "other"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "missing"
    if isinstance(error, PermissionError):
        return "refused"
    if isinstance(error, TimeoutError | ConnectionError | HTTPException | socket.gaierror | ssl.SSLError):
        return "passing"
    return _of_text(str(error)) if isinstance(error, OSError) else "other"


def _of_code(code: int) -> Kind:
    if code in _MISSING_CODES:
        return "missing"
    if code in _REFUSED_CODES:
        return "refused"
    return "passing" if code in _PASSING_CODES else "other"


def _of_text(text: str) -> Kind:
    if _REFUSED.search(text):
        return "refused"
    if _PASSING.search(text):
        return "passing"
    return "missing" if _MISSING.search(text) else "other"


def reason(error: BaseException) -> str:
    """Give what an error says, on one line, without secrets."""
    if isinstance(error, PlaceError):
        return reason(error.error)
    if isinstance(error, HTTPError):
        return f"the server answers {error.code} {shown(str(error.reason))}".strip()
    if isinstance(error, URLError):
        error = error.reason if isinstance(error.reason, BaseException) else error
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return shown(redacted(" ".join(text.split())))[:_MOST_CHARACTERS]


def explained(error: BaseException, address: str) -> DatatoolsError:
    """Give an error of ours that says what is wrong with an address, and what to do."""
    if isinstance(error, PlaceError):
        return explained(error.error, address)
    if isinstance(error, DatatoolsError):
        return error
    where, why, kind = redacted(address), reason(error), kind_of(error)
    if kind == "missing":
        return UsageError(f"{where}: there is nothing ({why}): check the address, bucket and folder")
    if kind == "refused":
        return UsageError(
            f"{where}: reading it is refused ({why}): give credentials as your provider's tools take them "
            "(variables of the environment, files), or, of a public bucket, write s3://anonymous@BUCKET"
        )
    if kind == "passing":
        return DataError(
            f"{where}: cannot be reached ({why}): check the network, and give the same command again to go on"
        )
    if isinstance(error, ImportError | ValueError):
        return UsageError(f"{where}: addresses of this kind cannot be opened: {why}")
    return DataError(f"{where}: cannot be read: {why}")


@contextmanager
def telling(address: str) -> Iterator[None]:
    """Turn whatever a place raises in the block into an error of ours.

    Raises:
        UsageError: nothing there, not allowed, or a protocol that nobody here speaks.
        DataError: it cannot be reached, or breaks off.
    """
    try:
        yield
    # fsspec's file systems raise what the libraries below them raise.
    except Exception as error:
        raise explained(error, address) from error
