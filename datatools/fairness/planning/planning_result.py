"""How many people settle a gap? The typed result behind ``audit plan``, its plot and its page."""

from typing import Literal

from datatools.fairness.estimates import Frozen


class Variation(Frozen):
    """How much values vary, in the metric's unit (0-1)."""

    level: float  # mean value
    between: float  # standard deviation of people's true values
    within: float  # standard deviation of one person's pictures
    n_people: int | None  # measured on; None: not measured here
    n_images: int | None
    source: str  # a sentence: where the numbers come from


class PlannedPictures(Frozen):
    """What so many pictures of each person come to, every group as large as the others."""

    pictures_per_person: int
    design_effect: float  # variance of a mean of pictures, against as many pictures of different people
    n_people_gap: int | None  # of each group, to find the gap; None: more than MOST_PEOPLE
    n_people_equivalence: int | None  # of each group, to show that there is no gap of the margin


class PlannedGroup(Frozen):
    """One group against the rest, as many people as there are."""

    attribute: str
    group: str
    n_people: int
    n_rest: int
    detectable_gap: float | None  # None: nothing up to the rest's own value could be found
    power: float | None  # to find the gap; None with one person on either side
    more_alone: int | None  # people more to find the gap, the others as they are; None: that cannot do it
    more_in_step: int | None  # people more in this group, the others growing in step
    more_for_equivalence: int | None  # the same, to show equivalence where there is no gap


class PowerCurve(Frozen):
    """The chance of an answer by the number of people in each group."""

    name: str
    pictures_per_person: int
    n_people: list[int]
    power: list[float]


class PlanResult(Frozen):
    """Everything that a plan says, with the settings that give it again."""

    schema_version: Literal["1"] = "1"
    name: str
    settings: dict[str, object]
    metric: str
    gap: float
    margin: float
    power: float
    alpha: float
    n_groups: int  # groups of equal size in the rows of ``pictures``
    n_comparisons: int  # the family; each is planned at Holm's strictest step
    variation: Variation
    pictures: list[PlannedPictures]  # the first row is what was asked
    groups: list[PlannedGroup]  # empty without people
    n_suppressed: int  # groups too small to show
    curves: list[PowerCurve]
    notes: list[str]
    inputs: dict[str, str]  # table file to SHA-256
    versions: dict[str, str]
