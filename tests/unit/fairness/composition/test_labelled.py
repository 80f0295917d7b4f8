"""Who is in which group, in columns."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest

from datatools import answers, vocab
from datatools.errors import UsageError
from datatools.fairness.composition.labelled import (
    REASONS,
    Everybody,
    Labels,
    answered,
    crossed,
    everybody,
    measured,
    without_few_several,
)
from datatools.fairness.who import groups
from datatools.records import Annotation
from datatools.workspace import Workspace
from tests.stages import people as kept
from tests.unit.fairness.composed import Measured, labels, people, said

_GENDER = vocab.axis("perceived_gender")


def _groups(label: Labels) -> list[str]:
    """Give each person's group, or why there is none."""
    return [label.levels[0][code] if code >= 0 else REASONS[code] for code in label.code[:, 0].tolist()]


def _answered(rows: list[tuple[str, str | None]], who: Everybody, vocabulary: str = "gender@1") -> Labels:
    return answered(_GENDER, "perceived_gender", said(rows, vocabulary), who)


def test_people_in_no_group_keep_their_reason() -> None:
    """Somebody without an answer, one who could not be told, a tie and a contradiction are told apart."""
    who = everybody({"a": "p0", "b": "p1", "c": "p2", "d": "p3", "e": "p4"})
    rows = [("a", "female"), ("b", "cannot_tell"), ("c", "female"), ("c", "male"), ("d", None)]
    assert _groups(_answered(rows, who)) == ["female", "cannot_tell", "tie", "contradictory", "missing"]


def test_the_commonest_answer_over_pictures_is_the_persons() -> None:
    """Two of three pictures say male."""
    who = everybody({"a": "p0", "b": "p0", "c": "p0"})
    assert _groups(_answered([("a", "male"), ("b", "female"), ("c", "male")], who)) == ["male"]


def test_a_contradiction_says_nothing_beside_a_clear_answer() -> None:
    """One picture contradicts itself, the other does not."""
    who = everybody({"a": "p0", "b": "p0"})
    assert _groups(_answered([("a", None), ("b", "female")], who)) == ["female"]


def test_every_group_of_the_vocabulary_is_listed() -> None:
    """Nobody is 'another': an empty group is still a group."""
    assert _answered([("a", "female")], everybody({"a": "p0"})).levels == (("female", "male", "another"),)


def test_an_answer_of_several_values_is_one_group() -> None:
    """A set is no value of the vocabulary; a value with a plus sign is."""
    who = everybody({"a": "p0", "b": "p1"})
    found = answered(
        vocab.axis("self_reported_race"),
        "x",
        said([("a", "white+east_asian"), ("b", "white")], "london_race@2"),
        who,
    )
    assert _groups(found) == ["several", "white"]
    band = said([("a", "55+")], "age3@1")
    assert _groups(answered(vocab.axis("perceived_age_band"), "x", band, everybody({"a": "p"}))) == ["55+"]


def test_few_people_of_several_values_are_no_group() -> None:
    """They would be hidden, and the smallest group with them."""
    label = labels({"female": 20, "male": 10, "several": 2})
    found = without_few_several(label, 5)
    assert found.levels == (("female", "male"),)
    assert (found.code == -6).sum() == 2
    assert without_few_several(label, 2) is label
    assert without_few_several(labels({"female": 3}), 5).levels == (("female",),)


def test_the_groups_are_those_of_the_audit(workspace: Workspace) -> None:
    """On random answers of several annotators about several pictures of a person."""
    rng = np.random.default_rng(0)
    person_of = {kept.sample_id(i): f"p{i // 2}" for i in range(80)}
    rows: list[Annotation] = []
    for number in range(80):
        for annotator in ("ann1", "ann2", "ann3"):
            value = str(rng.choice(["female", "male", "cannot_tell"]))
            when = str(rng.choice(["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"]))
            rows.append(kept.answer(number, value, annotator_id=annotator, created_at=when))
    workspace.append_batch(rows)
    expected = groups.axis("perceived_gender", rows, [], person_of)
    who = everybody(person_of)
    found = answered(_GENDER, "perceived_gender", answers.table(workspace, _GENDER), who).axis(who)
    assert found == expected


@pytest.mark.parametrize(
    ("rows", "who", "words"),
    [([("a", "female")], {"z": "p0"}, "nobody answered"), ([], {"a": "p0"}, "nobody answered")],
)
def test_nobody_answered_is_an_error(
    rows: list[tuple[str, str | None]], who: Mapping[str, str], words: str
) -> None:
    """About none of the pictures under audit."""
    with pytest.raises(UsageError, match=words):
        _answered(rows, everybody(who))


def test_answers_of_two_vocabularies_need_one_to_be_read_in() -> None:
    """The error says how."""
    both = pa.concat_tables(
        [said([("a", "white")], "london_race@2"), said([("b", "white")], "race_coarse@1")]
    )
    with pytest.raises(UsageError, match="NAME@VERSION"):
        answered(
            vocab.axis("self_reported_race"), "self_reported_race", both, everybody({"a": "p", "b": "q"})
        )


def test_numbers_are_no_groups() -> None:
    """Ages in years are read in bands."""
    rows: list[tuple[str, str | None]] = [(f"s{i}", str(i)) for i in range(70)]
    who = everybody({f"s{i}": f"p{i}" for i in range(70)})
    with pytest.raises(UsageError, match="coarser vocabulary"):
        _answered(rows, who, "age_years@1")


def test_a_measurement_is_cut_at_its_edges() -> None:
    """By the median over a person's pictures; NaN and others' pictures count for nothing."""
    who = everybody({"a": "p0", "b": "p0", "c": "p0", "d": "p1", "e": "p2"})
    values = [("a", 10.0), ("b", 50.0), ("c", 60.0), ("d", 35.0), ("e", np.nan), ("z", 1.0)]
    found = measured("light", [35.0, 45.0], Measured(who, {"light": values}), who)
    assert _groups(found) == ["light >= 45", "light 35 to 45", "missing"]


@pytest.mark.parametrize(("name", "edges"), [("light", [5.0, 5.0]), ("dark", [5.0])])
def test_wrong_bands_are_errors(name: str, edges: list[float]) -> None:
    """Edges that do not rise, or a name that nothing was measured by."""
    who = everybody({"a": "p0"})
    with pytest.raises(UsageError):
        measured(name, edges, Measured(who, {"light": [("a", 1.0)]}), who)


def test_crossings_hold_people_with_every_answer() -> None:
    """Cells count people, or their pictures."""
    first = labels({"female": 3, "male": 2}, n_missing=1)
    second = labels({"yes": 4, "no": 2}, name="glasses")
    (found,) = crossed([first, second], 2)
    assert found.name == "perceived_gender x glasses"
    assert found.cells().tolist() == [[3, 0], [1, 1]]
    assert found.cells(people(6, 2).n_images).tolist() == [[6, 0], [2, 2]]
    assert crossed([first, second], 1) == []


def test_a_workspace_without_answers_has_no_groups(workspace: Workspace) -> None:
    """Its columns are empty."""
    with pytest.raises(UsageError, match="nobody answered"):
        answered(_GENDER, "x", answers.table(workspace, _GENDER), everybody({"a": "p"}))
