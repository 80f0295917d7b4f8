"""The rows of one answer come together, whole or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from datatools.errors import UsageError
from datatools.incoming import Beside, of_sheet, of_source
from datatools.intake import Finder
from datatools.readers import Answer, Entry
from datatools.sheets import Cell, Defaults
from tests.stages.people import sample, sample_id

FINDER = Finder([sample(0), sample(1)], {"set"})
DEFAULTS = Defaults(annotator_id="ann01", source="annotator", vocabularies={})


def _cell(where: str, value: str, question: str = "perceived_race", name: str = "0.jpg") -> Cell:
    return Cell(where=where, sample=name, question=question, value=value, fields={})


@dataclass
class _Listed:
    """A data set whose entries are given."""

    listed: list[Entry]
    licence: str = "own"

    def matches(self) -> bool:
        return True

    def entries(self) -> Iterator[Entry]:
        yield from self.listed


def _said(value: str, vocabulary: str = "fairface_race@1") -> Answer:
    return Answer(question="perceived_race", value=value, vocabulary=vocabulary, annotator_id="dataset:set")


def test_values_of_one_line_are_one_answer() -> None:
    """The next line is another; an empty cell is counted and is none."""
    beside = Beside()
    cells = [_cell("line 2", "white"), _cell("line 2", "black"), _cell("line 3", "", name="1.jpg")]
    found = list(of_sheet(cells, "sheet:x.csv", DEFAULTS, FINDER, beside))
    assert [[row.value for row in rows] for rows in found] == [["white", "black"], []]
    assert (beside.n_blank, beside.rejected) == (1, [])


def test_an_answer_is_refused_whole() -> None:
    """Half of what somebody said is not what they said; both halves are listed, each with its reason."""
    beside = Beside()
    cells = [_cell("line 2", "white"), _cell("line 2", "martian"), _cell("line 3", "black")]
    found = list(of_sheet(cells, "sheet:x.csv", DEFAULTS, FINDER, beside))
    assert [[row.value for row in rows] for rows in found] == [[], ["black"]]
    assert [(row.where, row.value) for row in beside.rejected] == [("line 2", "white"), ("line 2", "martian")]
    assert "given together with" in beside.rejected[0].reason
    assert "expected a value of fairface_race@1" in beside.rejected[1].reason


def test_a_default_that_does_not_exist_is_refused_at_once() -> None:
    """It is the command that is wrong, not every line."""
    wrong = Defaults(annotator_id="a", source="annotator", vocabularies={"perceived_race": "race@9"})
    with pytest.raises(UsageError, match="got 'race@9'"):
        list(of_sheet([], "sheet:x.csv", wrong, FINDER, Beside()))


def test_a_data_sets_answers_come_with_their_labels() -> None:
    """What each file says is kept for comparing, its several values as one word."""
    beside = Beside()
    reader = _Listed(
        [
            Entry(path="0.jpg", answers=(_said("white"), _said("black"))),
            Entry(path="1.jpg", problem="no labels"),
            Entry(path="9.jpg", answers=(_said("white"),)),
        ]
    )
    (rows,) = of_source("set", reader, FINDER, beside)
    assert [(row.sample_id, row.value, row.batch) for row in rows] == [
        (sample_id(0), "white", "source:set"),
        (sample_id(0), "black", "source:set"),
    ]
    assert [(label.path, label.value) for label in beside.labels] == [("0.jpg", "black+white")]
    assert (beside.unlabelled, beside.n_not_ingested) == ([("1.jpg", "no labels")], 1)


def test_a_label_that_is_no_word_of_its_vocabulary_is_refused() -> None:
    """It is named with its picture."""
    beside = Beside()
    reader = _Listed([Entry(path="0.jpg", answers=(_said("martian"),))])
    assert list(of_source("set", reader, FINDER, beside)) == [[]]
    assert [(row.where, row.value) for row in beside.rejected] == [("0.jpg", "martian")]


def test_another_name_of_the_same_bytes_speaks_for_itself() -> None:
    """Its batch names it, so that what it says otherwise is no second value."""
    one = sample(0)
    one.aliases.append("copy.jpg")
    reader = _Listed([Entry(path="copy.jpg", answers=(_said("black"),))])
    (rows,) = of_source("set", reader, Finder([one], {"set"}), Beside())
    assert [row.batch for row in rows] == ["source:set:copy.jpg"]
