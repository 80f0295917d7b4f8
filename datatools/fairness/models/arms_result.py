"""What does an ablation find? One typed result: the only source of its table, plot and page."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from datatools.fairness.estimates import Interval, Reading

Verdict = Literal["difference", "equivalent", "insufficient data", "suppressed"]
Asked = Literal["value", "gap to the rest", "worst group", "largest gap"]

EVERYBODY = "all"  # attribute and group of the rows about everybody
EVERY_ATTRIBUTE = "every attribute"  # of the row about the worst group of all


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(_Frozen):
    """An arm against the reference arm in one respect; numbers are in the metric's own unit (0-1).

    ``value`` and ``reference_value`` are means over seeds of what is asked: the group's value, its value
    minus the rest's, the worst group's, or the best group's minus the worst's. None is suppressed.
    """

    test: str
    reading: Reading  # accuracy against human or rendered masks, else agreement
    reference_source: str
    metric: str
    arm: str
    reference: str  # the arm that it is compared with
    attribute: str
    group: str
    asked: Asked
    is_compared: bool  # False: shown beside the compared metric, in no family
    n_images: int | None
    n_people: int | None
    reference_value: float | None
    value: float | None
    difference: float | None  # value minus reference_value
    low: float | None  # 95% interval over people and seeds
    high: float | None
    se_people: float | None
    se_seeds: float | None  # None: an arm was trained once, its luck is not known
    p_value: float | None
    p_holm: float | None
    detectable: float | None  # the smallest difference that 80% power would find
    verdict: Verdict


class RunValue(_Frozen):
    """What one run gives for everybody in a test."""

    test: str
    reading: Reading
    reference_source: str
    metric: str
    arm: str
    model: str
    seed: int | None  # None: a network that was not trained here
    value: float


class ParetoPoint(_Frozen):
    """An arm on one test: the mean over everybody against the worst group.

    Intervals are 95%, over people and seeds; those of the changes are of the difference to the reference
    arm on the same pictures, as in the rows: what is hard for every arm cancels there.
    """

    test: str
    reading: Reading
    reference_source: str
    metric: str
    attribute: str  # whose groups; ``every attribute``: of all of them
    arm: str
    reference: str
    worst_group: str  # the arm's own
    n_images: int
    n_people: int
    overall: Interval
    worst: Interval  # of the group that was picked by looking
    overall_change: Interval | None  # None: it is the reference arm
    worst_change: Interval | None
    dominated_by: list[str]  # arms that are no worse in both and better in one; empty: on the Pareto front


class AblationResult(_Frozen):
    """Everything an ablation found, with the settings that give it again."""

    schema_version: Literal["1"] = "1"
    name: str
    description: str
    settings: dict[str, object]
    arms: dict[str, dict[str, object]]  # by name: settings of train, or the model
    pictures_seen: dict[str, list[str]]  # by arm: what each phase of training costs
    seeds: list[int]
    runs: list[RunValue]
    rows: list[Row]
    pareto: list[ParetoPoint] = []
    thresholds: dict[str, float] = {}  # by model: where mattes of arms that are like another are cut
    n_overall: int  # comparisons of everybody, corrected together
    n_by_group: int  # comparisons by group, corrected together
    metric_definitions: dict[str, str]
    notes: list[str]  # limits that the reader must know, as sentences
    inputs: dict[str, str]  # models and score rows to SHA-256
    versions: dict[str, str]
