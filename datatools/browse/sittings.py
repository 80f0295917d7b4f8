"""What is the newest that is known of each sitting?

The browser sends with every event where the panel stood when the event began. Events overlap: while an answer
is on its way the App says, for instance, that its view changed, and sends along where the panel stood before
the answer. What was computed from that and comes back later would put the panel back. So this server
remembers where each sitting stands, takes its events one after the other, and lets none begin at an older
place. When the server ends it forgets, and what the browser sends is the newest again.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from datatools.browse.turns import Turn

_MOST = 1000  # sittings that are remembered; older ones go on from what their browser sends

_newest: "OrderedDict[str, Turn]" = OrderedDict()
_locks: "OrderedDict[str, threading.RLock]" = OrderedDict()
_guard = threading.Lock()


@contextmanager
def alone(session: str) -> Iterator[None]:
    """Let one event of a sitting follow the other."""
    with _guard:
        lock = _locks.setdefault(session, threading.RLock())
        _locks.move_to_end(session)
        while len(_locks) > _MOST:
            _locks.popitem(last=False)
    with lock:
        yield


def newest(turn: Turn) -> Turn:
    """Give where a sitting stands: what the browser sent, or what is known here where that is newer."""
    with _guard:
        known = _newest.get(turn.session)
    return known if known is not None and known.step > turn.step else turn


def stepped(turn: Turn) -> Turn:
    """Remember where a sitting stands now, one step on."""
    turn = turn.model_copy(update={"step": turn.step + 1})
    with _guard:
        _newest[turn.session] = turn
        _newest.move_to_end(turn.session)
        while len(_newest) > _MOST:
            _newest.popitem(last=False)
    return turn
