"""The guard keeps small changes and those that the picture speaks for."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.masks import Matte
from datatools.refiners._guard import Guard, Ruling

SIZE_PX = 200


def square(low: int, high: int) -> NDArray[np.bool_]:
    """Give a square's pixels."""
    mask = np.zeros((SIZE_PX, SIZE_PX), np.bool_)
    mask[low:high, low:high] = True
    return mask


def judge(
    old: NDArray[np.bool_], new: NDArray[np.bool_], person: NDArray[np.bool_], scale: int = 1
) -> Ruling:
    """Judge a change in a picture of a red person before blue, by mattes that are sure of both."""
    image = np.where(person[..., None], np.array([200, 40, 40], np.uint8), np.array([40, 40, 200], np.uint8))
    masks = [np.kron(mask, np.ones((scale, scale), np.bool_)) for mask in (old, new)]
    before, after = (Matte(mask.astype(np.float32)) for mask in masks)
    large = np.asarray(np.kron(image, np.ones((scale, scale, 1))), np.uint8)
    return Guard(large).judge(before, after)


PERSON = square(50, 150)


def with_strip(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Add columns to the right of the person."""
    wider = mask.copy()
    wider[50:150, 150 : 150 + width] = True
    return wider


def test_a_small_change_is_kept_unseen() -> None:
    """Half a percent of the person cannot cost more than that."""
    wrong = PERSON.copy()
    wrong[50:90, 150] = True
    assert judge(PERSON, wrong, PERSON) == Ruling(True, "small")


def test_a_change_of_a_third_of_the_person_is_refused() -> None:
    """Also where it is right: that is a decision for a person."""
    assert not judge(square(50, 120), PERSON, PERSON).kept


def test_a_change_towards_the_pictures_edges_is_kept() -> None:
    """The strip belongs to the person: the new outline lies on the edge between red and blue."""
    assert judge(PERSON, with_strip(PERSON, 8), with_strip(PERSON, 8)).kept


def test_a_change_away_from_the_edges_into_other_colours_is_refused() -> None:
    """A blue strip is not the person's."""
    ruling = judge(PERSON, with_strip(PERSON, 8), PERSON)
    assert ruling == Ruling(False, "colours speak against it")


def test_colours_alone_suffice() -> None:
    """A red strip that runs into more red: no edge is found, and none is lost."""
    old = with_strip(PERSON, 10)
    assert judge(old, with_strip(PERSON, 20), with_strip(PERSON, 50)) == Ruling(
        True, "colours do not speak against it"
    )


@pytest.mark.parametrize("scale", [1, 4])
def test_a_large_picture_is_judged_as_a_small_one(scale: int) -> None:
    """At a bounded size."""
    assert not judge(PERSON, with_strip(PERSON, 8), PERSON, scale).kept
    assert judge(PERSON, with_strip(PERSON, 8), with_strip(PERSON, 8), scale).kept


def test_without_colours_only_edges_speak() -> None:
    """A matte that is sure of nothing lends no colours; a change that finds no edge is refused."""
    image = np.full((SIZE_PX, SIZE_PX, 3), 128, np.uint8)
    before = Matte(np.where(PERSON, np.float32(0.6), np.float32(0.4)))
    after = Matte(with_strip(PERSON, 8).astype(np.float32))
    assert Guard(image).judge(before, after) == Ruling(False, "neither edges nor colours speak for it")


def test_a_person_out_of_nothing_is_refused() -> None:
    """An empty mask has no person to be refined."""
    assert not judge(np.zeros_like(PERSON), PERSON, PERSON).kept


def test_a_change_thinner_than_the_guard_sees_has_no_colours() -> None:
    """A comb of single pixels at four times the guard's size vanishes when it is shrunk."""
    image = np.full((2048, 2048, 3), 128, np.uint8)
    old = np.zeros((2048, 2048), np.bool_)
    old[512:1536, 512:1536] = True
    new = old.copy()
    new[512:1536, 1536:1792:8] = True
    before, after = Matte(old.astype(np.float32)), Matte(new.astype(np.float32))
    assert Guard(image).judge(before, after) == Ruling(False, "neither edges nor colours speak for it")
