"""Probabilities of groups, drawn from people's answers."""

from collections.abc import Sequence

import numpy as np
import pytest

from datatools import vocab
from datatools.fairness.labels import consensus
from datatools.fairness.labels.label_beliefs import N_DRAWS, Belief, belief, error_rates
from datatools.fairness.who.groups import Axis, axis, of_consensus
from datatools.records import Annotation, ConsensusRow
from tests.unit.fairness.answered import coded
from tests.unit.fairness.crowds import confusions, crowd

_GENDERS = ("female", "male")


def answer(
    person: str,
    value: str,
    annotator: str,
    *,
    question: str = "perceived_gender",
    vocabulary: str = "gender@1",
    source: str = "annotator",
) -> Annotation:
    """Make one answer about a person's only picture, which has the person's name."""
    return Annotation(
        sample_id=person,
        question=question,
        value=value,
        annotator_id=annotator,
        source=source,
        vocabulary=vocabulary,
        created_at=None,
        lead_time_s=None,
        presentation_order=None,
        batch="b",
    )


def _crowd(n: int = 150, right: Sequence[float] = (0.9, 0.8, 0.85)) -> list[Annotation]:
    rng = np.random.default_rng(5)
    seen = crowd(n, [0.4, 0.6], confusions(list(right), 2, rng), rng)
    return [
        answer(f"p{unit:03d}", _GENDERS[value], f"a{annotator}")
        for unit, annotator, value in zip(seen.unit, seen.annotator, seen.value, strict=True)
    ]


def _alone(rows: Sequence[Annotation]) -> dict[str, str]:
    return {row.sample_id: row.sample_id for row in rows}


def _believed(rows: Sequence[Annotation], attribute: str = "perceived_gender") -> Belief:
    found = belief(attribute, rows, _alone(rows), seed=0)
    assert found is not None
    return found


def test_the_mean_of_the_draws_is_the_consensus() -> None:
    """What `annotate consensus` writes, up to the luck of the draws."""
    rows = _crowd()
    found = _believed(rows)
    fitted = consensus.fit(
        coded(rows, "perceived_gender", "gender@1", _alone(rows)), "person", 400, np.random.default_rng(1)
    )
    written = {row["sample_id"]: row["posterior"] for row in consensus.rows(fitted).to_pylist()}
    people = sorted(written)
    assert found.groups == _GENDERS
    assert found.draws.shape[0] == N_DRAWS
    assert found.of(people) == pytest.approx(np.array([written[person] for person in people]), abs=0.05)


def test_the_seed_alone_decides() -> None:
    """The order of the answers does not, nor do answers of models and of other pictures."""
    rows = _crowd()
    again = [
        *reversed(rows),
        answer("p000", "male", "net", source="model"),
        answer("p000", "male", "all", source="consensus"),
    ]
    elsewhere = answer("unknown", "male", "a0")
    found = belief("perceived_gender", [elsewhere, *again], _alone(rows), seed=0)
    assert found is not None
    assert found.draws == pytest.approx(_believed(rows).draws)


def test_a_consensus_is_drawn_anew() -> None:
    """An attribute at the consensus has the same answers behind it."""
    rows = _crowd()
    assert _believed(rows, "perceived_gender@consensus").draws == pytest.approx(_believed(rows).draws)


def test_coarser_vocabularies_are_read_first() -> None:
    """Ages in years become bands; groups stand in the vocabulary's order."""
    rows = [
        answer(f"p{k}", str(years), name, question="perceived_age", vocabulary="age_years@1")
        for k, years in enumerate([20, 25, 40, 60, 61, 29])
        for name in ("a", "b")
    ]
    assert _believed(rows, "perceived_age:age3@1").groups == ("0-29", "30-54", "55+")


def test_several_values_are_one_group() -> None:
    """As in the audit: whatever the values, such people are *several*."""
    kinds = [("white",), ("black",), ("white", "black"), ("white", "asian")] * 3
    rows = [
        answer(f"p{k:02d}", value, name, question="perceived_race", vocabulary="race_coarse@1")
        for k, values in enumerate(kinds)
        for name in ("a", "b")
        for value in values
    ]
    found = _believed(rows, "perceived_race")
    assert found.groups == ("white", "black", "several")
    assert found.draws.sum(axis=2) == pytest.approx(1.0)


_ONE = [answer(f"p{k}", _GENDERS[k % 2], "a") for k in range(9)]
_TWO = [*_ONE, *(answer(f"p{k}", _GENDERS[k % 2], "b") for k in range(9))]


@pytest.mark.parametrize(
    ("attribute", "rows"),
    [
        ("ita_deg:10,28", _TWO),
        ("self_reported_gender", _TWO),
        ("perceived_gender", []),
        ("perceived_gender", _ONE),
        ("perceived_gender", [*_ONE, answer("p0", "male", "b")]),
        ("perceived_gender", [answer(f"p{k}", "male", name) for k in range(9) for name in "ab"]),
        ("perceived_gender", [answer(f"p{k}", "cannot_tell", name) for k in range(9) for name in "ab"]),
        (
            "perceived_age",
            [
                answer(f"p{k}", str(30 + k), name, question="perceived_age", vocabulary="age_years@1")
                for k in range(9)
                for name in "ab"
            ],
        ),
        (
            "perceived_race",
            [
                answer(f"p{k}", "white", name, question="perceived_race", vocabulary=vocabulary)
                for k, vocabulary in enumerate(["race_coarse@1", "utkface_race@1"])
                for name in "ab"
            ],
        ),
    ],
    ids=[
        "measured",
        "self-reported",
        "nobody",
        "one",
        "few twice",
        "one value",
        "cannot tell",
        "years",
        "two",
    ],
)
def test_some_attributes_have_no_probabilities(attribute: str, rows: list[Annotation]) -> None:
    """Measured, self-reported, answered once a person, by one value, in numbers or in two vocabularies."""
    assert belief(attribute, rows, _alone(rows), seed=0) is None


def test_error_rates_are_the_annotators() -> None:
    """Annotators right in 80, 85 and 90%: some 7% of the majorities are wrong, alike for two groups."""
    rows = _crowd(n=600)
    known = _believed(rows)
    made = axis("perceived_gender", rows, [], _alone(rows))
    rates = error_rates([known], [made])
    assert rates["perceived_gender", "female"] == pytest.approx(rates["perceived_gender", "male"])
    assert 0.03 < rates["perceived_gender", "female"] < 0.12


def test_only_the_audits_groups_have_error_rates() -> None:
    """A group that nobody is put in has none."""
    rows = _TWO
    only = Axis(("perceived_gender",), ("annotator",), (("male",),), {"p1": ("male",), "p3": ("male",)})
    assert set(error_rates([_believed(rows)], [only])) == {("perceived_gender", "male")}


def test_consensus_rows_become_an_axis_of_the_same_name() -> None:
    """The rates find the audit's groups under the attribute's name, consensus and all."""
    rows = _crowd()
    found = [
        ConsensusRow(
            sample_id=person,
            person_id=person,
            question="perceived_gender",
            vocabulary="gender@1",
            unit="person",
            value="female",
            probability=0.9,
            n_annotators=3,
            entropy_bits=0.4,
            values=list(_GENDERS),
            posterior=[0.9, 0.1],
        )
        for person in _alone(rows)
    ]
    word = "perceived_gender@consensus"
    made = axis(word, of_consensus(found), [], _alone(rows))
    assert vocab.question("perceived_gender").of_person
    assert (word, "female") in error_rates([_believed(rows, word)], [made])
