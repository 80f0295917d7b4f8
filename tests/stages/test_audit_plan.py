"""The stage audit plan: how many people settle a gap."""

import json
from pathlib import Path

import pytest

from datatools import tables
from datatools.cli import main
from datatools.errors import DataError, UsageError
from datatools.fairness.planning.planning_result import PlanResult
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.stages.audit_plan import Settings, run
from datatools.workspace import Workspace
from tests.scores import score_with_iou
from tests.stages import people
from tests.stages.people import answer, sample, sample_id

_GENDERS = ["female"] * 8 + ["male"] * 20


def _filled(workspace: Workspace, *, models: tuple[str, ...] = ("student",), spread: float = 0.02) -> None:
    """Write 28 people of two genders with one picture each, scored by the models."""
    people.ingest(workspace, workspace.root, [sample(number) for number in range(len(_GENDERS))])
    scores = [
        score_with_iou(sample_id(n), sample_id(n), 0.9 + spread * (n % 5 - 2), model=model)
        for n in range(len(_GENDERS))
        for model in models
    ]
    workspace.write(tables.SCORES, scores)
    workspace.append_batch([answer(number, value) for number, value in enumerate(_GENDERS)])


def _run(workspace: Workspace, **settings: object) -> StageResult:
    return run(workspace, Settings.model_validate(settings), Progress("quiet"))


def _written(workspace: Workspace, name: str = "plan") -> PlanResult:
    text = (workspace.report_folder(name) / "plan.json").read_text()
    return PlanResult.model_validate_json(text)


def test_flags_alone_make_a_plan_and_write_nothing(tmp_path: Path) -> None:
    """No workspace is needed, and none is made."""
    result = _run(Workspace(tmp_path / "none"), gap=0.02, groups=12)
    assert result.facts["n_comparisons"] == 12
    assert list(tmp_path.iterdir()) == []
    assert "--out" in result.notes[-1]


def test_out_keeps_the_plan_and_its_plot(tmp_path: Path) -> None:
    """A folder of one's own instead of a workspace's."""
    _run(Workspace(tmp_path / "none"), people=["A:30", "B:400"], out=tmp_path / "kept")
    result = PlanResult.model_validate_json((tmp_path / "kept" / "plan.json").read_text())
    assert [(group.group, group.n_people, group.n_rest) for group in result.groups] == [
        ("A", 30, 400),
        ("B", 400, 30),
    ]
    assert (tmp_path / "kept" / "plan.png").read_bytes().startswith(b"\x89PNG")


def test_a_workspace_keeps_the_plan_in_its_reports(workspace: Workspace) -> None:
    """With a run record that names the files."""
    _filled(workspace)
    _run(workspace, attributes=["perceived_gender"], name="next")
    record = json.loads(workspace.run_files()[-1].read_text())
    assert sorted(record["outputs"]) == ["reports/next/plan.json", "reports/next/plan.png"]
    assert _written(workspace, "next").name == "next"


def test_the_spread_is_that_of_the_scores(workspace: Workspace) -> None:
    """Where one model was scored it needs no name."""
    _filled(workspace)
    _run(workspace)
    found = _written(workspace).variation
    assert (found.n_people, found.n_images) == (28, 28)
    assert found.between**2 + found.within**2 == pytest.approx(0.0282**2, rel=0.05)


def test_given_spreads_stand_above_measured_ones(workspace: Workspace) -> None:
    """And the plan says so."""
    _filled(workspace)
    _run(workspace, between=0.04, within=0.03)
    found = _written(workspace).variation
    assert (found.between, found.within, found.n_people) == (0.04, 0.03, None)
    assert "as given" in found.source


def test_the_groups_of_attributes_are_those_of_an_audit(workspace: Workspace) -> None:
    """Two groups are one comparison; both are listed with their people."""
    _filled(workspace)
    _run(workspace, attributes=["perceived_gender"])
    result = _written(workspace)
    assert [(group.group, group.n_people) for group in result.groups] == [("female", 8), ("male", 20)]
    assert (result.n_comparisons, result.n_suppressed) == (1, 0)


def test_small_groups_are_not_shown(workspace: Workspace) -> None:
    """Nor the other one of two, which would tell them by subtraction."""
    _filled(workspace)
    with pytest.raises(UsageError, match="fewer than 9 people"):
        _run(workspace, attributes=["perceived_gender"], min_people=9)


def test_a_workspace_without_scores_plans_with_published_spreads(workspace: Workspace) -> None:
    """And says that nothing was measured."""
    people.ingest(workspace, workspace.root, [sample(0)])
    result = _run(workspace)
    assert any("assumed" in note for note in result.notes)


def test_dry_run_writes_nothing(workspace: Workspace) -> None:
    """The plan is told all the same: it costs nothing."""
    before = workspace.run_files()
    result = _run(workspace, dry_run=True)
    assert result.facts["pictures"] != []
    assert workspace.run_files() == before


def test_the_command_line_prints_facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``audit plan`` is a verb below the verb ``audit``."""
    flags = ["--gap", "0.03", "--people", "A:30", "B:400", "--json", "--workspace", str(tmp_path / "none")]
    assert main(["audit", "plan", *flags]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["gap"], [group["n_people"] for group in facts["groups"]]) == (0.03, [30, 400])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"people": ["A"]}, "NAME:NUMBER"),
        ({"people": ["A:0", "B:3"]}, "at least 1"),
        ({"people": ["A:3", " a:4"]}, "twice"),
        ({"people": ["A:3"]}, "nobody to compare"),
        ({"people": ["A:3", "B:4"], "groups": 3}, "--groups"),
        ({"between": 0.05}, "together"),
        ({"metric": "boundary_f1"}, "--between"),
        ({"metric": "nothing"}, "nothing"),
        ({"model": "student"}, "no workspace"),
        ({"attributes": ["perceived_gender"]}, "no workspace"),
    ],
)
def test_wrong_flags_are_refused(tmp_path: Path, settings: dict[str, object], reason: str) -> None:
    """Without a workspace; the error says what was expected."""
    with pytest.raises(UsageError, match=reason):
        _run(Workspace(tmp_path / "none"), **settings)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"model": "teacher"}, "scored \\(other, student\\)"),
        ({}, "--model"),
        ({"model": "student", "people": ["A:3", "B:4"], "attributes": ["perceived_gender"]}, "both"),
        ({"model": "student", "attributes": ["hair"]}, "hair"),
    ],
)
def test_wrong_flags_for_a_workspace_are_refused(
    workspace: Workspace, settings: dict[str, object], reason: str
) -> None:
    """Two models were scored there."""
    _filled(workspace, models=("student", "other"))
    with pytest.raises(UsageError, match=reason):
        _run(workspace, **settings)


def test_given_spreads_need_no_model(workspace: Workspace) -> None:
    """Two models were scored, and neither is asked."""
    _filled(workspace, models=("student", "other"))
    assert _run(workspace, between=0.05, within=0.04).facts["n_groups"] == 2


def test_a_model_without_scores_is_refused(workspace: Workspace) -> None:
    """The error names the verb that scores."""
    people.ingest(workspace, workspace.root, [sample(0)])
    with pytest.raises(UsageError, match="datatools evaluate"):
        _run(workspace, model="student")


def test_constant_scores_are_refused(workspace: Workspace) -> None:
    """They tell no spread."""
    _filled(workspace, spread=0.0)
    with pytest.raises(DataError, match="all of one value"):
        _run(workspace)
