"""Arms that weigh everybody against the worst group are drawn, listed and written from one result."""

import csv
import io
import re

from datatools.fairness.estimates import Interval
from datatools.fairness.models.arms_result import ParetoPoint
from datatools.report import pareto


def _around(value: float, half: float = 0.02) -> Interval:
    return Interval(value=value, low=value - half, high=value + half)


def _point(arm: str, overall: float, worst: float, *beaten_by: str, test: str = "held out") -> ParetoPoint:
    is_reference = arm == "none"
    return ParetoPoint(
        test=test,
        reading="accuracy",
        reference_source="human",
        metric="iou_fg_image",
        attribute="hair",
        arm=arm,
        reference="none",
        worst_group="red",
        n_images=90,
        n_people=60,
        overall=_around(overall),
        worst=_around(worst),
        overall_change=None if is_reference else _around(overall - 0.9, 0.004),
        worst_change=None if is_reference else _around(worst - 0.8, 0.006),
        dominated_by=list(beaten_by),
    )


_POINTS = [
    _point("none", 0.9, 0.8),
    _point("balanced", 0.89, 0.82),
    _point("odd", 0.88, 0.79, "none", "balanced"),
]


def test_each_test_has_a_chart_of_its_own() -> None:
    """With its values in words; the same points give the same bytes."""
    points = [*_POINTS, _point("none", 0.9, 0.8, test="Faces, all!")]
    drawn = pareto.charts(points)
    labels = [re.search('aria-label="([^"]*)"', chart) for chart in drawn]
    assert [label[1] for label in labels if label] == [
        "Everybody and the worst group of hair on held out: none 90.00 and 80.00; balanced 89.00 and 82.00; "
        "odd 88.00 and 79.00",
        "Everybody and the worst group of hair on Faces, all!: none 90.00 and 80.00",
    ]
    assert pareto.charts(points) == drawn
    assert list(pareto.places(points)) == [[0, 1, 2], [3]]


def test_arms_in_one_place_are_still_drawn() -> None:
    """Their names move apart, and an axis has a width."""
    points = [_point(arm, 0.9, 0.8) for arm in ("none", "twin", "triplet")]
    assert len(pareto.charts(points)) == 1


def test_the_better_side_is_up_and_right_for_errors_too() -> None:
    """The same places by a metric of errors: another picture, whose axes fall."""
    errors = [point.model_copy(update={"metric": "under_frac"}) for point in _POINTS]
    assert pareto.charts(errors) != pareto.charts(_POINTS)


def test_the_table_says_who_is_beaten_by_whom() -> None:
    """Values and changes in points, each with its interval."""
    ((heading, (_, first, _, last)),) = pareto.tables(_POINTS)
    assert heading == "held out: accuracy against human masks, iou_fg_image, worst group of hair"
    assert first == (
        "none",
        "90.00",
        "[88.00, 92.00]",
        "–",
        "80.00",
        "red",
        "[78.00, 82.00]",
        "–",
        "on the front",
    )
    assert last[3] == "−2.00 [−2.40, −1.60]"
    assert last[-1] == "behind none, balanced"


def test_the_sheet_holds_every_number() -> None:
    """In fractions; what the reference arm has not is empty."""
    rows = list(csv.DictReader(io.StringIO(pareto.sheet(_POINTS).decode())))
    assert [row["is_on_front"] for row in rows] == ["True", "True", "False"]
    assert (rows[0]["overall_change"], rows[0]["worst_low"]) == ("", "0.78")
    assert rows[2]["dominated_by"] == "none balanced"


def test_an_undefined_number_is_a_dash() -> None:
    """Not a zero."""
    assert (pareto.in_points(None), pareto.in_points(-0.5), pareto.in_points(0.5, signed=True)) == (
        "–",
        "−50.00",
        "+50.00",
    )
