"""Which verdicts did the main comparisons come to, in one table that fits on paper?

Up to three models stand side by side; more would not fit, and each has a table of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datatools.fairness.estimates import AttributeAudit, Group, ModelAudit
from datatools.fairness.result import AuditResult
from datatools.report import words
from datatools.report.blocks import Block, Pointer, Row, Statement, Table
from datatools.report.outline.cells import HIDDEN, counted, estimated
from datatools.report.outline.pointers import at
from datatools.report.plots import MAX_ROWS
from datatools.report.verdicts import main_metric

_MOST_BESIDE = 3  # models in one table


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    attribute: AttributeAudit
    group: Group
    of: Pointer

    @property
    def name(self) -> str:
        return words.whom(self.attribute.attribute, self.group.group)


def tables(audit: AuditResult) -> list[Block]:
    """Give every group of the single attributes with its gap and verdict, under the main metric."""
    by_model = [list(_compared(model, at("/audit/models", n))) for n, model in enumerate(audit.models)]
    if not any(by_model):
        return []
    n_shown = max(map(len, by_model))
    found: list[Block] = [Statement(text=_lead(n_shown > MAX_ROWS), tone="quiet")]
    if 1 < len(by_model) <= _MOST_BESIDE:
        return [*found, _beside(audit.models, by_model)]
    for model, compared in zip(audit.models, by_model, strict=True):
        if compared:
            found.append(_alone(model, compared, is_open=len(by_model) == 1 or _has_gap(compared)))
    return found


def _lead(is_cut: bool) -> str:
    text = "Every group of the single attributes against the rest. Crossings stand with each model below."
    return f"{text} Of many groups, those with the largest gaps." if is_cut else text


def _compared(model: ModelAudit, of: Pointer) -> Iterator[_Compared]:
    metric = main_metric(model)
    for place, attribute in enumerate(model.attributes):
        if attribute.metric == metric and words.CROSSING not in attribute.attribute:
            for line, group in enumerate(attribute.groups):
                here = at(of, "attributes", place, "groups", line)
                yield _Compared(attribute=attribute, group=group, of=here)


def _has_gap(compared: Sequence[_Compared]) -> bool:
    return any(one.group.comparison.verdict == "gap" for one in compared)


def _largest(compared: Sequence[_Compared]) -> list[_Compared]:
    """Give all in their order; of too many those with the largest gaps, the largest first."""
    if len(compared) <= MAX_ROWS:
        return list(compared)
    return sorted(compared, key=lambda one: -abs(one.group.comparison.gap.value or 0.0))[:MAX_ROWS]


def _alone(model: ModelAudit, compared: Sequence[_Compared], *, is_open: bool) -> Table:
    return Table(
        caption=f"{model.model}, {words.reading(model)}: {main_metric(model)} in points, 95% intervals",
        head=("Group", "Value", "Images", "People", "Gap to the rest", "Verdict"),
        rows=[_row(one) for one in _largest(compared)],
        has_verdict=True,
        is_open=is_open,
    )


def _row(one: _Compared) -> Row:
    comparison = one.group.comparison
    if comparison.verdict == "suppressed":
        return Row(cells=(one.name, HIDDEN, comparison.verdict), of=one.of, is_suppressed=True)
    cells = (
        one.name,
        estimated(one.group.estimate),
        *counted(one.group.estimate),
        estimated(comparison.gap, signed=True),
        comparison.verdict,
    )
    return Row(cells=cells, of=one.of)


def _beside(models: Sequence[ModelAudit], by_model: Sequence[Sequence[_Compared]]) -> Table:
    """Put models side by side; a group that one of them was not compared for has a dash there."""
    named = [{one.name: one for one in compared} for compared in by_model]
    names = dict.fromkeys(one.name for compared in by_model for one in _largest(compared))
    found = {name: [by_name.get(name) for by_name in named] for name in names}
    # Nearly always all models were scored on the same pictures: then their number is told once.
    is_same = all(len({_counts(one) for one in beside}) == 1 for beside in found.values())
    rows = [
        Row(cells=(name, *_cells(beside, is_same=is_same)), of="/audit/models")
        for name, beside in found.items()
    ]
    gaps = [f"{model.model}: gap to the rest ({model.reading})" for model in models]
    head = ["Images, people", *gaps]
    if not is_same:
        pairs = zip(models, gaps, strict=True)
        head = [text for model, gap in pairs for text in (f"{model.model}: images, people", gap)]
    metrics = ", ".join(dict.fromkeys(main_metric(model) or "" for model in models))
    return Table(
        caption=f"{metrics}: gap to the rest in points of 100, 95% intervals, and verdict",
        head=("Group", *head),
        rows=rows,
    )


def _cells(beside: Sequence[_Compared | None], *, is_same: bool) -> list[str]:
    if is_same:
        return [_counts(beside[0]), *map(_gap, beside)]
    return [cell for one in beside for cell in (_counts(one), _gap(one))]


def _counts(one: _Compared | None) -> str:
    if one is None:
        return "–"
    if one.group.comparison.verdict == "suppressed":
        return "too few"
    return ", ".join(counted(one.group.estimate))


def _gap(one: _Compared | None) -> str:
    if one is None:
        return "–"
    comparison = one.group.comparison
    if comparison.verdict == "suppressed":
        return comparison.verdict
    return f"{estimated(comparison.gap, signed=True)} {comparison.verdict}"
