"""Which tables does a notebook show of an audit, and is a table made again equal to the one in the report?

Numbers stand as they do in report.json: metrics and shares are 0-1, what is suppressed is missing.
"""

from collections.abc import Iterator, Sequence

import pandas as pd

from datatools.errors import DataError
from datatools.fairness.estimates import AttributeAudit, Estimate, Interval
from datatools.fairness.result import AuditResult
from datatools.report.facts import Step

_TOLERANCE = 1e-9  # of another machine's rounding; a count that differs by one is far above it
_MOST_TOLD = 3  # differences in an error message
_COUNTS = ("n_images", "n_people", "count", "total")
_NAMED = ("model", "reference", "metric", "attribute", "of", "group", "step")

Cells = dict[str, object]


def steps(found: Sequence[Step]) -> pd.DataFrame:
    """Give what is left after each step of the chain: a row a step."""
    return _frame(step.model_dump(include={"step", "n_images", "n_people"}) for step in found)


def composition(audit: AuditResult) -> pd.DataFrame:
    """Give who is in the data, and whose masks were accepted: a row a group of each attribute."""
    rows = (
        {"attribute": table.attribute, "of": of, **share.model_dump()}
        for table in audit.composition
        for of, shares in (("people", table.people), ("accepted masks", table.acceptance))
        for share in shares
    )
    return _frame(rows)


def overall(audit: AuditResult) -> pd.DataFrame:
    """Give each model's metrics over everybody: a row a model, kind of reference and metric."""
    rows = (
        {"model": model.model, "reference": model.reference_source, "reading": model.reading}
        | {"metric": metric, **estimate.model_dump()}
        for model in audit.models
        for metric, estimate in model.overall.items()
    )
    return _frame(rows)


def groups(attribute: AttributeAudit) -> pd.DataFrame:
    """Give an attribute's groups, each beside the rest: value, gap, verdict; the columns name the metric."""
    rows = (
        {"group": group.group}
        | group.estimate.model_dump()
        | _ends("gap", group.comparison.gap)
        | {"p_holm": group.comparison.p_holm, "verdict": group.comparison.verdict}
        for group in attribute.groups
    )
    return _frame(rows).rename_axis(index=attribute.attribute, columns=attribute.metric)


def adjusted(audit: AuditResult) -> pd.DataFrame:
    """Give gaps to the rest, raw and between people who are alike in what was measured: a row a group."""
    rows = (
        {"model": one.model, "reference": one.reference_source, "metric": one.metric}
        | {"attribute": one.attribute, "group": group.group}
        | _ends("raw", group.raw)
        | _ends("adjusted", group.adjusted)
        | {"p_holm": group.p_holm, "verdict": group.verdict}
        for one in audit.adjustments
        for group in one.groups
    )
    return _frame(rows)


def compared(again: pd.DataFrame, recorded: pd.DataFrame) -> str:
    """Say that a table made again is equal to the recorded one.

    Raises:
        DataError: it is not; the message names the first differences.
    """
    differences = list(_differences(again, recorded))
    if not differences:
        return f"equal to report.json: {again.size} cells"
    others = len(differences) - _MOST_TOLD
    told = [*differences[:_MOST_TOLD], *([f"and {others} others"] if others > 0 else [])]
    raise DataError(
        f"expected the numbers of report.json, got others: {'; '.join(told)}. What the audit read has "
        "changed, or the report has: `datatools verify` says which; run `datatools audit` and "
        "`datatools report` again"
    )


def _differences(again: pd.DataFrame, recorded: pd.DataFrame) -> Iterator[str]:
    axes = [(names.index.names, names.columns.name) for names in (recorded, again)]
    if axes[0] != axes[1]:
        yield f"report.json tells of {axes[0]}, the data of {axes[1]}"
    if list(again.index) != list(recorded.index):
        for names, where in ((recorded.index, again.index), (again.index, recorded.index)):
            whose = "report.json" if names is recorded.index else "the data"
            yield from (f"only {whose} has {_name(name)}" for name in names if name not in where)
        if sorted(map(_name, again.index)) == sorted(map(_name, recorded.index)):
            yield "the rows stand in another order"
        return
    for column in recorded.columns:
        pairs = zip(recorded.index, recorded[column], again[column], strict=True)
        for name, before, now in pairs:
            if not _is_same(before, now):
                yield f"{column} of {_name(name)} is {before} in report.json, {now} of the data"


def _name(index: object) -> str:
    return ", ".join(map(str, index)) if isinstance(index, tuple) else str(index)


def _is_same(before: object, now: object) -> bool:
    if isinstance(before, str) or isinstance(now, str):
        return before == now
    # A cell without a number is NA or NaN, whatever its column's type.
    if bool(pd.isna(before)) or bool(pd.isna(now)):  # type: ignore[call-overload]  # a scalar of any kind
        return bool(pd.isna(before)) and bool(pd.isna(now))  # type: ignore[call-overload]  # the same
    return abs(float(before) - float(now)) <= _TOLERANCE  # type: ignore[arg-type]  # neither text nor missing


def _ends(name: str, found: Estimate | Interval) -> Cells:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _frame(rows: Iterator[Cells]) -> pd.DataFrame:
    """Lay rows out; what names a row is its index, counts are whole numbers even where some are missing."""
    found = pd.DataFrame(list(rows))
    if found.empty:
        return found
    found = found.astype({name: "Int64" for name in _COUNTS if name in found.columns})
    numbers = [name for name in found.columns if found[name].isna().all()]
    found = found.astype(dict.fromkeys(numbers, "float64"))
    return found.set_index([name for name in _NAMED if name in found.columns])
