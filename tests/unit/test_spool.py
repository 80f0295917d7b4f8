"""Tasks wait in a file and come back as they were."""

from contextlib import closing
from pathlib import Path

import pytest

from datatools import spool
from datatools.spool import Spool


@pytest.mark.parametrize("size_bytes", [1, 1 << 20])
def test_tasks_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size_bytes: int) -> None:
    """By their place or several at once, from memory or from a file without a name."""
    monkeypatch.setattr(spool, "_IN_MEMORY_BYTES", size_bytes)
    tasks = [("task", number, b"x" * number) for number in range(100)]
    with closing(Spool[tuple[str, int, bytes]](tmp_path)) as waiting:
        for task in tasks:
            waiting.add(task)
        assert list(waiting) == tasks
        assert waiting[3:9:2] == tasks[3:9:2]
        waiting.keep(range(1, 100, 3))
        assert list(waiting) == tasks[1::3]
        waiting.add(tasks[0])
        assert waiting[-1] == tasks[0]
        assert list(tmp_path.iterdir()) == []


def test_an_empty_spool_is_false(tmp_path: Path) -> None:
    """As any sequence without members."""
    with closing(Spool[int](tmp_path)) as waiting:
        assert not waiting
        assert list(waiting) == []
