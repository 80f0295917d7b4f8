"""The pictures behind the numbers of an audit."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.fairness.behind import behind, behind_slice
from datatools.fairness.estimates import Estimate
from datatools.fairness.evaluation import chosen_metrics
from datatools.fairness.result import AuditResult
from datatools.fairness.statistics.people import by_person
from datatools.progress import Progress
from datatools.records import Measurement, Score, SplitRow
from datatools.stages import audit
from datatools.workspace import Workspace
from tests.scores import frame_of, score_with_iou
from tests.stages import people
from tests.stages.people import answer, sample, sample_id

_METRIC = "iou_fg_image"
_N = 90  # pictures; of two pictures a person


@pytest.fixture
def audited(workspace: Workspace) -> AuditResult:
    """Audit two models on people of two genders, three ages and one hidden age."""
    rng = np.random.default_rng(0)
    rows = [sample(number, person=f"p{number // 2}") for number in range(_N)]
    people.ingest(workspace, workspace.root, rows)
    ages = ["20-29"] * 40 + ["30-39"] * 28 + ["60-69"] * 14 + ["70+"] * 4 + ["cannot_tell"] * 4
    said = [answer(number, "female" if number % 4 < 2 else "male") for number in range(_N)]
    said += [
        answer(number, age, question="perceived_age_band", vocabulary="fairface_age@1")
        for number, age in enumerate(ages)
    ]
    workspace.append_batch(said)
    scores = [
        score_with_iou(row.sample_id, row.person_id, float(iou), model=model, reference_source=kind)
        for model, kind in (("student", "human"), ("student", "keyed"), ("other", "human"))
        for row, iou in zip(rows, rng.uniform(0.8, 1, _N), strict=True)
    ]
    scores[3] = dataclasses.replace(scores[3], tp=None, fp=None, fn=None, status="failed", error="broken")
    workspace.write(tables.SCORES, scores)
    return _audit(workspace)


def _audit(workspace: Workspace, **settings: object) -> AuditResult:
    values = {"replicates": 200, "codings": False, "chain": False, "slices": 0, **settings}
    audit.run(workspace, audit.Settings.model_validate(values), Progress("quiet"))
    text = (workspace.report_folder("audit") / audit.RESULT_FILE).read_text()
    return AuditResult.model_validate_json(text)


def _recomputed(workspace: Workspace, ids: Sequence[str], model: str, kind: str) -> tuple[float, int, int]:
    """Compute value, pictures and people from the scores of these samples alone."""
    rows: list[Score] = [
        row
        for row in workspace.rows(tables.SCORES)
        if row.sample_id in set(ids) and (row.model, row.reference_source) == (model, kind)
    ]
    (metric,) = chosen_metrics([_METRIC])
    found = by_person(frame_of(rows), [metric])
    return float(metric.value(found.sums[_METRIC].sum(axis=0))), len(rows), len(found)


def _told(estimate: Estimate) -> object:
    return (pytest.approx(estimate.value, abs=1e-12), estimate.n_images, estimate.n_people)


def test_every_shown_group_is_made_of_its_pictures(workspace: Workspace, audited: AuditResult) -> None:
    """Value and counts of every group and crossing come out of the scores of the pictures alone."""
    n_groups = 0
    for told in audited.models:
        for part in told.attributes:
            for group in part.groups:
                if group.estimate.n_images is not None:
                    ids = behind(
                        workspace,
                        audited,
                        model=told.model,
                        reference_source=told.reference_source,
                        attribute=part.attribute,
                        group=group.group,
                    )
                    recomputed = _recomputed(workspace, ids, told.model, told.reference_source)
                    assert recomputed == _told(group.estimate), (told.model, part.attribute, group.group)
                    n_groups += 1
    assert n_groups > 15


def _ids(workspace: Workspace, audited: AuditResult, **changes: object) -> list[str]:
    wanted: dict[str, object] = {
        "model": "student",
        "reference_source": "human",
        "attribute": "perceived_gender",
        "group": "female",
        **changes,
    }
    return behind(workspace, audited, **wanted)  # type: ignore[arg-type]  # each test names what it changes


def test_the_gap_is_that_to_the_rests_pictures(workspace: Workspace, audited: AuditResult) -> None:
    """The rest's pictures give the gap, people of hidden groups among them."""
    part = next(one for one in audited.models[1].attributes if one.attribute == "perceived_age_band")
    for group in (one for one in part.groups if one.comparison.gap.value is not None):
        values = [
            _recomputed(
                workspace,
                _ids(workspace, audited, attribute=part.attribute, group=group.group, rest=rest),
                "student",
                "human",
            )[0]
            for rest in (False, True)
        ]
        assert values[0] - values[1] == pytest.approx(group.comparison.gap.value, abs=1e-12)


def test_everybody_is_everybody_who_was_scored(workspace: Workspace, audited: AuditResult) -> None:
    """The overall value's pictures leave out the one that failed."""
    ids = _ids(workspace, audited, attribute="all", group="all")
    overall = audited.models[1].overall[_METRIC]
    assert (_recomputed(workspace, ids, "student", "human"), sample_id(3) in ids) == (_told(overall), False)


def test_the_worst_picture_comes_first(workspace: Workspace, audited: AuditResult) -> None:
    """By a metric that rises with quality, and by one that counts errors."""
    tp = {r.sample_id: r.tp or 0 for r in workspace.rows(tables.SCORES) if r.model == "other"}
    for metric in (_METRIC, "under_frac"):
        found = [tp[one] for one in _ids(workspace, audited, model="other", metric=metric)]
        assert found == sorted(found)


def test_a_hidden_group_has_no_pictures(workspace: Workspace, audited: AuditResult) -> None:
    """Two people's pictures are not shown."""
    with pytest.raises(UsageError, match="is not shown"):
        _ids(workspace, audited, attribute="perceived_age_band", group="70+")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "none"}, "expected a model of the audit"),
        ({"attribute": "hair"}, "expected an attribute of the audit"),
        ({"group": "nobody"}, "expected a group of perceived_gender"),
        ({"attribute": "all"}, "expected the group all"),
        ({"metric": "none"}, "expected one of the metrics"),
    ],
)
def test_what_the_audit_does_not_have_is_told(
    workspace: Workspace, audited: AuditResult, changes: dict[str, object], message: str
) -> None:
    """The message names what there is."""
    with pytest.raises(UsageError, match=message):
        _ids(workspace, audited, **changes)


def test_a_changed_workspace_is_told(workspace: Workspace, audited: AuditResult) -> None:
    """Other pictures than the audit counted are never shown in their place."""
    rows = workspace.rows(tables.SCORES)
    workspace.write(tables.SCORES, [row for row in rows if row.sample_id != sample_id(0)])
    with pytest.raises(DataError, match="it changed since; run `datatools audit` again"):
        _ids(workspace, audited)


def test_a_group_that_grew_into_sight_is_told(workspace: Workspace, audited: AuditResult) -> None:
    """An audit that hid a group does not show it when there are more people now."""
    age = {"question": "perceived_age_band", "vocabulary": "fairface_age@1"}
    later = "2030-01-01T00:00:00+00:00"
    workspace.append_batch([answer(n, "70+", created_at=later, **age) for n in range(_N - 10, _N)])
    with pytest.raises(UsageError, match="does not show perceived_age_band 70"):
        _ids(workspace, audited, attribute="perceived_age_band", group="70+")


def test_results_that_were_brought_have_no_pictures(workspace: Workspace, audited: AuditResult) -> None:
    """The message says where they are not."""
    brought = audited.model_copy(update={"settings": {**audited.settings, "scores": "scores.csv"}})
    with pytest.raises(UsageError, match="somebody brought"):
        _ids(workspace, brought)


def test_only_what_was_audited_is_behind_a_number(workspace: Workspace, audited: AuditResult) -> None:
    """A split and a limit leave out what they left out of the audit."""
    rows = [
        SplitRow(sample_id=row.sample_id, person_id=row.person_id, split="test" if n < 60 else "train")
        for n, row in enumerate(workspace.samples())
    ]
    workspace.write(tables.SPLITS, rows)
    of_split = _audit(workspace, split="test")
    found = _ids(workspace, of_split, attribute="all", group="all")
    assert len(found) == 59


def test_a_slice_is_made_of_its_pictures(workspace: Workspace) -> None:
    """The dark pictures that do worse are those that a slice counts and averages."""
    rng = np.random.default_rng(1)
    rows = [sample(number) for number in range(200)]
    people.ingest(workspace, workspace.root, rows)
    light = rng.uniform(20, 80, 200)
    ious = rng.normal(0.95, 0.01, 200).clip(0, 1) - np.where(light < 40, 0.1, 0)
    workspace.write(
        tables.SCORES,
        [score_with_iou(r.sample_id, r.person_id, float(i)) for r, i in zip(rows, ious, strict=True)],
    )
    workspace.write(
        tables.MEASUREMENTS,
        [
            Measurement(sample_id=r.sample_id, name="picture_lightness", value=float(v), measured_by="x")
            for r, v in zip(rows, light, strict=True)
        ],
    )
    audited = _audit(workspace, slices=1, adjust=["none"])
    (found,) = audited.slices[0].slices
    wanted = {"model": "student", "reference_source": "human"}
    ids = behind_slice(workspace, audited, **wanted, conditions=found.conditions)
    assert _recomputed(workspace, ids, "student", "human") == _told(found.estimate)
    with pytest.raises(UsageError, match="expected a slice that the audit"):
        behind_slice(workspace, audited, **wanted, conditions=["blur > 2"])
    measured = workspace.rows(tables.MEASUREMENTS)
    workspace.write(tables.MEASUREMENTS, [dataclasses.replace(m, value=m.value / 2) for m in measured])
    with pytest.raises(UsageError, match="expected conditions that are searched here"):
        behind_slice(workspace, audited, **wanted, conditions=found.conditions)
