"""What should people know about a trained student before they use it?

The facts of a model card, after Mitchell et al., *Model Cards for Model Reporting* (2019). What training
alone knows goes into the file of weights; card.json, beside it, holds that and what was learned later:
the weights' own hash, how long it took, and how well they did on pictures kept aside.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its 95% interval over people; None is undefined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """One group's value and its gap to everybody else; None is withheld, or undefined."""

    group: str
    n_images: int | None
    n_people: int | None
    value: Interval
    gap: Interval  # the group minus the rest
    verdict: str  # gap, equivalent, insufficient data or suppressed


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """The groups of one attribute, against one kind of masks."""

    attribute: str
    metric: str
    answered_by: list[str]  # who said who is in which group: self_report, annotator, dataset ...
    n_unlabelled: int  # people in no group
    groups: list[GroupLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValScore:
    """How well the chosen weights do on the validation pictures whose masks have one source."""

    reference_source: str  # human, rendered, keyed or model:NAME
    measures: str  # accuracy or agreement
    n_images: int
    iou_fg_image: float  # foreground IoU per picture, averaged, at the network's size
    n_people: int | None = None
    low: float | None = None  # of its 95% interval over people
    high: float | None = None
    groups: list[GroupTable] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data set that was learned from."""

    name: str
    licence: str
    n_train: int
    n_val: int
    n_people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What became of the masks that the toolkit made, in the workspace that was learned from."""

    n_train: int  # training pictures whose mask the toolkit made
    n_checked: int  # masks that the checks looked at
    n_accepted: int  # by them, or by a person
    checks: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one machine did."""

    device: str
    elapsed_s: float
    versions: Mapping[str, str]  # of the packages
    weights_sha256: str  # of model.pt
    record: str | None = None  # the run record's file
    record_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How well the weights do on pictures that they were neither fitted to nor chosen by."""

    data: str  # the sources of the pictures
    split: str | None
    reference_source: str
    measures: str
    n_images: int
    n_people: int
    n_failed: int
    metrics: Mapping[str, Interval]
    definitions: Mapping[str, str]  # of the metrics
    groups: list[GroupTable]
    n_comparisons: int  # that were corrected together
    notes: list[str]  # of the audit
    record: str  # the run record of the evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The weights that a run began with."""

    weights: str  # the file's name, or that of weights which come with the package
    sha256: str
    recipe: str | None  # what made them; None where their file does not say
    n_train: int | None  # likewise
    licences: Mapping[str, int]  # of what they had learned from, pictures each; 0 of unknown number


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The facts of a training run, and of what became known of its weights."""

    name: str
    architecture: str = "ExtremeC3Net"  # files written before there were others
    recipe: str
    epochs: str  # coarse + whole, where there are two phases
    size_px: int
    seed: int
    n_parameters: int
    n_train: int
    n_val: int
    n_failed: int  # pictures that could not be read and were left out
    mask_sources: Mapping[str, int]  # of the training pictures
    licences: Mapping[str, int]  # of the training and validation pictures
    val: list[ValScore]
    best_epoch: int
    network: str = "extremec3net"  # its name in datatools/networks
    n_people_train: int | None = None
    n_people_val: int | None = None
    n_epochs: int | None = None  # that were run; fewer than planned where it stopped early
    n_steps: int | None = None
    n_seen: int | None = None  # pictures trained on, each as often as it was shown
    recipe_values: Mapping[str, object] = field(default_factory=dict)  # the whole recipe, as its file has it
    groups_apart: list[str] = field(default_factory=list)  # that sampling, loss or choice looked at
    sources: list[Source] = field(default_factory=list)
    generated: Generated | None = None
    beginning: Beginning | None = None  # None: random weights
    data_fingerprint: str | None = None  # of pictures, masks and their splits
    run: Run | None = None  # not in the file of weights, which is the same whoever trained it, and when
    evaluations: list[Evaluation] = field(default_factory=list)  # likewise

    @staticmethod
    def from_dict(values: Mapping[str, object]) -> "Card":
        """Make a card from what ``dataclasses.asdict`` made of one."""
        return TypeAdapter(Card).validate_python(values)

    def limits(self) -> dict[str, int]:
        """Give the licences of all that the weights have learned from, with how many pictures at least."""
        found = dict(self.licences)
        for name, n in ({} if self.beginning is None else self.beginning.licences).items():
            found[name] = max(found.get(name, 0), n)  # they may be the same pictures
        return found

    def facts(self) -> dict[str, object]:
        """Give what a run record and the command line say: counts and scores, no tables."""
        found = asdict(self)
        for name in ("recipe_values", "groups_apart", "sources", "run", "evaluations"):
            del found[name]
        found["val"] = [{k: v for k, v in score.items() if k != "groups"} for score in found["val"]]
        return found
