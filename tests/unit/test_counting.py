"""Numbers of words count as the words do."""

from collections import Counter
from itertools import groupby

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools import counting

WORDS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"])), max_size=20)


def _table(rows: list[tuple[str, str]], n_chunks: int) -> pa.Table:
    pieces = [rows[start::n_chunks] for start in range(n_chunks)]
    return pa.concat_tables(
        [
            pa.table(
                {
                    name: pa.array([row[place] for row in piece], pa.string()).dictionary_encode()
                    for place, name in enumerate(("first", "second"))
                }
            )
            for piece in pieces
        ]
    )


@given(rows=WORDS, n_chunks=st.integers(1, 3))
def test_a_tally_counts_in_the_order_of_coming(rows: list[tuple[str, str]], n_chunks: int) -> None:
    """Words of several dictionaries are the same words."""
    table = _table(rows, n_chunks)
    in_order = [tuple(row.values()) for row in table.to_pylist()]
    found = counting.tally(table)
    assert found == Counter(in_order)
    assert list(found) == list(Counter(in_order))
    assert counting.equals(table["first"], "b").tolist() == [first == "b" for first, _ in in_order]


@given(rows=WORDS, start=st.integers(0, 5))
def test_a_slice_is_what_it_shows(rows: list[tuple[str, str]], start: int) -> None:
    """Not what lies in memory before it."""
    table = _table(rows, 1)[start:]
    codes, words = counting.coded(table["first"])
    assert [words[code] for code in codes] == [first for first, _ in rows[start:]]
    flags = pa.array([first == "a" for first, _ in rows], pa.bool_())[start:]
    assert counting.bools(flags).tolist() == [first == "a" for first, _ in rows[start:]]


@given(st.lists(st.booleans(), max_size=30))
def test_masks_and_places_choose_the_same(keep: list[bool]) -> None:
    """As Arrow takes them."""
    rows = pa.array(np.arange(len(keep)))
    flags = np.array(keep, np.bool_)
    chosen = np.flatnonzero(flags)
    assert rows.filter(counting.mask(flags)).to_pylist() == chosen.tolist()
    assert rows.take(counting.places(chosen)).to_pylist() == chosen.tolist()
    assert counting.bools(counting.mask(flags)).tolist() == keep


@given(st.lists(st.sampled_from("ab"), max_size=20))
def test_runs_begin_where_a_value_changes(values: list[str]) -> None:
    """The first row begins one."""
    lengths = [len(list(run)) for _, run in groupby(values)]
    assert counting.starts(pa.array(values, pa.string())).tolist() == [
        sum(lengths[:n]) for n in range(len(lengths))
    ]


def test_no_rows_have_no_words() -> None:
    """A table that was not written yet."""
    nothing = _table([], 1)
    assert counting.tally(nothing) == Counter()
    assert counting.coded(nothing["first"])[0].tolist() == []
    assert counting.bools(pa.array([], pa.bool_())).tolist() == []


def test_counting_does_not_load_pandas() -> None:
    """It takes longer than counting a million rows."""
    import subprocess
    import sys

    code = (
        "import sys, numpy as np, pyarrow as pa\n"
        "from datatools import counting\n"
        "words = pa.DictionaryArray.from_arrays(counting.places(np.zeros(3, np.int64)).cast(pa.int32()),"
        " pa.nulls(1, pa.string()))\n"
        "counting.tally(pa.table([words], names=['a']))\n"
        "counting.bools(counting.mask(np.ones(3, bool)))\n"
        "assert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("word", ["c", ""])
def test_a_word_that_never_came_is_nowhere(word: str) -> None:
    """Not even where there are no words."""
    table = _table([("a", "x")], 1)
    assert counting.equals(table["first"], word).tolist() == [False]
