"""Is it shown where around the face a model errs?"""

from datatools.report.outline import maps
from tests.unit.report.outline.reading import figures, said
from tests.unit.report.rich import error_map


def test_each_attribute_has_a_figure_told_in_words() -> None:
    """With counts, and what it is not: a verdict."""
    found = [
        error_map("", "", 0.02),
        error_map("perceived_gender", "woman", 0.01),
        error_map("perceived_gender", "man", None),
    ]
    (section,) = maps.sections(found)
    (figure,) = figures(section)
    assert said(section)[0].endswith("no verdict rests on it.")
    assert "woman, 41 images of 41 people" in figure.alt
    assert "man: too few people to show" in figure.alt
    assert figure.of == "/audit/error_maps"


def test_an_attribute_of_many_groups_is_not_drawn() -> None:
    """Everybody is, and the reader is told where the others are."""
    many = [error_map("skin_tone", f"monk {n}", 0.01) for n in range(13)]
    (section,) = maps.sections([error_map("", "", 0.02), *many])
    (figure,) = figures(section)
    assert "monk" not in figure.alt
    assert said(section)[1] == (
        "Not drawn, because there are too many groups: skin tone; report.json has them."
    )


def test_an_audit_without_maps_has_no_section() -> None:
    """Nor one of too few people."""
    assert (maps.sections([]), maps.sections([error_map("", "", None)])) == ([], [])
