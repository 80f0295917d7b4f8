"""How do groups stand side by side, for those who read fairlearn's ``MetricFrame``?

The same names and the same numbers: ``overall``, ``by_group``, ``group_min``, ``group_max``, ``difference``
and ``ratio``, as pandas. Beside them stands what fairlearn does not say: 95% intervals over people, and how
many pictures and people are behind each number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from datatools.errors import DataError, UsageError
from datatools.fairness.estimates import Estimate, ModelAudit
from datatools.fairness.statistics.intervals import overall as estimate_overall
from datatools.fairness.statistics.people import by_person
from datatools.metrics import Metric
from datatools.metrics._given import GivenMean, bounds_of

Method = Literal["between_groups", "to_overall"]
_STREAM = 61  # of random numbers: no other part of an audit draws from it
_NOBODY = Estimate(value=None, low=None, high=None, n_images=0, n_people=0)


@dataclass(frozen=True, slots=True, eq=False)
class MetricFrame:
    """Metrics of groups side by side; rows are groups, columns are metrics, NaN is empty or suppressed.

    ``difference`` is the largest gap between groups, and biased upward: two groups that are alike still
    differ in a sample. ``datatools.fairness.audit`` says what is expected under no difference, and tests it.
    """

    overall: pd.Series  # by metric
    overall_interval: pd.DataFrame  # metrics x low, high
    by_group: pd.DataFrame
    low: pd.DataFrame  # of by_group: 95% intervals over people
    high: pd.DataFrame
    n_images: pd.Series  # by group
    n_people: pd.Series

    @classmethod
    def of_values(
        cls,
        values: Mapping[str, ArrayLike],
        *,
        sensitive_features: pd.Series | pd.DataFrame | Mapping[str, Sequence[object]],
        people: ArrayLike | None = None,
        n_replicates: int = 10_000,
        seed: int = 0,
    ) -> "MetricFrame":
        """Make the table from what was measured on each picture.

        Args:
            values: metric name to a number for each picture (n_images,); NaN counts for nothing.
            sensitive_features: each picture's group; several columns are crossed, as in fairlearn.
            people: whom each picture shows (n_images,); None: every picture shows another person.
            n_replicates: resamples of people behind every interval.
            seed: of the resampling.

        Raises:
            DataError: no picture, or columns of different lengths.
        """
        columns = {f"given:{name}": np.asarray(numbers, np.float64) for name, numbers in values.items()}
        features = pd.DataFrame(
            sensitive_features.to_frame() if isinstance(sensitive_features, pd.Series) else sensitive_features
        ).reset_index(drop=True)
        n_images = len(features)
        persons = np.arange(n_images) if people is None else np.asarray(people)
        if not n_images or any(len(numbers) != n_images for numbers in [*columns.values(), persons]):
            lengths = {"sensitive_features": n_images, "people": len(persons)}
            lengths |= {name: len(columns[f"given:{name}"]) for name in values}
            raise DataError(f"expected one entry for each picture everywhere, got {lengths}")
        frame = pd.DataFrame({**columns, "person_id": pd.Series(persons).astype(str)})
        metrics: list[Metric] = [
            GivenMean(name, f"given:{name}", f"{name}, averaged over pictures.", bounds_of(numbers))
            for name, numbers in zip(values, columns.values(), strict=True)
        ]
        keys = [features[name] for name in features.columns]
        groups = dict(list(frame.groupby(keys if len(keys) > 1 else keys[0], sort=True)))
        index = _index(features)
        rows = [
            _estimated(groups[group], metrics, n_replicates, [seed, _STREAM, 1 + place])
            if group in groups
            else {}
            for place, group in enumerate(index)
        ]
        everybody = _estimated(frame, metrics, n_replicates, [seed, _STREAM, 0])
        return _framed(everybody, rows, index, list(values))

    @classmethod
    def of_audit(cls, model: ModelAudit, attribute: str) -> "MetricFrame":
        """Make the table from an attribute or crossing of an audit; suppressed groups are NaN.

        Raises:
            UsageError: the audit does not have that attribute.
        """
        found = {one.attribute: one for one in model.attributes}
        if attribute not in found:
            raise UsageError(f"expected an attribute among {', '.join(found) or 'none'}, got {attribute!r}")
        audited = found[attribute]
        rows = [{audited.metric: group.estimate, **group.other_metrics} for group in audited.groups]
        index = pd.Index([group.group for group in audited.groups], name=attribute)
        return _framed(model.overall, rows, index, list(model.overall))

    def group_min(self) -> pd.Series:
        """Give the lowest value among groups, by metric."""
        return self.by_group.min(axis=0)

    def group_max(self) -> pd.Series:
        """Give the highest value among groups, by metric."""
        return self.by_group.max(axis=0)

    def difference(self, method: Method = "between_groups") -> pd.Series:
        """Give the largest gap between two groups, or between a group and everybody, by metric."""
        if method == "between_groups":
            return self.group_max() - self.group_min()
        return (self.by_group - self.overall).abs().max(axis=0)

    def ratio(self, method: Method = "between_groups") -> pd.Series:
        """Give the smallest ratio between two groups, or between a group and everybody, at most 1."""
        if method == "between_groups":
            return self.group_min() / self.group_max()
        ratios = self.by_group / self.overall
        return ratios.where(~(ratios > 1), 1 / ratios).min(axis=0)


def _index(features: pd.DataFrame) -> pd.Index:
    """Give all groups; of several features every crossing, also those that nobody is in."""
    levels = [sorted(features[name].dropna().unique()) for name in features.columns]
    names = list(features.columns)
    crossed = pd.MultiIndex.from_product(levels, names=names)
    return crossed if len(levels) > 1 else crossed.get_level_values(0)


def _estimated(
    rows: pd.DataFrame, metrics: Sequence[Metric], n_replicates: int, seed: Sequence[int]
) -> dict[str, Estimate]:
    everybody = by_person(rows, list(metrics))
    return {
        metric.name: estimate_overall(metric, everybody, n_replicates, np.random.default_rng(seed))
        for metric in metrics
    }


def _framed(
    everybody: Mapping[str, Estimate],
    rows: Sequence[Mapping[str, Estimate]],
    index: pd.Index,
    names: Sequence[str],
) -> MetricFrame:
    def table(field: str) -> pd.DataFrame:
        columns = {name: [_number(getattr(row.get(name, _NOBODY), field)) for row in rows] for name in names}
        return pd.DataFrame(columns, index=index, dtype=np.float64)

    def counts(field: str) -> pd.Series:
        firsts = (next(iter(row.values()), _NOBODY) for row in rows)
        return pd.Series([_number(getattr(first, field)) for first in firsts], index=index, name=field)

    ends = {field: [_number(getattr(everybody[name], field)) for name in names] for field in ("low", "high")}
    return MetricFrame(
        overall=pd.Series({name: _number(everybody[name].value) for name in names}, dtype=np.float64),
        overall_interval=pd.DataFrame(ends, index=list(names)),
        by_group=table("value"),
        low=table("low"),
        high=table("high"),
        n_images=counts("n_images"),
        n_people=counts("n_people"),
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
