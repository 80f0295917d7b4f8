"""A consensus is told in sentences and sheets."""

from datatools.fairness.labels.next_answers import NextAnswer
from datatools.report.consensus_told import annotators_csv, next_csv, sentences
from tests.unit.report.consensus import annotator, question


def test_the_first_sentence_says_what_was_combined() -> None:
    """And how much of it is unsure, or rests on one annotator."""
    (line,) = sentences(question([annotator("ann01"), annotator("ann02")]))
    assert line == (
        "perceived_gender (gender@1): 150 answers of 2 annotators about 50 people; 7 are less than 90% sure, "
        "3 rest on one annotator."
    )


def test_a_fit_that_did_not_settle_is_said() -> None:
    """It is to be taken with care."""
    lines = sentences(question([annotator("ann01")], has_converged=False))
    assert "did not settle in 500 rounds" in lines[1]


def test_random_clicks_are_a_finding_to_look_into() -> None:
    """By the annotator's code."""
    lines = sentences(question([annotator("ann01", verdict="like random clicks")]))
    assert lines[1].endswith(
        "the answers of ann01 do not depend on what the others see (40 people compared): look at how they "
        "were given."
    )


def test_the_sheet_of_annotators_leaves_unknown_numbers_empty() -> None:
    """One line a question and annotator."""
    header, line = annotators_csv([question([annotator("ann01")])]).decode().splitlines()
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert (cells["annotator_id"], cells["accuracy_value"], cells["n_honeypots"]) == ("ann01", "0.9", "0")
    assert (cells["median_s"], cells["honeypots_value"]) == ("", "")


def test_without_annotators_the_sheet_has_a_header() -> None:
    """So that a spreadsheet program opens it."""
    assert annotators_csv([]).decode() == "question,vocabulary,annotator_id\n"


def test_the_sheet_of_what_to_ask_has_a_line_an_answer() -> None:
    """Without seconds where nobody's time is known."""
    row = NextAnswer(
        sample_id="00ff",
        person_id="set/1",
        question="perceived_gender",
        vocabulary="gender@1",
        annotator_id="ann02",
        entropy_bits=1.0,
        gain_bits=0.25,
        seconds=None,
        bits_per_minute=None,
    )
    lines = next_csv([row]).decode().splitlines()
    assert lines[1] == "00ff,set/1,perceived_gender,gender@1,ann02,1,0.25,,"
