"""Is a composition audit told whole: reference, background, masks, and whom to collect?"""

import pytest

from datatools.report.blocks import Listed, Section
from datatools.report.outline import made_of
from tests.unit.report import rich
from tests.unit.report.outline.reading import cells, figures, find, said, tables


@pytest.fixture(scope="module")
def sections() -> list[Section]:
    """Give the sections of a composition audit in which everything was found."""
    return made_of.sections(rich.facts())


def test_sentences_and_notes_come_first(sections: list[Section]) -> None:
    """With what changed since."""
    audit, _ = sections
    lead, *others = said(audit)
    assert lead.endswith("Made before these changed: tables/findings.parquet.")
    assert others[-1] == "Background and camera were measured where there is a mask."
    (listed,) = (block for block in audit.blocks if isinstance(block, Listed))
    assert listed.items[0].of == "/facts/composition_told/0"


def test_groups_stand_beside_the_reference(sections: list[Section]) -> None:
    """Share here, share there, difference with interval."""
    part = find(sections, "reference")
    assert len(figures(part)) == 1
    (table,) = tables(part)
    assert cells(table)[0] == ("women", "53.1%", "50.7%", "+2.5 [+0.8, +4.2]", "1.05", "0.022", "gap")
    assert (table.rows[1].is_suppressed, "a census of 2021" in table.caption) == (True, True)


def test_people_are_counted_in_groups_and_crossings(sections: list[Section]) -> None:
    """Empty cells too; the crossing is drawn."""
    part = find(sections, "headcounts")
    assert len(figures(part)) == 1
    single, crossed = tables(part)
    assert cells(single) == [
        ("women", "118", "354", "51.1% [45.4, 56.2]"),
        ("men", "104", "312", "45.0% [40.0, 49.5]"),
        ("hidden", "not shown: too few people"),
        ("another", "nobody"),
    ]
    assert cells(crossed)[-1] == ("man × 60+", "nobody")


def test_what_background_gives_away_is_listed(sections: list[Section]) -> None:
    """Beside what chance would give."""
    (table,) = tables(find(sections, "nuisances"))
    assert cells(table) == [
        (
            "perceived gender",
            "background and camera",
            "71.3 [69.6, 73.0]",
            "50.2",
            "222",
            "0.004",
            "predictable",
        )
    ]


def test_shapes_of_masks_keep_their_unit(sections: list[Section]) -> None:
    """They are no points."""
    (table,) = tables(find(sections, "maskshapes"))
    assert cells(table)[0] == (
        "perceived gender = women",
        "0.218",
        "118",
        "+0.0317 [+0.0239, +0.0395]",
        "0.004",
        "gap",
    )
    assert table.rows[-1].is_suppressed


def test_the_shopping_list_says_what_was_assumed(sections: list[Section]) -> None:
    """Who, how many, and how much each of them helps."""
    section = find(sections, "shopping")
    assert said(section) == [
        "So that a gap of 3.0 points can be found in each group. People differ by 5.2 points from one "
        "another (standard deviation; their accuracy was measured)."
    ]
    assert cells(tables(section)[0]) == [("perceived gender = women", "31", "0.07")]


def test_what_was_not_looked_at_is_left_out() -> None:
    """An audit of counts alone has no other part, and no list without a wish."""
    found = rich.composition()
    bare = found.model_copy(
        update={
            "references": [],
            "nuisances": [],
            "masks": [],
            "notes": [],
            "shopping": found.shopping.model_copy(update={"purchases": []}),
        }
    )
    facts = rich.facts().model_copy(
        update={"composition": bare, "composition_told": [], "composition_changed": []}
    )
    (section,) = made_of.sections(facts)
    assert [part.key for part in section.sections] == ["headcounts"]
    assert len(section.blocks) == 1


def test_suppressed_lines_of_the_list_have_a_dash() -> None:
    """How much they help would tell how many there are."""
    found = rich.composition()
    line = found.shopping.purchases[0].model_copy(update={"narrowing_per_person": None})
    hidden = found.model_copy(update={"shopping": found.shopping.model_copy(update={"purchases": [line]})})
    section = find(made_of.sections(rich.facts().model_copy(update={"composition": hidden})), "shopping")
    assert cells(tables(section)[0])[0][2] == "–"


def test_without_the_stage_there_is_no_section() -> None:
    """Nothing was audited."""
    assert made_of.sections(rich.facts().model_copy(update={"composition": None})) == []
