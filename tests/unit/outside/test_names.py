"""Names are shown as they are read, and nothing in them acts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools.errors import DataError
from datatools.outside import names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", r"a\x0ab"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u202egnp.exe", r"a\u202egnp.exe"),
        ("a\u2028b", r"a\u2028b"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud800", r"\ud800"),
        ("Zoë 写真 عائلة 👩‍👩‍👧.png", "Zoë 写真 عائلة 👩‍👩‍👧.png"),
    ],
)
def test_a_name_shows_what_does_not_print(name: str, shown: str) -> None:
    """Controls, separators and turns of the direction are escapes; every script is itself."""
    assert names.shown(name) == shown


@given(st.text())
def test_what_is_shown_can_be_written_and_stays(text: str) -> None:
    """To show it again changes nothing; every byte of it is UTF-8."""
    shown = names.shown(text)
    assert names.shown(shown) == shown
    assert shown.encode().decode() == shown


def test_lines_stay_lines() -> None:
    """A note may have several, and tabs."""
    assert names.shown_lines("a\n\tb\x07") == "a\n\tb\\x07"


@pytest.mark.parametrize(("name", "why"), [("a\nb", "holds control characters"), ("\udce9", "is not UTF-8")])
def test_a_name_that_cannot_be_shown_is_refused(name: str, why: str) -> None:
    """The sentence says what to do."""
    with pytest.raises(DataError, match=f"the file's name {why}; rename it"):
        names.require_plain(name)


def test_a_plain_name_is_taken() -> None:
    """Whatever its script."""
    names.require_plain("Zoë 写真.png")
