"""A stage says what it set out to do, for as long as it works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from datatools import announced, tables
from datatools.derive import Item, Work, derive
from datatools.overview.under_way import Step, Watcher
from datatools.progress import Progress
from datatools.records import Observation
from datatools.workspace import Workspace


class _Watched(Progress):
    """Looks at the workspace at every step, as somebody else would."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("quiet")
        self.seen: list[Step] = []
        self._watcher = Watcher(workspace)

    @contextmanager
    def bar(self, label: str, total: int) -> Iterator[Callable[[], None]]:
        def advance() -> None:
            self.seen += [step for running in self._watcher.look() for step in running.steps]

        yield advance


def _row(item: Item[int], value: str) -> Observation:
    return Observation(
        sample_id=item.key, check="c", value=value, parents=item.parents, status="ok", error=None
    )


def _derive(workspace: Workspace, n: int) -> list[Step]:
    progress = _Watched(workspace)
    work: Work[int, int, str, Observation] = Work(
        prepare=lambda number: number,
        forward=str,
        finish=lambda item, value: [_row(item, value)],
        failed=_row,
    )
    with workspace.locks.hold(["observations"], "check"):
        derive(
            workspace,
            tables.OBSERVATIONS,
            [Item(f"s{number}", "v1", number) for number in range(n)],
            lambda: work,
            key=lambda row: row.sample_id,
            label="check",
            progress=progress,
            crew=None,
        )
    return progress.seen


def test_whoever_looks_on_sees_every_item_come(workspace: Workspace) -> None:
    """Also in a second run, which has only the new ones to do; then nothing is left to see."""
    assert [(step.label, step.n_done, step.n_todo) for step in _derive(workspace, 3)] == [
        ("check", 1, 3),
        ("check", 2, 3),
        ("check", 3, 3),
    ]
    assert [(step.n_done, step.n_todo) for step in _derive(workspace, 5)] == [(1, 2), (2, 2)]
    assert announced.read(workspace) == {}
    assert _derive(workspace, 5) == []
