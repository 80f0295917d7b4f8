"""Figures of a composition audit."""

import re
from xml.etree import ElementTree

import pytest

from datatools.fairness.composition.composition_result import (
    AgainstReference,
    Carrier,
    CompositionAudit,
    Count,
    Headcount,
    NuisanceTest,
    ReferenceTest,
    Shopping,
)
from datatools.fairness.estimates import Interval
from datatools.report import composition
from datatools.report.composition_tables import csv_files


def _count(group: str, n: int | None) -> Count:
    share = None if n is None else n / 100
    return Count(group=group, n_people=n, n_images=n, share=share, low=share, high=share)


def _head(attribute: str, counts: dict[str, int | None], empty: tuple[str, ...] = ()) -> Headcount:
    return Headcount(
        attribute=attribute,
        answered_by=["annotator"],
        n_placed=100,
        groups=[_count(group, n) for group, n in counts.items()],
        unplaced=[],
        effective=None,
        empty=list(empty),
        thin=[],
        n_suppressed=0,
    )


def _nuisance(verdict: str, drop: float = 0.1) -> NuisanceTest:
    ends = Interval(value=0.7, low=0.6, high=0.8)
    carrier = Carrier(nuisance="background_sharpness", definition="x", auc_drop=drop)
    return NuisanceTest.model_validate(
        {
            "attribute": "perceived_race",
            "nuisances": "background and camera",
            "n_people": 100,
            "groups": ["a", "b"],
            "auc": ends,
            "expected_auc": 0.5,
            "balanced_accuracy": ends,
            "expected_balanced_accuracy": 0.5,
            "p_value": 0.01,
            "p_holm": 0.01,
            "verdict": verdict,
            "carriers": [carrier],
        }
    )


def _reference(share: float | None) -> ReferenceTest:
    ends = Interval(value=None if share is None else share - 0.5, low=None, high=None)
    group = AgainstReference(
        group="=SUM(A1)",
        reference_share=0.5,
        share=share,
        difference=ends,
        ratio=ends,
        p_value=None,
        p_holm=None,
        verdict="suppressed" if share is None else "gap",
    )
    return ReferenceTest(
        attribute="perceived_gender",
        source="a census",
        n_people=100,
        n_left_out=0,
        chi_square=4.0,
        p_value=0.04,
        p_holm=0.04,
        method="chi-square",
        groups=[group],
    )


def _audit(heads: list[Headcount], references: list[ReferenceTest]) -> CompositionAudit:
    return CompositionAudit(
        name="composition",
        settings={},
        n_people=100,
        n_images=100,
        headcounts=heads,
        references=references,
        nuisances=[_nuisance("predictable")],
        masks=[],
        duplicates=None,
        shopping=Shopping(
            reading="assumed",
            model=None,
            sd=0.05,
            gap=0.03,
            n_wanted=24,
            target=0.01,
            budget=1,
            needs=[],
            purchases=[],
        ),
        n_mask_comparisons=0,
        notes=[],
        inputs={},
        versions={},
    )


def test_cells_are_counted_hidden_or_empty() -> None:
    """Each is told from the others in words."""
    counts: dict[str, int | None] = {"a x c": 40, "a x d": None, "b x c": 30}
    drawn = composition.crossing(_head("one x two", counts, ("b x d",)), key="k")
    assert drawn is not None
    assert [word in drawn for word in (">40<", "too few", "nobody", "30.0%")] == [True] * 4


def test_the_longer_list_runs_down() -> None:
    """Three columns of two become two columns of three."""
    counts: dict[str, int | None] = {f"a x {name}": 10 for name in "cde"}
    drawn = composition.crossing(_head("one x two", counts), key="k")
    assert drawn is not None
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)
    assert box is not None
    assert (float(box[1]), float(box[2])) == (200.0, 166.0)


@pytest.mark.parametrize(
    ("attribute", "counts"),
    [
        ("one", {"a": 10}),
        ("one x two x three", {"a x b x c": 10}),
        ("one x two", {"a x b": None}),
        ("one x two", {}),
        ("one x two", {f"{a} x {b}": 1 for a in range(8) for b in range(8)}),
    ],
)
def test_what_is_no_table_of_two_is_not_drawn(attribute: str, counts: dict[str, int | None]) -> None:
    """One attribute, three, nothing to show, or too wide for the page."""
    assert composition.crossing(_head(attribute, counts), key="k") is None


def test_hidden_groups_have_no_place_beside_the_reference() -> None:
    """With all of them hidden there is no figure."""
    assert composition.shares(_reference(None), key="k") is None
    drawn = composition.shares(_reference(0.4), key="k")
    assert drawn is not None
    assert "40.0%, reference 50.0%" in drawn


def test_what_carries_a_prediction_is_drawn_where_there_is_one() -> None:
    """Nothing is said of what tells nothing."""
    assert composition.carriers([_nuisance("insufficient data")], key="k") is None
    assert composition.carriers([_nuisance("predictable", drop=-0.1)], key="k") is None
    assert "background sharpness" in (composition.carriers([_nuisance("predictable")], key="k") or "")
    assert composition.nuisances([], key="k") is None


def test_files_stand_alone() -> None:
    """Each is whole XML with its own colours, size and ground."""
    audit = _audit([_head("one x two", {"a x b": 10, "a x c": 20})], [_reference(0.4)])
    found = composition.files(audit)
    assert sorted(found) == [
        "how-well-background-and-camera-tell-perceived-race.svg",
        "people-by-one-two.svg",
        "share-beside-the-reference-by-perceived-gender.svg",
        "what-of-background-and-camera-tells-perceived-race.svg",
    ]
    for data in found.values():
        root = ElementTree.fromstring(data)  # our own file
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert b"--paper:" in data


def test_tables_run_nothing_in_a_spreadsheet() -> None:
    """A group's name that looks like a formula is made harmless; numbers stay numbers."""
    found = csv_files(_audit([], [_reference(0.4)]))
    assert sorted(found) == ["nuisances.csv", "reference.csv"]
    line = found["reference.csv"].decode().splitlines()[1]
    assert line.startswith("perceived_gender,'=SUM(A1),0.4,0.5,-0.0")
