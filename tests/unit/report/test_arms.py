"""An ablation's table, sheet, plots and page say the same, in points of 100."""

import csv
import io

import cv2
import numpy as np

from datatools.fairness.models.arms_result import AblationResult, Row, RunValue
from datatools.report import arms

_ROW = Row(
    test="held out",
    reading="accuracy",
    reference_source="human",
    metric="iou_fg_image",
    arm="more",
    reference="human",
    attribute="all",
    group="all",
    asked="value",
    is_compared=True,
    n_images=1234,
    n_people=60,
    reference_value=0.9,
    value=0.92,
    difference=0.02,
    low=0.01,
    high=0.03,
    se_people=0.004,
    se_seeds=0.001,
    p_value=0.0001,
    p_holm=0.0002,
    detectable=0.012,
    verdict="difference",
)
_NOTHING = dict.fromkeys(
    (
        "n_images",
        "n_people",
        "reference_value",
        "value",
        "difference",
        "low",
        "high",
        "se_people",
        "se_seeds",
        "p_value",
        "p_holm",
        "detectable",
    )
)


def _result(*rows: Row) -> AblationResult:
    run = RunValue(
        test="held out",
        reading="accuracy",
        reference_source="human",
        metric="iou_fg_image",
        arm="more",
        model="ablate-x-more-0",
        seed=0,
        value=0.921,
    )
    return AblationResult(
        name="x",
        description="Does it help?",
        settings={},
        arms={
            "human": {"targets": "reference"},
            "more": {"targets": "best"},
            "published": {"model": "x.pth"},
        },
        pictures_seen={"human": ["whole at 96 px, 9 steps of 8 pictures"], "more": ["the same"]},
        seeds=[0, 1],
        runs=[run, run.model_copy(update={"seed": None})],
        rows=list(rows),
        n_overall=1,
        n_by_group=2,
        metric_definitions={"iou_fg_image": "IoU."},
        notes=["Mind the | gap."],
        inputs={"models/x": "abc"},
        versions={},
    )


def _group(**changes: object) -> Row:
    return _ROW.model_copy(update={"attribute": "hair", "group": "red", **changes})


def test_the_table_has_a_line_for_each_row_under_its_tests_heading() -> None:
    """Signed points, interval, counts, corrected p-value and verdict."""
    heading, _, line = arms.terminal(_result(_ROW))
    assert heading == "more against human on held out: accuracy against human masks, iou_fg_image"
    assert line.split() == [
        *("everybody", "90.00", "92.00", "+2.00", "[+1.00,", "+3.00]"),
        *("60", "1,234", "<", "0.001", "difference"),
    ]


def test_what_cannot_be_told_says_what_could_be_found() -> None:
    """A gap is signed under both arms; what is too small to show is a dash."""
    told = _group(
        asked="gap to the rest", verdict="insufficient data", p_holm=0.2, reference_value=-0.03, value=-0.01
    )
    hidden = _group(group="few", verdict="suppressed", is_compared=False, **_NOTHING)
    shown = _ROW.model_copy(update={"metric": "dice_image", "is_compared": False, "p_holm": None})
    lines = list(arms.terminal(_result(_ROW, told, hidden, shown)))
    assert "hair: gap to the rest: red" in lines[3]
    assert "−3.00  −1.00" in lines[3]
    assert lines[3].endswith("0.200  insufficient data (finds 1.20)")
    assert lines[4].split() == ["hair:", "few", *["–"] * 7, "suppressed"]
    assert lines[5].endswith("not compared")
    assert "everybody, dice_image" in lines[5]


def test_the_sheet_holds_every_row() -> None:
    """In fractions, what is absent empty."""
    hidden = _group(verdict="suppressed", is_compared=False, **_NOTHING)
    first, second = csv.DictReader(io.StringIO(arms.sheet(_result(_ROW, hidden)).decode()))
    assert (first["difference"], first["verdict"]) == ("0.02", "difference")
    assert (second["difference"], second["verdict"]) == ("", "suppressed")


def test_accuracy_and_agreement_have_plots_of_their_own() -> None:
    """Differences in one, changed gaps in another; the same result draws the same bytes."""
    keyed = _ROW.model_copy(update={"reading": "agreement", "reference_source": "keyed"})
    gap = _group(asked="gap to the rest", verdict="insufficient data", difference=-0.02, low=-0.03, high=0.01)
    worse = _group(difference=-0.02, low=-0.03, high=-0.01)
    alike = _group(verdict="equivalent")
    result = _result(_ROW, worse, alike, keyed, gap)
    drawn = arms.figures(result)
    assert list(drawn) == [
        "difference-more-accuracy.png",
        "gaps-more-accuracy.png",
        "difference-more-agreement.png",
    ]
    assert arms.figures(result) == drawn
    picture = cv2.imdecode(np.frombuffer(drawn["difference-more-accuracy.png"], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] > 2 * 640


def test_the_page_says_how_the_arms_differ_and_what_to_know() -> None:
    """Arms, tables, plots, every run, notes, metrics and hashes."""
    page = arms.markdown(_result(_ROW), ["difference-more-accuracy.png"])
    assert "- **more**: targets best. the same." in page
    assert "- **published**: model x.pth. not trained here." in page
    assert "![difference-more-accuracy](difference-more-accuracy.png)" in page
    assert "| held out | accuracy (human) | iou_fg_image | more | ablate-x-more-0 | – | 92.10 |" in page
    assert "- Mind the | gap." in page
    assert "| models/x | abc |" in page
