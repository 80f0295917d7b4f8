"""What if people are not in the groups that they were put in?"""

from datatools.fairness.estimates import Comparison, Estimate, Frozen


class UncertainGroup(Frozen):
    """One group's gap to the rest, labels as given and labels drawn."""

    group: str
    n_expected: float  # people expected in the group: the sum of their probabilities
    certain: Estimate  # the audit's gap: everybody is where most annotators, or the consensus, put them
    drawn: Estimate  # over draws of how annotators err: disagreement widens the interval and shrinks no gap
    is_kept: bool  # both intervals lie on the same side of 0, or both hold it


class Doubt(Frozen):
    """Are labels less certain where scores are low? Then annotators err by score, and no gap here holds."""

    low: float  # mean chance that a person's most probable group is wrong, in the lower half by score
    high: float  # in the upper half
    p_value: float | None  # of no difference between the halves; None: everybody is equally certain


class UncertainLabels(Frozen):
    """One attribute's gaps under one model with the uncertainty of its labels carried through."""

    model: str
    reference_source: str
    attribute: str
    metric: str
    posterior: str  # where the probabilities come from, in words
    n_draws: int
    n_people: int  # scored, and with answers
    n_uncertain: int  # people whose most probable value is below 0.95
    doubt: Doubt | None  # None: everybody has one score, or nobody has any
    groups: list[UncertainGroup]


class Coding(Frozen):
    """One way to make groups of the same answers or numbers, and the verdicts that it gives."""

    coding: str  # an attribute's words, as in perceived_age:age3@1 or ita_deg:8,28,41,55
    n_groups: int
    largest_gap: float | None
    p_value: float | None  # whether any group differs
    comparisons: dict[str, Comparison]  # by shown group; numbers of people are left out


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
    error_rate: float | None  # measured share of people whom the group wrongly holds or lacks
    low: float | None  # of the true gap, at ``error_rate`` and whoever it is that is mislabelled
    high: float | None
    # Least share of wrong labels that could move a gap's interval to 0, or where no gap was found, that could
    # hide a gap of the margin (0: the gap that is seen has that size). None: no share could.
    breaks_at: float | None
