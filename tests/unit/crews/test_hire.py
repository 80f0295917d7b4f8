"""Who works where a network brings threads of its own?"""

from datatools.crews.hire import unless_threaded
from datatools.crews.local import LocalCrew


def test_a_network_with_its_own_threads_stays_here_unless_workers_are_asked_for() -> None:
    """Else every worker would load it once more, for the same cores."""
    asked, unasked = LocalCrew(2), LocalCrew()
    assert unless_threaded(unasked, is_concurrent=False) is None
    assert unless_threaded(asked, is_concurrent=False) is asked
    assert unless_threaded(unasked, is_concurrent=True) is unasked
