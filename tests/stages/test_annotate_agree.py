"""Agreement is compared per question and vocabulary, and written once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness.labels.agreement import AgreementResult
from datatools.progress import Progress
from datatools.records import ConsensusRow, StageResult
from datatools.stages import annotate_agree
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample, sample_id


@pytest.fixture
def answered(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give eight people about whom two annotators nearly agree."""
    ingest(workspace, tmp_path, [sample(number) for number in range(8)])
    rows = [
        answer(number, "male" if number % 2 else "female", annotator_id=who)
        for number in range(8)
        for who in ("ann01", "ann02")
    ]
    rows += [
        answer(0, "cannot_tell", annotator_id="ann03"),
        answer(1, "female", annotator_id="ann03"),
        answer(0, "monk_02", question="perceived_skin_tone", vocabulary="monk@1"),
        answer(0, "dark", annotator_id="ann02", question="perceived_skin_tone", vocabulary="monk3@1"),
    ]
    workspace.append_batch(rows)
    return workspace


def _run(workspace: Workspace, **settings: object) -> StageResult:
    given = annotate_agree.Settings.model_validate({"replicates": 200, **settings})
    return annotate_agree.run(workspace, given, Progress("quiet"))


def _report(workspace: Workspace) -> AgreementResult:
    path = workspace.root / "reports" / "agreement" / "agreement.json"
    return AgreementResult.model_validate_json(path.read_bytes())


def test_every_question_is_compared_in_each_of_its_vocabularies(answered: Workspace) -> None:
    """Answers in two vocabularies are not compared as they are."""
    result = _run(answered)
    found = [(q.question, q.vocabulary, q.n_answers) for q in _report(answered).questions]
    assert found == [
        ("perceived_gender", "gender@1", 17),
        ("perceived_skin_tone", "monk3@1", 1),
        ("perceived_skin_tone", "monk@1", 1),
    ]
    questions = result.facts["questions"]
    assert isinstance(questions, list)
    assert [(q["n_annotators"], q["n_conflicts"]) for q in questions] == [(3, 1), (1, 0), (1, 0)]


def test_a_crosswalk_brings_vocabularies_together(answered: Workspace) -> None:
    """monk_02 is light, the other annotator said dark."""
    _run(answered, questions=["perceived_skin_tone:monk3@1"])
    (question,) = _report(answered).questions
    assert question.n_answers == 2
    assert question.conflicts[0].answers == {"ann01": "light", "ann02": "dark"}


def test_answers_of_models_are_not_peoples(answered: Workspace) -> None:
    """Agreement with a model is another matter."""
    row = answer(3, "male", annotator_id="model:x")
    answered.append_batch([type(row)(**{**{n: getattr(row, n) for n in row.__slots__}, "source": "model"})])
    _run(answered, questions=["perceived_gender"])
    assert _report(answered).questions[0].n_annotators == 3


def test_a_note_says_each_questions_alpha(answered: Workspace) -> None:
    """With its interval and verdict, or that it is not known."""
    notes = _run(answered).notes
    assert notes[0].startswith("perceived_gender (gender@1): alpha 0.")
    assert "over 8 people" in notes[0]
    assert "1 pictures with a conflict" in notes[0]
    assert notes[1].startswith("No picture has answers of two annotators to perceived_skin_tone (")


def test_one_value_alone_is_said(answered: Workspace) -> None:
    """Nobody can disagree then, and nothing is known."""
    answered.append_batch(
        [
            answer(n, "no", annotator_id=w, question="beard", vocabulary="yes_no@1")
            for n in range(8)
            for w in "ab"
        ]
    )
    assert "everybody always gave one value" in _run(answered, questions=["beard"]).notes[0]


def test_one_person_alone_gives_no_interval(answered: Workspace) -> None:
    """Alpha of one person's pictures says nothing about others."""
    result = _run(answered, questions=["perceived_skin_tone:monk3@1"])
    assert "one person alone gives no interval" in result.notes[0]


def test_the_same_seed_gives_the_same_bytes(answered: Workspace) -> None:
    """The bootstrap is drawn by the seed."""
    path = answered.root / "reports" / "agreement" / "agreement.json"
    _run(answered, seed=1)
    first = path.read_bytes()
    _run(answered, seed=1)
    assert path.read_bytes() == first


def test_a_question_nobody_answered_is_refused(answered: Workspace) -> None:
    """Whoever asks for it by name expects a number."""
    with pytest.raises(UsageError, match="expected people's answers to hair"):
        _run(answered, questions=["hair"])


def test_an_unknown_question_is_refused(answered: Workspace) -> None:
    """The error lists the known ones."""
    with pytest.raises(UsageError, match="expected a question among"):
        _run(answered, questions=["race"])


def test_without_answers_there_is_nothing_to_compare(workspace: Workspace, tmp_path: Path) -> None:
    """That is no error: a recipe may run the stage always."""
    ingest(workspace, tmp_path, [sample(0)])
    assert "Nobody has answered a question yet." in _run(workspace).notes


def test_a_dry_run_writes_nothing(answered: Workspace) -> None:
    """The facts are there all the same."""
    assert _run(answered, dry_run=True).facts["questions"]
    assert not (answered.root / "reports").exists()
    assert answered.run_files() == []


def test_the_run_is_recorded(answered: Workspace) -> None:
    """The record holds the report's hash."""
    _run(answered)
    record = json.loads(answered.run_files()[-1].read_text())
    assert "reports/agreement/agreement.json" in record["outputs"]


def test_groups_may_be_compared_too(answered: Workspace) -> None:
    """By people's answers, or by their consensus where there is one."""
    rows = [
        ConsensusRow(
            sample_id=sample_id(number),
            person_id=sample_id(number),
            question="perceived_gender",
            vocabulary="gender@1",
            unit="person",
            value="female",
            probability=0.9,
            n_annotators=2,
            entropy_bits=0.5,
            values=["female", "male"],
            posterior=[0.9, 0.1],
        )
        for number in range(6)
    ]
    answered.write(tables.CONSENSUS, rows)
    _run(answered, by=["perceived_gender", "perceived_gender@consensus"], questions=["perceived_gender"])
    (question,) = _report(answered).questions
    assert [(group.attribute, group.group, group.n_people) for group in question.groups] == [
        ("perceived_gender", "female", None),  # four people
        ("perceived_gender", "male", None),
        ("perceived_gender@consensus", "female", 6),
    ]


def test_questions_only_models_answered_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    """Nobody is compared with nobody."""
    ingest(workspace, tmp_path, [sample(0)])
    workspace.append_batch([replace(answer(0, "male"), source="model")])
    assert "Nobody has answered a question yet." in _run(workspace).notes
