"""Only what is missing or stale is computed, and a run that is killed and run again ends the same."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools import tables
from datatools.derive import Batches, Derived, Item, Work, derive, outstanding
from datatools.errors import DataError, TableError, TooManyFailuresError
from datatools.journal import Journal
from datatools.progress import Progress
from datatools.records import Observation
from datatools.workspace import Workspace

TABLE = tables.OBSERVATIONS


class KilledError(BaseException):
    """Stands for the process being killed."""


def _items(n: int, parents: str = "v1") -> list[Item[int]]:
    return [Item(f"s{number:03d}", parents, number) for number in range(n)]


def _row(item: Item[int], value: str, error: str | None = None) -> Observation:
    return Observation(
        sample_id=item.key,
        check="c",
        value=value,
        parents=item.parents,
        status="ok" if error is None else "failed",
        error=error,
    )


def _work(forward: Callable[[int], str] = str) -> Work[int, int, str, Observation]:
    return Work(
        prepare=lambda number: number,
        forward=forward,
        finish=lambda item, value: [_row(item, value)],
        failed=lambda item, error: _row(item, "null", error),
    )


def _derive(
    workspace: Workspace,
    items: Sequence[Item[int]],
    work: Work[int, int, str, Observation] | None = None,
    is_intact: Callable[[Observation], bool] = lambda _: True,
) -> Derived[Observation]:
    return derive(
        workspace,
        TABLE,
        items,
        lambda: work or _work(),
        key=lambda row: row.sample_id,
        label="test",
        progress=Progress("quiet"),
        crew=None,
        is_intact=is_intact,
        threads=2,
    )


def _killed_at(number: int, before: Callable[[int], str] = str) -> Callable[[int], str]:
    def forward(subject: int) -> str:
        if subject == number:
            raise KilledError
        return before(subject)

    return forward


def _failing(which: Callable[[int], bool]) -> Callable[[int], str]:
    def forward(subject: int) -> str:
        if which(subject):
            raise DataError(f"item {subject} is broken")
        return str(subject)

    return forward


def test_every_item_becomes_a_row(workspace: Workspace) -> None:
    """In the table and in the result."""
    result = _derive(workspace, _items(5))
    assert [row.value for row in workspace.rows(TABLE)] == ["0", "1", "2", "3", "4"]
    assert (result.n_computed, result.n_kept, result.n_failed) == (5, 0, 0)


def test_a_second_run_computes_nothing(workspace: Workspace) -> None:
    """And writes the same bytes."""
    _derive(workspace, _items(5))
    before = workspace.table_file(TABLE).read_bytes()
    result = _derive(workspace, _items(5), _work(_killed_at(0)))
    assert (result.n_computed, result.n_kept) == (0, 5)
    assert workspace.table_file(TABLE).read_bytes() == before


def test_stale_rows_are_computed_again(workspace: Workspace) -> None:
    """Where the item's parents changed."""
    _derive(workspace, _items(3))
    items = _items(3)
    items[1] = replace(items[1], parents="v2")
    assert _derive(workspace, items).n_computed == 1
    assert [row.parents for row in workspace.rows(TABLE)] == ["v1", "v2", "v1"]


def test_rows_whose_file_is_gone_are_computed_again(workspace: Workspace) -> None:
    """``is_intact`` looks."""
    _derive(workspace, _items(3))
    assert _derive(workspace, _items(3), is_intact=lambda row: row.sample_id != "s001").n_computed == 1


def test_rows_of_other_items_stay(workspace: Workspace) -> None:
    """A run on a part of the samples does not forget the rest."""
    _derive(workspace, _items(4))
    result = _derive(workspace, _items(2, parents="v2"))
    assert [row.parents for row in workspace.rows(TABLE)] == ["v2", "v2", "v1", "v1"]
    assert (result.n_computed, result.n_kept, len(list(result.rows))) == (2, 0, 4)


def test_a_dry_run_names_what_would_be_computed(workspace: Workspace) -> None:
    """Exactly what derive would do."""
    _derive(workspace, _items(2))
    found = outstanding(workspace, TABLE, _items(4), key=lambda row: row.sample_id)
    assert [item.key for item in found] == ["s002", "s003"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kills=st.lists(st.integers(0, 19), max_size=3))
def test_killed_and_run_again_ends_with_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, kills: list[int]
) -> None:
    """Wherever and however often it is killed."""
    straight, halting = (Workspace(tmp_path_factory.mktemp("ws")) for _ in range(2))
    forward = _failing(lambda number: number % 7 == 3)
    _derive(straight, _items(20), _work(forward))
    for number in kills:
        with contextlib.suppress(KilledError):  # an item finished before is not reached again
            _derive(halting, _items(20), _work(_killed_at(number, forward)))
    _derive(halting, _items(20), _work(forward))
    assert halting.table_file(TABLE).read_bytes() == straight.table_file(TABLE).read_bytes()
    assert not Journal(halting, TABLE).path.exists()


def test_a_killed_run_keeps_what_was_finished(workspace: Workspace) -> None:
    """Only the items in flight are computed again."""
    with pytest.raises(KilledError):
        _derive(workspace, _items(50), _work(_killed_at(40)))
    assert not workspace.has(TABLE)
    result = _derive(workspace, _items(50))
    assert result.n_kept >= 40 - 2 * 2 - 1  # two workers, twice as many in flight
    assert result.n_computed + result.n_kept == 50
    assert [row.value for row in workspace.rows(TABLE)] == [str(number) for number in range(50)]


def _kept(journal: Journal[Observation]) -> list[str]:
    journal.read()
    return [row.sample_id for rows in journal.last() for row in rows]


def test_a_torn_last_line_of_the_journal_is_left_out(workspace: Workspace) -> None:
    """The kill may come while a line is written; the next line starts at its own beginning."""
    journal: Journal[Observation] = Journal(workspace, TABLE)
    items = _items(3)
    with journal:
        journal.append(items[0].key, [_row(items[0], "0")])
        journal.append(items[1].key, [_row(items[1], "1")])
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-10])
    assert _kept(journal) == ["s000"]
    with journal:
        journal.append(items[2].key, [_row(items[2], "2")])
    assert _kept(journal) == ["s000", "s002"]


def test_a_torn_journal_of_one_line_is_empty(workspace: Workspace) -> None:
    """Nothing was finished."""
    journal: Journal[Observation] = Journal(workspace, TABLE)
    journal.path.write_text('{"key": "s0')
    assert _kept(journal) == []
    with journal:
        pass
    assert journal.path.read_bytes() == b""


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"key": "a", "rows": [{"other": 1}]}', "[]"])
def test_a_whole_line_that_is_no_row_is_refused(workspace: Workspace, line: str) -> None:
    """Somebody else's file, or another version's: it is not taken for this table's."""
    journal: Journal[Observation] = Journal(workspace, TABLE)
    journal.path.write_text(line + "\n")
    with pytest.raises(TableError, match="no row of observations; remove the file"):
        _derive(workspace, _items(1))


@pytest.mark.parametrize("step", ["prepare", "forward", "finish"])
def test_a_failed_item_is_a_row(workspace: Workspace, step: str) -> None:
    """Whichever step failed, with the reason; the others are not harmed."""

    def broken(*_: object) -> object:
        raise DataError("cannot")

    work = replace(_work(), **{step: broken})  # type: ignore[arg-type]  # the same signature for each
    result = _derive(workspace, _items(3), work)
    assert [(row.status, row.error) for row in workspace.rows(TABLE)] == [("failed", "cannot")] * 3
    assert result.n_failed == 3


def test_failed_rows_of_a_finished_run_are_tried_again(workspace: Workspace) -> None:
    """What went wrong may be mended; what went well is kept."""
    work = _work(_failing(lambda number: number == 1))
    _derive(workspace, _items(3), work)
    result = _derive(workspace, _items(3), work)
    assert (result.n_computed, result.n_kept, result.n_failed) == (1, 2, 1)


def test_a_bug_stops_the_stage(workspace: Workspace) -> None:
    """An error that nobody raised on purpose is not a property of the item."""

    def bug(_: int) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _derive(workspace, _items(3), _work(bug))


def test_too_many_failures_stop_the_stage(workspace: Workspace) -> None:
    """More than half, and more than twenty: the cause is not in the items."""
    with pytest.raises(TooManyFailuresError, match="test: 21 of 30 items failed, the last because: item 20"):
        _derive(workspace, _items(30), _work(_failing(lambda _: True)))
    assert not workspace.has(TABLE)


def test_twenty_failures_are_tolerated(workspace: Workspace) -> None:
    """A small folder may be all broken, and each file has its row."""
    assert _derive(workspace, _items(20), _work(_failing(lambda _: True))).n_failed == 20


def test_half_failed_of_many_are_tolerated(workspace: Workspace) -> None:
    """Thirty of sixty are a row each."""
    work = _work(_failing(lambda number: number % 2 == 0))
    assert _derive(workspace, _items(60), work).n_failed == 30


def test_a_mended_cause_is_tried_again(workspace: Workspace) -> None:
    """The error says to run the same command again: failures of a stopped run are not final."""
    with pytest.raises(TooManyFailuresError):
        _derive(workspace, _items(60), _work(_failing(lambda number: number >= 10)))
    result = _derive(workspace, _items(60))
    assert result.n_failed == 0
    assert result.n_kept == 10
    assert {row.status for row in workspace.rows(TABLE)} == {"ok"}


def _in_batches(
    calls: list[list[int]], *, size: int = 4, forward: Callable[[int], str] = str
) -> Work[int, int, str, Observation]:
    """Give work that notes which items came together; tens are alike."""

    def together(prepared: Sequence[int]) -> list[str]:
        calls.append(list(prepared))
        return [forward(number) for number in prepared]

    batches: Batches[int, int, str] = Batches(
        size=lambda _: size, is_alike=lambda first, other: first // 10 == other // 10, forward=together
    )
    return replace(_work(forward), batches=batches)


def test_items_alike_go_through_in_batches(workspace: Workspace) -> None:
    """Full ones while there are enough; what differs begins a new one, a single item goes alone."""
    calls: list[list[int]] = []
    result = _derive(workspace, _items(21), _in_batches(calls, size=7))
    assert calls == [list(range(7)), [7, 8, 9], list(range(10, 17)), [17, 18, 19]]
    assert [row.value for row in workspace.rows(TABLE)] == [str(number) for number in range(21)]
    assert result.n_failed == 0


def test_a_failed_batch_is_tried_item_by_item(workspace: Workspace) -> None:
    """One broken picture does not take its neighbours along."""
    calls: list[list[int]] = []
    work = _in_batches(calls, forward=_failing(lambda number: number == 2))
    _derive(workspace, _items(6), work)
    rows = workspace.rows(TABLE)
    assert [row.sample_id for row in rows if row.status == "failed"] == ["s002"]
    assert [row.value for row in rows if row.status == "ok"] == ["0", "1", "3", "4", "5"]


def test_an_unreadable_item_leaves_its_batch(workspace: Workspace) -> None:
    """The others still go together."""

    def read(number: int) -> int:
        if number == 1:
            raise DataError("unreadable")
        return number

    calls: list[list[int]] = []
    _derive(workspace, _items(4), replace(_in_batches(calls), prepare=read))
    assert calls == [[0, 2, 3]]
    assert [row.status for row in workspace.rows(TABLE)] == ["ok", "failed", "ok", "ok"]


def test_a_run_killed_in_a_batch_ends_the_same(workspace: Workspace) -> None:
    """What was finished before is kept; the rest is computed again."""
    with pytest.raises(KilledError):
        _derive(workspace, _items(9), _in_batches([], forward=_killed_at(6)))
    _derive(workspace, _items(9), _in_batches([]))
    assert [row.value for row in workspace.rows(TABLE)] == [str(number) for number in range(9)]
