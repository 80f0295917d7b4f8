"""Do the sections beside the gaps say what the audit found, in words and in numbers?"""

import re
from pathlib import Path

import pytest

from datatools.fairness.result import AuditResult
from datatools.report import beside, facts, html, summary, why
from datatools.report.document import Report
from datatools.report.told import Told
from datatools.workspace import Workspace
from tests.unit.report.builders import audit, fill, write_run
from tests.unit.report.sections import full_audit
from tests.unit.report.test_html import HOSTILE, Page


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace to report on."""
    folder: Path = tmp_path_factory.mktemp("sections")
    workspace = Workspace(folder / "ws")
    write_run(workspace, 1, "ingest", {"source": "portraits/", "seed": 0})
    fill(workspace, folder / "src")
    return workspace


def _page(workspace: Workspace, result: AuditResult) -> Page:
    counted = facts.collect(workspace, result.inputs)
    told = summary.summarise(result, counted)
    return Page(html.render(Report(title="Portraits", summary=told, audit=result, facts=counted)))


def _of_first(result: AuditResult) -> dict[str, Told]:
    first = result.models[0]
    found = why.sections(result, first.model, first.reference_source, key="m0")
    return {section.title: section for section in found}


def test_a_page_with_every_section_is_whole(shown: Workspace) -> None:
    """Elements nest, identifiers are unique, tables have captions."""
    page = _page(shown, full_audit())
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert (page.open, len(ids) - len(set(ids))) == ([], 0)
    assert len(page.all("table")) == len(page.all("caption"))


def test_names_of_groups_stay_literal(shown: Workspace) -> None:
    """A group's name is shown as it is in every section, and runs nothing."""
    page = _page(shown, full_audit(HOSTILE))
    assert page.all("script", "img") == []
    assert page.text.count("<script>alert(1)</script>") >= 8


def test_sections_without_content_are_left_out(shown: Workspace) -> None:
    """An audit of gaps alone has none of their headings."""
    text = _page(shown, audit()).text
    assert not re.search("adjusted|Models compared|From photograph|one direction", text)


def test_raw_and_adjusted_stand_side_by_side() -> None:
    """With what the difference goes with, the largest part first."""
    found = _of_first(full_audit())
    told = found["Raw and adjusted, by perceived gender"]
    assert "No adjusted gap stands after" in found["Raw and adjusted gaps"].lead[0]
    assert found["Raw and adjusted gaps"].lead[1] == "Little overlap."
    row, other = told.rows
    assert row[1:4] == [
        "−3.0 [−4.0, −2.0]",
        "−1.0 [−2.0, 0.0]",
        "picture lightness −2.3, face frac +0.3",
    ]
    assert (row[4], other[4]) == ("−1.2 [−3.2, +0.8], 40 people", "too few have a match")
    assert "3 people left out" in told.lead[-1]
    assert told.figure is not None


def test_two_sides_of_one_gap_are_one() -> None:
    """Each of two groups is the other's rest."""
    full = full_audit()
    both = [group.model_copy(update={"verdict": "gap"}) for group in full.adjustments[0].groups]
    one = full.adjustments[0].model_copy(update={"groups": both})
    lead = _of_first(full.model_copy(update={"adjustments": [one]}))["Raw and adjusted gaps"].lead[0]
    assert "1 adjusted gap stands after" in lead


def test_measurements_that_are_named_are_defined() -> None:
    """Only those."""
    assert set(why.defined(full_audit())) == {"picture_lightness", "face_frac", "face_yaw_deg"}


def test_slices_say_how_much_was_searched() -> None:
    """A find without the search behind it says little."""
    told = _of_first(full_audit())["Conditions under which it fails"]
    assert "74 slices of up to 2 conditions" in told.lead[0]
    assert told.rows[0][0] == "face_yaw_deg > 21.5 and glasses = yes"


def test_a_search_that_finds_nothing_is_told() -> None:
    """As a finding, with its size."""
    full = full_audit()
    empty = full.slices[0].model_copy(update={"slices": []})
    told = _of_first(full.model_copy(update={"slices": [empty]}))["Conditions under which it fails"]
    assert told.lead[0].startswith("None stands out from chance. 74 slices")


def test_a_search_by_nothing_is_left_out() -> None:
    """Where nothing was measured there was no search to tell of."""
    full = full_audit()
    none = full.slices[0].model_copy(update={"slices": [], "features": [], "n_candidates": 0})
    assert "Conditions under which it fails" not in _of_first(full.model_copy(update={"slices": [none]}))


def test_what_labels_could_change_is_told() -> None:
    """Gaps with doubt, other codings, and the share of wrong labels that would do."""
    found = _of_first(full_audit())
    labels = found["With uncertain labels, by perceived gender"]
    assert labels.rows[0][1] == "88.4"
    assert "Every gap keeps its side of 0" in labels.lead[0]
    assert "8.0% in the half with the lower scores, 5.0% in the other (p 0.300)" in labels.lead[1]
    codings = found["Other ways to make groups"]
    assert (codings.is_open, codings.rows[0][-1]) == (True, "women (−3.0)")
    bound = found["If people are in the wrong group"].rows[0]
    assert bound == ["perceived gender = women", "−3.0", "4.0%", "[−6.0, +1.0]", "2.5%"]


def test_a_verdict_no_share_can_break_is_told() -> None:
    """And a share of wrong labels that nobody measured."""
    full = full_audit()
    free = full.mislabel_bounds[0].model_copy(
        update={"error_rate": None, "low": None, "high": None, "breaks_at": None}
    )
    told = _of_first(full.model_copy(update={"mislabel_bounds": [free]}))["If people are in the wrong group"]
    assert told.rows[0][2:] == ["–", "not measured", "no share"]


def test_harm_is_told_before_the_table() -> None:
    """Who is harmed, and by how much the worst group changes."""
    pair, notes = beside.models(full_audit())
    assert "Harmed: perceived gender = women." in pair.lead[0]
    assert "worst group's value changes by −1.5" in pair.lead[1]
    assert [row[0] for row in pair.rows] == [
        "everybody",
        "perceived gender = women",
        "perceived gender = men",
    ]
    assert notes.lead == ["The networks are compared as they are."]


def test_the_chain_names_every_gap_that_stands() -> None:
    """Step, attribute and group; the step's reading stands beside its name."""
    chain = full_audit().chain
    assert chain is not None
    everybody, first, second, transfer = beside.chain(chain)
    assert "faces found, perceived gender = woman (−2.0)" in everybody.lead[0]
    assert [row[2] for row in everybody.rows] == ["share", "accuracy, human masks"]
    assert (first.is_open, second.title) == (False, "Step student: new, by group (accuracy, human masks)")
    assert transfer.rows[-1][1] == "0.77 [0.70, 0.83]"


def test_directions_of_masks_keep_their_unit() -> None:
    """Pixels are no points of 100."""
    shift, area = beside.label_bias(full_audit().label_bias)
    assert (shift.rows[0][1], area.rows[0][1]) == ("2.20 [2.00, 2.40]", "+220.0 [+200.0, +240.0]")
    assert shift.caption == "In px, 95% intervals"


def test_pairs_and_the_lowest_group_are_on_the_page(shown: Workspace) -> None:
    """The lowest group with the allowance for having been picked."""
    text = _page(shown, full_audit()).text
    assert "Groups against each other" in text
    assert re.search(r"Lowest group: women,\s+91\.1", text)
    assert "allowing for that, it lies between 90.9 and 92.9" in text
