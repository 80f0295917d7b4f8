"""What happens while a verb works, and who listens?

Code tells events and spans here, by name and with facts. Listeners make of them what they like: lines of a
file (``--log FILE``, below), a trace (``tracing``). Nobody listens unless asked, and then telling costs a
microsecond. Under it all is Python's own logging: the logger ``datatools`` has every event, so that a
program that uses the toolkit as a library listens as it does elsewhere.
"""

import contextlib
import json
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

LOGGER = logging.getLogger("datatools")
LOGGER.addHandler(logging.NullHandler())  # without any, Python prints warnings and errors itself
LOG_VARIABLE = "DATATOOLS_LOG"
Fact = str | int | float | bool | None

# Who is in an address, and what is asked there, may be a secret: s3://key:secret@host, ?X-Amz-Signature=...
_WHO = re.compile(r"(?<=://)[^/\s@'\"]*@")
_QUERY = re.compile(r"(?<=[a-z0-9])(://[^\s?'\"]*)\?[^\s'\"]*", re.IGNORECASE)


class Listener(Protocol):
    """Takes part in spans, and hears events."""

    def span(self, name: str, facts: Mapping[str, Fact]) -> AbstractContextManager[object]: ...
    def event(self, name: str, facts: Mapping[str, Fact]) -> None: ...


_LISTENERS: list[Listener] = []


def without_secrets(text: str) -> str:
    """Give a text whose addresses name nobody and ask nothing."""
    return _QUERY.sub(r"\1?...", _WHO.sub("...@", text))


def event(name: str, /, *, level: int = logging.INFO, **facts: Fact) -> None:
    """Tell that something happened: a word for what, and facts that a table could hold."""
    _tell(name, facts, level)


def _tell(name: str, facts: Mapping[str, Fact], level: int = logging.INFO) -> None:
    if LOGGER.isEnabledFor(level):
        told = " ".join(f"{key}={value}" for key, value in facts.items())
        # Half a character (a name that is not UTF-8) would break whoever writes the message somewhere.
        message = without_secrets(told).encode("utf-8", "backslashreplace").decode()
        LOGGER.log(level, "%s %s", name, message, extra={"event": name, "facts": facts})
    for listener in _LISTENERS:
        listener.event(name, facts)


@contextmanager
def span(name: str, /, **facts: Fact) -> Iterator[dict[str, Fact]]:
    """Tell that something begins, and how it ended; facts that are found meanwhile go into what it yields."""
    found: dict[str, Fact] = {}
    _tell(f"{name}_started", facts)
    started = time.monotonic()
    with ExitStack() as stack:
        for listener in _LISTENERS:
            stack.enter_context(listener.span(name, facts))
        try:
            yield found
        except BaseException as error:
            why = {"error": type(error).__name__, "reason": str(error)}
            _tell(f"{name}_failed", {**facts, **found, "seconds": _since(started), **why}, logging.ERROR)
            raise
        _tell(f"{name}_finished", {**facts, **found, "seconds": _since(started)})


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Let somebody listen for a while."""
    _LISTENERS.append(listener)
    try:
        yield
    finally:
        _LISTENERS.remove(listener)


class _Lines(logging.Handler):
    """Appends one line of JSON an event; several processes may write to one file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Each line goes out in one write to the end of the file, so that those of two processes do not mix.
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def emit(self, record: logging.LogRecord) -> None:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "pid": record.process,
            "event": getattr(record, "event", "message"),
        }
        facts = getattr(record, "facts", None)
        told |= {"logger": record.name, "message": record.getMessage()} if facts is None else facts
        safe = {
            key: without_secrets(value) if isinstance(value, str) else value for key, value in told.items()
        }
        line = json.dumps(safe, ensure_ascii=True, default=str) + "\n"  # no line breaks, no control marks
        with contextlib.suppress(OSError):  # a full disk costs the log, not the work
            os.write(self._descriptor, line.encode())

    def close(self) -> None:
        os.close(self._descriptor)
        super().close()


@contextmanager
def logged_to(path: Path | None) -> Iterator[None]:
    """Append events, and other libraries' warnings, to a file; do nothing without one."""
    if path is None:
        yield
        return
    handler, root, level = _Lines(path), logging.getLogger(), LOGGER.level
    root.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        LOGGER.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def log_file(given: Path | None) -> Path | None:
    """Give the file to log to: the one given, or the environment's."""
    chosen = os.environ.get(LOG_VARIABLE)
    return given or (Path(chosen) if chosen else None)
