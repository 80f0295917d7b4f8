"""Which of two models is better, for whom, and does the new one harm anyone?"""

from typing import Literal

from datatools.fairness.estimates import Estimate, Frozen, Reading

PairVerdict = Literal["better", "worse", "equivalent", "insufficient data", "suppressed"]
HarmVerdict = Literal["harmed", "not harmed", "insufficient data", "suppressed"]


class PairedGroup(Frozen):
    """Everybody, or one group, under both models: difference = model minus baseline on the same pictures."""

    group: str
    value: Estimate
    baseline_value: Estimate
    difference: Estimate
    p_value: float | None
    p_holm: float | None
    detectable: float | None  # smallest difference that 80% power would find
    verdict: PairVerdict
    harm: HarmVerdict  # not harmed: certainly not worse by the margin or more (non-inferiority)


class PairedGap(Frozen):
    """How one attribute's gaps change: a negative difference is a smaller gap."""

    attribute: str
    worst_group: Estimate  # worst group under the model minus worst group under the baseline
    largest_gap: Estimate  # largest gap under the model minus that under the baseline


class PairedAttribute(Frozen):
    """Both models by the groups of one attribute."""

    attribute: str
    groups: list[PairedGroup]
    gaps: PairedGap | None


class ModelPair(Frozen):
    """One model held against another on the same pictures and the same reference masks."""

    model: str
    baseline: str
    reference_source: str
    reading: Reading
    metric: str
    overall: PairedGroup
    attributes: list[PairedAttribute]
    n_only_one: int  # pictures that only one of the two was scored on, left out


class ModelPairs(Frozen):
    """All models against the baseline, and the family that was corrected together."""

    baseline: str
    pairs: list[ModelPair]
    n_comparisons: int
    notes: list[str]
