"""Is what happens told once, whole, without secrets, and to nobody unasked?"""

import json
import logging
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from datatools import telemetry
from datatools.cli import main
from datatools.telemetry import Fact, event, logged_to, span, without_secrets
from tests.pictures import write_people


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


class _Heard:
    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def _span(self, name: str) -> Iterator[None]:
        self.told.append(f"> {name}")
        yield
        self.told.append(f"< {name}")

    def span(self, name: str, facts: Mapping[str, Fact]) -> AbstractContextManager[object]:
        return self._span(name)

    def event(self, name: str, facts: Mapping[str, Fact]) -> None:
        self.told.append(name)


def test_an_event_is_a_line_with_its_facts(tmp_path: Path) -> None:
    """Time, level, process, the word, and the facts as they are."""
    with logged_to(tmp_path / "log.jsonl"):
        event("item_failed", level=logging.WARNING, table="masks", item="a1", n=3)
    (line,) = _lines(tmp_path / "log.jsonl")
    time_of, pid = line.pop("time"), line.pop("pid")
    assert line == {"level": "warning", "event": "item_failed", "table": "masks", "item": "a1", "n": 3}
    assert str(time_of).endswith("+00:00")
    assert pid == os.getpid()


def test_a_span_says_how_it_ended(tmp_path: Path) -> None:
    """One that ended well has what was found; one that did not has the error."""
    with logged_to(tmp_path / "log.jsonl"):
        with span("run", stage="check") as found:
            found["number"] = 7
        with pytest.raises(ValueError, match="no"), span("run", stage="refine"):
            raise ValueError("no")
    _, finished, _, failed = _lines(tmp_path / "log.jsonl")
    assert (finished["event"], finished["stage"], finished["number"]) == ("run_finished", "check", 7)
    assert (failed["event"], failed["error"], failed["reason"]) == ("run_failed", "ValueError", "no")
    assert isinstance(failed["seconds"], float)


def test_nothing_is_written_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a log, not even errors of events reach the screen."""
    with logged_to(None):
        event("x_failed", level=logging.ERROR)
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_the_log_ends_with_its_block(tmp_path: Path) -> None:
    """What is told afterwards is not in the file."""
    with logged_to(tmp_path / "log.jsonl"):
        event("inside")
    event("outside")
    assert [line["event"] for line in _lines(tmp_path / "log.jsonl")] == ["inside"]


def test_warnings_of_libraries_are_kept(tmp_path: Path) -> None:
    """A warning that would be lost on a screen stands in the log."""
    with logged_to(tmp_path / "log.jsonl"), warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("odd weather", stacklevel=1)
    assert any("odd weather" in str(line.get("message")) for line in _lines(tmp_path / "log.jsonl"))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("s3://key:secret@bucket/a.png", "s3://...@bucket/a.png"),
        ("got https://h.org/x?X-Amz-Signature=abc&y=1: 403", "got https://h.org/x?... 403"),
        ("mongodb://u:p@127.0.0.1:27017/?authSource=admin", "mongodb://...@127.0.0.1:27017/?..."),
        ("is this a question? yes", "is this a question? yes"),
        ("file:///a/b.png", "file:///a/b.png"),
    ],
)
def test_addresses_keep_no_secret(text: str, safe: str) -> None:
    """Who logs in, and what a signed address asks, are left out; other text stays."""
    assert without_secrets(text) == safe


def test_the_log_holds_no_secret(tmp_path: Path) -> None:
    """Facts, and what other libraries log, pass the same sieve."""
    with logged_to(tmp_path / "log.jsonl"):
        event("read_failed", reason="s3://key:hunter2@bucket/a")
        logging.getLogger("some.library").warning("retrying https://u:hunter2@h/x?token=hunter2")
    assert "hunter2" not in (tmp_path / "log.jsonl").read_text()


def test_a_line_is_a_line(tmp_path: Path) -> None:
    """A name with a line break, a bell or half a character does not break the log."""
    with logged_to(tmp_path / "log.jsonl"):
        event("item_failed", reason="a\nb\x07\x1b[31m\udc80\u202e")
    text = (tmp_path / "log.jsonl").read_bytes()
    assert text.count(b"\n") == 1
    assert text.isascii()
    assert b"\x1b" not in text


def test_listeners_take_part(tmp_path: Path) -> None:
    """A listener is inside a span while that lasts, and hears events in their order."""
    heard = _Heard()
    with telemetry.heard_by(heard), span("run"):
        event("middle")
    event("later")
    assert heard.told == ["run_started", "> run", "middle", "run_finished", "< run"]


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    """Lines of several writers stand beside each other, none within another."""
    code = (
        "import sys; from pathlib import Path; from datatools.telemetry import event, logged_to\n"
        "with logged_to(Path(sys.argv[1])):\n"
        "    for i in range(300): event('line', text='x' * 500, i=i)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "log.jsonl")]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert sum(line["event"] == "line" for line in _lines(tmp_path / "log.jsonl")) == 600


def test_a_verb_is_logged(tmp_path: Path) -> None:
    """The command line's --log: what began, what failed and why, how it ended."""
    write_people(tmp_path / "people", 2)
    log, root = tmp_path / "log.jsonl", tmp_path / "ws"
    common = ["--workspace", str(root), "--log", str(log), "--quiet"]
    assert main(["ingest", "--source", str(tmp_path / "people"), *common]) == 0
    assert main(["segment", "--teachers", "nobody", *common]) == 2
    lines = _lines(log)
    of_ingest = [line["event"] for line in lines if line.get("verb") == "ingest"]
    assert of_ingest == ["verb_started", "verb_finished"]
    assert lines[-1]["event"] == "verb_failed"
    assert "nobody" in str(lines[-1]["reason"])


def test_the_environment_names_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DATATOOLS_LOG does what --log does; the flag is stronger."""
    monkeypatch.setenv(telemetry.LOG_VARIABLE, str(tmp_path / "a.jsonl"))
    assert telemetry.log_file(None) == tmp_path / "a.jsonl"
    assert telemetry.log_file(tmp_path / "b.jsonl") == tmp_path / "b.jsonl"


def test_telling_nobody_is_cheap() -> None:
    """A hundred thousand events that nobody hears take well under a second."""
    started = time.perf_counter()
    for _ in range(100_000):
        event("x", a=1)
    assert time.perf_counter() - started < 2
