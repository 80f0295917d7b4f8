"""Is it told what was found, lost and why, and who is in the data?"""

import pytest

from datatools.report import facts, summary
from datatools.report.blocks import Section
from datatools.report.document import Report
from datatools.report.facts import Reason, ReportFacts, Step
from datatools.report.outline import data
from tests.unit.report import rich
from tests.unit.report.builders import audit
from tests.unit.report.outline.reading import cells, figures, find, said, tables


def _report(counted: ReportFacts, *, has_groups: bool = True) -> Report:
    result = audit() if has_groups else audit().model_copy(update={"composition": []})
    return Report(title="x", summary=summary.summarise(result, counted), audit=result, facts=counted)


@pytest.fixture(scope="module")
def section() -> Section:
    """Give the section on the data of a whole report."""
    return data.section(rich.report())


def test_the_funnel_is_drawn_and_listed(section: Section) -> None:
    """With the share of what was found, counted in report.json."""
    funnel, rejections = figures(section)
    assert "accepted 1,207 images, 219 people · 82.3%" in funnel.alt
    assert "ragged_edge 57 images · 4.1%" in rejections.alt
    first, second, *others = tables(section)
    assert cells(first)[2] == ("accepted", "1,207", "219", "82.3%")
    assert cells(second) == [("ragged_edge", "57", "4.1%")]
    assert [table.caption for table in others] == [
        "Items that failed, and why",
        "Sources",
        "Splits, by person",
    ]


def test_sources_and_splits_have_their_counts(section: Section) -> None:
    """Which masks there are, and under which licence."""
    *_, sources, splits = tables(section)
    assert cells(sources) == [
        ("women", "folder", "1,466", "231", "4", "611 human, 203 rendered", "CC0"),
    ]
    assert cells(splits) == [("train", "812", "139")]


def test_people_who_looked_are_counted(section: Section) -> None:
    """Rejected pictures once, whatever the number of checks."""
    assert said(section) == ["184 pictures were rejected; people reviewed 23 masks by eye."]


def test_a_source_without_masks_says_so() -> None:
    """And a reason of several stages stands with them."""
    bare = rich.facts().sources[0].model_copy(update={"reference_masks": {}})
    others = Reason(where="all stages", reason="3 other reasons", n_images=9, share=None)
    counted = rich.facts().model_copy(update={"sources": [bare], "rejections": [others]})
    found = {table.caption: table for table in tables(data.section(_report(counted)))}
    assert cells(found["Sources"])[0][5] == "none"
    checks = found["Pictures that did not pass, by check; one picture may fail several"]
    assert cells(checks) == [("all stages: 3 other reasons", "9", "–")]


def test_who_is_in_the_data_is_drawn_and_listed_by_attribute(section: Section) -> None:
    """Shares with Wilson intervals; groups too small say so and show nothing."""
    sections = section.sections
    people, accepted = tables(find(sections, "c0"))
    assert cells(people)[0] == ("woman", "118", "222", "53.2% [46.6, 59.7]")
    assert cells(accepted)[0] == ("woman", "214", "236", "90.7% [87.0, 94.4]")
    (ages,) = tables(find(sections, "c1"))
    assert ages.rows[-1].cells == ("under 18", "too few to show")
    assert ages.rows[-1].is_suppressed
    assert said(find(sections, "c1")) == ["Groups answered by: annotator. 3 people have no answer."]


def test_nobody_known_is_told() -> None:
    """Results that were brought, without groups: the counts alone."""
    section = data.section(_report(facts.nothing(), has_groups=False))
    assert said(section) == ["462 pictures of 231 people; nothing else is known of them."]


def test_nothing_found_is_not_drawn() -> None:
    """A share of nothing does not exist."""
    counted = facts.nothing().model_copy(update={"steps": [Step(step="found", n_images=0, n_people=0)]})
    assert figures(data.section(_report(counted, has_groups=False))) == []
