"""Which pictures stand behind a number of an audit?

They are found by the code that made the number, from the settings that the audit keeps, so that whoever
doubts a number can look at exactly the pictures it was made of. What an audit does not show has no pictures
here either.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools.errors import DataError, UsageError
from datatools.fairness import recorded, scoping
from datatools.fairness.audit import Scope, plan_of
from datatools.fairness.estimates import Estimate, ModelAudit
from datatools.fairness.evaluation import chosen_metrics
from datatools.fairness.gaps import Plan
from datatools.fairness.result import AuditResult
from datatools.fairness.rows import EVERYBODY
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.people import by_person
from datatools.fairness.who.groups import group_name
from datatools.fairness.why.adjusting import values_of
from datatools.fairness.why.slice_scene import sign_of
from datatools.fairness.why.slices import pictures_of
from datatools.progress import Progress
from datatools.workspace import Workspace


def behind(
    workspace: Workspace,
    audit: AuditResult,
    *,
    model: str,
    reference_source: str,
    attribute: str,
    group: str,
    metric: str | None = None,
    rest: bool = False,
) -> list[str]:
    """Give the samples whose scores make one group's value, or the value of the rest it is compared with.

    Args:
        workspace: that the audit is of.
        audit: what it found.
        model: of the audit.
        reference_source: of the masks that the model was scored against.
        attribute: as the audit names it, crossings too; ``all`` for everybody.
        group: as the audit names it; ``all`` for everybody.
        metric: the worst pictures by this metric come first; None: in the order of their ids.
        rest: give those of everybody else who is in a group, instead.

    Raises:
        UsageError: the audit has no such number, or does not show it, or is of results that were brought.
        DataError: the workspace changed, so that it gives other pictures than the audit counted.
    """
    told = _model(audit, model, reference_source)
    scope, plan = _asked(workspace, audit)
    rows = _rows(scope, model, reference_source)
    if attribute == EVERYBODY:
        if rest or group != EVERYBODY:
            raise UsageError(f"expected the group {EVERYBODY}, without a rest, of {EVERYBODY}; got {group!r}")
        chosen = rows
        counted = next(iter(told.overall.values()))
    else:
        layout = _layout(plan, rows, attribute)
        place = _place(layout, group)
        inside = _of_people(rows, layout, layout.stratum == place)
        counted = _estimate(told, attribute, group)
        chosen = _of_people(rows, layout, layout.stratum != place) if rest else inside
        rows = inside
    _must_agree(rows, counted, f"{attribute} {group} of {model}")
    return _ordered(chosen, metric)


def behind_groups(
    workspace: Workspace, audit: AuditResult
) -> Iterator[tuple[ModelAudit, str, str, list[str]]]:
    """Give the samples behind every group that the audit shows, crossings left out.

    Yields model, attribute, group and the samples in the order of their ids.

    Raises:
        UsageError: the audit is of results that were brought.
    """
    scope, plan = _asked(workspace, audit)
    for told in audit.models:
        rows = _rows(scope, told.model, told.reference_source)
        for layout in lay(plan.axes, by_person(rows, []), plan.min_people):
            if len(layout.axis.attributes) == 1:
                for place, levels in enumerate(layout.shown):
                    inside = _of_people(rows, layout, layout.stratum == place)
                    yield told, layout.axis.name, group_name(levels), _ordered(inside, None)


def behind_slice(
    workspace: Workspace,
    audit: AuditResult,
    *,
    model: str,
    reference_source: str,
    conditions: Sequence[str],
    metric: str | None = None,
) -> list[str]:
    """Give the samples of a slice that the audit found.

    Args:
        workspace: that the audit is of.
        audit: what it found.
        model: of the audit.
        reference_source: of the masks that the model was scored against.
        conditions: of the slice, as the audit names them.
        metric: as in ``behind``.

    Raises:
        UsageError: the audit found no such slice, or is of results that were brought.
        DataError: as in ``behind``.
    """
    found = next(
        (
            part
            for search in audit.slices
            if (search.model, search.reference_source) == (model, reference_source)
            for part in search.slices
            if part.conditions == list(conditions)
        ),
        None,
    )
    if found is None:
        raise UsageError(
            f"expected a slice that the audit {audit.name} found for {model} against {reference_source} "
            f"masks, got {' and '.join(conditions)}"
        )
    wanted = recorded.asked(audit.settings)
    scope, plan = _asked(workspace, audit)
    rows = _rows(scope, model, reference_source)
    evidence = scoping.evidence_of(
        workspace, scope, wanted.wanted, wanted.seed, Progress("quiet"), chain=False, codings=wanted.codings
    )
    ids = pictures_of(rows, plan, evidence.measurements, conditions, evidence.visible)
    chosen = rows[rows["sample_id"].isin(ids)]
    _must_agree(chosen, found.estimate, f"the slice {' and '.join(conditions)} of {model}")
    return _ordered(chosen, metric)


def _asked(workspace: Workspace, audit: AuditResult) -> tuple[Scope, Plan]:
    wanted = recorded.asked(audit.settings)
    if wanted.is_brought:
        raise UsageError(
            f"the audit {audit.name} is of results that somebody brought: their pictures are in no workspace"
        )
    scope = recorded.scope_of(workspace, wanted, Progress("quiet"))
    return scope, plan_of(scope, wanted.question)


def _model(audit: AuditResult, model: str, reference_source: str) -> ModelAudit:
    for told in audit.models:
        if (told.model, told.reference_source) == (model, reference_source):
            return told
    known = ", ".join(f"{told.model} against {told.reference_source}" for told in audit.models)
    raise UsageError(
        f"expected a model of the audit {audit.name} ({known or 'none'}), got {model} against "
        f"{reference_source}"
    )


def _rows(scope: Scope, model: str, reference_source: str) -> pd.DataFrame:
    """Give the rows that the audit estimates from: those that could be scored."""
    scores = scope.scores
    of_model = (scores["model"] == model) & (scores["reference_source"] == reference_source)
    return scores[of_model & (scores["status"] == "ok")]


def _layout(plan: Plan, rows: pd.DataFrame, attribute: str) -> Layout:
    # Groups hide each other across attributes, so that one cannot be laid out alone.
    for layout in lay(plan.axes, by_person(rows, []), plan.min_people):
        if layout.axis.name == attribute:
            return layout
    known = ", ".join(axis.name for axis in plan.axes)
    raise UsageError(f"expected an attribute of the audit ({known or 'none'}), got {attribute!r}")


def _place(layout: Layout, group: str) -> int:
    names = [group_name(levels) for levels in layout.shown]
    if group in names:
        return names.index(group)
    if group in map(group_name, layout.hidden):
        raise UsageError(
            f"{layout.axis.name} {group} is not shown: it has few people, or would let such a group be found "
            "by subtraction"
        )
    raise UsageError(f"expected a group of {layout.axis.name} ({', '.join(names) or 'none'}), got {group!r}")


def _of_people(rows: pd.DataFrame, layout: Layout, chosen: NDArray[np.bool_]) -> pd.DataFrame:
    """Give the rows of those people of a layout where ``chosen`` (n_people,) is True."""
    ids = {person for person, is_in in zip(layout.people.ids, chosen, strict=True) if is_in}
    return rows[rows["person_id"].isin(ids)]


def _estimate(told: ModelAudit, attribute: str, group: str) -> Estimate:
    for part in told.attributes:
        if part.attribute == attribute:
            for found in part.groups:
                if found.group == group and found.estimate.n_images is not None:
                    return found.estimate
    raise UsageError(
        f"the audit does not show {attribute} {group}: the workspace changed since it was made; run "
        "`datatools audit` again"
    )


def _must_agree(rows: pd.DataFrame, counted: Estimate, what: str) -> None:
    n_images, n_people = len(rows), rows["person_id"].nunique()
    if (n_images, n_people) != (counted.n_images, counted.n_people):
        raise DataError(
            f"{what}: the audit counted {counted.n_images} pictures of {counted.n_people} people, the "
            f"workspace now holds {n_images} of {n_people}: it changed since; run `datatools audit` again"
        )


def _ordered(rows: pd.DataFrame, metric: str | None) -> list[str]:
    if metric is not None:
        (measure,) = chosen_metrics([metric])
        values, _ = values_of(measure, rows)
        badness = -sign_of(measure, rows) * values
        rows = rows.iloc[np.lexsort((rows["sample_id"], -np.nan_to_num(badness, nan=-np.inf)))]
    else:
        rows = rows.sort_values("sample_id")
    return [str(sample_id) for sample_id in rows["sample_id"]]
