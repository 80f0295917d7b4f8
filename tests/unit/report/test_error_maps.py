"""Are error maps drawn and told so that nobody takes them for more than they are?"""

import re
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.fairness.maps.maps_result import GRID, ErrorMap
from datatools.fairness.maps.mean_face import cell_zones
from datatools.metrics._zones import ZONES
from datatools.report import error_maps, svg
from datatools.report.style import LIGHT

_ODD = "<script>alert(1)</script> =1+1 \"q\" 'a' מגדר 😀 $x$ # * _ \\ `"


def _cells(by_zone: Mapping[str, float], hidden_rows: int = 0) -> list[list[float | None]]:
    """Give one value to all cells of each zone; the others have 0, and the first rows are unknown."""
    values: NDArray[np.float64] = np.zeros((GRID, GRID))
    for zone, value in by_zone.items():
        values[cell_zones() == 1 + ZONES.index(zone)] = value
    found: list[list[float | None]] = [list(row) for row in values.tolist()]
    found[:hidden_rows] = [[None] * GRID for _ in range(hidden_rows)]
    return found


def _map(
    attribute: str = "",
    group: str = "",
    *,
    over: Mapping[str, float] | None = None,
    under: Mapping[str, float] | None = None,
    model: str = "student",
    reference_source: str = "human",
    n_people: int | None = 40,
    hidden_rows: int = 0,
) -> ErrorMap:
    is_shown = n_people is not None
    return ErrorMap(
        model=model,
        reference_source=reference_source,
        attribute=attribute,
        group=group,
        n_images=None if n_people is None else 2 * n_people,
        n_people=n_people,
        over=_cells(over or {}, hidden_rows) if is_shown else None,
        under=_cells(under or {}, hidden_rows) if is_shown else None,
    )


def _rows() -> list[ErrorMap]:
    return [
        _map(over={"shoulders": 0.05}, under={"hair": 0.02}, n_people=70),
        _map("glasses", "yes", over={"shoulders": 0.05}, under={"face": 0.06, "hair": 0.02}, n_people=30),
        _map("glasses", "no", over={"shoulders": 0.05}, under={"hair": 0.02}),
    ]


def _texts(drawing: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawing)


def test_a_figure_has_everybody_and_then_each_group() -> None:
    """Each row with its name and how many people it is of."""
    (figure,) = error_maps.figures(_rows(), key="e")
    texts = _texts(figure.drawing)
    assert [text for text in texts if text in {"everybody", "yes", "no"}] == ["everybody", "yes", "no"]
    assert {"of 70 people", "140 images", "of 30 people", "of 40 people"} <= set(texts)
    assert {"Wrongly added", "Wrongly left out"} <= set(texts)


def test_each_attribute_of_each_model_has_a_figure() -> None:
    """Their keys differ, and everybody stands in each."""
    rows = [
        _map(),
        _map("a", "x"),
        _map("a", "y"),
        _map("b", "z"),
        _map(model="other"),
        _map("a", "x", model="other"),
    ]
    found = error_maps.figures(rows, key="e")
    assert [figure.caption.split(":")[0] for figure in found] == [
        "Where student errs around the aligned face, by a",
        "Where student errs around the aligned face, by b",
        "Where other errs around the aligned face, by a",
    ]
    used = [set(re.findall(r'id="([^"]+)"', figure.drawing)) for figure in found]
    assert not set.intersection(*used)
    assert all(figure.of == "/audit/error_maps" for figure in found)


def test_without_groups_everybody_is_drawn_alone() -> None:
    """Where nobody was placed in groups, or no group may be shown."""
    (alone,) = error_maps.figures([_map()], key="e")
    (hidden,) = error_maps.figures([_map(), _map("a", "x", n_people=None)], key="e")
    assert alone == hidden
    assert "by" not in alone.caption.split(":")[0].split()


def test_where_nobody_may_be_shown_there_is_no_figure() -> None:
    """Too few people in all."""
    assert error_maps.figures([_map(n_people=None), _map("a", "x", n_people=None)], key="e") == []


def test_a_hidden_group_has_a_row_that_says_so() -> None:
    """It is not left out unseen."""
    (figure,) = error_maps.figures([*_rows(), _map("glasses", "some", n_people=None)], key="e")
    assert {"some", "too few people", "to show"} <= set(_texts(figure.drawing))
    assert "some: too few people to show." in figure.alt


def test_hidden_groups_take_little_room() -> None:
    """Their rows are as high as their names, not as high as a drawing."""
    hidden = [_map("glasses", f"g{number}", n_people=None) for number in range(10)]
    heights = [
        float(re.findall(r'viewBox="0 0 \S+ ([^"]+)"', error_maps.figures(rows, key="e")[0].drawing)[0])
        for rows in (_rows(), [*_rows(), *hidden])
    ]
    assert heights[1] < 2.5 * heights[0]


def test_a_group_of_which_no_place_is_known_is_named() -> None:
    """There are people, but their pictures reach nowhere: that is not the same as no errors."""
    blank = _map("glasses", "aside", n_people=9, hidden_rows=GRID)
    (figure,) = error_maps.figures([*_rows(), blank], key="e")
    assert "aside, 18 images of 9 people: nothing is known of any place." in figure.alt
    assert error_maps.figures([_map(hidden_rows=GRID)], key="e") == []


def test_the_figure_in_words_names_the_zones_of_the_largest_errors() -> None:
    """For everybody and for each group, with its counts."""
    (figure,) = error_maps.figures(_rows(), key="e")
    told = "the model adds most around the shoulders and leaves out most"
    assert f"Everybody, 140 images of 70 people: {told} around the hair." in figure.alt
    assert f"yes, 60 images of 30 people: {told} in the face." in figure.alt
    assert f'aria-label="{figure.alt}"' in figure.drawing


def test_a_map_without_errors_has_no_place_of_most() -> None:
    """The largest of nothing is nothing."""
    (figure,) = error_maps.figures([_map(over={"neck": 0.03})], key="e")
    assert "adds most around the neck and leaves out next to nothing." in figure.alt


def test_accuracy_and_agreement_are_told_apart() -> None:
    """In the caption, as everywhere."""
    (human,) = error_maps.figures([_map()], key="e")
    (proposed,) = error_maps.figures([_map(reference_source="model:selfie")], key="e")
    assert "accuracy against human masks" in human.caption
    assert "agreement with masks proposed by selfie" in proposed.caption


def test_the_map_furthest_from_everybodys_is_told_without_a_verdict() -> None:
    """Which group, which zone, and in which direction."""
    assert error_maps.departure(_rows()) == (
        "Furthest from everybody's is the map of glasses = yes: the model leaves out more in the face. "
        "That describes these pictures and is no verdict."
    )
    fewer = [_map(over={"hair": 0.05}), _map("glasses", "yes", over={"hair": 0.01})]
    assert "the map of glasses = yes: the model adds less around the hair." in str(
        error_maps.departure(fewer)
    )


def test_small_departures_are_not_put_into_words() -> None:
    """Less than half a point of a zone tells nobody anything."""
    rows = [_map(over={"hair": 0.05}), _map("glasses", "yes", over={"hair": 0.053})]
    told = "In no zone is a group's map half a point or more away from everybody's."
    assert error_maps.departure(rows) == told


def test_without_a_group_nothing_differs() -> None:
    """Neither where there is none, nor where none may be shown."""
    assert error_maps.departure([_map()]) is None
    assert error_maps.departure([_map(), _map("a", "x", n_people=None)]) is None


def test_all_rows_share_one_scale() -> None:
    """A row with half the error of another has half its opacity."""
    strong = dict.fromkeys(ZONES, 0.5)
    rows = [_map(over=strong, under=strong), _map("a", "x", over={"hair": 0.25}, under={"hair": 0.25})]
    (figure,) = error_maps.figures(rows, key="e")
    assert "50 of 100 pixels or more" in _texts(figure.drawing)
    assert figure.drawing.count("fill: var(--gap); opacity: 0.5") == 2 + 1  # the scale's own step


def test_unknown_cells_are_blank() -> None:
    """Nothing is drawn where nothing is known: not even the ground of no errors."""
    whole, part = (error_maps.figures([_map(hidden_rows=n)], key="e")[0].drawing for n in (0, 4))
    ground = [
        re.findall(r'<path d="([^"]*)"[^>]*fill: var\(--track\)', drawing)[0] for drawing in (whole, part)
    ]
    heights = [np.ptp([float(y) for y in re.findall(r"[ML] \S+ (\S+)", path)]) for path in ground]
    assert heights[0] == heights[1] * GRID / (GRID - 4)


@pytest.mark.parametrize("n_cells", [0, 1, 37, GRID * GRID])
def test_rectangles_cover_the_cells_once(n_cells: int) -> None:
    """All of them, and no others."""
    chosen = np.random.default_rng(n_cells).permutation(GRID * GRID) < n_cells
    wanted = chosen.reshape(GRID, GRID)
    covered = np.zeros((GRID, GRID), int)
    for top, bottom, left, right in error_maps._rectangles(wanted):
        covered[top:bottom, left:right] += 1
    np.testing.assert_array_equal(covered, wanted)


def test_names_stand_literally() -> None:
    """Whatever people call groups and models; long names are cut in the drawing and whole on hover."""
    long = "x" * 300
    rows = [_map(model=_ODD), _map("a", _ODD, model=_ODD), _map("a", long, model=_ODD)]
    (figure,) = error_maps.figures(rows, key="e")
    assert "<script" not in figure.drawing
    assert _ODD in figure.alt
    assert f"Where {_ODD} errs" in figure.caption
    assert long in figure.drawing
    assert max(len(text) for text in _texts(figure.drawing)) < 60


def test_the_same_maps_give_the_same_bytes() -> None:
    """In the page's colours and on paper."""
    one, other = (error_maps.figures(_rows(), key="e")[0] for _ in range(2))
    assert one == other
    paper = svg.on_paper(one.drawing)
    assert LIGHT["gap"] in paper
    assert "var(--" not in paper


def test_a_row_is_small() -> None:
    """Even one whose cells all differ: a page holds many."""
    rng = np.random.default_rng(0)
    noise: list[list[float | None]] = [list(row) for row in rng.random((GRID, GRID)).round(4).tolist()]
    rows = [row.model_copy(update={"over": noise, "under": noise}) for row in _rows()]
    (figure,) = error_maps.figures(rows, key="e")
    assert len(figure.drawing) / len(rows) < 80_000
    (usual,) = error_maps.figures(_rows(), key="e")
    assert len(usual.drawing) / len(rows) < 8_000
