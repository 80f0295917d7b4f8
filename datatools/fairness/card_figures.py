"""How sure are a model card's figures, and for whom do they hold?

The statistics are those of ``evaluate`` and ``audit``; here they become what a card keeps.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness import estimates, result
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.groups import Axis, axis, default_attributes, without_few_several
from datatools.fairness.who.membership import answers
from datatools.metrics._means import Columns, Values, mean_columns, mean_of
from datatools.progress import Progress
from datatools.student.card import Evaluation, GroupLine, GroupTable, Interval, ValScore
from datatools.student.card_facts import Describe, Judged
from datatools.workspace import Workspace

_MIN_PEOPLE = 5  # groups of fewer are not shown, as in an audit
_RULES = Rules(margin=0.01, alpha=0.05)  # an audit's
_N_REPLICATES = 10_000


class _NetworkIou:
    """Foreground IoU of each picture at the network's size, averaged over pictures."""

    name = "iou_fg_image"
    definition = "Foreground intersection over union of each picture, averaged over pictures."
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> Columns:
        return mean_columns(scores["iou"].to_numpy(np.float64))

    def value(self, sums: Columns) -> Values:
        return mean_of(sums)


def describer(workspace: Workspace, attributes: Sequence[str], seed: int) -> Describe:
    """Give what describes validation pictures: with intervals over people, and by group.

    Args:
        workspace: whose answers and measurements place people in groups.
        attributes: to show beside the questions that people answered, named as for an audit.
        seed: of the resampling.
    """

    def describe(judged: Sequence[Judged]) -> list[ValScore]:
        said = answers(workspace, attributes)
        person_of = {each.sample_id: each.person_id for each in judged}
        asked = default_attributes([row for row in said if row.sample_id in person_of])
        measured = workspace.rows_or_empty(tables.MEASUREMENTS) if attributes else []
        axes = []
        for spec in dict.fromkeys([*asked, *attributes]):
            try:
                axes.append(axis(spec, said, measured, person_of))
            except UsageError:  # no groups of these people; `datatools audit` says why
                continue
        return described(judged, axes, seed=seed)

    return describe


def described(
    judged: Sequence[Judged], axes: Sequence[Axis], *, seed: int, n_replicates: int = _N_REPLICATES
) -> list[ValScore]:
    """Describe validation pictures; accuracy and agreement apart.

    Args:
        judged: the pictures.
        axes: of their people's groups.
        seed: of the resampling.
        n_replicates: resamples of people behind every interval.
    """
    rows = [
        {
            "model": "student",
            "reference_source": each.mask_source,
            "person_id": each.person_id,
            "iou": each.iou,
        }
        for each in judged
    ]
    plan = Plan(
        metrics=[_NetworkIou()],
        axes=[without_few_several(one, _MIN_PEOPLE) for one in axes],
        rules=_RULES,
        min_people=_MIN_PEOPLE,
        n_replicates=n_replicates,
        seed=seed,
    )
    audited = audit_models(pd.DataFrame(rows), plan, Progress("quiet"))
    return [_score(model) for model in audited.models]


def _score(model: estimates.ModelAudit) -> ValScore:
    overall = model.overall[_NetworkIou.name]
    assert overall.value is not None  # there is at least one picture
    assert overall.n_images is not None
    return ValScore(
        reference_source=model.reference_source,
        measures=model.reading,
        n_images=overall.n_images,
        iou_fg_image=overall.value,
        n_people=overall.n_people,
        low=overall.low,
        high=overall.high,
        groups=group_tables(model),
    )


def group_tables(model: estimates.ModelAudit) -> list[GroupTable]:
    """Give the tables of an audit as a card keeps them."""
    return [
        GroupTable(
            attribute=found.attribute,
            metric=found.metric,
            answered_by=found.answered_by,
            n_unlabelled=found.n_unlabelled,
            groups=[_line(group) for group in found.groups],
        )
        for found in model.attributes
        if any(group.estimate.value is not None for group in found.groups)
    ]


def _line(group: estimates.Group) -> GroupLine:
    return GroupLine(
        group=group.group,
        n_images=group.estimate.n_images,
        n_people=group.estimate.n_people,
        value=_interval(group.estimate),
        gap=_interval(group.comparison.gap),
        verdict=group.comparison.verdict,
    )


def _interval(found: estimates.Estimate | estimates.Interval) -> Interval:
    return Interval(value=found.value, low=found.low, high=found.high)


def evaluation(
    found: result.EvaluationResult,
    audit: result.AuditResult | None,
    *,
    data: str,
    split: str | None,
    definitions: dict[str, str],
    record: str,
) -> Evaluation:
    """Put what ``evaluate`` found, and an audit of the same pictures, into a card.

    Args:
        found: one kind of reference masks.
        audit: of the same split, or None.
        data: the sources of the pictures.
        split: that was scored; None: everything.
        definitions: of the metrics.
        record: the evaluation's run record.
    """
    models = [
        model
        for model in (audit.models if audit is not None else ())
        if (model.model, model.reference_source) == (found.model, found.reference)
    ]
    return Evaluation(
        data=data,
        split=split,
        reference_source=found.reference,
        measures=found.reading,
        n_images=found.n_images,
        n_people=found.n_people,
        n_failed=found.n_failed,
        metrics={name: _interval(value) for name, value in found.metrics.items()},
        definitions={name: definitions[name] for name in found.metrics},
        groups=[table for model in models for table in group_tables(model)],
        n_comparisons=audit.n_comparisons if audit is not None and models else 0,
        notes=list(audit.notes) if audit is not None and models else [],
        record=record,
    )
