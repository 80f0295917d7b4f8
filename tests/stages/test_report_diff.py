"""The stage report diff: two audits of one or two workspaces, from tables alone."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness.differences.difference_result import AuditDifference
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.report import difference
from datatools.report.blocks import walk
from datatools.stages import audit, report_diff
from datatools.workspace import Workspace
from tests.scores import score_with_iou
from tests.stages import people
from tests.stages.people import answer, sample, sample_id
from tests.unit.report.numbers import CONSTANTS, shown
from tests.unit.report.outline.test_numbers import texts

_N_PEOPLE = 40
_QUIET = Progress("quiet")


def _workspace(root: Path, ious: Sequence[float], model: str = "student") -> Workspace:
    """Write a workspace of people with one picture each, half of them women, and audit it."""
    workspace = Workspace(root)
    workspace.create()
    people.ingest(workspace, root, [sample(number) for number in range(len(ious))])
    workspace.append_batch([answer(number, ("female", "male")[number % 2]) for number in range(len(ious))])
    _score(workspace, ious, model)
    _audit(workspace, "audit")
    return workspace


def _score(workspace: Workspace, ious: Sequence[float], model: str = "student") -> None:
    workspace.write(
        tables.SCORES,
        [score_with_iou(sample_id(n), sample_id(n), iou, model=model) for n, iou in enumerate(ious)],
    )


def _audit(workspace: Workspace, name: str, **settings: object) -> None:
    quick = {"replicates": 400, "slices": 0, "codings": False, "chain": False, **settings}
    audit.run(workspace, audit.Settings.model_validate({"name": name, **quick}), _QUIET)


def _ious(gap: float = 0.0) -> list[float]:
    """Draw people's IoU; women's is larger by the gap."""
    drawn = np.random.default_rng(0).uniform(0.88, 0.92, _N_PEOPLE)
    return [float(iou) + (gap if number % 2 == 0 else 0.0) for number, iou in enumerate(drawn)]


def _diff(workspace: Workspace, *reports: object, **settings: object) -> tuple[StageResult, AuditDifference]:
    values = {"reports": [str(one) for one in reports], **settings}
    result = report_diff.run(workspace, report_diff.Settings.model_validate(values), _QUIET)
    text = (Path(str(result.facts["out"])) / "diff.json").read_text()
    return result, AuditDifference.model_validate_json(text)


def test_two_workspaces_are_compared_person_by_person(tmp_path: Path) -> None:
    """A new model that closes the gap: whose value changed, by how much, and whose verdict."""
    one = _workspace(tmp_path / "one", _ious(0.04))
    two = _workspace(tmp_path / "two", _ious(0.0)[:30])
    paths = [workspace.report_folder("audit") for workspace in (one, two)]
    stage, found = _diff(Workspace(tmp_path / "none"), *paths, out=tmp_path / "out")
    (model,) = found.differences
    (attribute,) = model.attributes
    women, men = attribute.groups
    assert (women.value.how, women.value.difference.n_people, women.value.verdict) == ("paired", 15, "lower")
    assert women.value.difference.value == pytest.approx(-0.04, abs=1e-3)
    assert (men.value.difference.value, men.value.verdict) == (0.0, "equivalent")
    assert (women.gap is not None, men.gap) == (True, None)
    assert (women.verdict_before, stage.facts["n_verdicts_changed"]) == ("gap", 2)
    assert stage.facts["people"] == {"n_both": 30, "n_gone": 10, "n_new": 0}
    assert found.before.why_no_scores is found.after.why_no_scores is None
    assert any("perceived gender = female: lower by 4.0 points" in note for note in stage.notes)
    assert any("female: gap before" in note and "Because of another gap." in note for note in stage.notes)


def test_two_audits_of_one_workspace_are_found_by_name(tmp_path: Path) -> None:
    """The documents lie beside both in the workspace; other settings are listed."""
    workspace = _workspace(tmp_path / "ws", _ious(0.02))
    _audit(workspace, "strict", margin=0.03)
    stage, found = _diff(workspace, "audit", "strict")
    folder = workspace.root / "reports" / "diff-audit-strict"
    assert stage.facts["out"] == str(folder)
    assert [(one.what, one.before, one.after) for one in found.settings] == [("margin", "0.01", "0.03")]
    assert "From audit to strict" in (folder / "index.html").read_text()
    assert stage.facts["verdicts"] == {"equivalent": 4}
    record = json.loads(workspace.run_files()[-1].read_text())
    assert (record["stage"], sorted(record["inputs"])) == (
        "report_diff",
        ["reports/audit/audit.json", "reports/strict/audit.json"],
    )
    assert "reports/diff-audit-strict/diff.json" in record["outputs"]


def test_scores_written_anew_leave_the_intervals(tmp_path: Path) -> None:
    """The earlier audit's scores are gone from the table: its own numbers stand, and it is said."""
    workspace = _workspace(tmp_path / "ws", _ious(0.04))
    _score(workspace, _ious(0.0))
    _audit(workspace, "later")
    _, found = _diff(workspace, "audit", "later")
    assert {found.differences[0].overall.how} == {"from intervals"}
    assert any("datatools verify says which" in note for note in found.notes)


def test_a_report_without_its_workspace_is_compared_by_its_numbers(tmp_path: Path) -> None:
    """Somebody sent an audit.json; whose scores they are is not known."""
    workspace = _workspace(tmp_path / "ws", _ious(0.04))
    sent = tmp_path / "sent" / "audit"
    sent.mkdir(parents=True)
    (sent / "audit.json").write_bytes((workspace.report_folder("audit") / "audit.json").read_bytes())
    _, found = _diff(
        Workspace(tmp_path / "none"), sent, workspace.report_folder("audit"), out=tmp_path / "out"
    )
    assert found.before.why_no_scores == "its workspace is not here"
    assert found.differences[0].overall.how == "from intervals"


def test_an_audit_that_cannot_be_read_again_is_compared_by_its_numbers(tmp_path: Path) -> None:
    """Its answers are gone; the other one's are there."""
    workspace = _workspace(tmp_path / "ws", _ious(0.04))
    _audit(workspace, "named", attributes=["perceived_gender"])
    (batch,) = workspace.batch_files()
    batch.unlink()
    _, found = _diff(workspace, "named", "audit")
    assert "perceived_gender" in str(found.before.why_no_scores)


def test_results_that_somebody_brought_are_compared(tmp_path: Path) -> None:
    """Two tables of scores, audited from files."""
    for name, gap in (("old", 0.04), ("new", 0.0)):
        rows = [f"{n}.jpg,p{n},{('woman', 'man')[n % 2]},{iou:.4f}" for n, iou in enumerate(_ious(gap))]
        (tmp_path / f"{name}.csv").write_text("\n".join(["image_id,person_id,gender,iou", *rows]))
        settings = audit.Settings(
            scores=tmp_path / f"{name}.csv",
            out=tmp_path / name,
            replicates=400,
            slices=0,
            reference_source="human",
        )
        audit.run(Workspace(tmp_path / "none"), settings, _QUIET)
    nowhere, folders = Workspace(tmp_path / "none"), (tmp_path / "old", tmp_path / "new")
    _, found = _diff(nowhere, *folders, out=tmp_path / "out", same={"old": "new"})
    (model,) = found.differences
    assert (model.overall.how, model.attributes[0].groups[1].value.verdict) == ("paired", "lower")


def test_the_same_audits_give_the_same_bytes(tmp_path: Path) -> None:
    """There is no clock in it."""
    workspace = _workspace(tmp_path / "ws", _ious(0.04))
    written = []
    for name in ("a", "b"):
        _diff(workspace, "audit", "audit", out=tmp_path / name)
        files = sorted((tmp_path / name).rglob("*.*"))
        written.append([path.read_bytes() for path in files if path.is_file()])
    assert written[0] == written[1]


def test_every_number_of_the_outline_is_one_of_the_result(tmp_path: Path) -> None:
    """A cell or sentence shows numbers of the object that it points at."""
    one, two = _workspace(tmp_path / "one", _ious(0.04)), _workspace(tmp_path / "two", _ious(0.0))
    _audit(two, "audit", margin=0.02, models=None)
    _, found = _diff(one, "audit", two.report_folder("audit"))
    made = difference.outline(found)
    allowed = set(shown(found.model_dump_json())) | CONSTANTS
    allowed |= {f"{100 * abs(number):.1f}" for number in _numbers(json.loads(found.model_dump_json()))}
    allowed |= {
        token
        for one in found.inputs
        for side in (one.before, one.after)
        for token in shown((side or "")[:12])
    }
    allowed |= {f"{abs(number):.3f}" for number in _numbers(json.loads(found.model_dump_json()))}
    told = [text for section in walk(made.sections) for text, _ in texts(section)]
    wrong = {
        text: [n for n in shown(text) if n not in allowed] for text in [*told, made.headline, made.about]
    }
    assert {text: numbers for text, numbers in wrong.items() if numbers} == {}


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for part in value.values() for number in _numbers(part)]
    if isinstance(value, list):
        return [number for part in value for number in _numbers(part)]
    return [float(value)] if isinstance(value, int | float) else []


def test_nothing_in_common_is_told(tmp_path: Path) -> None:
    """Other models: only data and settings are compared."""
    one, two = _workspace(tmp_path / "one", _ious()), _workspace(tmp_path / "two", _ious(), model="other")
    stage, found = _diff(one, "audit", two.report_folder("audit"))
    assert (found.differences, stage.notes[0]) == (
        [],
        "No model is in both audits: only the data are compared.",
    )
    _, renamed = _diff(one, "audit", two.report_folder("audit"), same={"student": "other"})
    assert renamed.differences[0].overall.verdict == "equivalent"


def test_a_dry_run_writes_nothing_and_there_must_be_a_place(tmp_path: Path) -> None:
    """Without a workspace the folder has to be named."""
    workspace = _workspace(tmp_path / "ws", _ious())
    settings = report_diff.Settings(reports=["audit", "audit"], dry_run=True)
    result = report_diff.run(workspace, settings, _QUIET)
    assert result.notes[0].startswith("would hold ")
    assert not (workspace.root / "reports" / "diff-audit-audit").exists()
    folder = str(workspace.report_folder("audit"))
    with pytest.raises(UsageError, match="expected --out FOLDER"):
        report_diff.run(Workspace(tmp_path / "none"), report_diff.Settings(reports=[folder, folder]), _QUIET)


def test_names_appear_literally(tmp_path: Path) -> None:
    """A model's name that is markup is no markup on the page."""
    name = "<script>alert(1)</script> =1+1 *b* `x` שלום"
    workspace = _workspace(tmp_path / "ws", _ious(), model=name)
    _diff(workspace, "audit", "audit", out=tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; =1+1 *b* `x` שלום" in page
    outlined = difference.outline(
        AuditDifference.model_validate_json((tmp_path / "out" / "diff.json").read_text())
    )
    assert name in [section.title for section in outlined.sections]
