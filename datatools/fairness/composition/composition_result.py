"""What does a composition audit find? One typed result, from which every table, plot and sentence is made."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from datatools.fairness.estimates import AttributeAudit, Interval, Verdict

RESULT_FILE = "composition.json"  # below WS/reports/NAME
DEFAULT_NAME = "composition"

NuisanceVerdict = Literal["predictable", "hardly predictable", "insufficient data"]
Reading = Literal["accuracy", "agreement", "assumed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Count(_Frozen):
    """One group of an attribute or crossing; None is suppressed."""

    group: str
    n_people: int | None
    n_images: int | None
    share: float | None  # of the people who are in a group, with Wilson's 95% interval
    low: float | None
    high: float | None


class Unplaced(_Frozen):
    """People who are in no group, and why."""

    reason: (
        str  # missing, cannot_tell, prefer_not_to_say, tie, contradictory, several (too few to be a group)
    )
    n_people: int | None  # None: suppressed


class Effective(_Frozen):
    """How many equally large groups would be as diverse as these (Hill numbers), 1 to ``n_groups``."""

    n_groups: int  # that the attribute has, empty ones too
    inverse_simpson: Interval
    exp_shannon: Interval


class Headcount(_Frozen):
    """Who is in the data, by one attribute or crossing."""

    attribute: str
    answered_by: list[str]  # self_report, annotator, dataset, model, measured
    n_placed: int  # people in a group
    groups: list[Count]
    unplaced: list[Unplaced]
    effective: Effective | None  # None: of crossings, and where fewer than two people are placed
    empty: list[str]  # groups, or cells, that nobody is in
    thin: list[str]  # shown groups with too few people to find a gap
    n_suppressed: int


class AgainstReference(_Frozen):
    """One group's share beside the reference population's; None is suppressed."""

    group: str
    reference_share: float
    share: float | None
    difference: Interval
    ratio: Interval  # share divided by the reference's share
    p_value: float | None
    p_holm: float | None
    verdict: Verdict


class ReferenceTest(_Frozen):
    """One attribute against a reference population."""

    attribute: str
    source: str  # where the reference's shares come from, in its author's words
    n_people: int
    n_left_out: int  # placed people whose group the reference does not have
    chi_square: float | None  # None: infinite, somebody is in a group that the reference has nobody in
    p_value: float
    p_holm: float
    method: Literal["chi-square", "Monte Carlo"]
    groups: list[AgainstReference]


class Carrier(_Frozen):
    """How much of a prediction one nuisance carries: the AUC lost when it is dealt at random."""

    nuisance: str
    definition: str
    auc_drop: float


class NuisanceTest(_Frozen):
    """Can an attribute be told from pixels and facts that are not the person?"""

    attribute: str
    nuisances: Literal["background", "camera", "background and camera"]
    n_people: int
    groups: list[str]
    auc: Interval  # mean over groups, one against the rest; 0.5 is chance
    expected_auc: float  # of labels dealt at random
    balanced_accuracy: Interval
    expected_balanced_accuracy: float
    p_value: float
    p_holm: float
    verdict: NuisanceVerdict
    carriers: list[Carrier]  # the strongest first; of background and camera together


class MaskDifference(_Frozen):
    """One measure of the masks' shape by group, in its own unit."""

    measure: str
    definition: str
    mask_source: str
    sd: float  # between people; the margin of equivalence is a fifth of it
    attributes: list[AttributeAudit]


class Duplicates(_Frozen):
    """Near-duplicate pictures and what is said of them."""

    n_clusters: int
    n_pictures: int  # in these clusters
    label_conflicts: dict[str, int]  # by attribute: clusters whose people are in different groups


class Need(_Frozen):
    """How sure the audit of one group can be, and how many people it lacks; None is suppressed."""

    attribute: str
    group: str
    n_people: int | None
    half_width: float | None  # expected, of the 95% interval of the group's mean IoU
    detectable_gap: float | None  # to everybody else, with 80% power
    n_to_collect: int | None  # until the asked gap can be found; None: people of other groups lack too
    narrowing_per_person: float | None  # of the half-width, by the next person


class Purchase(_Frozen):
    """One line of the shopping list: people to collect next."""

    rank: int
    attribute: str
    group: str
    n_to_collect: int  # a multiple of min_people where the group is suppressed
    narrowing: float | None  # summed over all groups under audit, 0-1 of IoU; None: suppressed
    narrowing_per_person: float | None
    narrows: list[str]  # the groups whose intervals become narrower by it, the most narrowed first


class Shopping(_Frozen):
    """Which people to collect next, and what was assumed."""

    reading: Reading  # of the scores that the spread comes from; assumed where there are none
    model: str | None
    sd: float  # of a person's mean IoU between people, all groups pooled
    gap: float  # that should be found
    n_wanted: int | None  # people it takes to find it beside a rest ten times as large; fewer are thin
    target: float  # half width that is narrow enough
    budget: int  # people on the list of each crossing
    needs: list[Need]
    purchases: list[Purchase]


class CompositionAudit(_Frozen):
    """Everything a composition audit found, with the settings that give it again."""

    schema_version: Literal["1"] = "1"
    name: str
    settings: dict[str, object]
    n_people: int
    n_images: int
    headcounts: list[Headcount]
    references: list[ReferenceTest]
    nuisances: list[NuisanceTest]
    masks: list[MaskDifference]
    duplicates: Duplicates | None  # None: the stage check has not run
    shopping: Shopping
    n_mask_comparisons: int  # corrected together
    notes: list[str]
    inputs: dict[str, str]  # file to SHA-256
    versions: dict[str, str]
