"""Is it told which model is better, for whom, and who is harmed?"""

from datatools.fairness.models.models_result import ModelPair, ModelPairs
from datatools.report.blocks import Section
from datatools.report.outline import pairs
from tests.unit.report.builders import NONE, audit
from tests.unit.report.outline.reading import cells, figures, find, said, tables
from tests.unit.report.sections import full_audit, paired


def _pairs() -> ModelPairs:
    found = full_audit().model_pairs
    assert found is not None
    return found


def _section(pair: ModelPair) -> Section:
    found = _pairs().model_copy(update={"pairs": [pair]})
    return find(pairs.sections(full_audit().model_copy(update={"model_pairs": found})), "mp0")


def test_harm_is_told_before_the_table() -> None:
    """Who is harmed, and by how much the worst group changes."""
    section = _section(_pairs().pairs[0])
    everybody, harmed, worst = said(section)
    assert everybody == (
        "new less published, on the same pictures; accuracy against human masks. Everybody: +1.2 [+0.7, "
        "+1.7], 180 images of 90 people, better."
    )
    assert harmed == "Harmed: perceived gender = women."
    assert worst.startswith("perceived gender: the worst group's value changes by −1.5 [−2.5, −0.5]")
    assert [row[0] for row in cells(tables(section)[0])] == [
        "everybody",
        "perceived gender = women",
        "perceived gender = men",
    ]


def test_notes_stand_above_all_pairs() -> None:
    """They hold for each."""
    (section,) = pairs.sections(full_audit())
    assert said(section) == ["The networks are compared as they are."]


def test_without_harm_that_is_said_with_what_is_open() -> None:
    """No harm shown is no proof of none."""
    pair = _pairs().pairs[0]
    unsure = paired("women", 0.001, "insufficient data").model_copy(update={"harm": "insufficient data"})
    attribute = pair.attributes[0].model_copy(update={"groups": [unsure], "gaps": None})
    section = _section(pair.model_copy(update={"attributes": [attribute], "n_only_one": 7}))
    first, second = said(section)
    assert first.endswith("7 pictures were scored under one of the two alone, and left out.")
    assert second == ("No group is shown to be harmed. Of groups with insufficient data it cannot be told.")


def test_of_many_groups_everybody_and_the_largest_differences_are_drawn() -> None:
    """The table has all."""
    pair = _pairs().pairs[0]
    groups = [paired(f"g{n}", 0.0001 * n, "insufficient data") for n in range(100)]
    attribute = pair.attributes[0].model_copy(update={"groups": groups})
    section = _section(pair.model_copy(update={"attributes": [attribute]}))
    (drawing,) = figures(section)
    assert ["everybody" in drawing.alt, "= g99 " in drawing.alt, "= g1 " in drawing.alt] == [
        True,
        True,
        False,
    ]
    assert "those with the largest differences" in drawing.caption
    assert len(tables(section)[0].rows) == 101


def test_nothing_to_draw_is_not_drawn() -> None:
    """Where no difference may be shown."""
    pair = _pairs().pairs[0]
    overall = pair.overall.model_copy(update={"difference": NONE})
    section = _section(pair.model_copy(update={"overall": overall, "attributes": []}))
    assert figures(section) == []


def test_one_model_alone_has_no_section() -> None:
    """There is nothing to compare it with."""
    assert pairs.sections(audit()) == []
