"""Several people's answers become one table of probabilities, and a report about the annotators."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.fairness.labels.consensus_result import ConsensusResult
from datatools.progress import Progress
from datatools.records import ConsensusRow, StageResult
from datatools.stages import annotate_consensus
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample

N_SAMPLES = 120


def _truth(number: int) -> str:
    return "male" if number % 2 else "female"


@pytest.fixture
def answered(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give people about whom three annotators nearly agree, and a fourth clicks in turn."""
    ingest(workspace, tmp_path, [sample(number) for number in range(N_SAMPLES)])
    rows = [
        answer(number, _truth(number + (number % 20 == int(who[-1]))), annotator_id=who)
        for number in range(N_SAMPLES)
        for who in ("ann01", "ann02", "ann03")
    ]
    rows += [answer(number, _truth(number // 2), annotator_id="ann04") for number in range(N_SAMPLES)]
    rows += [
        answer(0, "31", question="perceived_age", vocabulary="age_years@1"),
        answer(0, "male", question="self_reported_gender"),
    ]
    rows[-1] = replace(rows[-1], source="self_report")
    workspace.append_batch(rows)
    return workspace


def _run(workspace: Workspace, **settings: object) -> StageResult:
    given = annotate_consensus.Settings.model_validate({"draws": 100, **settings})
    return annotate_consensus.run(workspace, given, Progress("quiet"))


def _rows(workspace: Workspace) -> list[ConsensusRow]:
    return workspace.rows(tables.CONSENSUS)


def _sheet(workspace: Workspace, name: str) -> list[dict[str, str]]:
    text = (workspace.root / "reports" / "consensus" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_the_table_holds_every_answered_sample(answered: Workspace) -> None:
    """With the value that is probably true."""
    _run(answered)
    assert [row.value for row in _rows(answered)] == [_truth(number) for number in range(N_SAMPLES)]


def test_race_gender_and_skin_tone_are_a_persons_the_rest_a_pictures(answered: Workspace) -> None:
    """Unless the setting says otherwise."""
    answered.append_batch(
        [
            answer(
                number,
                "yes" if number % 3 else "no",
                annotator_id=who,
                question="glasses",
                vocabulary="yes_no@1",
            )
            for number in range(6)
            for who in "ab"
        ]
    )
    _run(answered)
    assert {(row.question, row.unit) for row in _rows(answered)} == {
        ("glasses", "picture"),
        ("perceived_gender", "person"),
    }
    _run(answered, unit="picture")
    assert {row.unit for row in _rows(answered)} == {"picture"}


def test_who_clicks_at_random_is_named(answered: Workspace) -> None:
    """In a note, and in the sheet of annotators with its numbers."""
    result = _run(answered)
    assert any("ann04 do not depend on what the others see" in note for note in result.notes)
    verdicts = {row["annotator_id"]: row["verdict"] for row in _sheet(answered, "annotators.csv")}
    assert verdicts["ann04"] == "like random clicks"
    assert verdicts["ann01"] == "tells apart"


def test_honeypots_are_held_against_the_annotators(answered: Workspace, tmp_path: Path) -> None:
    """Known answers from a sheet, by path; an empty line is none."""
    sheet = tmp_path / "gold.csv"
    sheet.write_text(
        "sample,question,value\n0.jpg,perceived_gender,female\n1.jpg,perceived_gender,male\n2.jpg,perceived_gender,\n"
    )
    _run(answered, honeypots=sheet)
    found = {row["annotator_id"]: row for row in _sheet(answered, "annotators.csv")}
    assert (found["ann02"]["n_honeypots"], found["ann02"]["n_honeypots_right"]) == ("2", "2")
    assert (found["ann01"]["n_honeypots"], found["ann01"]["n_honeypots_right"]) == ("2", "1")
    assert 0 < float(found["ann02"]["honeypots_low"]) < 1


@pytest.mark.parametrize("line", ["0.jpg,perceived_gender,blue", "999.jpg,perceived_gender,male"])
def test_honeypots_that_make_no_sense_are_refused(answered: Workspace, tmp_path: Path, line: str) -> None:
    """A value of no vocabulary, a picture that is not there."""
    sheet = tmp_path / "gold.csv"
    sheet.write_text(f"sample,question,value\n{line}\n")
    with pytest.raises(DataError, match=r"gold\.csv, line 2"):
        _run(answered, honeypots=sheet)


def test_pictures_to_ask_about_are_listed(answered: Workspace) -> None:
    """At most so many, the most telling first."""
    _run(answered, next=7)
    listed = _sheet(answered, "next.csv")
    gains = [float(row["gain_bits"]) for row in listed]
    assert len(listed) == 7
    assert gains == sorted(gains, reverse=True)


def test_the_report_holds_confusions_and_figures(answered: Workspace) -> None:
    """As JSON, and drawn."""
    _run(answered)
    folder = answered.root / "reports" / "consensus"
    found = ConsensusResult.model_validate_json((folder / "consensus.json").read_bytes())
    (question,) = found.questions
    assert [who.annotator_id for who in question.annotators] == ["ann01", "ann02", "ann03", "ann04"]
    assert (folder / "confusion-perceived_gender-gender_1.svg").read_text("utf-8").startswith("<?xml")
    assert (folder / "confusion-perceived_gender-gender_1.png").read_bytes().startswith(b"\x89PNG")


def test_numbers_are_left_for_their_bands(answered: Workspace) -> None:
    """A note says so."""
    assert any(
        "perceived_age (age_years@1): numbers are not combined" in note for note in _run(answered).notes
    )


def test_what_people_say_of_themselves_is_not_voted_on(answered: Workspace) -> None:
    """Asked for by name it is an error; else it is left out."""
    _run(answered)
    assert {row.question for row in _rows(answered)} == {"perceived_gender"}
    with pytest.raises(UsageError, match="self_reported_gender is self_reported"):
        _run(answered, questions=["self_reported_gender"])


def test_a_question_nobody_answered_is_refused(answered: Workspace) -> None:
    """Whoever asks for it by name expects a table."""
    with pytest.raises(UsageError, match="expected people's answers to hair"):
        _run(answered, questions=["hair"])


def test_without_answers_there_is_an_empty_table(workspace: Workspace, tmp_path: Path) -> None:
    """That is no error: a recipe may run the stage always."""
    ingest(workspace, tmp_path, [sample(0)])
    assert "nothing was combined" in _run(workspace).notes[0]
    assert _rows(workspace) == []


def test_the_same_seed_gives_the_same_bytes(answered: Workspace) -> None:
    """Tables, sheets and figures."""
    folder = answered.root / "reports" / "consensus"
    _run(answered, seed=1)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    _run(answered, seed=1)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_a_dry_run_writes_nothing(answered: Workspace) -> None:
    """The facts are there all the same."""
    assert _run(answered, dry_run=True).facts["questions"]
    assert not (answered.root / "reports").exists()
    assert not answered.has(tables.CONSENSUS)


def test_the_run_is_recorded(answered: Workspace) -> None:
    """The record holds the table's hash."""
    _run(answered)
    record = json.loads(answered.run_files()[-1].read_text())
    assert {"tables/consensus.parquet", "reports/consensus/next.csv"} <= record["outputs"].keys()


def test_what_was_rendered_is_known(answered: Workspace) -> None:
    """So that annotators of rendered portraits are held against the truth."""
    truth = [
        replace(answer(number, _truth(number), question="rendered_gender"), source="dataset")
        for number in range(40)
    ]
    answered.append_batch(truth)
    _run(answered, known={"perceived_gender": "rendered_gender"})
    found = {row["annotator_id"]: row for row in _sheet(answered, "annotators.csv")}
    assert (found["ann01"]["n_honeypots"], found["ann01"]["n_honeypots_right"]) == ("40", "38")


def test_peoples_word_is_not_the_truth(answered: Workspace) -> None:
    """What somebody says of themselves is no answer to how they are seen."""
    with pytest.raises(UsageError, match=r"expected --known\.perceived_gender as one of rendered_gender"):
        _run(answered, known={"perceived_gender": "self_reported_gender"})
