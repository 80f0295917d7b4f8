"""Are the categories that people were put into defined?"""

from pathlib import Path

from datatools import tables, vocab
from datatools.measures import DEFINITIONS
from datatools.records import Annotation, Measurement
from datatools.report.categories import CategoryFacts, categories
from datatools.workspace import Workspace
from tests.unit.report.builders import fill


def _answer(sample_id: str, question: str, value: str, vocabulary: str) -> Annotation:
    return Annotation(
        sample_id=sample_id,
        question=question,
        value=value,
        annotator_id="anna",
        source="annotator",
        vocabulary=vocabulary,
        created_at=None,
        lead_time_s=None,
        presentation_order=None,
        batch="b",
    )


def test_a_workspace_without_answers_defines_nothing(workspace: Workspace, tmp_path: Path) -> None:
    """Nothing was asked and nothing measured."""
    fill(workspace, tmp_path / "src")
    assert categories(workspace) == CategoryFacts()


def test_questions_stand_with_the_vocabularies_of_their_answers(workspace: Workspace, tmp_path: Path) -> None:
    """What was asked, who may answer it, and what each value means; reviews of masks place nobody."""
    sample = fill(workspace, tmp_path / "src")[1].sample_id
    workspace.append_batch(
        [
            _answer(sample, "perceived_gender", "female", "gender@1"),
            _answer(sample, "mask_review", "accept", "mask_review@2"),
        ]
    )
    found = categories(workspace)
    (question,), (vocabulary,) = found.questions, found.vocabularies
    assert (question.question, question.kind, question.vocabularies) == (
        "perceived_gender",
        "perceived",
        ["gender@1"],
    )
    assert question.text == vocab.question("perceived_gender").text
    assert (vocabulary.vocabulary, vocabulary.values["female"]) == ("gender@1", "A woman or girl.")
    assert vocabulary.fails == vocab.load("gender@1").fails


def test_vocabularies_that_answers_are_read_in_are_defined(workspace: Workspace, tmp_path: Path) -> None:
    """Ages in years are told in bands: both are there, and the range of a number."""
    sample = fill(workspace, tmp_path / "src")[1].sample_id
    workspace.append_batch([_answer(sample, "perceived_age", "31", "age_years@1")])
    found = {one.vocabulary: one for one in categories(workspace).vocabularies}
    assert {"age_years@1", "age3@1"} <= set(found)
    years = vocab.load("age_years@1")
    assert found["age_years@1"].values[f"{years.minimum} to {years.maximum}"] == "A whole number."


def test_measurements_are_defined_where_there_are_any(workspace: Workspace, tmp_path: Path) -> None:
    """Each number that was read off pictures says what it is."""
    sample = fill(workspace, tmp_path / "src")[1].sample_id
    workspace.write(
        tables.MEASUREMENTS,
        [
            Measurement(sample_id=sample, name="face_frac", value=0.2, measured_by="measure@3"),
            Measurement(sample_id=sample, name="ita_deg", value=31.0, measured_by="dataset:drawn"),
        ],
    )
    assert categories(workspace).measurements == {
        "face_frac": DEFINITIONS["face_frac"],
        "ita_deg": "a number that came with drawn",
    }
