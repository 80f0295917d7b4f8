"""What may be adjusted for, and what is left out with which words."""

import numpy as np
import pandas as pd
import pytest

from datatools.errors import UsageError
from datatools.fairness.why.confounders import (
    MIN_KNOWN_FRAC,
    SKIN_READERS,
    STANDARD,
    Conditions,
    chosen,
    conditions_of,
    confounder,
)
from datatools.fairness.why.numbers import Numbers
from datatools.measures import DEFINITIONS
from tests.unit.fairness.portrayed import axis_of, measurement


def _known(n: int = 10, **columns: list[float]) -> Conditions:
    return Conditions(pd.DataFrame(columns, index=[f"s{i}" for i in range(n)], dtype=float), {}, frozenset())


def _scores(*sample_ids: str) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": list(sample_ids), "person_id": "p0"})


def _all_measured(n: int = 10) -> Conditions:
    return _known(n, **{name: list(np.linspace(0, 1, n)) for name in STANDARD})


def test_every_standard_confounder_is_measured_by_the_toolkit() -> None:
    """No name is misspelt, and each has its reason."""
    assert set(STANDARD) <= set(DEFINITIONS)
    assert all(STANDARD.values())


def test_all_standard_confounders_are_used_where_all_are_measured() -> None:
    """An audit of gender adjusts for all of them and says which depend on the person."""
    names, notes = chosen(axis_of(["a", "b"]), None, _all_measured())
    assert names == list(STANDARD)
    assert [note.split(" depend")[0] for note in notes] == ["edge_contrast and hair_below_chin"]


@pytest.mark.parametrize(
    "name", ["perceived_race", "skin_tone_group", "perceived_skin_tone", "ita_deg:10,28"]
)
def test_what_reads_the_skin_is_no_confounder_of_skin_or_race(name: str) -> None:
    """Light on the face is the skin's tone as well."""
    names, _ = chosen(axis_of(["a", "b"], name), None, _all_measured())
    assert set(names) == set(STANDARD) - SKIN_READERS


def test_a_measurement_that_names_the_groups_is_left_out() -> None:
    """Cut at its own edges, nothing would be left of the gap."""
    names, _ = chosen(axis_of(["a", "b"], "face_frac:0.1,0.2"), None, _all_measured())
    assert "face_frac" not in names
    names, notes = chosen(
        axis_of(["a", "b"], "face_frac:0.1,0.2"), ["face_frac", "face_yaw_deg"], _all_measured()
    )
    assert names == ["face_yaw_deg"]
    assert notes == ["face_frac names the groups and is not adjusted for."]


def test_a_standard_confounder_of_too_few_pictures_is_left_out_and_said() -> None:
    """Complete cases would be a chosen few."""
    values = [1.0] * round(10 * MIN_KNOWN_FRAC)
    known = _known(
        10, picture_lightness=values + [np.nan] * (10 - len(values)), face_frac=[1.0] * 7 + [np.nan] * 3
    )
    names, notes = chosen(axis_of(["a", "b"]), None, known)
    assert names == ["picture_lightness"]
    assert notes[0].startswith("Not adjusted for face_side_light")
    assert "face_frac" in notes[0]


def test_what_is_wanted_by_name_is_not_said_to_be_left_out() -> None:
    """Beside the standard ones, a confounder of few pictures may be asked for."""
    known = _known(10, picture_lightness=[1.0] * 10, face_frac=[1.0] * 7 + [np.nan] * 3)
    names, notes = chosen(axis_of(["a", "b"]), ["standard", "face_frac"], known)
    assert names == ["picture_lightness", "face_frac"]
    assert notes[0].startswith("Not adjusted for face_side_light")
    assert "face_frac" not in notes[0]


def test_a_wanted_confounder_that_nobody_measured_is_an_error() -> None:
    """The names that there are stand in the message."""
    with pytest.raises(UsageError, match=r"\(face_frac\); got halo"):
        chosen(axis_of(["a", "b"]), ["halo"], _known(2, face_frac=[0.1, 0.2]))


def test_standard_ones_may_be_wanted_beside_others() -> None:
    """The word ``standard`` stands for them; no name comes twice."""
    known = _known(2, face_frac=[0.1, 0.2], halo=[1.0, 2.0])
    names, notes = chosen(axis_of(["a", "b"]), ["halo", "standard", "face_frac"], known)
    assert names == ["face_frac", "halo"]
    assert notes[0].startswith("Not adjusted for picture_lightness")


def test_a_wanted_reader_of_skin_is_used_for_race_with_a_warning() -> None:
    """Who names it gets it, and its price."""
    names, notes = chosen(axis_of(["a"], "perceived_race"), ["ita_deg"], _known(2, ita_deg=[1.0, 2.0]))
    assert names == ["ita_deg"]
    assert "what perceived_race is about" in notes[0]


def test_numbers_read_by_a_generated_mask_are_said() -> None:
    """Its errors may be those under audit."""
    numbers = Numbers.of([measurement("s0", "edge_contrast", 1.0, "pixels@3:model:selfie")])
    assert numbers.generated == {"edge_contrast"}
    known = conditions_of(_scores("s0"), numbers, [])
    _, notes = chosen(axis_of(["a"]), ["edge_contrast"], known)
    assert any("generated masks" in note for note in notes)


def test_of_two_values_the_last_counts_and_not_finite_is_unknown() -> None:
    """Two rows for one picture, NaN and infinity have a stated treatment."""
    rows = [("s0", 1.0), ("s0", 2.0), ("s1", np.nan), ("s2", np.inf), ("s3", 4.0), ("s3", np.nan)]
    numbers = Numbers.of([measurement(sample, "face_frac", value) for sample, value in rows])
    found = numbers.about(_scores("s3", "s2", "s1", "s0")["sample_id"])["face_frac"]
    assert found.tolist() == pytest.approx([4.0, np.nan, np.nan, 2.0], nan_ok=True)


def test_no_measurements_at_all_are_no_names() -> None:
    """An empty table is no error."""
    assert conditions_of(_scores("s0"), Numbers.of([]), []).names == []


def test_an_answer_that_few_share_counts_as_unknown() -> None:
    """There is nobody to compare four people with."""
    answers = ["yes"] * 4 + ["no"] * 6
    known = Conditions(pd.DataFrame(index=range(10)), {"glasses": answers}, frozenset())
    assert confounder("glasses", known, np.arange(10)).is_known.tolist() == [False] * 4 + [True] * 6


def test_turning_left_is_as_far_as_turning_right() -> None:
    """Signed angles count by their size."""
    read = confounder("face_yaw_deg", _known(2, face_yaw_deg=[-20.0, 20.0]), np.arange(2))
    assert read.number is not None
    assert read.number.tolist() == [20.0, 20.0]
