"""How does an audit become rows of the groups table?"""

import dataclasses
from collections.abc import Iterator

from datatools.fairness.estimates import Estimate, Group, ModelAudit
from datatools.records import GroupRow

EVERYBODY = "all"  # attribute and group of the rows about everybody


def group_rows(model: ModelAudit) -> Iterator[GroupRow]:
    """Give the rows of the groups table: everybody, then every group by every metric."""
    for metric, estimate in model.overall.items():
        yield _row(model, EVERYBODY, EVERYBODY, metric, estimate, None)
    for attribute in model.attributes:
        for group in attribute.groups:
            yield _row(model, attribute.attribute, group.group, attribute.metric, group.estimate, group)
            for metric, estimate in group.other_metrics.items():
                yield _row(model, attribute.attribute, group.group, metric, estimate, None)


def _row(
    model: ModelAudit, attribute: str, name: str, metric: str, estimate: Estimate, group: Group | None
) -> GroupRow:
    """Make one row; without a ``group`` it was not compared."""
    row = GroupRow(
        model=model.model,
        reference_source=model.reference_source,
        attribute=attribute,
        group=name,
        metric=metric,
        **estimate.model_dump(),
        gap=None,
        gap_low=None,
        gap_high=None,
        p_value=None,
        p_holm=None,
        detectable_gap=None,
        verdict="reference",
    )
    if group is None:
        return row
    compared = group.comparison
    return dataclasses.replace(
        row,
        gap=compared.gap.value,
        gap_low=compared.gap.low,
        gap_high=compared.gap.high,
        p_value=compared.p_value,
        p_holm=compared.p_holm,
        detectable_gap=compared.detectable_gap,
        verdict=compared.verdict,
    )
