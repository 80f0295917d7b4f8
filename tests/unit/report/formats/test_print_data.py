"""The outline is put into the order of print."""

from datatools.report.blocks import Section
from datatools.report.formats.print_data import Writer, printed
from tests.unit.report.formats.outlines import outline


def test_folded_sections_are_printed_behind_the_others() -> None:
    """They stand in a section named like theirs, with all that they hold."""
    given = outline()
    found = printed(given)
    assert [section.key for section in found] == ["findings", "m0", "provenance", "m0-details"]
    assert [section.key for section in found[1].sections] == ["m0a0"]
    assert [section.key for section in found[3].sections] == ["m0a1"]


def test_a_whole_section_that_is_folded_is_printed_behind_as_it_is() -> None:
    """What it holds stays in it, folded or not."""
    inner = Section(key="b", title="B", is_open=False)
    given = outline()
    folded = Section(key="a", title="A", sections=[inner], is_open=False)
    found = printed(type(given)(title="t", headline="h", about="a", sections=[folded]))
    assert found == [folded]


def test_narrow_figures_go_in_pairs() -> None:
    """Two stand beside each other; a wide one stands alone."""
    writer = Writer()
    document = writer.document(outline())
    sections = document["sections"]
    assert isinstance(sections, list)
    figures = [len(one["figures"]) for one in sections[1]["blocks"] if one["kind"] == "figures"]
    assert figures == [2, 1]
    assert sorted(writer.drawings) == ["figure-0.svg", "figure-1.svg", "figure-2.svg"]
    assert sorted(writer.pictures) == ["picture-0.gif"]


def test_all_texts_are_gathered() -> None:
    """Words of tables and labels in drawings are among those whose letters are looked up."""
    writer = Writer()
    writer.document(outline("東"))
    assert {"東", "東: 93.0", "Value of 東"} & set(writer.texts) >= {"東", "Value of 東"}
    assert any("東" in text and "93.0 [92.0, 94.0]" in text and "man" in text for text in writer.texts)
