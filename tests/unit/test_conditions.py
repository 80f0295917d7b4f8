"""Is a condition that a user wrote understood, and a wrong one named?"""

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools import answers, tables, vocab
from datatools.conditions import answered, fulfilling, measured
from datatools.errors import UsageError
from datatools.records import Annotation, Measurement
from datatools.workspace import Workspace
from tests.stages.people import answer, sample_id

_ANSWERS = [
    answer(0, "female"),
    answer(0, "female", annotator_id="ann02"),
    answer(0, "male", annotator_id="ann03"),
    answer(1, "female"),
    answer(1, "male", annotator_id="ann02"),
    answer(2, "male"),
]
_MEASURED = [
    Measurement(sample_id=sample_id(n), name="ita_deg", value=v, measured_by="dataset:set")
    for n, v in enumerate((-20.0, 5.0, 40.0))
]


@pytest.fixture
def told(workspace: Workspace) -> Workspace:
    """Give a workspace with answers and measurements."""
    workspace.append_batch(_ANSWERS)
    workspace.write(tables.MEASUREMENTS, _MEASURED)
    return workspace


def test_bound_of_a_measurement(told: Workspace) -> None:
    """Samples within the bound are found, one without the measurement never."""
    assert measured(told, "ita_deg < 10").to_pylist() == [sample_id(0), sample_id(1)]
    assert measured(told, "ita_deg>=40").to_pylist() == [sample_id(2)]


def test_a_sample_that_two_measured_is_found_once(workspace: Workspace) -> None:
    """By either of them."""
    rows = [
        Measurement(sample_id="a", name="blur", value=v, measured_by=who)
        for who, v in (("x", 1.0), ("y", 2.0))
    ]
    workspace.write(tables.MEASUREMENTS, rows)
    assert measured(workspace, "blur<3").to_pylist() == ["a"]
    assert measured(workspace, "blur>1.5").to_pylist() == ["a"]


def test_answer_that_was_given_most(told: Workspace) -> None:
    """The majority decides; where two answers are level, nobody is placed."""
    assert answered(told, "perceived_gender=female").to_pylist() == [sample_id(0)]
    assert answered(told, "perceived_gender=male").to_pylist() == [sample_id(2)]


def test_either_kind_is_told_apart(told: Workspace) -> None:
    """The sign says which kind a condition is."""
    assert fulfilling(told, "ita_deg<0").to_pylist() == [sample_id(0)]
    assert fulfilling(told, "perceived_gender=male").to_pylist() == [sample_id(2)]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("perceived_gender", "such as perceived_gender=female"),
        ("perceived_gender=robot", "female, male"),
        ("perceived_race=white", "annotate import"),
    ],
)
def test_answer_that_nobody_gave_is_named(told: Workspace, condition: str, said: str) -> None:
    """A misspelt value or question is an error that lists what there is."""
    with pytest.raises(UsageError, match=said):
        answered(told, condition)


@pytest.mark.parametrize(
    ("condition", "said"), [("ita_deg<x", "such as qc_bottom_bg>0.2"), ("blur<1", "among ita_deg")]
)
def test_bound_of_nothing_is_named(told: Workspace, condition: str, said: str) -> None:
    """A misspelt measurement or number is an error that lists what there is."""
    with pytest.raises(UsageError, match=said):
        measured(told, condition)


def _one_by_one(rows: list[Annotation], axis: vocab.Axis, value: str) -> list[str]:
    """Find the samples with this answer from records, as they are told."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, _, _), said in answers.latest(rows, axis).items():
        if not said.is_contradictory:
            counts[name][said.category] += 1
    ranked = {name: said.most_common(2) for name, said in counts.items()}
    return sorted(
        name
        for name, (first, *others) in ranked.items()
        if first[0] == value and all(other[1] < first[1] for other in others)
    )


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    said=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["female", "male", "another", "cannot_tell"]),
            st.sampled_from(["ann01", "ann02", "ann03"]),
        ),
        min_size=1,
        max_size=14,
    ),
    value=st.sampled_from(["female", "male", "cannot_tell"]),
)
def test_columns_say_what_the_records_say(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, str, str]], value: str
) -> None:
    """For random answers, contradictory ones among them."""
    workspace = Workspace(tmp_path_factory.mktemp("w"))
    rows = [answer(n, word, annotator_id=who) for n, word, who in dict.fromkeys(said)]
    workspace.append_batch(rows)
    wanted = _one_by_one(rows, vocab.axis("perceived_gender"), value)
    if wanted:
        assert answered(workspace, f"perceived_gender={value}").to_pylist() == wanted
    else:
        with pytest.raises(UsageError, match="expected an answer that was given"):
            answered(workspace, f"perceived_gender={value}")
