"""Is it told for whom the factory itself works worse?"""

from datatools.report.blocks import Listed
from datatools.report.outline import parity
from tests.unit.report import rich
from tests.unit.report.outline.reading import cells, figures, find, said, tables


def test_gaps_that_stand_are_listed_first() -> None:
    """The largest of each outcome, with interval, counts and p."""
    part = find(parity.sections(rich.facts().parity), "parityf0")
    (listed,) = (block for block in part.blocks if isinstance(block, Listed))
    assert [item.text for item in listed.items] == [
        "Masks accepted: perceived gender = women is 6.1 points lower than the rest [−7.4, −4.8]; 114 images "
        "of 57 people, corrected p 0.021."
    ]


def test_each_outcome_has_figure_and_table() -> None:
    """Suppressed groups show no number."""
    part = find(parity.sections(rich.facts().parity), "parityf0")
    assert said(part)[:1] == [
        "Share of the pictures whose mask passed every check. Measured against human masks. All: 87.0 [86.0, "
        "88.0] points of 100, 438 images of 219 people."
    ]
    (table,) = tables(part)
    assert cells(table)[0] == (
        "perceived gender = women",
        "76.9 [74.9, 78.9]",
        "114",
        "57",
        "−6.1 [−7.4, −4.8]",
        "0.021",
        "3.7",
        "annotator",
        "gap",
    )
    assert [row.is_suppressed for row in table.rows] == [False, False, True]
    assert len(figures(part)) == 1


def test_of_many_gaps_the_largest_are_said() -> None:
    """A list of forty sentences is read by nobody."""
    fact = rich.facts().parity[0]
    groups = [
        fact.groups[0].model_copy(
            update={"group": f"g{n}", "gap": fact.groups[0].gap.model_copy(update={"value": -0.001 * n})}
        )
        for n in range(9)
    ]
    part = find(parity.sections([fact.model_copy(update={"groups": groups})]), "parityf0")
    _, first, *_, last = said(part)
    assert first.startswith("Masks accepted: perceived gender = g8 is 0.8 points lower")
    assert (len(said(part)), last) == (8, "More gaps stand: the table has all.")


def test_no_gap_is_no_proof() -> None:
    """And is told as such."""
    fact = rich.facts().parity[0]
    calm = fact.model_copy(update={"groups": fact.groups[1:], "reference_source": None})
    (section,) = parity.sections([calm])
    assert said(section)[1] == "No gap stands after correction; that is no proof that there is none."


def test_of_many_groups_the_largest_gaps_are_drawn() -> None:
    """The table has all."""
    fact = rich.facts().parity[0]
    groups = [
        fact.groups[1].model_copy(
            update={"group": f"g{n}", "gap": fact.groups[1].gap.model_copy(update={"value": 0.0001 * n})}
        )
        for n in range(100)
    ]
    part = find(parity.sections([fact.model_copy(update={"groups": groups})]), "parityf0")
    (drawing,) = figures(part)
    assert ["= g99 " in drawing.alt, "= g1 " in drawing.alt] == [True, False]
    assert "those with the largest gaps" in drawing.caption
    assert len(tables(part)[0].rows) == 100


def test_without_parity_there_is_no_section() -> None:
    """The stage check has not run."""
    assert parity.sections([]) == []
