"""Is a model better than another for some people, and does it harm them?"""

from dataclasses import dataclass

from datatools.fairness.estimates import Estimate
from datatools.fairness.models.models_result import HarmVerdict, PairedGroup, PairVerdict
from datatools.fairness.models.runs import Spread
from datatools.fairness.statistics.inference import Rules
from datatools.metrics import Metric

_ERRORS = ("over_", "under_")  # begin the names of metrics of errors: less of them is better


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Everybody or a group under both models, before the family is corrected."""

    value: Estimate
    baseline_value: Estimate
    difference: Estimate
    spread: Spread
    p_value: float | None  # None: one person, or the metric is undefined


def surest(n_people: int) -> float:
    """Give the smallest p-value that so many people can support.

    That of a sign test whose differences all have one sign: resamples of a few people who agree by chance
    would be surer than that.
    """
    return float(2.0 ** (1 - n_people))


def is_error(metric_name: str) -> bool:
    """Say whether less of a metric is better."""
    return metric_name.startswith(_ERRORS)


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """How verdicts are given, once the family is known."""

    metric: Metric
    rules: Rules
    n_comparisons: int

    def group(self, name: str, found: Found, p_holm: float) -> PairedGroup:
        """Give a group's verdicts; ``p_holm`` is corrected over the family."""
        is_told = found.p_value is not None
        alpha = self.rules.alpha / self.n_comparisons  # Holm's first step
        is_within_reach = is_told and surest(found.difference.n_people or 0) < alpha
        return PairedGroup(
            group=name,
            value=found.value,
            baseline_value=found.baseline_value,
            difference=found.difference,
            p_value=found.p_value,
            p_holm=p_holm if is_told else None,
            detectable=found.spread.detectable(alpha) if is_within_reach else None,
            verdict=self._verdict(found.spread, p_holm) if is_told else "insufficient data",
            harm=self._harm(found.spread, p_holm) if is_told else "insufficient data",
        )

    def _verdict(self, spread: Spread, p_holm: float) -> PairVerdict:
        # Within the margin at both ends of the interval that is shown, so that equivalent is not harmed.
        if spread.is_negligible(self.rules.margin, self.rules.alpha / 2):
            return "equivalent"
        if p_holm < self.rules.alpha:
            return "better" if self._gain(spread.value) > 0 else "worse"
        return "insufficient data"

    def _harm(self, spread: Spread, p_holm: float) -> HarmVerdict:
        # Nobody is called unharmed by a failure to find harm. The limit is the shown interval's, one-sided
        # 97.5%, as trials of medicines ask it (ICH E9): where losses are rare but large, a 95% limit missed
        # a loss of the margin in 8% of simulated studies instead of 5 (docs/models.md).
        least = min(map(self._gain, spread.interval(1 - self.rules.alpha)))
        if least > -self.rules.margin:
            return "not harmed"
        is_worse = p_holm < self.rules.alpha and self._gain(spread.value) < 0
        return "harmed" if is_worse else "insufficient data"

    def _gain(self, difference: float) -> float:
        return -difference if is_error(self.metric.name) else difference
