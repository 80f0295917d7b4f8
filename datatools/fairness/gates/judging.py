"""Does an audit keep the bounds that were stated?

A bound **holds** where the whole 95% interval lies within it, is **broken** where the whole interval lies
beyond it, and is open for **insufficient data** where the interval holds the bound itself. A value beyond a
bound is not yet a broken bound: with few people it would often be there by chance.

With many groups some interval lies beyond its bound by chance alone. An interval has to lie beyond when
stretched to what Bonferroni asks for with so many checks; its two sides are stretched each by itself, as
for a normal distribution. Nothing is stretched for a bound to hold: a gate holds only if every check does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.stats import norm

from datatools.errors import UsageError
from datatools.fairness.estimates import Estimate, Frozen, Reading
from datatools.fairness.gates.gates_result import Bounded, Check, Gate, GateResult, Number, Outcome
from datatools.fairness.models.models_result import PairedGroup
from datatools.fairness.result import AuditResult
from datatools.outside.structured import read_toml
from datatools.settings import explain

_LEVEL = 0.05  # of the audit's intervals


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    gate: list[Gate]


class _Seen(Frozen):
    """A value in the audit that a gate may be about."""

    model: str | None = None
    reading: Reading | None = None
    attribute: str | None = None
    group: str | None = None
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    n_people: int | None = None


def read(path: Path) -> list[Gate]:
    """Read a file of gates.

    Raises:
        UsageError: no such file, not TOML, or not gates.
    """
    try:
        found = _File.model_validate(read_toml(path, "a file of gates")).gate
    except ValidationError as error:
        raise UsageError(f"{path}: expected tables [[gate]] as in docs/gates.md: {explain(error)}") from error
    names = [gate.name for gate in found]
    if not names:
        raise UsageError(f"{path} states no [[gate]]: a pipeline that checks nothing must not pass")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{path}: each gate needs a name of its own, found twice: {', '.join(twice)}")
    return found


def judged(result: AuditResult, gates: Sequence[Gate]) -> AuditResult:
    """Give an audit with what its gates came to."""
    return result.model_copy(update={"gates": judge(result, gates)})


def judge(result: AuditResult, gates: Sequence[Gate]) -> list[GateResult]:
    """Hold an audit against its gates."""
    concerned = [[seen for seen in _SEEN[gate.bound](result, gate) if _meant(gate, seen)] for gate in gates]
    n_checks = sum(map(len, concerned))
    return [_result(gate, seen, n_checks) for gate, seen in zip(gates, concerned, strict=True)]


def _result(gate: Gate, concerned: Sequence[_Seen], n_checks: int) -> GateResult:
    checks = [Check(**seen.model_dump(), outcome=_outcome(gate, seen, n_checks)) for seen in concerned]
    outcomes = {check.outcome for check in checks}
    worst_first: tuple[Outcome, ...] = ("broken", "insufficient data", "holds")
    worst = next((outcome for outcome in worst_first if outcome in outcomes), "concerns nothing")
    return GateResult(gate=gate, checks=checks, n_checks=n_checks, outcome=worst)


def _meant(gate: Gate, seen: _Seen) -> bool:
    return (
        (gate.models is None or seen.model in gate.models)
        and (gate.attributes is None or seen.attribute in gate.attributes)
        and (gate.groups is None or seen.group in gate.groups)
        and (gate.reading is None or seen.reading == gate.reading)
    )


def _outcome(gate: Gate, seen: _Seen, n_checks: int) -> Outcome:
    if seen.value is None or seen.low is None or seen.high is None:
        return "insufficient data"
    least = -float("inf") if gate.at_least is None else gate.at_least
    most = float("inf") if gate.at_most is None else gate.at_most
    if least <= seen.low and seen.high <= most:
        return "holds"
    stretch = float(norm.isf(_LEVEL / 2 / n_checks) / norm.isf(_LEVEL / 2))
    low = seen.value - stretch * (seen.value - seen.low)
    high = seen.value + stretch * (seen.high - seen.value)
    return "broken" if high < least or low > most else "insufficient data"


# -- what a gate may be about ----------------------------------------------------------------------


def _estimated(estimate: Estimate) -> dict[str, float | int | None]:
    return estimate.model_dump(include={"value", "low", "high", "n_people"})


def _overall(result: AuditResult, gate: Gate) -> Iterator[_Seen]:
    for model in result.models:
        metric = gate.metric or _compared(result)
        if metric in model.overall:
            yield _Seen(model=model.model, reading=model.reading, **_estimated(model.overall[metric]))


def _compared(result: AuditResult) -> str | None:
    """Give the metric that groups are compared by: the audit's first."""
    by_group = (attribute.metric for model in result.models for attribute in model.attributes)
    return next(by_group, None) or next((metric for model in result.models for metric in model.overall), None)


def _values(result: AuditResult, gate: Gate) -> Iterator[_Seen]:
    metric = gate.metric or _compared(result)
    for model in result.models:
        for attribute in model.attributes:
            for group in attribute.groups:
                estimate = (
                    group.estimate if metric == attribute.metric else group.other_metrics.get(str(metric))
                )
                if estimate is not None:
                    yield _Seen(
                        model=model.model,
                        reading=model.reading,
                        attribute=attribute.attribute,
                        group=group.group,
                        **_estimated(estimate),
                    )


def _gaps(result: AuditResult, gate: Gate) -> Iterator[_Seen]:
    metric = gate.metric or _compared(result)
    for model in result.models:
        for attribute in model.attributes:
            for group in attribute.groups if attribute.metric == metric else ():
                yield _Seen(
                    model=model.model,
                    reading=model.reading,
                    attribute=attribute.attribute,
                    group=group.group,
                    **_estimated(group.comparison.gap) | {"n_people": group.estimate.n_people},
                )


def _adjusted(result: AuditResult, _gate: Gate) -> Iterator[_Seen]:
    readings = {(model.model, model.reference_source): model.reading for model in result.models}
    for one in result.adjustments:
        for group in one.groups:
            yield _Seen(
                model=one.model,
                reading=readings[one.model, one.reference_source],
                attribute=one.attribute,
                group=group.group,
                **_estimated(group.adjusted),
            )


def _changes(result: AuditResult, _gate: Gate) -> Iterator[_Seen]:
    for pair in [] if result.model_pairs is None else result.model_pairs.pairs:
        everybody: list[tuple[str | None, PairedGroup]] = [(None, pair.overall)]
        of_groups = [(one.attribute, group) for one in pair.attributes for group in one.groups]
        for attribute, group in [*everybody, *of_groups]:
            yield _Seen(
                model=pair.model,
                reading=pair.reading,
                attribute=attribute,
                group=None if attribute is None else group.group,
                **_estimated(group.difference) | {"n_people": group.value.n_people},
            )


def _acceptance(result: AuditResult, _gate: Gate) -> Iterator[_Seen]:
    for table in result.composition:
        for row in table.acceptance:
            yield _Seen(
                attribute=table.attribute, group=row.group, value=row.share, low=row.low, high=row.high
            )


def _people(result: AuditResult, _gate: Gate) -> Iterator[_Seen]:
    for table in result.composition:
        for row in table.people:
            # A count of people is known, not estimated: it is its own interval.
            yield _Seen(
                attribute=table.attribute,
                group=row.group,
                value=row.count,
                low=row.count,
                high=row.count,
                n_people=row.count,
            )


_SEEN: Mapping[Bounded, Callable[[AuditResult, Gate], Iterator[_Seen]]] = {
    "overall": _overall,
    "value": _values,
    "gap": _gaps,
    "adjusted gap": _adjusted,
    "change": _changes,
    "acceptance": _acceptance,
    "people": _people,
}
