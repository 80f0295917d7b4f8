"""What a workspace's columns say of people is what its rows say."""

import numpy as np
import pytest

from datatools import tables
from datatools.fairness.labels.coded_from import Records
from datatools.fairness.labels.codings import words
from datatools.fairness.labels.label_beliefs import belief, belief_of
from datatools.fairness.who.axes import Known
from datatools.fairness.who.groups import Axis
from datatools.fairness.who.membership import answers
from datatools.fairness.who.pictured import Pictured
from datatools.records import Annotation, Measurement
from datatools.workspace import Workspace
from tests.stages.people import answer, sample_id

_N = 24
_PERSON_OF = {sample_id(number): f"p{number // 2}" for number in range(_N - 2)}  # the last two are out
_AGE = {"question": "perceived_age", "vocabulary": "age_years@1"}


def _said() -> list[Annotation]:
    rng = np.random.default_rng(0)
    rows: list[Annotation] = []
    for number in range(_N):
        for who in ("ann01", "ann02", "ann03"):
            value = str(rng.choice(["female", "male", "male", "cannot_tell"]))
            rows.append(answer(number, value, annotator_id=who))
        rows.append(answer(number, str(20 + 2 * number), **_AGE))
    # Somebody who contradicts himself, somebody who changed their mind, somebody who could not tell.
    rows.append(answer(3, "70", created_at=None, **_AGE))
    rows.append(answer(5, "44", created_at="2024-01-01T00:00:00+00:00", **_AGE))
    rows.append(answer(6, "cannot_tell", created_at="2024-01-01T00:00:00+00:00", **_AGE))
    return rows


def _measured() -> list[Measurement]:
    values = [float(number) if number % 5 else np.nan for number in range(_N)]
    return [
        Measurement(sample_id=sample_id(number), name="ita_deg", value=value, measured_by="x")
        for number, value in enumerate(values)
    ]


@pytest.fixture
def answered(workspace: Workspace) -> Workspace:
    """Give a workspace with answers of three annotators, ages and a measurement."""
    workspace.append_batch(_said())
    workspace.write(tables.MEASUREMENTS, _measured())
    return workspace


def _both(workspace: Workspace) -> tuple[Known, Records]:
    said = answers(workspace, ())
    return Known(workspace, _PERSON_OF), Records(said, workspace.rows(tables.MEASUREMENTS), _PERSON_OF)


def _plain(axis: Axis) -> tuple[object, ...]:
    return axis.attributes, axis.answered_by, axis.levels, dict(axis.group_of)


@pytest.mark.parametrize("attribute", ["perceived_gender", "perceived_age:age3@1", "ita_deg:5,15"])
def test_columns_name_the_codings_that_rows_name(answered: Workspace, attribute: str) -> None:
    """And make the same groups of each, years that are cut as a measurement is among them."""
    known, records = _both(answered)
    found = words(attribute, known)
    assert found == words(attribute, records)
    for word in (attribute, *found):
        assert _plain(known.axis(word, attribute)) == _plain(records.axis(word, attribute))


def test_years_are_those_that_are_read_in_bands(answered: Workspace) -> None:
    """Not those that are named without bands, and no other answers."""
    for source in _both(answered):
        assert source.has_years("perceived_age:age3@1")
        assert not source.has_years("perceived_age")
        assert not source.has_years("perceived_gender:gender@1")
        assert source.vocabularies("perceived_age:age3@1") == {"age_years@1"}


def test_middles_are_each_persons_median(answered: Workspace) -> None:
    """Of the pictures under audit; what is not a number counts for nothing."""
    known, records = _both(answered)
    assert known.middles("ita_deg").tolist() == records.middles("ita_deg").tolist()
    assert len(known.middles("ita_deg")) == len(set(_PERSON_OF.values()))


@pytest.mark.parametrize("attribute", ["perceived_gender", "perceived_age:age3@1", "ita_deg:5,15"])
def test_beliefs_of_columns_are_those_of_rows(answered: Workspace, attribute: str) -> None:
    """Models' answers are no votes; one annotator alone makes no belief."""
    model = answer(0, "female", annotator_id="net")
    answered.append_rows(tables.to_arrow(tables.ANNOTATIONS, [_by_model(model)]))
    known, shown = Known(answered, _PERSON_OF), Pictured.of(_PERSON_OF)
    found = belief_of(answered, attribute, known.vocabularies_of_people(attribute), shown, seed=3)
    expected = belief(attribute, answers(answered, ()), _PERSON_OF, seed=3)
    assert (found is None) == (expected is None) == (attribute != "perceived_gender")
    if found is not None and expected is not None:
        assert (found.posterior, found.groups) == (expected.posterior, expected.groups)
        assert dict(found.row_of) == dict(expected.row_of)
        assert np.array_equal(found.draws, expected.draws)


def _by_model(row: Annotation) -> Annotation:
    return Annotation(**{**{name: getattr(row, name) for name in row.__slots__}, "source": "model"})


def test_a_consensus_has_the_vocabulary_that_it_is_in(answered: Workspace) -> None:
    """Nobody made one: there is none."""
    for source in _both(answered):
        assert source.vocabularies("perceived_gender@consensus") == set()
