"""What is read from the parity table, and drawn of it?"""

import pytest

from datatools import tables
from datatools.errors import TableError
from datatools.records import ParityRow
from datatools.report.parity import gaps_figure, gaps_that_stand, parity_facts
from datatools.workspace import Workspace


def _row(
    place: int,
    group: str,
    gap: float | None,
    verdict: str,
    *,
    attribute: str = "perceived_gender",
    outcome: str = "accepted",
    source: str | None = None,
) -> ParityRow:
    shown = verdict != "suppressed"
    return ParityRow(
        outcome=outcome,
        reference_source=source,
        attribute=attribute,
        answered_by=["measured" if attribute == "face_ita_deg" else "annotator"],
        group=group,
        place=place,
        value=0.9 + (gap or 0.0) if shown else None,
        low=0.7 if shown else None,
        high=0.95 if shown else None,
        n_images=40 if shown else None,
        n_people=30 if shown else None,
        gap=gap,
        gap_low=None if gap is None else gap - 0.05,
        gap_high=None if gap is None else gap + 0.05,
        p_value=None if gap is None else 0.004,
        p_holm=None if gap is None else 0.02,
        detectable_gap=None if gap is None else 0.08,
        verdict=verdict,
    )


def _everybody(outcome: str = "accepted", source: str | None = None) -> ParityRow:
    return _row(0, "all", None, "reference", attribute="all", outcome=outcome, source=source)


_ROWS = [
    _everybody(),
    _row(1, "female", 0.11, "gap"),
    _row(2, "male", -0.11, "gap"),
    _row(3, "face_ita_deg < 10", -0.12, "gap", attribute="face_ita_deg"),
    _row(4, "face_ita_deg 10 to 28", 0.02, "insufficient data", attribute="face_ita_deg"),
    _row(5, "face_ita_deg >= 28", None, "suppressed", attribute="face_ita_deg"),
    _everybody("reference_iou", "human"),
    _row(1, "female", 0.001, "equivalent", outcome="reference_iou", source="human"),
]


@pytest.fixture
def told(workspace: Workspace) -> Workspace:
    """Give a workspace with a parity table."""
    workspace.write(tables.PARITY, _ROWS)
    return workspace


def test_groups_stand_in_their_own_order(told: Workspace) -> None:
    """Not in the table's, which is the alphabet's; acceptance comes first."""
    found = parity_facts(told)
    assert [fact.outcome for fact in found] == ["accepted", "reference_iou"]
    assert [group.name for group in found[0].groups] == [
        "perceived gender = female",
        "perceived gender = male",
        "face ita deg < 10",
        "face ita deg 10 to 28",
        "face ita deg >= 28",
    ]


def test_without_a_table_there_is_nothing(workspace: Workspace) -> None:
    """Nor where everybody is all there is."""
    assert parity_facts(workspace) == []
    workspace.write(tables.PARITY, [_everybody()])
    assert parity_facts(workspace) == []


def test_a_broken_table_is_an_error(told: Workspace) -> None:
    """It is not taken for an absent one."""
    told.table_file(tables.PARITY).write_bytes(b"nonsense")
    with pytest.raises(TableError, match="parity"):
        parity_facts(told)


def test_gaps_that_stand_are_sentences(told: Workspace) -> None:
    """The largest first, with interval, counts and corrected p; of two sides of one gap the lower."""
    lines = gaps_that_stand(parity_facts(told))
    assert lines[0] == (
        "Masks accepted: face ita deg < 10 is 12.0 points lower than the rest [−17.0, −7.0]; "
        "40 images of 30 people, corrected p 0.020."
    )
    assert [line.partition(" is ")[0] for line in lines[1:]] == ["Masks accepted: perceived gender = male"]


def test_the_figure_has_a_row_for_each_group_shown(told: Workspace) -> None:
    """None where no group may be shown."""
    fact = parity_facts(told)[0]
    drawn = gaps_figure(fact, key="f0")
    assert drawn is not None
    assert "perceived gender = male" in drawn
    assert ">= 28" not in drawn.replace("&gt;", ">")
    hidden = fact.model_copy(update={"groups": fact.groups[-1:]})
    assert gaps_figure(hidden, key="f0") is None
