"""Does a sitting never go back to where it stood when an event began?"""

import threading
import time

import pytest

from datatools.browse import sittings, turns


def begun() -> turns.Turn:
    """Give a sitting that begins."""
    return turns.begin("ann01", ["perceived_gender:gender@1"], [])


def test_an_older_place_gives_way_to_the_newer() -> None:
    """An event that began before an answer goes on from after it."""
    before = sittings.stepped(begun())
    after = sittings.stepped(before.model_copy(update={"n_given": 1}))
    assert sittings.newest(before) == after


def test_an_unknown_sitting_stands_where_its_browser_says() -> None:
    """A server that was started anew knows nothing."""
    turn = begun().model_copy(update={"step": 7, "n_given": 6})
    assert sittings.newest(turn) == turn


def test_a_browser_that_is_further_is_right() -> None:
    """Another server process took the events in between."""
    here = sittings.stepped(begun())
    there = here.model_copy(update={"step": 9})
    assert sittings.newest(there) == there


def test_sittings_do_not_meet() -> None:
    """Each goes on by itself."""
    one, other = sittings.stepped(begun()), sittings.stepped(begun())
    assert (sittings.newest(one), sittings.newest(other)) == (one, other)


def test_a_server_remembers_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was touched last stays."""
    monkeypatch.setattr(sittings, "_MOST", 2)
    old = begun()
    sittings.stepped(old)
    for _ in range(2):
        with sittings.alone(sittings.stepped(begun()).session):
            pass
    assert sittings.newest(old) == old


def test_events_of_a_sitting_follow_each_other() -> None:
    """The second begins when the first is done; another sitting's does not wait."""
    said: list[str] = []

    def second() -> None:
        with sittings.alone("a"):
            said.append("second")

    with sittings.alone("a"):
        thread = threading.Thread(target=second)
        thread.start()
        with sittings.alone("b"):
            said.append("another")
        time.sleep(0.05)
        said.append("first")
    thread.join()
    assert said == ["another", "first", "second"]
