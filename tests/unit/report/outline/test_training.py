"""Is it told how students trained?"""

from datatools.report.blocks import Definitions
from datatools.report.outline import training
from datatools.report.plots import MAX_ROWS
from tests.unit.report import rich
from tests.unit.report.outline.reading import cells, figures, tables

_FACT = rich.facts().training[0]


def test_curves_epochs_and_facts_are_there() -> None:
    """The drawings' numbers stand in a table as well; of many epochs some, the last among them."""
    (section,) = training.sections([_FACT])
    (part,) = section.sections
    assert (part.is_name, len(figures(part))) == (True, 2)
    (table,) = tables(part)
    assert len(table.rows) <= MAX_ROWS + 1
    assert (table.rows[-1].cells[0], table.rows[-1].of) == ("120", "/facts/training/0/history/119")
    (card,) = (block for block in part.blocks if isinstance(block, Definitions))
    assert ("val iou", "0.9136") in card.entries
    assert ("stopped", "–") in card.entries


def test_a_few_epochs_are_all_there() -> None:
    """With phase, loss, validation IoU, learning rate and time."""
    few = _FACT.model_copy(update={"history": _FACT.history[:2]})
    (table,) = tables(training.sections([few])[0].sections[0])
    assert (table.caption, cells(table)) == (
        "Epochs",
        [
            ("1", "core", "0.73", "80.3", "0.0005", "12.3"),
            ("2", "core", "0.365", "80.6", "0.0005", "24.7"),
        ],
    )


def test_the_last_epoch_is_never_left_out() -> None:
    """Whatever the number of epochs."""
    odd = _FACT.model_copy(update={"history": _FACT.history[:83]})
    (table,) = tables(training.sections([odd])[0].sections[0])
    assert [row.cells[0] for row in table.rows][-2:] == ["81", "83"] or table.rows[-1].cells[0] == "83"


def test_a_run_without_history_has_its_facts_alone() -> None:
    """And one without either has its name."""
    bare = _FACT.model_copy(update={"history": [], "card": {}})
    assert training.sections([bare])[0].sections[0].blocks == []


def test_nothing_trained_has_no_section() -> None:
    """There is no student."""
    assert training.sections([]) == []
