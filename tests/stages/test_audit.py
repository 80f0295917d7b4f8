"""The stage audit: gaps between groups of people, from tables alone."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness.estimates import AttributeAudit, Group
from datatools.fairness.result import AuditResult
from datatools.progress import Progress
from datatools.records import Annotation, ConsensusRow, Finding, Measurement, SplitRow, StageResult
from datatools.stages import annotate_import, audit, evaluate, ingest, report
from datatools.stages.audit import Settings
from datatools.workspace import Workspace
from tests.scores import score_with_iou
from tests.stages import people
from tests.stages.people import answer, sample, sample_id

_QUICK = 300  # replicates


def _write(
    workspace: Workspace,
    ious: Sequence[float],
    answers: Sequence[Annotation] = (),
    measurements: Sequence[Measurement] = (),
    **changes: str,
) -> None:
    """Write one picture of one person for each IoU, and what is known of them."""
    people.ingest(workspace, workspace.root, [sample(number) for number in range(len(ious))])
    scores = [
        score_with_iou(sample_id(number), sample_id(number), iou, **changes)
        for number, iou in enumerate(ious)
    ]
    workspace.write(tables.SCORES, scores)
    if answers:
        workspace.append_batch(answers)
    workspace.write(tables.MEASUREMENTS, measurements)


def _ious(n_people: int, mean: float, seed: int) -> list[float]:
    drawn = np.random.default_rng(seed).normal(mean, 0.02, n_people)
    return [float(iou) for iou in np.clip(drawn, 0, 1)]


def _genders(n_female: int, n_male: int) -> list[Annotation]:
    values = ["female"] * n_female + ["male"] * n_male
    return [answer(number, value) for number, value in enumerate(values)]


def _planted(workspace: Workspace) -> None:
    """Plant a gap of four points between 60 women and 60 men, and a skin tone that has none."""
    tones = np.random.default_rng(2).uniform(0, 60, 120)
    rows = [
        Measurement(sample_id=sample_id(i), name="ita_deg", value=tone, measured_by="x")
        for i, tone in enumerate(tones.tolist())
    ]
    _write(workspace, [*_ious(60, 0.95, 0), *_ious(60, 0.91, 1)], _genders(60, 60), rows)


def _run(workspace: Workspace, **settings: object) -> tuple[StageResult, AuditResult]:
    values = {"replicates": _QUICK, **settings}
    result = audit.run(workspace, Settings.model_validate(values), Progress("quiet"))
    name = str(settings.get("name", "audit"))
    text = (workspace.report_folder(name) / "audit.json").read_text()
    return result, AuditResult.model_validate_json(text)


def _attribute(result: AuditResult, name: str) -> AttributeAudit:
    return next(found for found in result.models[0].attributes if found.attribute == name)


def _group(result: AuditResult, attribute: str, name: str) -> Group:
    return next(found for found in _attribute(result, attribute).groups if found.group == name)


def test_a_planted_gap_is_found_and_the_absent_one_is_not(workspace: Workspace) -> None:
    """Four points between women and men; nothing between skin tones."""
    _planted(workspace)
    stage, result = _run(workspace, attributes=["perceived_gender", "ita_deg:20,40"])
    women = _group(result, "perceived_gender", "female")
    assert women.comparison.verdict == "gap"
    assert women.comparison.gap.value == pytest.approx(0.04, abs=0.01)
    tones = _attribute(result, "ita_deg")
    assert {group.comparison.verdict for group in tones.groups} <= {"insufficient data", "equivalent"}
    assert stage.passed
    assert stage.facts["n_comparisons"] == result.n_comparisons == 1 + 3 + 6


def test_every_question_is_audited_and_crossed_by_default(workspace: Workspace) -> None:
    """Questions from the annotations; two are crossed."""
    glasses = [
        answer(i, "yes" if i % 2 else "no", question="glasses", vocabulary="yes_no@1") for i in range(40)
    ]
    _write(workspace, _ious(40, 0.95, 0), [*_genders(20, 20), *glasses])
    _, result = _run(workspace)
    names = [found.attribute for found in result.models[0].attributes]
    assert names == ["glasses", "perceived_gender", "glasses x perceived_gender"]
    _, alone = _run(workspace, cross=1)
    assert len(alone.models[0].attributes) == 2


def test_a_question_that_cannot_be_an_attribute_is_left_out_with_a_note(workspace: Workspace) -> None:
    """By default nothing fails because of one odd question."""
    ages = [
        answer(0, "young", question="perceived_age_band", vocabulary="celeb_young@1"),
        answer(1, "3-9", question="perceived_age_band", vocabulary="fairface_age@1"),
    ]
    _write(workspace, _ious(20, 0.95, 0), [*_genders(10, 10), *ages])
    _, result = _run(workspace)
    assert [found.attribute for found in result.models[0].attributes] == ["perceived_gender"]
    assert any("Not audited: perceived_age_band" in note for note in result.notes)


def test_groups_are_rows_of_the_groups_table(workspace: Workspace) -> None:
    """Everybody first, then each group; counts and verdicts as in the result."""
    _planted(workspace)
    _, result = _run(workspace, attributes=["perceived_gender"], metrics=["iou_fg_image", "under_frac"])
    rows = {(row.attribute, row.group, row.metric): row for row in workspace.rows(tables.GROUPS)}
    assert len(rows) == 2 * 3
    women = rows["perceived_gender", "female", "iou_fg_image"]
    assert (women.n_people, women.verdict) == (60, "gap")
    assert rows["all", "all", "iou_fg_image"].verdict == "reference"
    other = _group(result, "perceived_gender", "female").other_metrics["under_frac"]
    beside = rows["perceived_gender", "female", "under_frac"]
    assert (beside.value, beside.verdict) == (other.value, "reference")
    assert beside.value == pytest.approx(1 - (women.value or 0), abs=1e-4)


def test_accuracy_and_agreement_are_audited_apart(workspace: Workspace) -> None:
    """One result for each model and kind of reference."""
    _planted(workspace)
    keyed = [dataclasses.replace(row, reference_source="keyed") for row in workspace.rows(tables.SCORES)]
    workspace.write(tables.SCORES, [*workspace.rows(tables.SCORES), *keyed])
    _, result = _run(workspace, attributes=["perceived_gender"])
    found = [(model.reference_source, model.reading) for model in result.models]
    assert found == [("human", "accuracy"), ("keyed", "agreement")]
    assert any("agreement, not accuracy" in note for note in result.notes)
    assert result.n_comparisons == 2


def test_pairs_of_groups_and_the_other_correction_are_asked_for(workspace: Workspace) -> None:
    """Every two groups join the family; the page shows the p-values that decided."""
    _planted(workspace)
    asked = ["perceived_gender", "ita_deg:20,40"]
    _, result = _run(workspace, attributes=asked, cross=1, contrasts="both", correction="bh")
    gender, tone = result.models[0].attributes
    assert (len(gender.pairs), len(tone.pairs), result.n_comparisons) == (0, 3, 1 + 3 + 3)
    assert any("Benjamini-Hochberg" in note for note in result.notes)
    report.run(workspace, report.Settings(), Progress("quiet"))
    page = (workspace.report_folder("audit") / "index.html").read_text()
    assert "corrected together (Benjamini-Hochberg)" in page
    assert "Groups against each other" in page


def test_small_groups_and_their_complements_are_not_shown(workspace: Workspace) -> None:
    """A group of one person, and the group that would give it away."""
    _write(workspace, _ious(40, 0.95, 0), _genders(39, 1))
    _, result = _run(workspace)
    found = _attribute(result, "perceived_gender")
    assert found.n_suppressed == 2
    assert all(group.estimate.n_people is None and group.estimate.value is None for group in found.groups)
    assert {group.comparison.verdict for group in found.groups} == {"suppressed"}
    assert any("subtraction: 2 groups." in note for note in result.notes)
    assert {row.value for row in workspace.rows(tables.GROUPS) if row.attribute != "all"} == {None}


def test_a_group_of_one_person_that_may_be_shown_is_insufficient(workspace: Workspace) -> None:
    """With min_people 1 it has a value, but no interval and no test."""
    _write(workspace, _ious(40, 0.95, 0), _genders(39, 1))
    _, result = _run(workspace, min_people=1)
    one = _group(result, "perceived_gender", "male")
    assert (one.estimate.n_people, one.estimate.low, one.comparison.p_value) == (1, None, None)
    assert one.comparison.verdict == "insufficient data"


def test_cells_of_a_hidden_group_are_hidden_too(workspace: Workspace) -> None:
    """Otherwise they would add up to it."""
    glasses = [
        answer(i, "yes" if i % 2 else "no", question="glasses", vocabulary="yes_no@1") for i in range(60)
    ]
    _write(workspace, _ious(60, 0.95, 0), [*_genders(58, 2), *glasses])
    _, result = _run(workspace)
    crossed = _attribute(result, "glasses x perceived_gender")
    assert {group.comparison.verdict for group in crossed.groups} == {"suppressed"}


def test_people_without_answers_are_counted_and_noted(workspace: Workspace) -> None:
    """Most have none: the others may not stand for them."""
    _write(workspace, _ious(60, 0.95, 0), _genders(10, 10))
    _, result = _run(workspace)
    assert _attribute(result, "perceived_gender").n_unlabelled == 40
    assert any("40 of 60 people have no answer" in note for note in result.notes)


def test_constant_scores_are_equivalent(workspace: Workspace) -> None:
    """No spread is no failure."""
    _write(workspace, [0.9] * 40, _genders(20, 20))
    _, result = _run(workspace)
    women = _group(result, "perceived_gender", "female")
    assert (women.estimate.low, women.estimate.high) == pytest.approx((0.9, 0.9))
    assert women.comparison.verdict == "equivalent"


def test_failed_pictures_are_counted_and_left_out(workspace: Workspace) -> None:
    """Neither perfect nor zero."""
    _write(workspace, _ious(40, 0.95, 0), _genders(20, 20))
    first, *others = workspace.rows(tables.SCORES)
    counts = [name for name, value in dataclasses.asdict(first).items() if isinstance(value, int)]
    failed = dataclasses.replace(first, status="failed", error="broken", **dict.fromkeys(counts))  # type: ignore[arg-type]  # None
    workspace.write(tables.SCORES, [failed, *others])
    _, result = _run(workspace)
    assert (result.n_failed, result.models[0].overall["iou_fg_image"].n_images) == (1, 39)
    assert any("says why): 1 picture." in note for note in result.notes)


def test_without_scores_the_composition_is_audited(workspace: Workspace) -> None:
    """A data set without human masks still has people in it."""
    _write(workspace, _ious(40, 0.95, 0), _genders(25, 15))
    workspace.table_file(tables.SCORES).unlink()
    findings = [
        Finding(sample_id=sample_id(i), check="mask_area", score=None, passed=i % 2 == 0, detail=None)
        for i in range(40)
    ]
    workspace.write(tables.FINDINGS, findings)
    _, result = _run(workspace)
    (found,) = result.composition
    assert result.models == []
    assert [p.count for p in found.people] == [25, 15]
    assert [p.count for p in found.acceptance] == [13, 7]
    assert any("No model was scored" in note for note in result.notes)


def test_without_attributes_there_are_overall_values_alone(workspace: Workspace) -> None:
    """Nobody said anything about the people."""
    _write(workspace, _ious(20, 0.95, 0))
    _, result = _run(workspace)
    assert result.models[0].attributes == []
    assert any("no groups to compare" in note for note in result.notes)


def test_conditions_leave_samples_out_and_say_so(workspace: Workspace) -> None:
    """Samples without the measurement stay."""
    rows = [
        Measurement(sample_id=sample_id(i), name="qc_bottom_bg", value=i / 10, measured_by="x")
        for i in range(8)
    ]
    _write(workspace, _ious(20, 0.95, 0), _genders(10, 10), rows)
    _, result = _run(workspace, exclude=["qc_bottom_bg > 0.45"])
    assert result.n_samples == 17
    assert any("qc_bottom_bg > 0.45: 3 of 20 pictures" in note for note in result.notes)


def test_one_split_can_be_audited(workspace: Workspace) -> None:
    """A trained model is judged on people it has not seen; others are noted."""
    _write(workspace, _ious(40, 0.95, 0), _genders(20, 20))
    rows = workspace.rows(tables.SCORES)
    named = [dataclasses.replace(row, split="test" if i % 2 else "train") for i, row in enumerate(rows)]
    workspace.write(tables.SCORES, named)
    splits = [SplitRow(sample_id=r.sample_id, person_id=r.person_id, split=r.split or "") for r in named]
    workspace.write(tables.SPLITS, splits)
    _, mixed = _run(workspace)
    _, alone = _run(workspace, split="test")
    assert any("Scores on pictures of the train split are among those of student" in n for n in mixed.notes)
    assert alone.n_samples == 20
    assert not any("train split" in note for note in alone.notes)


def test_models_can_be_chosen(workspace: Workspace) -> None:
    """Only the named ones are audited."""
    _planted(workspace)
    other = [dataclasses.replace(row, model="selfie") for row in workspace.rows(tables.SCORES)]
    workspace.write(tables.SCORES, [*workspace.rows(tables.SCORES), *other])
    _, result = _run(workspace, models=["selfie"])
    assert [model.model for model in result.models] == ["selfie"]


def _gate(folder: Path, at_least: float, more: str = "") -> Path:
    path = folder / "gates.toml"
    path.write_text(f'[[gate]]\nname = "nobody is far behind"\nbound = "gap"\nat_least = {at_least}\n{more}')
    return path


def test_a_broken_bound_fails_the_audit(workspace: Workspace, tmp_path: Path) -> None:
    """Exit code 1 with the gap in words, in audit.json and for the pipeline; a gap that is allowed passes."""
    _planted(workspace)
    junit = tmp_path / "ci" / "junit.xml"
    gate, attributes = _gate(tmp_path, -0.02), ["perceived_gender"]
    failed, result = _run(workspace, attributes=attributes, gate=gate, junit=junit)
    assert (failed.passed, failed.facts["gates"]) == (False, {"nobody is far behind": "broken"})
    assert [gate.outcome for gate in result.gates] == ["broken"]
    told = "Gate 'nobody is far behind' (gap at least −2.0 points): broken; student · perceived_gender = "
    assert any(note.startswith(told) for note in failed.notes)
    assert ElementTree.parse(junit).getroot()[0].get("failures") == "1"
    passed, _ = _run(workspace, attributes=attributes, gate=_gate(tmp_path, -0.2))
    assert (passed.passed, passed.facts["gates"]) == (True, {"nobody is far behind": "holds"})


def test_a_gate_about_nothing_does_not_pass(workspace: Workspace, tmp_path: Path) -> None:
    """A pipeline must not go on because a name was mistyped."""
    _planted(workspace)
    gate = _gate(tmp_path, -0.2, 'models = ["studnet"]')
    failed, _ = _run(workspace, attributes=["perceived_gender"], gate=gate)
    assert (failed.passed, failed.facts["gates"]) == (False, {"nobody is far behind": "concerns nothing"})


def test_junit_without_gates_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """There would be nothing to tell."""
    with pytest.raises(UsageError, match="expected --gate FILE beside it"):
        _run(workspace, junit=tmp_path / "junit.xml")


def test_the_same_settings_give_the_same_bytes(workspace: Workspace) -> None:
    """Everything random comes from the seed, and the groups' order from the data."""
    _planted(workspace)
    _run(workspace)
    first = (workspace.report_folder("audit") / "audit.json").read_bytes()
    _run(workspace)
    assert (workspace.report_folder("audit") / "audit.json").read_bytes() == first


def test_the_result_says_what_it_was_made_from(workspace: Workspace) -> None:
    """Settings, hashes of the tables, versions; and a run record."""
    _planted(workspace)
    _, result = _run(workspace, name="first look")
    assert "tables/scores.parquet" in result.inputs
    assert result.settings["replicates"] == _QUICK
    assert "python" in result.versions
    record = json.loads(workspace.run_files()[-1].read_text())
    assert set(record["outputs"]) == {
        "tables/groups.parquet",
        "tables/mask_pairs.parquet",
        "reports/first_look/audit.json",
    }


def test_empty_references_are_noted(workspace: Workspace) -> None:
    """Directional errors say nothing about a picture without a person."""
    _write(workspace, _ious(20, 0.95, 0), _genders(10, 10))
    first, *others = workspace.rows(tables.SCORES)
    workspace.write(tables.SCORES, [dataclasses.replace(first, tp=0, fn=0), *others])
    _, result = _run(workspace)
    assert any("masks are empty: 1 picture." in note for note in result.notes)


def test_many_gaps_are_summed_up(workspace: Workspace) -> None:
    """The summary shows the largest and says how many there are."""
    tones = [f"monk_{1 + i // 20:02d}" for i in range(160)]
    answers = [
        answer(i, tone, question="perceived_skin_tone", vocabulary="monk@1") for i, tone in enumerate(tones)
    ]
    ious = [value for step in range(8) for value in _ious(20, 0.6 + 0.05 * step, step)]
    _write(workspace, ious, answers)
    stage, _ = _run(workspace)
    assert any("more; audit.json has them all" in note for note in stage.notes)


def test_a_dry_run_writes_nothing(workspace: Workspace) -> None:
    """It says what would be audited."""
    _planted(workspace)
    result = audit.run(workspace, Settings(dry_run=True), Progress("quiet"))
    assert result.facts == {"n_samples": 120, "n_scores": 120}
    assert not workspace.has(tables.GROUPS)
    assert not workspace.run_files()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"attributes": ["height"]}, "expected an attribute among"),
        ({"metrics": ["miou"]}, "miou"),
        ({"models": ["nobody"]}, "expected models that were scored"),
        ({"split": "test"}, "expected a split"),
        ({"exclude": ["ita_deg"]}, "expected a condition"),
        ({"exclude": ["blur>1"]}, "expected a measurement among ita_deg"),
    ],
)
def test_what_does_not_exist_is_a_usage_error(
    workspace: Workspace, settings: dict[str, object], message: str
) -> None:
    """The error names what there is."""
    _planted(workspace)
    with pytest.raises(UsageError, match=message):
        _run(workspace, **settings)


def test_real_portraits_are_audited_by_gender_age_and_skin_tone(
    workspace: Workspace, shared_data: Path, shared_models: Path, quiet: Progress
) -> None:
    """From a folder with human masks and labels to groups, through the tables."""
    ingest.run(workspace, ingest.Settings(source=shared_data / "celebamask", limit=12), quiet)
    annotate_import.run(workspace, annotate_import.Settings(from_source="celebamask"), quiet)
    weights = str(shared_models / "extremec3net_official.pth")
    evaluate.run(workspace, evaluate.Settings(model=weights, replicates=200), quiet)
    attributes = ["perceived_gender", "perceived_age_band", "ita_deg:28"]
    _, result = _run(workspace, attributes=attributes, exclude=["qc_bottom_bg>0.2"])
    assert result.models[0].reading == "accuracy"
    assert len(result.models[0].attributes) == 6
    assert all(0.8 < (e.value or 0) < 1 for e in result.models[0].overall.values())


def test_an_attribute_may_be_the_consensus(workspace: Workspace) -> None:
    """Its groups say that they come from one."""
    _write(workspace, _ious(40, 0.9, seed=1), _genders(20, 20))
    with pytest.raises(UsageError, match="run `datatools annotate consensus` first"):
        audit.run(
            workspace,
            Settings(replicates=_QUICK, attributes=["perceived_gender@consensus"]),
            Progress("quiet"),
        )
    rows = [
        ConsensusRow(
            sample_id=sample_id(number),
            person_id=sample_id(number),
            question="perceived_gender",
            vocabulary="gender@1",
            unit="person",
            value="female" if number < 10 else "male",
            probability=0.8,
            n_annotators=2,
            entropy_bits=0.7,
            values=["female", "male"],
            posterior=[0.8, 0.2] if number < 10 else [0.2, 0.8],
        )
        for number in range(40)
    ]
    workspace.write(tables.CONSENSUS, rows)
    audit.run(
        workspace, Settings(replicates=_QUICK, attributes=["perceived_gender@consensus"]), Progress("quiet")
    )
    text = (workspace.root / "reports" / "audit" / "audit.json").read_bytes()
    (found,) = AuditResult.model_validate_json(text).composition
    assert found.answered_by == ["consensus"]
    assert [(row.group, row.count) for row in found.people] == [("female", 10), ("male", 30)]
