"""What is told of one model by the groups of one attribute?"""

from urllib.parse import quote

import pytest

from datatools.fairness.estimates import AttributeAudit, Interval, ModelAudit, Pair, Spread
from datatools.fairness.result import AuditResult
from datatools.report import figures as drawn
from datatools.report.blocks import Section
from datatools.report.outline import attribute
from datatools.report.verdicts import main_metric, margin
from tests.unit.report import builders
from tests.unit.report.builders import audit, group, plain_audit
from tests.unit.report.outline.reading import cells, figures, said, tables
from tests.unit.report.sections import comparison, full_audit


def _section(result: AuditResult, place: int = 0) -> Section:
    model = result.models[0]
    view = attribute.View(
        model=model,
        audit=result,
        tints=drawn.colours(result),
        margin=margin(result),
        main_metric=main_metric(model),
    )
    return attribute.section(view, model.attributes[place], key="a", of=f"/audit/models/0/attributes/{place}")


def _with(attributes: list[AttributeAudit]) -> AuditResult:
    first: ModelAudit = audit().models[0]
    return audit().model_copy(update={"models": [first.model_copy(update={"attributes": attributes})]})


def test_groups_lead_to_a_gallery_and_hidden_ones_do_not() -> None:
    """Whom the table does not show, its links do not show either."""
    result = audit()
    model = result.models[0]
    view = attribute.View(
        model=model,
        audit=result,
        tints=drawn.colours(result),
        margin=margin(result),
        main_metric=main_metric(model),
        gallery="gallery/index.html",
    )
    found = attribute.section(view, model.attributes[0], key="a", of="/audit/models/0/attributes/0")
    name = model.attributes[0].attribute
    for row, one in zip(tables(found)[0].rows, model.attributes[0].groups, strict=True):
        named = quote(f"{name}:{one.group}", safe="")
        assert row.seen_at == (None if row.is_suppressed else f"gallery/index.html#group={named}")


def test_the_table_holds_every_group_with_n_interval_and_verdict() -> None:
    """Value, counts, gap, corrected p, detectable gap, people to add."""
    table, _ = tables(_section(audit()))
    assert cells(table)[1] == (
        "man",
        "92.4 [91.7, 93.1]",
        "208",
        "104",
        "−1.8 [−2.7, −0.9]",
        "0.004",
        "2.0",
        "–",
        "gap",
    )
    assert table.caption == (
        "iou_fg_image by perceived gender: accuracy in points of 100, 95% intervals. Gap: the group minus "
        "the rest."
    )
    assert table.rows[1].of == "/audit/models/0/attributes/0/groups/1"


def test_values_and_gaps_are_drawn_and_told() -> None:
    """Two forests, whose words have each row's numbers."""
    values, gaps = figures(_section(audit()))
    assert "woman 94.2 [93.6, 94.8] · 236 images, 118 people" in values.alt
    assert "man −1.8 [−2.7, −0.9] · gap" in gaps.alt


def test_crossings_are_a_heat_map() -> None:
    """With suppressed cells shown as such."""
    section = _section(audit(), 3)
    (heat,) = figures(section)
    assert (heat.is_wide, "too few" in heat.drawing) == (True, True)
    suppressed = [row for row in tables(section)[0].rows if row.is_suppressed]
    assert {row.cells[1:] for row in suppressed} == {("not shown: too few people", "suppressed")}


def test_other_metrics_are_folded() -> None:
    """The main metric is open; other attributes' sections say which metric they tell."""
    main, other = _section(audit()), _section(audit(), 4)
    assert (main.is_open, main.title) == (True, "By perceived gender")
    assert (other.is_open, other.title) == (False, "boundary_iou by perceived gender")


def test_metrics_that_were_not_compared_are_shown() -> None:
    """In a folded table of their own."""
    _, others = tables(_section(audit()))
    assert (others.head, others.is_open) == (("Group", "boundary_f1", "Images", "People"), False)
    assert "shown, not compared" in others.caption


def test_pairs_the_lowest_group_and_the_spread_are_told() -> None:
    """The lowest group with the allowance for having been picked."""
    section = _section(full_audit())
    pairs = tables(section)[-1]
    assert cells(pairs)[0] == ("women less men", "−2.1 [−3.1, −1.1]", "0.004", "2.0", "gap")
    assert said(section)[-2:] == [
        "Lowest group: women, 91.1 [90.1, 92.1]. As the lowest of several it was partly picked for its bad "
        "luck; allowing for that, it lies between 90.9 and 92.9.",
        "Largest gap between two groups: 4.2 points. With no difference at all, groups of these sizes would "
        "show 1.7 points by chance (permutation p 0.003).",
    ]


def test_a_single_shown_group_has_no_spread() -> None:
    """There is no gap between one group and itself."""
    none = Spread(gap=None, expected_under_null=None, p_value=None)
    bare = group("a", 0.9, 0.01, 20, -0.03, "gap").model_copy(update={"other_metrics": {}})
    one = builders.attribute("skin_tone", [bare]).model_copy(update={"spread": none})
    section = _section(_with([one]))
    assert (len(said(section)), len(tables(section))) == (1, 1)


def test_of_very_many_pairs_the_largest_are_shown() -> None:
    """Five hundred groups have a hundred thousand pairs."""
    pairs = [Pair(group=f"g{n}", other="h", comparison=comparison(0.0001 * n)) for n in range(300)]
    one = audit().models[0].attributes[0].model_copy(update={"pairs": pairs})
    table = tables(_section(_with([one])))[-1]
    assert (len(table.rows), table.rows[0].cells[0], "report.json has all" in table.caption) == (
        200,
        "g299 less h",
        True,
    )


def test_shrunken_values_have_a_column_where_there_are_any() -> None:
    """Beside the raw one, and explained."""
    shrunken = Interval(value=0.915, low=0.9, high=0.93)
    groups = [
        group("a", 0.9, 0.01, 20, -0.03, "gap").model_copy(update={"shrunken": shrunken}),
        group("b", 0.93, 0.01, 20, 0.03, "gap"),
    ]
    table = tables(_section(plain_audit(groups)))[0]
    assert [row[2] for row in cells(table)] == ["91.5 [90.0, 93.0]", "–"]
    assert "Shrunken: drawn towards" in table.caption


def test_many_groups_are_drawn_at_their_ends_and_listed_whole() -> None:
    """A figure of five hundred rows shows nothing."""
    groups = [group(f"g{n:03d}", 0.5 + 0.0005 * n, 0.01, 50, -0.25 + 0.0005 * n, "gap") for n in range(500)]
    section = _section(plain_audit(groups))
    values, gaps = figures(section)
    assert ["g000" in values.alt, "g250" in values.alt, "g499" in values.alt] == [True, False, True]
    assert "of many groups the lowest and the highest" in gaps.caption
    assert len(tables(section)[0].rows) == 500


def test_folded_metrics_of_many_groups_have_no_figure() -> None:
    """The table alone is small."""
    many = [group(f"g{n}", 0.9, 0.01, 50, -0.01, "insufficient data") for n in range(13)]
    attributes = [
        builders.attribute("perceived_gender", many),
        builders.attribute("perceived_gender", many, metric="boundary_iou"),
    ]
    result = _with(attributes)
    assert [len(figures(_section(result, place))) for place in (0, 1)] == [2, 0]


@pytest.mark.parametrize(
    ("n", "verb"), [(1, "1 person has no answer and is"), (2, "2 people have no answer and are")]
)
def test_who_is_left_out_is_counted(n: int, verb: str) -> None:
    """In the sentence above the figures."""
    one = audit().models[0].attributes[0].model_copy(update={"n_unlabelled": n, "n_suppressed": 1})
    assert said(_section(_with([one])))[0] == (
        f"iou_fg_image. Groups answered by: annotator. {verb} left out. 1 group is too small to be shown."
    )
