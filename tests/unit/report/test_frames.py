"""Typed results become frames with the numbers as they are; a frame made again is held against them."""

import html

import pandas as pd
import pytest

from datatools.errors import DataError
from datatools.fairness.result import AuditResult
from datatools.report import frames
from datatools.report.facts import Step
from tests.unit.report import builders, sections
from tests.unit.report.formats.outlines import HOSTILE, LONG


def _changed(audit: AuditResult, value: float | None) -> AuditResult:
    """Give the audit with another overall value of its first model."""
    model = audit.models[0]
    estimate = model.overall["iou_fg_image"].model_copy(update={"value": value})
    other = model.model_copy(update={"overall": {**model.overall, "iou_fg_image": estimate}})
    return audit.model_copy(update={"models": [other, *audit.models[1:]]})


def test_numbers_stand_as_in_the_result() -> None:
    """A row a group, named by it; what is suppressed is missing, and counts stay whole numbers."""
    attribute = builders.audit().models[0].attributes[1]
    table = frames.groups(attribute)
    group = attribute.groups[0]
    assert list(table.index) == [one.group for one in attribute.groups]
    assert (table.index.name, table.columns.name) == ("perceived_age_band", "iou_fg_image")
    assert table["value"].iloc[0] == group.estimate.value
    assert table["gap_low"].iloc[0] == group.comparison.gap.low
    assert table["n_people"].iloc[0] == 96
    assert table.loc["under 18"].drop("verdict").isna().all()


@pytest.mark.parametrize("name", [HOSTILE, LONG, "=1+1", "$x$", r"\(x\)", "a\nb"])
def test_names_appear_literally_in_a_notebook(name: str) -> None:
    """No tag and no formula is made of a group's or an attribute's name, and none is cut."""
    groups = [builders.group(name, 0.9, 0.01, 20, -0.01, "gap")]
    table = frames.groups(builders.attribute(name, groups))
    with pd.option_context("display.html.use_mathjax", False, "display.max_colwidth", None):
        page = table._repr_html_()  # type: ignore[operator]  # the stubs take it for a column
    assert isinstance(page, str)
    assert page.count(html.escape(name, quote=False).replace("\n", "\\n")) == 2
    assert "<script>" not in page
    assert "mathjax_ignore" in page


def test_tables_of_everybody_and_of_the_data() -> None:
    """A row for each model and metric, each group's share, each step."""
    audit = builders.audit()
    n_shares = sum(len(one.people) + len(one.acceptance) for one in audit.composition)
    assert len(frames.overall(audit)) == sum(len(model.overall) for model in audit.models)
    assert len(frames.composition(audit)) == n_shares
    steps = frames.steps([Step(step="found", n_images=3, n_people=2)])
    assert steps.loc["found"].to_dict() == {"n_images": 3, "n_people": 2}


def test_adjusted_gaps_stand_beside_raw_ones() -> None:
    """A row a group of every attribute that was adjusted; without any there are no rows."""
    audit = sections.full_audit()
    table = frames.adjusted(audit)
    assert len(table) == sum(len(one.groups) for one in audit.adjustments)
    assert table["raw"].iloc[0] == audit.adjustments[0].groups[0].raw.value
    assert frames.adjusted(builders.audit()).empty


def test_equal_tables_are_told_as_equal() -> None:
    """Also where both lack a number."""
    audit = builders.audit()
    assert frames.compared(frames.overall(audit), frames.overall(audit)).startswith("equal to report.json: ")
    age = audit.models[0].attributes[1]
    assert frames.compared(frames.groups(age), frames.groups(age)).startswith("equal to report.json: ")
    empty = frames.steps([])
    assert frames.compared(empty, empty) == "equal to report.json: 0 cells"


@pytest.mark.parametrize(("value", "words"), [(0.5, "0.5"), (None, "nan")])
def test_another_number_is_named(value: float | None, words: str) -> None:
    """With its row, its column and both numbers."""
    before, now = frames.overall(builders.audit()), frames.overall(_changed(builders.audit(), value))
    message = f"value of extremec3net, rendered, iou_fg_image is 0.933 in report.json, {words} of the data"
    with pytest.raises(DataError, match=message):
        frames.compared(now, before)


def test_another_verdict_is_named() -> None:
    """Text is compared as text."""
    attribute = builders.audit().models[0].attributes[0]
    now = frames.groups(attribute).replace({"verdict": {"gap": "equivalent"}})
    with pytest.raises(DataError, match=r"verdict of woman is gap in report.json, equivalent of the data"):
        frames.compared(now, frames.groups(attribute))


def test_another_row_is_named() -> None:
    """Whether the report has it alone, or the data."""
    audit = builders.audit()
    fewer = frames.overall(audit.model_copy(update={"models": audit.models[:1]}))
    with pytest.raises(DataError, match=r"only report.json has selfie, keyed, iou_fg_image"):
        frames.compared(fewer, frames.overall(audit))
    with pytest.raises(DataError, match=r"only the data has selfie, keyed, iou_fg_image"):
        frames.compared(frames.overall(audit), fewer)


def test_another_order_and_another_attribute_are_named() -> None:
    """The same groups in another order, or of another attribute, are another table."""
    attributes = builders.audit().models[0].attributes
    table = frames.groups(attributes[1])
    with pytest.raises(DataError, match="the rows stand in another order"):
        frames.compared(table[::-1], table)
    with pytest.raises(DataError, match=r"report.json tells of .*perceived_gender.*, the data of .*age"):
        frames.compared(table, frames.groups(attributes[0]))


def test_many_differences_are_counted() -> None:
    """An error is no list of everything."""
    table = frames.groups(builders.audit().models[0].attributes[1])
    with pytest.raises(DataError, match="and 12 others"):
        frames.compared(table.assign(value=0.0, low=0.0, n_people=1), table)
