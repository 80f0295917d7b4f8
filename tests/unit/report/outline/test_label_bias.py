"""Is the direction of masks' errors told in its own unit?"""

from datatools.fairness.estimates import Comparison
from datatools.report.outline import label_bias
from tests.unit.report.builders import NONE, audit, suppressed
from tests.unit.report.outline.reading import cells, said, tables
from tests.unit.report.sections import full_audit


def test_measures_of_one_attribute_stand_together() -> None:
    """One section, open where something differs."""
    (section,) = label_bias.sections(full_audit())
    (part,) = section.sections
    assert (part.title, part.is_open, len(tables(part))) == (
        "Masks from human, by perceived gender",
        True,
        2,
    )
    assert said(part)[1] == (
        "Edge shift: Mean distance of the edges. Held against generated masks. It differs for women."
    )


def test_directions_keep_their_unit() -> None:
    """Pixels are no points of 100."""
    (section,) = label_bias.sections(full_audit())
    shift, area = tables(section.sections[0])
    assert (cells(shift)[0][1], cells(area)[0][1]) == ("2.20 [2.00, 2.40]", "+220.0 [+200.0, +240.0]")
    assert (shift.caption, area.caption) == (
        "Edge shift in px, 95% intervals",
        "Area ratio in points of 100, 95% intervals",
    )


def test_what_does_not_differ_is_folded() -> None:
    """And suppressed groups, or those without a value, show no number."""
    one = full_audit().label_bias[1]
    hidden: Comparison = suppressed("men").comparison
    open_one = one.groups["women"].model_copy(update={"verdict": "insufficient data"})
    calm = one.model_copy(
        update={
            "groups": {"women": open_one, "men": hidden, "others": open_one},
            "values": {"women": one.values["women"], "men": NONE, "others": NONE},
            "answered_by": [],
        }
    )
    (section,) = label_bias.sections(full_audit().model_copy(update={"label_bias": [calm]}))
    (part,) = section.sections
    assert part.is_open is False
    assert said(part)[0].endswith("No group is shown to differ.")
    _, men, others = tables(part)[0].rows
    assert (men.is_suppressed, others.cells[1]) == (True, "–")


def test_masks_held_against_nothing_have_no_section() -> None:
    """The audit had no others."""
    assert label_bias.sections(audit()) == []
