"""Are differences of JSON values and of files found and told?"""

from hypothesis import given
from hypothesis import strategies as st

from datatools.report.verified.differences import compare, first_unlike, n_values

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=_JSON)
def test_a_value_does_not_differ_from_itself(value: object) -> None:
    """Whatever it is."""
    assert list(compare(value, value)) == []


def test_every_kind_of_difference_is_pointed_at() -> None:
    """Another number, a word for a number, a lost and a new field, a longer list, a truth for a one."""
    kept = {"a": [1, 2.5, "x"], "b": {"c/d~": 1}, "lost": None, "t": 1, "long": "y" * 100}
    again = {"a": [1, 2.5 + 1e-9, "x", 3], "b": {"c/d~": "1"}, "new": [1], "t": True, "long": {}, "empty": []}
    found = dict(compare(kept, again))
    assert found == {
        "/a/1": "kept 2.5, made again 2.500000001",
        "/a/3": "not kept, made again 3",
        "/b/c~1d~0": "kept 1, made again '1'",
        "/lost": "kept nothing, not made again",
        "/t": "kept 1, made again True",
        "/long": f"kept {'y' * 100!r:.80}…, made again 0 values",
        "/new": "not kept, made again a list of 1",
    }
    assert dict(compare([1, 2], [1])) == {"/1": "kept 2, not made again"}


def test_sums_in_another_order_are_no_difference() -> None:
    """Numbers may be 1e-12 apart, relative to those above 1."""
    assert list(compare([0.3, 3e9, 1], [0.1 + 0.2, 3e9 + 1e-4, 1.0])) == []
    assert len(list(compare([0.3], [0.3 + 2e-12]))) == 1


def test_long_texts_are_shown_where_they_differ() -> None:
    """Not their beginnings, which are the same."""
    (one,) = dict(compare("x" * 300 + "1 gap", "x" * 300 + "2 gaps")).values()
    assert one == f"kept '…{'x' * 20}1 gap', made again '…{'x' * 20}2 gaps'"


def test_values_are_counted() -> None:
    """Numbers, words and gaps, however deep they lie."""
    assert n_values({"a": [1, None, {"b": "x"}], "c": {}}) == 3


def test_the_first_difference_of_two_files_is_shown() -> None:
    """The line and both sides around the place; of files that are no text the byte."""
    before, after = ("\n".join(["same", "x" * 200 + digit, "end"]).encode() for digit in "12")
    told = first_unlike(before, after)
    assert told.startswith("line 2: kept '…xxx")
    assert told.count("x1'") == told.count("x2'") == 1
    assert first_unlike(b"\xff\x00", b"\xff\x01\x02") == "byte 2 differs; 2 bytes kept, 3 rendered again"
    assert first_unlike(b"\xff", b"\xff\xfe").startswith("byte 2 differs")
    assert first_unlike(b"a\n", b"a\r\n") == "the ends of their lines differ"
    assert first_unlike(b"a\nb", b"a") == "line 2: kept 'b', rendered again ''"
