"""Whose pictures are compared where there are too many."""

import numpy as np
import pandas as pd
import pytest

from datatools.fairness.why import drawn_people
from datatools.fairness.why.drawn_people import of_drawn_people


def _rows() -> pd.DataFrame:
    return pd.DataFrame({"person_id": [f"p{number % 40}" for number in range(200)], "value": range(200)})


def test_few_pictures_are_all_compared() -> None:
    """And nothing is said of it."""
    rows = _rows()
    found, notes = of_drawn_people(rows, np.random.default_rng(0))
    assert found is rows
    assert notes == []


def test_of_many_all_pictures_of_some_people_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many people as fit, in the order of the rows, and a sentence says so."""
    monkeypatch.setattr(drawn_people, "MAX_IMAGES", 52)
    found, (note,) = of_drawn_people(_rows(), np.random.default_rng(0))
    assert found["person_id"].value_counts().tolist() == [5] * 10
    assert found["value"].is_monotonic_increasing
    assert note.startswith("Of 200 pictures those of 10 people, drawn from 40 at random")
    again, _ = of_drawn_people(_rows(), np.random.default_rng(0))
    assert found.equals(again)
