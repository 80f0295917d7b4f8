"""Why is there a gap? Raw beside adjusted, what explains it, and the conditions under which a model fails."""

from typing import Literal

from datatools.fairness.estimates import Estimate, Frozen, Interval

AdjustedVerdict = Literal["gap", "equivalent", "insufficient data"]


class Part(Frozen):
    """How much of a raw gap goes with one confounder, in the metric's unit (Gelbach 2016)."""

    confounder: str
    explained: Interval


class AdjustedGap(Frozen):
    """One group against the rest, with and without its differences in the confounders."""

    group: str
    raw: Estimate  # of the people whose confounders are all known
    adjusted: Estimate  # between people who are alike in every confounder (regression, cluster-robust)
    explained: Estimate  # raw minus adjusted
    parts: list[Part]  # they sum to ``explained``
    matched: Estimate | None  # between matched people; None where too few have a match
    n_matched: int | None  # people of this group who have a match
    p_value: float | None  # of the adjusted gap
    p_holm: float | None  # over all adjusted gaps of the audit, a family of their own
    verdict: AdjustedVerdict  # on the adjusted gap


class Adjustment(Frozen):
    """One attribute's gaps under one model, adjusted."""

    model: str
    reference_source: str
    attribute: str
    metric: str
    confounders: list[str]
    n_people: int
    n_left_out: int  # people with a confounder unknown
    groups: list[AdjustedGap]
    notes: list[str]  # sentences: little overlap, a confounder that hardly varies or names the group


class Slice(Frozen):
    """Pictures that meet some conditions, against all others."""

    conditions: list[str]  # as in "face_yaw_deg > 21.5"
    estimate: Estimate
    # Value minus that of the other pictures, less what picking the slice adds; its interval is as wide as
    # the search asks for.
    gap: Estimate
    p_corrected: float  # against the most extreme slice of the same search on dealt scores


class SliceSearch(Frozen):
    """The conditions under which one model does worse than elsewhere."""

    model: str
    reference_source: str
    metric: str
    features: list[str]  # measurements, and questions about things in the picture, that were searched
    depth: int  # conditions in a slice, at most
    n_people: int  # whose pictures were searched
    n_candidates: int  # slices that were looked at
    n_dealt: int  # how often the whole search was made again on dealt scores
    slices: list[Slice]  # the worst first, p_corrected < alpha, none inside another that does as badly
