"""Masks' shapes by group."""

import numpy as np
import pandas as pd
import pytest

from datatools.fairness.composition.framing import MASK_SHAPE
from datatools.fairness.composition.mask_differences import Differences, compare
from datatools.fairness.who.groups import Axis


def _shapes(n_people: int, shift: float, *, n_images: int = 2, source: str = "human") -> pd.DataFrame:
    """Give pictures of people of whom every second one's masks are larger by ``shift``."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(n_people), n_images)
    of_person = rng.normal(size=n_people)[person]
    values = {name: 0.5 + 0.05 * (of_person + rng.normal(size=len(person))) for name in MASK_SHAPE}
    values["mask_area_frac"] = values["mask_area_frac"] + shift * (person % 2)
    values["mask_off_centre"] = np.full(len(person), 0.25)
    names = [f"p{i:03d}" for i in person]
    return pd.DataFrame({**values, "mask_source": source, "person_id": names})


def _compare(shapes: pd.DataFrame, n_people: int) -> Differences:
    group_of = {f"p{i:03d}": ("male" if i % 2 else "female",) for i in range(n_people)}
    axis = Axis(("perceived_gender",), ("annotator",), (("female",), ("male",)), group_of)
    return compare(shapes, [axis], alpha=0.05, min_people=5, n_replicates=300, seed=0)


def test_a_planted_difference_is_found_in_its_own_unit() -> None:
    """A tenth of the picture; the other measures do not differ."""
    found = _compare(_shapes(80, 0.1), 80)
    by_name = {measure.measure: measure for measure in found.measures}
    area = by_name["mask_area_frac"].attributes[0].groups
    assert [group.group for group in area] == ["female", "male"]
    assert area[1].comparison.verdict == "gap"
    assert area[1].comparison.gap.value == pytest.approx(0.1, abs=0.03)
    assert area[1].estimate.value == pytest.approx(0.6, abs=0.03)
    edge = by_name["mask_edge_complexity"].attributes[0].groups
    assert edge[1].comparison.verdict != "gap"


def test_a_measure_that_never_varies_is_not_compared() -> None:
    """All masks are as far from the middle."""
    found = _compare(_shapes(40, 0.0), 40)
    assert "mask_off_centre" not in {measure.measure for measure in found.measures}
    assert found.n_comparisons == 3


def test_kinds_of_masks_are_never_mixed() -> None:
    """Human and generated masks are compared each on their own."""
    both = pd.concat([_shapes(40, 0.1), _shapes(40, 0.0, source="model:x")])
    found = _compare(both, 40)
    assert {measure.mask_source for measure in found.measures} == {"human", "model:x"}


def test_nothing_varies_nothing_is_compared() -> None:
    """One person alone."""
    assert _compare(_shapes(1, 0.0), 1) == Differences([], 0)


def test_many_people_are_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """At random, at most so many."""
    monkeypatch.setattr("datatools.fairness.composition.mask_differences._MAX_PEOPLE", 30)
    found = _compare(_shapes(80, 0.1), 80)
    groups = found.measures[0].attributes[0].groups
    assert sum(group.estimate.n_people or 0 for group in groups) == 30
