"""Maps are means over people, and show nobody who must not be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from datatools.fairness.maps.error_maps import GRID_COLUMNS, MAX_GROUPS, error_maps
from datatools.fairness.maps.maps_result import GRID, ErrorMap
from datatools.fairness.who.groups import Axis

_WHOLE = np.full((GRID, GRID), 255, np.uint8)
_NOTHING = np.zeros((GRID, GRID), np.uint8)


@dataclass(frozen=True, kw_only=True)
class _Picture:
    """A scored picture with the same over-error in every cell."""

    person: str
    over: int = 0  # 0-255
    inside: NDArray[np.uint8] = field(default_factory=lambda: _WHOLE)
    model: str = "m"
    reference_source: str = "human"
    has_grid: bool = True


def _frames(pictures: Sequence[_Picture]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the grids and the scores of pictures."""
    scores = pd.DataFrame(
        {
            "sample_id": [f"s{number}" for number in range(len(pictures))],
            "person_id": [one.person for one in pictures],
            "model": [one.model for one in pictures],
            "reference_source": [one.reference_source for one in pictures],
        }
    )
    grids = scores.drop(columns="person_id").assign(
        over=[np.full_like(_WHOLE, one.over).tobytes() for one in pictures],
        under=[_NOTHING.tobytes() for _ in pictures],
        inside=[one.inside.tobytes() for one in pictures],
    )
    return grids[list(GRID_COLUMNS)][[one.has_grid for one in pictures]], scores


def _maps(pictures: Sequence[_Picture], axes: Sequence[Axis] = (), min_people: int = 1) -> list[ErrorMap]:
    return error_maps(*_frames(pictures), axes, min_people).maps


def _axis(sizes: dict[str, int], name: str = "hair") -> Axis:
    """Put people p0, p1 ... in groups of these sizes, in order."""
    groups = [(group,) for group, n in sizes.items() for _ in range(n)]
    levels = tuple((group,) for group in sizes)
    return Axis((name,), ("annotator",), levels, {f"p{i}": group for i, group in enumerate(groups)})


def _people(n: int, **known: object) -> list[_Picture]:
    return [_Picture(person=f"p{number}", **known) for number in range(n)]  # type: ignore[arg-type]


def _cell(found: ErrorMap, row: int = 0, column: int = 0) -> float | None:
    assert found.over is not None
    return found.over[row][column]


def test_each_person_counts_once() -> None:
    """Nine pictures of one person weigh as much as one of another; a person's pictures are averaged first."""
    pictures = [_Picture(person="a", over=255) for _ in range(8)]
    pictures += [_Picture(person="a", over=0), _Picture(person="b", over=0)]
    (everybody,) = _maps(pictures)
    assert _cell(everybody) == pytest.approx(8 / 9 / 2, abs=1e-4)
    assert (everybody.n_images, everybody.n_people) == (10, 2)
    assert (everybody.attribute, everybody.group) == ("", "")


def test_a_picture_weighs_as_far_as_a_cell_lies_in_it() -> None:
    """Of one person: a whole cell and a cell of which three fifths are seen."""
    part = np.full_like(_WHOLE, 153)
    pictures = [_Picture(person="a", over=255), _Picture(person="a", over=0, inside=part)]
    assert _cell(_maps(pictures)[0]) == pytest.approx(1 / 1.6, abs=1e-4)


def test_what_no_picture_shows_is_unknown() -> None:
    """Neither right nor wrong; half a cell must lie in the picture, to say anything of it."""
    inside = _WHOLE.copy()
    inside[0, 0], inside[0, 1] = 0, 127
    (everybody,) = _maps([_Picture(person="a", over=51, inside=inside)])
    assert [_cell(everybody, 0, column) for column in range(3)] == [None, None, 0.2]


def test_people_whose_pictures_do_not_reach_a_cell_have_no_part_in_it() -> None:
    """The mean is of those that do."""
    upper = _WHOLE.copy()
    upper[12:] = 0
    pictures = [_Picture(person="a", over=255), _Picture(person="b", over=0, inside=upper)]
    (everybody,) = _maps(pictures)
    assert (_cell(everybody, 0), _cell(everybody, 20)) == (0.5, 1.0)


def test_a_cell_that_few_of_the_people_reach_is_not_shown() -> None:
    """Less than a tenth of them says little of the others."""
    upper = _WHOLE.copy()
    upper[12:] = 0
    pictures = [*_people(2, over=255), *[_Picture(person=f"q{i}", inside=upper) for i in range(30)]]
    (everybody,) = _maps(pictures)
    assert _cell(everybody, 0) == pytest.approx(2 / 32, abs=1e-4)
    assert _cell(everybody, 20) is None


def test_groups_follow_everybody_in_their_order() -> None:
    """Of single attributes alone; each with its own mean and counts."""
    pictures = [*_people(2, over=51), _Picture(person="p2", over=255)]
    axis = _axis({"long": 2, "short": 1})
    crossed = Axis(("hair", "age"), ("annotator",), (("long", "old"),), {"p0": ("long", "old")})
    found = _maps(pictures, [axis, crossed])
    assert [(one.attribute, one.group, one.n_people) for one in found] == [
        ("", "", 3),
        ("hair", "long", 2),
        ("hair", "short", 1),
    ]
    assert [_cell(one) for one in found[1:]] == [0.2, 1.0]


def test_models_and_references_stand_apart() -> None:
    """Accuracy and agreement are never averaged."""
    pictures = [
        _Picture(person="p0", over=255),
        _Picture(person="p0", model="other"),
        _Picture(person="p0", reference_source="model:x", over=51),
    ]
    found = _maps(pictures)
    assert [(one.model, one.reference_source, _cell(one)) for one in found] == [
        ("m", "human", 1.0),
        ("m", "model:x", 0.2),
        ("other", "human", 0.0),
    ]


def test_a_small_group_and_one_to_hide_it_have_no_map() -> None:
    """The rules of all tables: a hidden group is not what is left when the others are taken away."""
    found = _maps(_people(30), [_axis({"a": 2, "b": 8, "c": 20})], min_people=5)
    assert [(one.group, one.n_people) for one in found] == [("", 30), ("a", None), ("b", None), ("c", 20)]
    assert all(one.over is None and one.under is None and one.n_images is None for one in found[1:3])


def test_a_group_that_the_audit_hides_is_hidden_here() -> None:
    """Even where another one would do to hide the small one, of those whose faces are known."""
    # All scored: a 2, b 8, c 9, so the audit hides a and b. With known faces: b 8, c 7.
    pictures = [
        _Picture(person=f"p{number}", has_grid=number < 17) for number in range(19)
    ]  # p17 and p18 are of c
    found = _maps(pictures, [_axis({"a": 2, "b": 8, "c": 9})], min_people=5)
    assert [(one.group, one.n_people) for one in found[1:]] == [("a", None), ("b", None), ("c", 7)]


def test_fewer_known_faces_can_hide_a_group() -> None:
    """Ten people are shown elsewhere; three of them with a map are too few."""
    pictures = [_Picture(person=f"p{number}", has_grid=not 3 <= number < 10) for number in range(40)]
    found = _maps(pictures, [_axis({"a": 10, "b": 14, "c": 16})], min_people=5)
    assert [(one.group, one.n_people) for one in found[1:]] == [("a", None), ("b", None), ("c", 16)]


def test_no_cell_tells_of_a_few_people_by_subtraction() -> None:
    """Where two of a group reach, its cell and one other group's are hidden; elsewhere all are shown."""
    upper = _WHOLE.copy()
    upper[12:] = 0
    pictures = [_Picture(person=f"p{i}", inside=upper if 2 <= i < 10 else _WHOLE) for i in range(45)]
    found = _maps(pictures, [_axis({"a": 10, "b": 15, "c": 20})], min_people=5)
    assert [_cell(one, 0) is None for one in found] == [False] * 4
    assert [_cell(one, 20) is None for one in found] == [False, True, True, False]


def test_where_nobody_of_a_group_reaches_there_is_nobody_to_hide() -> None:
    """The other groups keep their cells."""
    upper = _WHOLE.copy()
    upper[12:] = 0
    pictures = [_Picture(person=f"p{i}", inside=upper if i < 10 else _WHOLE) for i in range(45)]
    found = _maps(pictures, [_axis({"a": 10, "b": 15, "c": 20})], min_people=5)
    assert [_cell(one, 20) is None for one in found] == [False, True, False, False]


def test_too_few_people_at_all_have_no_map() -> None:
    """Nor has anybody among them."""
    (everybody,) = _maps(_people(3), min_people=5)
    assert everybody.over is None
    assert everybody.n_people is None


def test_an_attribute_of_many_groups_is_left_out_and_named() -> None:
    """Its maps would be many megabytes that nobody looks at."""
    n_groups = MAX_GROUPS + 1
    many = _axis({f"g{number}": 2 for number in range(n_groups)}, name="town")
    found = error_maps(*_frames(_people(2 * n_groups)), [many], 1)
    assert len(found.maps) == 1
    assert found.notes == ["No error maps by town: more than 12 groups."]


def test_scores_without_a_grid_are_counted() -> None:
    """Nobody takes the maps for maps of everybody."""
    pictures = [_Picture(person=f"p{number}", has_grid=number > 0) for number in range(4)]
    found = error_maps(*_frames(pictures), [], 1)
    assert found.maps[0].n_images == 3
    assert any(note.startswith("Error maps are of 3 of 4 scores") for note in found.notes)


def test_the_order_of_rows_changes_nothing() -> None:
    """The same pictures, the same map to the last digit."""
    rng = np.random.default_rng(4)
    pictures = [
        _Picture(
            person=f"p{number // 3}",
            over=int(rng.integers(256)),
            inside=rng.integers(0, 256, (GRID, GRID), np.uint8),
        )
        for number in range(60)
    ]
    grids, scores = _frames(pictures)
    axis = _axis({"a": 8, "b": 12})
    before = error_maps(grids, scores, [axis], 1)
    after = error_maps(grids.sample(frac=1, random_state=1), scores.sample(frac=1, random_state=2), [axis], 1)
    assert before == after


def test_people_beyond_one_portion_are_averaged_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are taken in portions that fit in memory, no person in two of them."""
    rng = np.random.default_rng(5)
    pictures = [_Picture(person=f"p{number // 3}", over=int(rng.integers(256))) for number in range(40)]
    whole = _maps(pictures, [_axis({"a": 6, "b": 8})])
    monkeypatch.setattr("datatools.fairness.maps.error_maps._CHUNK", 4)
    assert _maps(pictures, [_axis({"a": 6, "b": 8})]) == whole
