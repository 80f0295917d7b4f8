"""An ablation's table, sheet and page say the same, in points of 100."""

import csv
import io
import re
from typing import Any

from datatools.fairness.models.arms_result import AblationResult, Row, RunValue
from datatools.report import arms
from datatools.report.blocks import Figure, Listed, Section, Statement, Table, walk
from datatools.report.outline import ablation

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
        *("60", "1,234", "<", "0.001", "1.20", "difference"),
    ]


def test_what_cannot_be_told_says_what_could_be_found() -> None:
    """A gap is signed under both arms; what is too small to show is a dash."""
    told = _group(
        asked="gap to the rest", verdict="insufficient data", p_holm=0.2, reference_value=-0.03, value=-0.01
    )
    hidden = _group(group="few", verdict="suppressed", is_compared=False, **_NOTHING)
    shown = _ROW.model_copy(update={"metric": "dice_image", "is_compared": False, "p_holm": None})
    lines = list(arms.terminal(_result(_ROW, told, hidden, shown)))
    assert "hair = red: gap to the rest" in lines[3]
    assert "−3.00  −1.00" in lines[3]
    assert lines[3].endswith("0.200        1.20  insufficient data")
    assert lines[4].split() == ["hair", "=", "few", *["–"] * 8, "suppressed"]
    assert lines[5].endswith("not compared")
    assert "everybody, dice_image" in lines[5]


def test_the_sheet_holds_every_row() -> None:
    """In fractions, what is absent empty."""
    hidden = _group(verdict="suppressed", is_compared=False, **_NOTHING)
    first, second = csv.DictReader(io.StringIO(arms.sheet(_result(_ROW, hidden)).decode()))
    assert (first["difference"], first["verdict"]) == ("0.02", "difference")
    assert (second["difference"], second["verdict"]) == ("", "suppressed")


def _texts(section: Section) -> list[str]:
    """Give every word of a section."""
    found = [section.title]
    for block in section.blocks:
        if isinstance(block, Statement):
            found.append(block.text)
        elif isinstance(block, Listed):
            found += [item.text for item in block.items]
        elif isinstance(block, Table):
            found += [block.caption, *block.head, *(cell for row in block.rows for cell in row.cells)]
        elif isinstance(block, Figure):
            found.append(block.alt)
    return found


def _page(result: AblationResult) -> dict[str, str]:
    return {section.key: "\n".join(_texts(section)) for section in walk(ablation.of(result).sections)}


def test_the_page_says_first_what_can_be_said_and_what_cannot() -> None:
    """With value, interval, people and corrected p; open questions with what could have been found."""
    lower = _ROW.model_copy(update={"test": "faces", "difference": -0.02, "low": -0.03, "high": -0.01})
    alike = _ROW.model_copy(update={"test": "bodies", "verdict": "equivalent", "difference": 0.001})
    unsure = _ROW.model_copy(update={"test": "cars, too", "verdict": "insufficient data"})
    page = _page(_result(_ROW, lower, alike, unsure, _group(verdict="insufficient data")))
    assert (
        "held out, everybody: 2.00 points higher [+1.00, +3.00] with more than with human; " in page["cansay"]
    )
    assert "1,234 images of 60 people, corrected p < 0.001." in page["cansay"]
    assert "faces, everybody: 2.00 points lower [−3.00, −1.00]" in page["cansay"]
    assert "bodies, everybody: more and human are equivalent, +0.10 " in page["cansay"]
    assert "Differences under 1.20 points would mostly go unseen" in page["cannotsay"]
    assert "held out, by group: insufficient data for some of hair." in page["cannotsay"]
    assert ablation.of(_result(_ROW, lower, alike, unsure)).headline == (
        "more against human: higher on held out (+2.00); lower on faces (−2.00); equivalent on bodies; "
        "not settled on cars, too."
    )


def test_accuracy_and_agreement_are_never_in_one_section() -> None:
    """Differences in one figure, changed gaps in another; the same result draws the same."""
    keyed = _ROW.model_copy(update={"reading": "agreement", "reference_source": "keyed"})
    gap = _group(asked="gap to the rest", verdict="insufficient data", difference=-0.02, low=-0.03, high=0.01)
    result = _result(_ROW, _group(verdict="equivalent"), keyed, gap)
    page = ablation.of(result)
    compared = [section for section in page.sections if section.key in {"c0", "c1"}]
    assert [len([b for b in one.blocks if isinstance(b, Figure)]) for one in compared] == [2, 1]
    assert "Accuracy against human masks." in _texts(compared[0])
    assert "Agreement with masks keyed from a plain background." in _texts(compared[1])
    glance = next(section for section in walk(page.sections) if section.key == "glance")
    assert len(glance.blocks) == 2
    assert ablation.of(result) == page


def test_the_page_says_how_the_arms_differ_and_what_to_know() -> None:
    """Arms, every run, notes, metrics and hashes."""
    page = _page(_result(_ROW))
    assert "more\ntargets best\nthe same" in page["arms"]
    assert "published\nmodel x.pth\nnot trained here" in page["arms"]
    assert "ablate-x-more-0\nmore\n–\nheld out\naccuracy (human)\niou_fg_image\n92.10" in page["runs"]
    assert "Mind the | gap." in page["limits"]
    assert "models/x\nabc" in page["provenance"]


def test_every_number_of_a_row_is_of_the_comparison_that_it_points_at() -> None:
    """Pointers lead into ablation.json."""
    result = _result(
        _ROW, _group(difference=-0.013, low=-0.02, high=-0.006, value=0.7, reference_value=0.713)
    )
    told = result.model_dump(mode="json")
    for section in walk(ablation.of(result).sections):
        for table in (block for block in section.blocks if isinstance(block, Table)):
            for row in table.rows:
                numbers = re.findall(r"[−+]?\d[\d,]*\.\d\d\b", " ".join(row.cells))
                held = _numbers(_at(told, row.of))
                assert [n for n in numbers if _value(n) not in held] == []


def _value(text: str) -> float:
    return round(abs(float(text.replace("−", "-").replace(",", ""))), 2)


def _at(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        value = value[int(step) if isinstance(value, list) else step.replace("~1", "/").replace("~0", "~")]
    return value


def _numbers(value: Any) -> set[float]:
    if isinstance(value, dict | list):
        return set().union(*map(_numbers, value.values() if isinstance(value, dict) else value))
    return {round(abs(100 * value), 2)} if isinstance(value, float) else set()
