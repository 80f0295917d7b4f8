"""What is known of an audit when it is held against another one?"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from datatools.fairness.audit import Scope
from datatools.fairness.differences.difference_result import Changed, Headcount, Overlap
from datatools.fairness.estimates import Estimate, ModelAudit
from datatools.fairness.evaluation import chosen_metrics
from datatools.fairness.recorded import Asked
from datatools.fairness.result import AuditResult
from datatools.fairness.statistics.people import People, by_person
from datatools.fairness.who.groups import Axis, without_few_several
from datatools.metrics import Metric

_SAME = 1e-9  # of values that were computed of the same scores
_NOT_OF_NUMBERS = frozenset({"dry_run", "name", "out", "junit"})
_SHOWN = 300  # characters of a setting


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """An audit, and what it was computed of where that is at hand."""

    audit: AuditResult
    asked: Asked
    scope: Scope | None
    problem: str | None = None  # why there is no scope

    def metrics(self) -> Mapping[str, Metric]:
        """Give the metrics that can be computed of its scores, by name."""
        if self.scope is None:
            return {}
        found = self.scope.metrics or chosen_metrics(self.asked.question.metrics)
        return {metric.name: metric for metric in found}

    def axes(self) -> dict[str, Axis]:
        """Give the axes of single attributes by name, as the audit took them."""
        axes = [] if self.scope is None else self.scope.axes
        return {axis.name: without_few_several(axis, self.asked.min_people) for axis in axes}

    def people(self, model: ModelAudit, metric: Metric) -> People | None:
        """Give the people that a model was scored on; None where the scores are not the audit's any more."""
        if self.scope is None:
            return None
        scores = self.scope.scores
        mine = (scores["model"] == model.model) & (scores["reference_source"] == model.reference_source)
        rows: pd.DataFrame = scores[mine & (scores["status"] == "ok")]
        if rows.empty:
            return None
        people = by_person(rows, [metric])
        value = float(metric.value(people.sums[metric.name].sum(axis=0)))
        return people if is_same(model.overall.get(metric.name), value, len(people)) else None


def is_same(kept: Estimate | None, value: float, n_people: int) -> bool:
    """Say whether a value was computed of the same scores as the one that an audit keeps."""
    if kept is None or kept.value is None:
        return kept is not None and not math.isfinite(value) and kept.n_people == n_people
    return kept.n_people == n_people and abs(kept.value - value) <= _SAME


def overlap(before: Known, after: Known) -> tuple[Overlap | None, Overlap | None]:
    """Count people, and images, in both audits and in one alone; None where one scope is not known."""
    if before.scope is None or after.scope is None:
        return None, None
    sides = (before.scope.person_of, after.scope.person_of)
    people, images = ([set(side.values()) for side in sides], [set(side) for side in sides])
    return _overlap(*people), _overlap(*images)


def _overlap(one: set[str], other: set[str]) -> Overlap:
    return Overlap(n_both=len(one & other), n_gone=len(one - other), n_new=len(other - one))


def settings(before: AuditResult, after: AuditResult) -> list[Changed]:
    """Give the settings that shape numbers and differ."""
    sides = [
        {name: _written(value) for name, value in audit.settings.items() if name not in _NOT_OF_NUMBERS}
        for audit in (before, after)
    ]
    return list(changed(*sides))


def _written(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Changed]:
    """Give what is another one, new or gone, by name."""
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one != other:
            was = "new" if one is None else "gone" if other is None else "changed"
            yield Changed(what=name, was=was, before=one, after=other)


def headcounts(before: AuditResult, after: AuditResult) -> list[Headcount]:
    """Give each group's people in both audits' data."""
    sides = [
        {(made.attribute, group.group): group.count for made in audit.composition for group in made.people}
        for audit in (before, after)
    ]
    names = dict.fromkeys([*sides[0], *sides[1]])
    return [
        Headcount(
            attribute=attribute,
            group=group,
            before=sides[0].get((attribute, group)),
            after=sides[1].get((attribute, group)),
        )
        for attribute, group in names
    ]
