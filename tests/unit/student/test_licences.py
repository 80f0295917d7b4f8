"""What weights may be used for follows from the words of the pictures' licences."""

import pytest

from datatools.student.licences import sentence, use_of, use_of_all
from tests.unit.student.cards import RESEARCH


@pytest.mark.parametrize(
    ("licence", "use"),
    [
        (RESEARCH, "research"),
        ("non-commercial research, no redistribution", "research"),
        ("CC BY-NC-SA 4.0", "research"),
        ("repository Apache-2.0, photographs unclear", "unclear"),
        ("unknown", "unclear"),
        (" ", "unclear"),
        ("CC BY 4.0, DeBruine and Jones 2017", "as licensed"),
        ("CC0-1.0: rendered, no person is shown", "as licensed"),
    ],
)
def test_a_licence_is_read_by_its_words(licence: str, use: str) -> None:
    """Those that the readers of this toolkit give, among others."""
    assert use_of(licence) == use


def test_the_narrowest_licence_decides() -> None:
    """One picture for research makes weights for research."""
    assert use_of_all({"CC0-1.0": 99, "unknown": 1}) == "unclear"
    assert use_of_all({"CC0-1.0": 99, "unknown": 1, RESEARCH: 1}) == "research"
    assert use_of_all({"CC0-1.0": 99}) == "as licensed"


def test_the_sentence_counts_the_pictures_it_follows_from() -> None:
    """So that one sees what to leave out."""
    assert sentence({"CC0-1.0": 1_000, RESEARCH: 20}).startswith("**For research only**")
    assert "(20 of 1,020 pictures)" in sentence({"CC0-1.0": 1_000, RESEARCH: 20})
    assert "(3 of 3 pictures)" in sentence({"unknown": 3})
    assert "No licence of the pictures limits them" in sentence({"CC0-1.0": 3})
