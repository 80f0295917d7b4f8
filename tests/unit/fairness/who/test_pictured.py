"""Samples and people as columns."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools.fairness.who.pictured import Pictured

_PEOPLE = st.dictionaries(st.text(max_size=3), st.sampled_from(["anna", "bo", "cy"]), max_size=20)


@given(person_of=_PEOPLE)
def test_columns_are_the_mapping_that_they_are_made_of(person_of: dict[str, str]) -> None:
    """Ids, their order, people and single look-ups."""
    held = Pictured.of(person_of)
    assert dict(held) == person_of
    assert list(held) == list(person_of)
    assert len(held) == len(person_of)
    assert Pictured.of(held) is held
    assert ("no such" in held, set(person_of) <= set(held)) == (False, True)


@given(person_of=_PEOPLE, asked=st.lists(st.text(max_size=3), max_size=20))
def test_places_are_those_of_the_samples_in_whatever_order(
    person_of: dict[str, str], asked: list[str]
) -> None:
    """-1 stands for samples that are not among the pictures."""
    held = Pictured.of(person_of)
    ids = list(person_of)
    expected = [ids.index(one) if one in person_of else -1 for one in asked]
    column = pa.array(asked, pa.string())
    assert held.places(column).tolist() == expected
    assert held.places(pa.chunked_array([column.dictionary_encode()])).tolist() == expected
    found = held.people_of(column)
    assert [held.people[number] if number >= 0 else None for number in found] == [
        person_of.get(one) for one in asked
    ]


@given(person_of=_PEOPLE)
def test_sorting_moves_pictures_with_their_people(person_of: dict[str, str]) -> None:
    """The mapping stays, its order is that of the ids."""
    held = Pictured.of(person_of).sorted()
    assert dict(held) == person_of
    assert list(held) == sorted(person_of)


def test_two_columns_are_read_without_objects_of_samples() -> None:
    """People are numbered in the order in which they come."""
    held = Pictured.read(pa.chunked_array([["a"], ["b", "c"]]), pa.chunked_array([["y"], ["x", "y"]]))
    assert (held.people, held.person.tolist(), held["b"]) == (["y", "x"], [0, 1, 0], "x")
    assert held.person.dtype == np.int32


def test_a_sample_that_is_not_there_is_a_missing_key() -> None:
    """As of a dictionary."""
    with pytest.raises(KeyError):
        Pictured.of({"a": "x"})["b"]
