"""Do the verdicts at a glance hold every main comparison once, and fit on paper?"""

from datatools.fairness.estimates import ModelAudit
from datatools.fairness.result import AuditResult
from datatools.report.blocks import Block, Table
from datatools.report.outline import glance
from datatools.report.plots import MAX_ROWS
from tests.unit.report.builders import audit, group, model, plain_audit


def _tables(blocks: list[Block]) -> list[Table]:
    return [block for block in blocks if isinstance(block, Table)]


def _of(models: list[ModelAudit]) -> AuditResult:
    return audit().model_copy(update={"models": models})


def test_two_models_stand_side_by_side() -> None:
    """One row a group, with images, people, gap, interval and verdict of each; crossings are below."""
    (table,) = _tables(glance.tables(audit()))
    assert table.head == (
        "Group",
        "Images, people",
        "extremec3net: gap to the rest (accuracy)",
        "selfie: gap to the rest (agreement)",
    )
    assert table.rows[1].cells == (
        "perceived gender = man",
        "208, 104",
        "−1.8 [−2.7, −0.9] gap",
        "−1.8 [−2.7, −0.9] gap",
    )
    assert len(table.rows) == 2 + 5 + 10


def test_suppressed_groups_show_no_number() -> None:
    """Neither a count nor a gap."""
    (table,) = _tables(glance.tables(audit()))
    (hidden,) = (row.cells for row in table.rows if "under 18" in row.cells[0])
    assert hidden[1:] == ("too few", "suppressed", "suppressed")
    (alone,) = _tables(glance.tables(_of([audit().models[0]])))
    (hidden_row,) = (row for row in alone.rows if row.is_suppressed)
    assert hidden_row.cells[1:] == ("not shown: too few people", "suppressed")


def test_one_model_has_its_values_too() -> None:
    """There is room for them."""
    (table,) = _tables(glance.tables(_of([audit().models[0]])))
    assert table.rows[0].cells == (
        "perceived gender = woman",
        "94.2 [93.6, 94.8]",
        "236",
        "118",
        "+1.8 [+1.0, +2.6]",
        "gap",
    )
    assert (table.is_open, table.has_verdict) == (True, True)


def test_of_many_models_each_has_a_table() -> None:
    """Side by side they would not fit; those with a gap are open."""
    quiet = plain_audit([group("woman", 0.93, 0.004, 50, 0.001, "equivalent")]).models[0]
    many = [model(f"m{n}", "human", "accuracy", 0.93) for n in range(3)]
    found = _tables(glance.tables(_of([*many, quiet])))
    assert [table.is_open for table in found] == [True, True, True, False]
    assert found[0].caption.startswith("m0, accuracy against human masks: iou_fg_image")


def test_a_group_that_one_model_lacks_has_a_dash() -> None:
    """Models may have been scored on different people."""
    one = plain_audit([group("woman", 0.93, 0.004, 50, 0.001, "equivalent")]).models[0]
    other = plain_audit([group("man", 0.93, 0.004, 50, 0.001, "equivalent")]).models[0]
    (table,) = _tables(glance.tables(_of([one, other])))
    assert [row.cells[1::2] for row in table.rows] == [("100, 50", "–"), ("–", "100, 50")]


def test_of_many_groups_the_largest_gaps_are_shown() -> None:
    """A glance is short; the table below has all."""
    groups = [group(f"g{n}", 0.9, 0.01, 50, -0.001 * n, "insufficient data") for n in range(500)]
    blocks = glance.tables(plain_audit(groups))
    (table,) = _tables(blocks)
    assert (len(table.rows), table.rows[0].cells[0]) == (MAX_ROWS, "perceived gender = g499")


def test_nothing_compared_has_no_table() -> None:
    """Nor a sentence about one."""
    assert glance.tables(plain_audit([])) == []
