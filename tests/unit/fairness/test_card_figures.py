"""A card's validation figures have intervals over people, and the groups that people's answers make."""

import numpy as np
import pytest

from datatools import tables
from datatools.fairness.card_figures import described, describer, group_tables
from datatools.fairness.estimates import AttributeAudit, Estimate, Group, ModelAudit, Spread
from datatools.fairness.who.groups import axis
from datatools.records import Annotation, Measurement
from datatools.student.card import ValScore
from datatools.student.card_facts import Judged, means
from datatools.workspace import Workspace
from tests.stages.people import answer, sample_id


def judged(
    n_people: int, *, mean: float = 0.94, n_each: int = 1, source: str = "human", first: int = 0
) -> list[Judged]:
    """Give validation pictures of people, ``n_each`` of everybody."""
    drawn = np.random.default_rng(first).normal(mean, 0.02, (n_people, n_each))
    return [
        Judged(
            sample_id=sample_id(first + person * n_each + number),
            person_id=f"p{first + person}",
            mask_source=source,
            iou=float(iou),
        )
        for person, ious in enumerate(drawn)
        for number, iou in enumerate(ious)
    ]


def quick(pictures: list[Judged], answers: list[Annotation] | None = None) -> list[ValScore]:
    """Describe pictures by few replicates, and by gender where anybody answered."""
    person_of = {picture.sample_id: picture.person_id for picture in pictures}
    axes = [axis("perceived_gender", answers, [], person_of)] if answers else []
    return described(pictures, axes, seed=0, n_replicates=300)


def test_the_value_is_the_mean_and_lies_in_its_interval() -> None:
    """As without statistics."""
    pictures = judged(30)
    (plain,) = means(pictures)
    (score,) = quick(pictures)
    assert score.iou_fg_image == pytest.approx(plain.iou_fg_image)
    assert (score.measures, score.n_images, score.n_people) == ("accuracy", 30, 30)
    assert score.low is not None
    assert score.high is not None
    assert score.low < score.iou_fg_image < score.high


def test_pictures_of_one_person_are_no_independent_witnesses() -> None:
    """Showing everybody four times leaves the interval as it is."""
    pictures = judged(30)
    again = [
        Judged(sample_id=f"{p.sample_id}{n}", person_id=p.person_id, mask_source="human", iou=p.iou)
        for p in pictures
        for n in range(4)
    ]
    (once,), (often,) = quick(pictures), quick(again)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert (often.n_images, often.n_people) == (120, 30)


def test_accuracy_and_agreement_stay_apart() -> None:
    """One score for each maker of masks."""
    scores = quick([*judged(6), *judged(6, source="model:selfie", first=50)])
    assert [(s.reference_source, s.measures, s.n_images) for s in scores] == [
        ("human", "accuracy", 6),
        ("model:selfie", "agreement", 6),
    ]


def test_one_person_has_no_interval() -> None:
    """A value without one, rather than an interval of nothing."""
    (score,) = quick(judged(1))
    assert (score.n_people, score.low, score.high) == (1, None, None)


def test_answers_make_groups_and_the_small_are_withheld() -> None:
    """Three people of one group are too few to show; the next one goes with them."""
    answers = [answer(n, "female" if n < 20 else "male" if n < 40 else "another") for n in range(43)]
    (score,) = quick(judged(50), answers)
    (table,) = score.groups
    shown = {line.group: line.n_people for line in table.groups}
    assert (table.attribute, table.answered_by, table.n_unlabelled) == ("perceived_gender", ["annotator"], 7)
    assert shown["another"] is None
    assert sorted(shown.values(), key=str) == [20, None, None]


def test_a_question_that_makes_no_groups_is_left_out(workspace: Workspace) -> None:
    """Two vocabularies that nothing brings together; the other question stays."""
    ages = [
        answer(0, "young", question="perceived_age_band", vocabulary="celeb_young@1"),
        answer(1, "20-29", question="perceived_age_band", vocabulary="fairface_age@1"),
    ]
    genders = [answer(n, "female" if n % 2 else "male") for n in range(20)]
    workspace.append_batch([*ages, *genders])
    (score,) = describer(workspace, (), 0)(judged(20))
    assert [table.attribute for table in score.groups] == ["perceived_gender"]


def test_a_workspaces_answers_are_read_when_the_scores_come(workspace: Workspace) -> None:
    """The same figures as from the answers themselves."""
    answers = [answer(n, "female" if n % 2 else "male") for n in range(20)]
    describe = describer(workspace, (), 0)
    assert describe(judged(20))[0].groups == []
    workspace.append_batch(answers)
    assert workspace.has(tables.ANNOTATIONS)
    (score,) = describe(judged(20))
    assert [line.group for line in score.groups[0].groups] == ["female", "male"]


def test_what_training_told_apart_is_shown_as_well(workspace: Workspace) -> None:
    """A measurement, which nobody answered; a question that it names is not shown twice."""
    workspace.append_batch([answer(n, "female" if n % 2 else "male") for n in range(20)])
    tones = [
        Measurement(sample_id=sample_id(n), name="ita_deg", value=float(n), measured_by="x")
        for n in range(20)
    ]
    workspace.write(tables.MEASUREMENTS, tones)
    (score,) = describer(workspace, ["ita_deg:10", "perceived_gender"], 0)(judged(20))
    assert [table.attribute for table in score.groups] == ["perceived_gender", "ita_deg"]


def test_an_attribute_without_a_shown_group_has_no_table() -> None:
    """A table of nothing but withheld lines tells that they exist, and no more."""
    none = Estimate(value=None, low=None, high=None, n_images=None, n_people=None)
    (score,) = quick(judged(6), [answer(n, "female" if n < 3 else "male") for n in range(6)])
    assert score.groups == []
    model = ModelAudit(
        model="m",
        reference_source="human",
        reading="accuracy",
        overall={"iou_fg_image": none},
        attributes=[
            AttributeAudit(
                attribute="a",
                metric="iou_fg_image",
                answered_by=[],
                groups=list[Group](),
                spread=Spread(gap=None, expected_under_null=None, p_value=None),
                n_unlabelled=0,
                n_suppressed=0,
            )
        ],
    )
    assert group_tables(model) == []
