"""Is it told where on the way groups are lost, reading by reading?"""

from datatools.fairness.chain.chain_result import Chain
from datatools.fairness.estimates import Interval
from datatools.fairness.result import AuditResult
from datatools.report.blocks import Section
from datatools.report.outline import chain
from tests.unit.report.builders import NONE, attribute, audit, group, suppressed
from tests.unit.report.outline.reading import cells, figures, find, said, tables
from tests.unit.report.sections import full_audit, step


def _chain() -> Chain:
    found = full_audit().chain
    assert found is not None
    return found


def _sections(**changes: object) -> list[Section]:
    found = _chain().model_copy(update=changes)
    result: AuditResult = full_audit().model_copy(update={"chain": found})
    return chain.sections(result)


def test_every_gap_that_stands_is_named() -> None:
    """Step, attribute and group; of two groups the lower one."""
    (section,) = _sections()
    assert said(section)[0] == (
        "4 comparisons of all steps are corrected together. Gaps that stand: faces found, perceived gender = "
        "woman (−2.0) and student: new, perceived gender = woman (−2.0)."
    )


def test_each_reading_has_a_table_of_its_own() -> None:
    """Shares, accuracy and agreement never share a column."""
    steps = [*_chain().steps, step("teacher:selfie", "agreement", "keyed")]
    (section,) = _sections(steps=steps)
    assert [table.caption.split(":")[1].split()[0] for table in tables(section)] == [
        "share",
        "accuracy",
        "agreement",
    ]
    assert cells(tables(section)[1]) == [
        ("student: new", "What student:new is.", "human masks", "97.0 [96.0, 98.0]", "240", "120")
    ]


def test_groups_are_followed_step_by_step() -> None:
    """Values in a table, the group furthest below the rest in a figure."""
    part = find(_sections(), "chain0")
    share, accuracy = figures(part)
    assert "faces found: woman −2.0" in share.alt
    assert "student: new: woman −2.0" in accuracy.alt
    assert cells(tables(part)[0]) == [("faces found", "96.0 [95.0, 97.0]", "98.0 [97.0, 99.0]")]


def test_each_step_has_its_comparisons_folded() -> None:
    """Suppressed groups show no number."""
    groups = [group("woman", 0.96, 0.01, 60, -0.02, "gap"), suppressed("man")]
    one = step("accepted", "share", None).model_copy(
        update={"attributes": [attribute("perceived_gender", groups)]}
    )
    part = find(_sections(steps=[one]), "step0")
    assert (part.is_open, part.title) == (False, "Step accepted, by group (share)")
    assert [row.is_suppressed for row in tables(part)[0].rows] == [False, True]


def test_a_gain_has_a_sign() -> None:
    """It is a difference, though it stands among values."""
    (section,) = _sections(steps=[step("refinement_gain", "accuracy", "human")])
    assert cells(tables(section)[0])[0][3] == "+97.0 [+96.0, +98.0]"


def test_many_groups_have_no_table_side_by_side() -> None:
    """It would be wider than paper; each step's own table has them."""
    groups = [group(f"g{n}", 0.9, 0.01, 60, -0.02, "insufficient data") for n in range(9)]
    one = step("accepted", "share", None).model_copy(update={"attributes": [attribute("skin_tone", groups)]})
    found = _sections(steps=[one])
    assert (tables(find(found, "chain0")), len(tables(find(found, "step0"))[0].rows)) == ([], 9)


def test_a_step_without_shown_groups_is_not_drawn() -> None:
    """There is nothing to draw."""
    one = step("accepted", "share", None).model_copy(
        update={"attributes": [attribute("skin_tone", [suppressed("a")])]}
    )
    assert figures(find(_sections(steps=[one]), "chain0")) == []


def test_what_reaches_the_student_is_told() -> None:
    """One section for each teacher and student, with all attributes."""
    part = find(_sections(), "transfer0")
    assert said(part) == [
        "By perceived gender: Half of it goes along. Of 180 images of 180 people that both were scored on; "
        "accuracy against human masks."
    ]
    assert cells(tables(part)[0]) == [
        ("women", "−1.3 [−2.3, −0.3]"),
        ("Student's gap for each point of the teacher's", "0.52 [0.10, 0.90]"),
        ("Correlation of their errors within groups", "0.77 [0.70, 0.83]"),
    ]


def test_a_slope_that_cannot_be_told_is_a_dash() -> None:
    """Over two equal groups there is none."""
    none = Interval(value=None, low=None, high=None)
    one = _chain().transfers[0].model_copy(update={"slope": none})
    part = find(_sections(transfers=[one]), "transfer0")
    assert cells(tables(part)[0])[1][1] == "–"


def test_no_gap_is_said() -> None:
    """Of a chain whose groups are all alike."""
    calm = step("accepted", "share", None).model_copy(update={"attributes": []})
    (section,) = _sections(steps=[calm.model_copy(update={"overall": NONE})], transfers=[])
    assert said(section)[0].endswith("No step shows a gap.")


def test_an_audit_without_a_chain_has_no_section() -> None:
    """Nor one of no steps."""
    assert (chain.sections(audit()), _sections(steps=[])) == ([], [])
