"""What does an audit find? One typed result: the only source of every report, plot and gate."""

from typing import Literal

from datatools.fairness.chain.chain_result import Chain, LabelBias
from datatools.fairness.estimates import Frozen, Interval, ModelAudit, Reading
from datatools.fairness.gates.gates_result import GateResult
from datatools.fairness.labels.label_result import MislabelBound, Sensitivity, UncertainLabels
from datatools.fairness.maps.maps_result import ErrorMap
from datatools.fairness.models.models_result import ModelPairs
from datatools.fairness.why.why_result import Adjustment, SliceSearch


class EvaluationResult(Frozen):
    """How well a model's masks agree with one kind of reference: the JSON of ``evaluate``."""

    model: str
    reference: str  # human, rendered, keyed or model:NAME
    reading: Reading
    n_images: int
    n_people: int
    n_failed: int
    metrics: dict[str, Interval]  # by metric name


class Proportion(Frozen):
    """A share with its Wilson interval."""

    group: str
    count: int | None
    total: int
    share: float | None
    low: float | None
    high: float | None


class Composition(Frozen):
    """How one attribute's groups are represented, and how often their masks are accepted."""

    attribute: str
    answered_by: list[str]
    people: list[Proportion]
    acceptance: list[Proportion]  # empty where check has not run
    n_unlabelled: int


class AuditResult(Frozen):
    """Everything an audit found, with the settings that give it again."""

    schema_version: Literal["1"] = "1"
    name: str
    settings: dict[str, object]
    n_samples: int
    n_failed: int
    n_people: int
    composition: list[Composition]
    models: list[ModelAudit]
    metric_definitions: dict[str, str]
    n_comparisons: int  # the declared family that Holm corrects over
    adjustments: list[Adjustment] = []
    slices: list[SliceSearch] = []
    uncertain_labels: list[UncertainLabels] = []
    sensitivities: list[Sensitivity] = []
    mislabel_bounds: list[MislabelBound] = []
    model_pairs: ModelPairs | None = None
    chain: Chain | None = None
    label_bias: list[LabelBias] = []
    error_maps: list[ErrorMap] = []
    gates: list[GateResult] = []
    notes: list[str]  # limits that the reader must know, as sentences
    inputs: dict[str, str]  # table file to SHA-256
    versions: dict[str, str]
