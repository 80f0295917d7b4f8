"""What if people are not in the groups that they were put in?"""

from datatools.fairness.estimates import Comparison, Estimate, Frozen


class UncertainGroup(Frozen):
    """One group's gap to the rest, labels as given and labels drawn."""

    group: str
    n_expected: float  # people expected in the group: the sum of their probabilities
    certain: Estimate  # gap with everybody in the most probable group
    drawn: Estimate  # over draws of the labels and of people: disagreement widens the interval
    is_kept: bool  # the interval of ``drawn`` lies on the same side of 0 as that of ``certain``


class UncertainLabels(Frozen):
    """One attribute's gaps under one model with the uncertainty of its labels carried through."""

    model: str
    reference_source: str
    attribute: str
    metric: str
    posterior: str  # where the probabilities come from: consensus, or the shares of the annotators' answers
    n_draws: int
    n_people: int
    n_uncertain: int  # people whose most probable value is below 0.95
    groups: list[UncertainGroup]


class Coding(Frozen):
    """One way to make groups of the same answers or numbers, and the verdicts that it gives."""

    coding: str  # an attribute's words, as in perceived_age:age3@1 or ita_deg:8,28,41,55
    n_groups: int
    largest_gap: float | None
    p_value: float | None  # whether any group differs
    comparisons: dict[str, Comparison]  # by group


class Sensitivity(Frozen):
    """Does the answer depend on the vocabulary, or on where a number was cut?"""

    model: str
    reference_source: str
    attribute: str
    metric: str
    codings: list[Coding]  # the audit's own first
    is_stable: bool  # every coding agrees on whether any group differs
    sentence: str


class MislabelBound(Frozen):
    """How many wrong labels would it take to make a group's gap, or to hide one?"""

    model: str
    reference_source: str
    attribute: str
    metric: str
    group: str
    gap: float
    error_rate: float | None  # measured share of wrong labels, where annotators' confusions are known
    low: float | None  # of the true gap, at ``error_rate`` and whoever it is that is mislabelled
    high: float | None
    breaks_at: float | None  # least share of wrong labels at which the verdict need not hold; None: never
