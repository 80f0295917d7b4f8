"""Where on the way from photograph to student are people lost or served worse?"""

from typing import Literal

from datatools.fairness.estimates import AttributeAudit, Comparison, Estimate, Frozen, Interval


class Step(Frozen):
    """One step of the chain, by group."""

    step: str  # faces_found, landmarks_found, teacher:NAME, refinement_gain, accepted, student:NAME ...
    definition: str  # a sentence
    reading: Literal["share", "accuracy", "agreement"]
    reference_source: str | None
    overall: Estimate
    attributes: list[AttributeAudit]


class Transfer(Frozen):
    """Is a group that the teacher serves worse also served worse by the student?"""

    teacher: str
    student: str
    attribute: str
    reference_source: str  # human or rendered: both are accuracy
    n_images: int  # on which both were measured
    n_people: int
    slope: Interval  # student gap for each point of teacher gap, over groups; None: cannot be told
    correlation: Interval  # of teacher and student log errors within groups, over people
    carried: list[Estimate]  # by group: the part of the student's gap that goes with the teacher's error
    groups: list[str]
    sentence: str


class Chain(Frozen):
    """The funnel, and what of the teacher's bias reaches the student."""

    steps: list[Step]
    transfers: list[Transfer]
    n_comparisons: int  # the funnel's own declared family
    notes: list[str]


class LabelBias(Frozen):
    """Do a data set's masks err in one direction for some groups (what Dice cannot see)?"""

    mask_source: str
    consensus: str  # what the masks are held against
    measure: str  # over_frac, under_frac, area_ratio or edge_shift_px
    definition: str
    unit: Literal["frac", "px"]
    margin: float  # of equivalence, in the measure's unit
    attribute: str
    answered_by: list[str]
    overall: Estimate
    groups: dict[str, Comparison]
    values: dict[str, Estimate]
    n_comparisons: int  # of all measures, masks and attributes: one declared family
