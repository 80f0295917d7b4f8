"""How does long work say how far it is?

A bar with rate and time left on a terminal, a plain line every few seconds elsewhere, nothing when
quiet. Always on stderr: stdout is for results.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from datatools.outside.names import shown_lines

Style = Literal["auto", "plain", "quiet"]
Advance = Callable[[], None]

_PLAIN_INTERVAL_S = 5.0


class Progress:
    """Show the progress of stages; ``Progress("quiet")`` is the one to use from Python."""

    def __init__(self, style: Style = "auto") -> None:
        self.style: Style = "plain" if style == "auto" and not sys.stderr.isatty() else style

    def say(self, sentence: str) -> None:
        """Print one line, unless quiet."""
        if self.style != "quiet":
            print(shown_lines(sentence), file=sys.stderr, flush=True)

    @contextmanager
    def bar(self, label: str, total: int) -> Iterator[Advance]:
        """Show a bar of ``total`` steps; call what it yields once a step."""
        if self.style == "quiet" or total == 0:
            yield lambda: None
        elif self.style == "plain":
            with self._plain(label, total) as advance:
                yield advance
        else:
            with self._rich(label, total) as advance:
                yield advance

    @contextmanager
    def _plain(self, label: str, total: int) -> Iterator[Advance]:
        started = shown = time.monotonic()
        done = 0

        def advance() -> None:
            nonlocal done, shown
            done += 1
            now = time.monotonic()
            if now - shown >= _PLAIN_INTERVAL_S or done == total:
                shown = now
                rate = done / max(now - started, 1e-9)
                left_s = (total - done) / rate
                self.say(f"{label}: {done}/{total}, {rate:.1f}/s, {left_s:.0f} s left")

        yield advance

    @contextmanager
    def _rich(self, label: str, total: int) -> Iterator[Advance]:
        # Imported here: 0.1 s that only a terminal needs.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=Console(stderr=True)) as bars:
            task = bars.add_task(label, total=total, rate="")

            def advance() -> None:
                bars.advance(task)
                speed = bars.tasks[0].speed
                bars.update(task, rate=f"{speed:.1f}/s" if speed else "")

            yield advance
