"""Is it told what wrong answers could change?"""

from datatools.report.outline import labels
from tests.unit.report.outline.reading import cells, said, tables
from tests.unit.report.sections import full_audit

_FULL = full_audit()
_LABELS, _CODINGS, _BOUND = _FULL.uncertain_labels[0], _FULL.sensitivities[0], _FULL.mislabel_bounds[0]


def test_gaps_are_told_with_the_doubt_of_annotators() -> None:
    """And whether they are surer of some scores than of others."""
    (section,) = labels.uncertain([("/audit/uncertain_labels/0", _LABELS)], key="m0")
    first, doubt = said(section)
    assert first.endswith("All gaps keep their side of zero when that doubt is carried through.")
    assert "8.0% in the half with the lower scores, 5.0% in the other (p 0.300)" in doubt
    assert cells(tables(section)[0]) == [("women", "88.4", "−3.0 [−4.0, −2.0]", "−3.3 [−4.7, −1.9]")]


def test_gaps_that_the_doubt_takes_away_are_named() -> None:
    """Without a measure of doubt there is no sentence about one."""
    lost = _LABELS.groups[0].model_copy(update={"is_kept": False})
    one = _LABELS.model_copy(update={"groups": [lost], "doubt": None})
    (section,) = labels.uncertain([("/audit/uncertain_labels/0", one)], key="m0")
    (only,) = said(section)
    assert "All gaps but those of women keep their side of zero" in only


def test_other_codings_are_open_where_they_disagree() -> None:
    """Each with the gaps that stand under it."""
    (section,) = labels.codings([("/audit/sensitivities/0", _CODINGS)], key="m0")
    assert (section.is_open, said(section)) == (True, ["The answer depends on the edges."])
    assert cells(tables(section)[0]) == [("ita_deg:8,28", "3", "3.1", "0.020", "women (−3.0)")]
    stable = _CODINGS.model_copy(update={"is_stable": True})
    (folded,) = labels.codings([("/audit/sensitivities/0", stable)], key="m0")
    assert folded.is_open is False


def test_a_coding_without_gaps_says_none() -> None:
    """An empty cell would leave the reader to guess."""
    bare = _CODINGS.codings[0].model_copy(update={"comparisons": {}})
    one = _CODINGS.model_copy(update={"codings": [bare]})
    (section,) = labels.codings([("/audit/sensitivities/0", one)], key="m0")
    assert cells(tables(section)[0])[0][-1] == "none"


def test_bounds_say_at_which_share_a_verdict_breaks() -> None:
    """Beside the share of wrong labels that was measured."""
    (section,) = labels.bounds([("/audit/mislabel_bounds/0", _BOUND)], key="m0")
    assert cells(tables(section)[0]) == [("perceived gender = women", "−3.0", "4.0%", "[−6.0, +1.0]", "2.5%")]


def test_a_verdict_no_share_can_break_is_told() -> None:
    """And a share of wrong labels that nobody measured."""
    free = _BOUND.model_copy(update={"error_rate": None, "low": None, "high": None, "breaks_at": None})
    (section,) = labels.bounds([("/audit/mislabel_bounds/0", free)], key="m0")
    assert cells(tables(section)[0])[0][2:] == ("–", "not measured", "no share")


def test_without_results_there_is_no_section() -> None:
    """Headings without content are noise."""
    assert (labels.uncertain([], key="x"), labels.codings([], key="x"), labels.bounds([], key="x")) == (
        [],
        [],
        [],
    )
