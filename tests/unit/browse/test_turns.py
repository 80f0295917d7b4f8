"""Does a panel know where somebody stands?"""

from datetime import UTC, datetime

import pytest

from datatools.browse import turns
from datatools.browse.given import Showing
from datatools.errors import UsageError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
A, B = "a" * 16, "b" * 16
ASKED = ("perceived_gender", "gender@1")


def turn() -> turns.Turn:
    """Give a session that shows its first question."""
    return turns.show(turns.begin("ann01", ["perceived_gender:gender@1"], []), A, *ASKED, NOON)


def seen(turn: turns.Turn) -> Showing:
    """Give what is shown."""
    assert turn.shown is not None
    return turn.shown


def answered(turn: turns.Turn, lead_time_s: float = 3.0) -> turns.Turn:
    """Answer what is shown."""
    return turns.taken(turn, seen(turn), lead_time_s)


def test_a_turn_survives_the_browser() -> None:
    """What is sent to the page and back is the same."""
    one = turn()
    assert turns.read(one.model_dump(mode="json")) == one


def test_sessions_differ() -> None:
    """Two sessions of one person are told apart."""
    assert turn().session != turn().session


def test_what_is_shown_again_is_one_showing() -> None:
    """A refreshed page neither restarts the clock nor counts as another place in the order."""
    one = turn()
    assert turns.show(one, A, *ASKED, NOON.replace(hour=13)) == one


def test_places_count_what_was_shown() -> None:
    """The second question stands at the second place."""
    two = turns.show(turn(), B, *ASKED, NOON)
    assert two.shown is not None
    assert (two.shown.place, two.shown.sample_id) == (2, B)


def test_going_back_shows_the_last_answer_anew() -> None:
    """It is a new showing, so that the new answer is a new row."""
    back = turns.back(turns.show(answered(turn()), B, *ASKED, NOON), NOON)
    assert back.shown is not None
    assert (back.shown.sample_id, back.shown.place, back.n_given, back.before) == (A, 3, 0, [])


def test_nothing_to_take_back_is_told() -> None:
    """Before the first answer there is nothing to go back to."""
    with pytest.raises(UsageError, match="nothing to take back"):
        turns.back(turn(), NOON)


def test_what_was_left_for_later_is_settled_for_now() -> None:
    """Answered and passed questions do not come again in this session."""
    one = turns.show(turns.passed(turn()), B, *ASKED, NOON)
    assert turns.settled(answered(one)) == {f"{A} perceived_gender", f"{B} perceived_gender"}


def test_an_answer_that_comes_twice_counts_once() -> None:
    """The second press began before the first had shown."""
    one = turn()
    two = turns.show(answered(one), B, *ASKED, NOON)
    assert turns.taken(two, seen(one), 3.0) == two


def test_an_answer_to_what_was_just_left_for_later_counts() -> None:
    """Both keys were pressed at one picture; what is shown by now stays."""
    one = turn()
    two = turns.show(turns.passed(one), B, *ASKED, NOON)
    both = turns.taken(two, seen(one), 3.0)
    assert (both.n_given, both.before, both.shown) == (1, [f"{A} perceived_gender"], two.shown)


def test_nothing_shown_cannot_be_passed() -> None:
    """An empty queue takes no key."""
    with pytest.raises(UsageError, match="nothing is shown"):
        turns.passed(turns.nothing_left(turn()))


def test_marks_go_on_and_off() -> None:
    """A value is marked by one click, and not marked by a second."""
    one = turns.marked(turns.marked(turn(), "female"), "male")
    assert (one.chosen, turns.marked(one, "female").chosen) == (["female", "male"], ["male"])


@pytest.mark.parametrize(
    ("n_left", "says"), [(30, "2 done, 4.0 s each; 30 left, about 2 min"), (0, "2 done, 4.0 s each; 0 left")]
)
def test_the_pace_tells_how_long_the_rest_takes(n_left: int, says: str) -> None:
    """From the mean of the last answers."""
    assert turns.progress(answered(answered(turn()), 5.0), n_left) == says


def test_before_the_first_answer_there_is_no_pace() -> None:
    """The counter alone is shown."""
    assert turns.progress(turn(), 12) == "0 done; 12 left"


def test_a_made_up_turn_is_refused() -> None:
    """What comes from the browser is checked."""
    with pytest.raises(UsageError, match="close it and open it again"):
        turns.read({"session": "x", "annotator_id": "", "questions": []})
