"""What is heavy is made once in each process, and never sent."""

import pickle
from functools import partial

from datatools.crews.per_process import PerProcess


def test_it_is_made_once() -> None:
    """When it is first asked for."""
    own: PerProcess[list[str]] = PerProcess(partial(list, "ab"))
    assert own.get() is own.get()
    assert own.get() == ["a", "b"]


def test_what_is_sent_makes_its_own() -> None:
    """The way to make it travels alone."""
    own: PerProcess[list[str]] = PerProcess(partial(list, "ab"))
    own.get().append("c")
    assert pickle.loads(pickle.dumps(own)).get() == ["a", "b"]
