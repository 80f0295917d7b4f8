"""Columns say how narrow and how wide they may be."""

from datatools.report.blocks import Card, Row, Table
from datatools.report.formats import print_table
from datatools.report.formats.letters import BREAK

_ROWS = [
    Row(cells=("a young woman", "93.0 [92.0, 94.0]", "< 0.001", "gap")),
    Row(cells=("o" * 20, "not shown", "insufficient data"), is_suppressed=True),
]
_TABLE = Table(
    caption="By age", head=("Group", "Value", "p (corrected)", "Verdict"), rows=_ROWS, has_verdict=True
)


def test_columns_have_a_longest_word_and_a_longest_cell() -> None:
    """Heads count with their words alone; what is suppressed counts only in the column of names."""
    assert print_table.data(_TABLE)["columns"] == [
        {"least": "o" * 12, "most": "o" * 20, "numeric": False, "verdict": False},
        {"least": "[92.0,\u00a094.0]", "most": "93.0 [92.0, 94.0]", "numeric": True, "verdict": False},
        {"least": "(corrected)", "most": "< 0.001", "numeric": True, "verdict": False},
        {"least": "Verdict", "most": "gap", "numeric": False, "verdict": True},
    ]


def test_cells_break_where_they_may() -> None:
    """An interval stays whole, a small p stays whole, and a long name may break."""
    rows = print_table.data(_TABLE)["rows"]
    assert rows == [
        {
            "cells": ["a young woman", "93.0 [92.0,\u00a094.0]", "<\u00a00.001", "gap"],
            "suppressed": False,
            "verdict": "gap",
        },
        {
            "cells": [f"{'o' * 12}{BREAK}{'o' * 8}", "not shown", "insufficient data"],
            "suppressed": True,
            "verdict": "insufficient",
        },
    ]


def test_a_table_without_rows_has_columns() -> None:
    """Its heads alone say how wide it is."""
    columns = print_table.data(Table(caption="", head=("Group",), rows=[]))["columns"]
    assert columns == [{"least": "Group", "most": "", "numeric": False, "verdict": False}]


def test_numbers_are_told_from_words() -> None:
    """Points, counts, shares, bounds, intervals and dashes are numbers."""
    numbers = ("93.0", "−1.2 [−2.0, −0.4]", "1,204", "30.0% [24.6, 36.1]", "< 0.001", "–", "+0.5")
    assert [cell for cell in numbers if not print_table.is_number(cell)] == []
    assert not print_table.is_number("136, 72 people")


def test_verdicts_have_kinds_and_other_words_none() -> None:
    """The kind chooses colour and shape; words that name no verdict get neither."""
    assert [print_table.kind(word) for word in ("gap", "insufficient data", "Worse", "open", "")] == [
        "gap",
        "insufficient",
        "gap",
        "",
        "",
    ]


def test_cards_count_only_what_there_is() -> None:
    """A verdict that no comparison came to is not printed."""
    card = Card(
        model="m",
        reading="r",
        headline="h",
        overall="o",
        counts=[("gap", 1), ("equivalent", 0), ("suppressed", 1204)],
    )
    assert print_table.counts(card) == [("gap", "1 gap"), ("suppressed", "1,204 suppressed")]
