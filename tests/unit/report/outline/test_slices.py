"""Do slices say how much was searched?"""

from datatools.fairness.why.why_result import SliceSearch
from datatools.report.blocks import Section
from datatools.report.outline import slices
from tests.unit.report.outline.reading import cells, said, tables
from tests.unit.report.sections import full_audit

_SEARCH = full_audit().slices[0]


def _sections(search: SliceSearch) -> list[Section]:
    return slices.sections([("/audit/slices/0", search)], key="m0")


def test_a_find_comes_with_its_search() -> None:
    """A find without the search behind it says little."""
    (section,) = _sections(_SEARCH)
    assert said(section)[0].startswith("74 slices of up to 2 conditions, of 180 people, were looked at")
    assert cells(tables(section)[0]) == [
        (
            "face_yaw_deg > 21.5 and glasses = yes",
            "87.0 [85.0, 89.0]",
            "−5.8 [−7.8, −3.8]",
            "60 images of 30 people",
            "0.005",
        )
    ]


def test_a_search_that_finds_nothing_is_told() -> None:
    """As a finding, with its size."""
    (section,) = _sections(_SEARCH.model_copy(update={"slices": []}))
    assert said(section)[0] == "None stands out from chance."
    assert said(section)[1].startswith("74 slices")
    assert tables(section) == []


def test_a_search_by_nothing_is_left_out() -> None:
    """Where nothing was measured there was no search to tell of."""
    assert _sections(_SEARCH.model_copy(update={"slices": [], "features": [], "n_candidates": 0})) == []
