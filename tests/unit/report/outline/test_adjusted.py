"""Do raw and adjusted gaps stand side by side?"""

from datatools.fairness.why.why_result import AdjustedGap, Adjustment
from datatools.report.blocks import Section
from datatools.report.outline import adjusted
from tests.unit.report.outline.reading import cells, figures, find, said, tables
from tests.unit.report.sections import adjusted_gap, full_audit

_FULL = full_audit()
_ONE = _FULL.adjustments[0]


def _sections(*found: Adjustment) -> list[Section]:
    placed = [(f"/audit/adjustments/{number}", one) for number, one in enumerate(found)]
    return adjusted.sections(placed, _FULL, key="m0")


def test_raw_and_adjusted_stand_side_by_side() -> None:
    """With what the difference goes with, the largest part first, and the matched people."""
    part = find(_sections(_ONE), "m0w0")
    first, second = cells(tables(part)[0])
    assert first == (
        "women",
        "90",
        "−3.0 [−4.0, −2.0]",
        "−1.0 [−2.0, 0.0]",
        "picture lightness −2.3, face frac +0.3",
        "−1.2 [−3.2, +0.8], 40 people",
        "0.400",
        "insufficient data",
    )
    assert second[5] == "too few have a match"
    assert said(part)[0] == (
        "Between people who are alike in picture lightness and face frac. 3 people left out: a condition is "
        "unknown of them."
    )
    (dumbbells,) = figures(part)
    assert "women, raw −3.0 [−4.0, −2.0]; women, adjusted −1.0 [−2.0, 0.0]" in dumbbells.alt


def test_no_adjusted_gap_is_said() -> None:
    """In words, not left to the table; a note on every attribute stands above them."""
    (section,) = _sections(_ONE)
    assert said(section)[1:] == [
        "No adjusted gap stands after the correction for all adjusted gaps of this audit.",
        "Little overlap.",
    ]


def test_two_sides_of_one_gap_are_one() -> None:
    """Each of two groups is the other's rest: the lower one is named."""
    lower = adjusted_gap("women").model_copy(update={"verdict": "gap"})
    other = lower.model_copy(update={"group": "men"})
    higher: AdjustedGap = other.model_copy(
        update={"adjusted": other.adjusted.model_copy(update={"value": 0.01})}
    )
    (section,) = _sections(_ONE.model_copy(update={"groups": [lower, higher]}))
    assert said(section)[1] == (
        "Adjusted gaps that stand after the correction for all adjusted gaps of this audit: perceived gender "
        "= women (−1.0)."
    )


def test_notes_on_one_attribute_stand_with_it() -> None:
    """Those that hold everywhere are told once."""
    own = _ONE.model_copy(update={"attribute": "skin_tone", "notes": ["Little overlap.", "One tone alone."]})
    (section,) = _sections(_ONE, own)
    assert (said(section)[2:], said(section.sections[1])[1:]) == (["Little overlap."], ["One tone alone."])


def test_what_could_not_be_adjusted_says_why() -> None:
    """An attempt without a result has its notes; without notes there is no section."""
    tried = _ONE.model_copy(update={"groups": []})
    (section,) = _sections(tried)
    assert (said(section), section.sections) == (["Little overlap."], [])
    assert _sections(tried.model_copy(update={"notes": []})) == []
    assert _sections() == []


def test_crossings_are_folded_and_not_drawn() -> None:
    """They have too many rows."""
    crossed = _ONE.model_copy(update={"attribute": "perceived_gender x skin_tone"})
    part = find(_sections(crossed), "m0w0")
    assert (part.is_open, figures(part)) == (False, [])


def test_of_many_groups_those_with_the_largest_gaps_are_drawn() -> None:
    """The table has all."""
    groups = [
        adjusted_gap(f"g{n}").model_copy(
            update={"raw": _ONE.groups[0].raw.model_copy(update={"value": -0.0001 * n})}
        )
        for n in range(100)
    ]
    part = find(_sections(_ONE.model_copy(update={"groups": groups})), "m0w0")
    (drawing,) = figures(part)
    assert ("g99, raw" in drawing.alt, "g1, raw" in drawing.alt, len(tables(part)[0].rows)) == (
        True,
        False,
        100,
    )
