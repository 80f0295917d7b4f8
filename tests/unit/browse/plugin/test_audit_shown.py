"""What the audit panel shows of an audit."""

from pathlib import Path

import pytest

from datatools.browse.plugin import audit_shown
from datatools.fairness.estimates import Group
from datatools.fairness.result import AuditResult
from datatools.report.style import DARK
from datatools.workspace import Workspace
from tests.stages import people
from tests.unit.report.builders import audit, fill, group, plain_audit, suppressed, write_audit
from tests.unit.report.cards.made import write_audit_run


def _rows(groups: list[Group], metric: str = "iou_fg_image") -> list[audit_shown.Row]:
    result = plain_audit(groups)
    model = result.models[0]
    return audit_shown.rows(model, model.attributes[0], metric, result)


WOMEN = group("woman", 0.93, 0.006, 118, 0.018, "gap")


def test_a_row_says_value_gap_and_verdict() -> None:
    """Points of 100 with intervals, and the corrected p-value."""
    _, row = _rows([WOMEN])
    assert row.cells == {
        "label": "woman",
        "n_people": "118",
        "n_images": "236",
        "value": "93.0 [92.4,\N{NO-BREAK SPACE}93.6]",
        "gap": "+1.8 [+1.0,\N{NO-BREAK SPACE}+2.6]",
        "verdict": "gap (p 0.004)",
    }


def test_everybody_stands_first() -> None:
    """Everybody is no group, and is compared with nobody."""
    first, _ = _rows([WOMEN])
    assert (first.label, first.gap, first.verdict) == ("everybody", "", "")


def test_another_metric_is_shown_and_not_compared() -> None:
    """Gap and verdict are of the compared metric alone."""
    (row,) = _rows([WOMEN], "boundary_f1")
    assert (row.value, row.gap, row.verdict) == ("73.0 [72.4, 73.6]", "", "")


def test_a_suppressed_group_has_no_numbers() -> None:
    """It is named, with no count and no value, under every metric."""
    for metric in ("iou_fg_image", "boundary_f1"):
        row = _rows([WOMEN, suppressed("other")], metric)[-1]
        assert (row.is_shown, row.n_people, row.value) == (False, "", "too few people to show")


def test_accuracy_and_agreement_are_named() -> None:
    """The panel's title says which of the two the numbers are."""
    found = [audit_shown.title(model) for model in audit().models]
    assert found == [
        "extremec3net: accuracy against rendered masks, which are exact",
        "selfie: agreement with masks keyed from a plain background",
    ]


def test_the_compared_metric_is_offered_first() -> None:
    """Then those that are shown beside it."""
    model = audit().models[0]
    assert audit_shown.metrics(model, model.attributes[0])[0] == model.attributes[0].metric


def test_an_audit_without_groups_shows_everybody() -> None:
    """Every metric of everybody is offered."""
    result = plain_audit([])
    model = result.models[0].model_copy(update={"attributes": []})
    shown = audit_shown.rows(model, None, "iou_fg_image", result)
    assert (audit_shown.metrics(model, None), [row.label for row in shown]) == (
        ["iou_fg_image"],
        ["everybody"],
    )


def test_points_of_the_plot_lead_to_their_rows() -> None:
    """A suppressed group has a line and no point; ids count the rows."""
    rows = _rows([WOMEN, suppressed("other"), group("man", 0.9, 0.01, 90, -0.018, "gap")])
    (data,), layout = audit_shown.forest(rows, "iou_fg_image")
    assert (data["ids"], data["x"]) == (["0", "1", "3"], pytest.approx([93.0, 93.0, 90.0]))
    axis = layout["yaxis"]
    assert isinstance(axis, dict)
    assert axis["ticktext"] == ["everybody", "woman", "other", "man"]


def test_marks_carry_the_colour_of_the_verdict() -> None:
    """An open mark: nothing is settled."""
    unsure = group("man", 0.9, 0.01, 20, -0.01, "insufficient data")
    (data,), _ = audit_shown.forest(_rows([WOMEN, unsure]), "iou_fg_image")
    marker = data["marker"]
    assert isinstance(marker, dict)
    assert (marker["color"][1:], marker["symbol"][1:]) == (
        [DARK["gap"], DARK["unsure"]],
        ["circle", "circle-open"],
    )


def test_names_are_text_to_plotly() -> None:
    """A group's name with an element in it is shown, not run."""
    _, layout = audit_shown.forest(_rows([group("<b>x</b>", 0.9, 0.01, 20, 0.0, "gap")]), "iou")
    axis = layout["yaxis"]
    assert isinstance(axis, dict)
    assert axis["ticktext"][-1] == "&lt;b&gt;x&lt;/b&gt;"


def test_the_newest_audit_comes_first(workspace: Workspace) -> None:
    """By the run that wrote it."""
    for number, name in ((1, "old"), (2, "new")):
        write_audit(workspace, audit(name))
        write_audit_run(workspace, number, name)
    assert audit_shown.reports(workspace) == ["new", "old"]


def _audited(workspace: Workspace) -> AuditResult:
    inputs = workspace.hashes([workspace.root / "tables" / "scores.parquet"])
    return audit(inputs=inputs)


def test_an_audit_of_today_has_no_changes(workspace: Workspace, tmp_path: Path) -> None:
    """Nothing is said while the tables are what the audit read."""
    fill(workspace, tmp_path / "src", 3)
    assert audit_shown.changes(workspace, _audited(workspace)) == []


def test_a_stale_audit_says_what_came_after_it(workspace: Workspace, tmp_path: Path) -> None:
    """New answers, and a table that changed."""
    fill(workspace, tmp_path / "src", 3)
    result = _audited(workspace)
    workspace.append_batch([people.answer(1, "female")])
    (workspace.root / "tables" / "scores.parquet").write_bytes(b"other")
    told = audit_shown.changes(workspace, result)
    assert ["scores.parquet" in told[0], "came after the audit" in told[1]] == [True, True]
