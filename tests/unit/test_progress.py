"""Progress goes to stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

import sys

import pytest

from datatools.progress import Progress, Style


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let time pass only by adding to the list's number."""
    now = [0.0]
    monkeypatch.setattr("datatools.progress.time.monotonic", lambda: now[0])
    return now


def test_quiet_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither lines nor bars."""
    progress = Progress("quiet")
    progress.say("hello")
    with progress.bar("work", 2) as advance:
        advance()
        advance()
    assert capsys.readouterr() == ("", "")


def test_a_line_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout is for results."""
    Progress("plain").say("hello")
    assert capsys.readouterr() == ("", "hello\n")


def test_plain_lines_come_every_few_seconds_with_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    """And one at the end."""
    with Progress("plain").bar("segment", 100) as advance:
        for _ in range(100):
            clock[0] += 0.5
            advance()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "segment: 10/100, 2.0/s, 45 s left"
    assert lines[-1] == "segment: 100/100, 2.0/s, 0 s left"
    assert len(lines) == 10


@pytest.mark.parametrize("style", ["plain", "auto", "quiet"])
def test_nothing_to_do_shows_no_bar(capsys: pytest.CaptureFixture[str], style: Style) -> None:
    """A bar of no steps would never end."""
    with Progress(style).bar("segment", 0):
        pass
    assert capsys.readouterr().err == ""


def test_auto_is_plain_where_there_is_no_terminal() -> None:
    """As in a log file."""
    assert Progress("auto").style == "plain"


def test_auto_is_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the label, the count and the rate."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    progress = Progress("auto")
    assert progress.style == "auto"
    with progress.bar("segment", 3) as advance:
        for _ in range(3):
            advance()
    shown = capsys.readouterr().err
    assert "segment" in shown
    assert "3/3" in shown


@pytest.mark.parametrize("style", ["plain", "auto", "quiet"])
def test_an_error_passes_through_a_bar(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress hides nothing."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with pytest.raises(ValueError, match="broken"), Progress(style).bar("segment", 3):
        raise ValueError("broken")
