"""Axes of a workspace's answers and measurements, made of frames."""

import dataclasses
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness.who.axes import axes_of
from datatools.fairness.who.groups import Axis, axis, default_attributes
from datatools.records import Annotation, Measurement
from datatools.workspace import Workspace
from tests.stages.people import answer, sample_id

_N_SAMPLES = 12
_PERSON_OF = {sample_id(number): f"set/p{number // 3}" for number in range(_N_SAMPLES - 2)}  # two are out

_ANSWERS = st.lists(
    st.builds(
        answer,
        st.integers(0, _N_SAMPLES - 1),
        st.sampled_from(["female", "male", "cannot_tell"]),
        annotator_id=st.sampled_from(["ann01", "ann02"]),
        created_at=st.sampled_from([None, "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00"]),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda row: (row.sample_id, row.annotator_id, row.created_at, row.value),
)


def _measure(number: int, value: float, name: str = "ita_deg") -> Measurement:
    return Measurement(sample_id=sample_id(number), name=name, value=value, measured_by="x")


def _fill(workspace: Workspace, said: list[Annotation], measured: list[Measurement]) -> None:
    for batch in workspace.batch_files():
        batch.unlink()
    workspace.append_batch(said)
    workspace.write(tables.MEASUREMENTS, measured)


def _same(found: Axis, expected: Axis) -> None:
    fields = [dataclasses.replace(one, group_of={}) for one in (found, expected)]
    assert fields[0] == fields[1]
    assert dict(found.group_of) == dict(expected.group_of)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=_ANSWERS)
def test_answers_make_the_groups_that_they_make_as_records(
    workspace: Workspace, said: list[Annotation]
) -> None:
    """Votes, ties, changed minds, contradictions, no answers, people outside the audit."""
    _fill(workspace, said, [])
    in_scope = [row for row in said if row.sample_id in _PERSON_OF]
    axes, notes = axes_of(workspace, None, _PERSON_OF)
    assert notes == []
    expected = [axis(spec, in_scope, [], _PERSON_OF) for spec in default_attributes(in_scope)]
    assert len(axes) == len(expected)
    for found, other in zip(axes, expected, strict=True):
        _same(found, other)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.integers(0, 60).map(float), st.just(math.nan)), min_size=10, max_size=10))
def test_measurements_make_the_groups_that_they_make_as_records(
    workspace: Workspace, values: list[float]
) -> None:
    """The median of a person's pictures, cut at edges that belong to the upper group."""
    rows = [_measure(number, value) for number, value in enumerate([1.0, *values[1:]])]
    _fill(workspace, [answer(0, "female")], [*rows, _measure(0, 3.0, "yaw_deg")])
    (found,), _ = axes_of(workspace, ["ita_deg:10,28,41"], _PERSON_OF)
    _same(found, axis("ita_deg:10,28,41", [], rows, _PERSON_OF))


def test_several_values_of_one_answer_are_the_group_several(workspace: Workspace) -> None:
    """A value that holds a plus sign itself is one."""
    said = [
        dataclasses.replace(
            answer(0, value, question="perceived_race", vocabulary="fairface_race@1"), presentation_order=1
        )
        for value in ("black", "white")
    ]
    ages = [answer(3, "70+", question="perceived_age_band", vocabulary="fairface_age@1")]
    _fill(workspace, [*said, *ages], [])
    by_name = {found.name: found for found in axes_of(workspace, None, _PERSON_OF)[0]}
    expected = {spec: axis(spec, [*said, *ages], [], _PERSON_OF) for spec in by_name}
    assert set(by_name) == {"perceived_race", "perceived_age_band"}
    for name, found in by_name.items():
        _same(found, expected[name])


def test_answers_outside_the_audit_need_no_common_vocabulary(workspace: Workspace) -> None:
    """What others were asked, in whatever words, is no matter of these people."""
    here = answer(0, "young", question="perceived_age_band", vocabulary="celeb_young@1")
    there = answer(_N_SAMPLES - 1, "3-9", question="perceived_age_band", vocabulary="fairface_age@1")
    _fill(workspace, [here, there], [])
    (found,), _ = axes_of(workspace, ["perceived_age_band"], _PERSON_OF)
    assert dict(found.group_of) == {"set/p0": ("young",)}


@pytest.mark.parametrize(
    "spec", ["height", "ita_deg", "perceived_gender@consensus", "yaw_deg:3", "ita_deg:9,3"]
)
def test_what_does_not_exist_is_the_error_that_records_give(workspace: Workspace, spec: str) -> None:
    """The same sentence, with the same names of what there is."""
    said, rows = [answer(0, "female")], [_measure(0, 3.0)]
    _fill(workspace, said, rows)
    with pytest.raises(UsageError) as expected:
        axis(spec, said, rows, _PERSON_OF)
    with pytest.raises(UsageError) as found:
        axes_of(workspace, [spec], _PERSON_OF)
    assert str(found.value) == str(expected.value)


def test_without_samples_there_are_no_axes(workspace: Workspace) -> None:
    """Every condition left somebody out."""
    _fill(workspace, [answer(0, "female")], [])
    assert axes_of(workspace, None, {}) == ([], [])
