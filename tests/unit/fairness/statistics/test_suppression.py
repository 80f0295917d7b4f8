"""Which groups are not shown."""

from hypothesis import given
from hypothesis import strategies as st

from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import Levels

_TABLES = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("uvw")), st.integers(1, 30), min_size=1
)


def test_large_groups_are_shown() -> None:
    """Nothing is hidden without need."""
    assert suppressed({("a",): 5, ("b",): 50}, 5) == set()


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    """With the total known, one hidden group would be the difference to the shown ones."""
    assert suppressed({("a",): 3, ("b",): 20, ("c",): 30}, 5) == {("a",), ("b",)}


def test_of_two_groups_both_are_hidden() -> None:
    """The large one would give the small one away."""
    assert suppressed({("a",): 1, ("b",): 100}, 5) == {("a",), ("b",)}


def test_small_groups_that_hide_each_other_cost_nothing_more() -> None:
    """Together they have enough people."""
    assert suppressed({("a",): 3, ("b",): 3, ("c",): 30}, 5) == {("a",), ("b",)}


def test_a_crossing_is_safe_in_rows_and_columns() -> None:
    """A lone hidden cell needs a companion in its row and in its column."""
    cells: dict[Levels, int] = {
        ("a", "u"): 2,
        ("a", "v"): 20,
        ("b", "u"): 21,
        ("b", "v"): 40,
        ("c", "u"): 50,
        ("c", "v"): 60,
    }
    assert suppressed(cells, 5) == {("a", "u"), ("a", "v"), ("b", "u"), ("b", "v")}


def test_groups_hidden_elsewhere_stay_hidden() -> None:
    """Parts of a group that a coarser table hides are hidden too."""
    assert ("a",) in suppressed({("a",): 50, ("b",): 60, ("c",): 70}, 5, {("a",)})


@given(_TABLES, st.integers(1, 10))
def test_no_total_gives_a_hidden_cell_away(cells: dict[Levels, int], min_people: int) -> None:
    """In every row, column and in the whole, hidden cells are none, or two or more with enough people."""
    hidden = suppressed(cells, min_people)
    assert all(cell in hidden for cell, n in cells.items() if n < min_people)
    totals = [list(cells)]
    totals += [
        [c for c in cells if c[place] == level] for place in (0, 1) for level in {c[place] for c in cells}
    ]
    for members in totals:
        inside = [cell for cell in members if cell in hidden]
        if inside and len(inside) < len(members):
            assert len(inside) >= 2
            assert sum(cells[cell] for cell in inside) >= min_people
