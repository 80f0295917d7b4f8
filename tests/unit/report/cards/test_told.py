"""Sentences of a card say what was counted, and nothing of few people."""

from pathlib import Path

import pytest

from datatools.fairness.composition.composition_result import Count, Headcount, Unplaced
from datatools.records import Sample
from datatools.report.cards import facts as counted
from datatools.report.cards import readme, tables_beside, told
from datatools.report.cards.answers import About, Answers
from datatools.report.cards.card_result import CardFacts
from datatools.workspace import Workspace
from tests.unit.report.cards.made import answer, filled


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> CardFacts:
    """Give the facts of a small workspace."""
    folder = tmp_path_factory.mktemp("told")
    workspace = Workspace(folder / "ws")
    filled(workspace, folder / "drawn", 12)
    beside = [each.fact for each in tables_beside.beside(workspace)]
    return counted.collect(workspace, audit="audit", min_people=5, seed=0, tables_beside=beside)


def headcount(n_placed: int, unplaced: list[tuple[str, int | None]]) -> Headcount:
    """Give a table of one group."""
    women = Count(group="female", n_people=n_placed, n_images=n_placed, share=1.0, low=0.9, high=1.0)
    return Headcount(
        attribute="perceived_gender",
        answered_by=["annotator"],
        n_placed=n_placed,
        groups=[women],
        unplaced=[Unplaced(reason=reason, n_people=n) for reason, n in unplaced],
        effective=None,
        empty=[],
        thin=[],
        n_suppressed=0,
    )


def test_reasons_of_few_people_are_not_told(facts: CardFacts) -> None:
    """With one of them hidden the others would give it away: only the sum stays."""
    many = facts.model_copy(update={"n_people": 60})
    assert told.unplaced(headcount(60, []), many) == ""
    shown = headcount(40, [("missing", 14), ("cannot_tell", 6)])
    assert told.unplaced(shown, many) == " In no group: 20 people (missing 14, cannot tell 6)."
    too_few: list[tuple[str, int | None]] = [("tie", 4), ("cannot_tell", None)]
    for reason in too_few:
        hidden = headcount(40, [("missing", 16), reason])
        assert told.unplaced(hidden, many) == " In no group: 20 people."


def test_answers_about_few_people_are_not_counted_out_loud(workspace: Workspace, tmp_path: Path) -> None:
    """Only that there were few."""
    samples = filled(workspace, tmp_path / "drawn", 12)
    workspace.append_batch([answer(samples[1], "head_covering", "no", "Ann Example")])
    found = counted.collect(workspace, audit=None, min_people=5, seed=0, tables_beside=[])
    (asked,) = (each for each in found.questions if each.question == "head_covering")
    assert (asked.n_answers, asked.n_images, asked.n_people) == (None, None, None)
    (line,) = (line for line in told.protocol(found) if line.startswith("head_covering"))
    assert line.endswith("About fewer than 5 people.")


def test_people_whom_no_source_names_are_said_to_be(facts: CardFacts) -> None:
    """Each picture then counts as a person."""
    assert "The sources" not in " ".join(told.files(facts))
    some = facts.model_copy(update={"n_named": facts.n_people - 1, "n_aliases": 1, "n_made": {"crop": 2}})
    assert told.files(some)[1:4] == [
        f"The sources tell {facts.n_people - 1} people apart; 1 picture of nobody in particular counts as a "
        "person each.",
        "1 more file holds the same bytes as one of them.",
        "2 pictures of kind crop were made of others.",
    ]
    nobody = facts.model_copy(update={"n_named": 0})
    assert told.files(nobody)[1] == "The sources do not say who is in a picture: each counts as a person."


def test_of_many_gaps_in_the_factory_the_largest_are_told(facts: CardFacts) -> None:
    """Outcome by outcome, with the number of the others."""
    gaps = [f"Masks accepted: gap {n}." for n in range(8)] + ["Accuracy: one."]
    lines = told.biases(facts.model_copy(update={"parity": gaps}))
    assert lines[-7:] == [
        *(f"In making the masks: Masks accepted: gap {n}." for n in range(5)),
        "In making the masks: Masks accepted: 3 smaller gaps beside these.",
        "In making the masks: Accuracy: one.",
    ]


def test_rendered_portraits_show_nobody(facts: CardFacts) -> None:
    """They are no personal data."""
    assert told.sensitive(facts)[0].startswith("Portraits of 6 people: personal data")
    (source,) = facts.report.sources
    rendered = source.model_copy(update={"reader": "rendered"})
    report = facts.report.model_copy(update={"sources": [rendered]})
    (line,) = told.sensitive(facts.model_copy(update={"report": report}))
    assert line.startswith("The portraits were rendered: nobody is shown")


@pytest.mark.parametrize(
    ("n_images", "word"),
    [(0, "n<1K"), (999, "n<1K"), (1_000, "1K<n<10K"), (100_000, "100K<n<1M"), (3_000_000, "1M<n<10M")],
)
def test_sizes_are_words_of_the_hub(facts: CardFacts, n_images: int, word: str) -> None:
    """Ten times as many is the next word."""
    many = facts.model_copy(update={"n_images": n_images})
    assert f'size_categories:\n- "{word}"\n' in readme.render(many, Answers())


def test_a_data_set_without_a_name_is_called_after_its_sources(facts: CardFacts) -> None:
    """Its makers' name goes before."""
    assert readme.title(facts, About()) == "Portraits: drawn"
    assert readme.title(facts, About(name="Mine")) == "Mine"


def test_annotators_get_numbers_that_nobody_has() -> None:
    """Data sets and models keep their names: they are no people."""
    sample = Sample(
        sample_id="0" * 16,
        path="a.png",
        width_px=1,
        height_px=1,
        source="s",
        licence="own",
        person_id="p",
        reference_mask=None,
        mask_source=None,
        mask_encoding=None,
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )
    names = ("Zoe", "annotator-001", "Ann")
    said = [answer(sample, "glasses", "yes", name) for name in names]
    found = tables_beside.numbered(said)
    assert [row.annotator_id for row in found] == ["annotator-003", "annotator-004", "annotator-002"]
