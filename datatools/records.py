"""Which rows do the tables between stages hold?

One frozen dataclass per table. A field's type is its Arrow type (see ``tables.py``); ``None`` is an
absent value, never -1 or an empty string. ``parents`` is the fingerprint of everything a derived row
was computed from: a row whose parents changed is stale.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["ok", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A folder of pictures that was ingested under a name."""

    source: str
    root: str  # absolute folder; every path of the source's samples stays inside it
    reader: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One picture, or one file that should have been a picture (``status`` failed, ``error`` says why)."""

    sample_id: str  # first 16 hex digits of the SHA-256 of the file's bytes
    path: str  # POSIX path below the source's root
    width_px: int | None  # after EXIF rotation
    height_px: int | None
    source: str
    licence: str
    person_id: str  # the source's, prefixed with its name; else the sample_id
    reference_mask: str | None  # POSIX path below the source's root
    mask_source: str | None  # of the reference mask: human, rendered, keyed, model:NAME, composite:OF THESE
    mask_encoding: str | None  # binary01, binary255, soft, palette or labels, as found in the file
    source_split: str | None  # the split that the source's authors gave
    aliases: list[str]  # other paths with the same bytes
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkRow:
    """One face of one sample; a sample without a face has one row with ``face`` None."""

    sample_id: str
    scheme: str  # dlib68, eg1800_49 ...
    points: list[float] | None  # x0, y0, x1, y1 ... px
    detector: str  # dlib68 ... or given
    score: float | None  # the detector's own confidence, not comparable between detectors
    face: int | None  # 0 is the largest
    n_faces: int
    box: list[float] | None  # x0, y0, x1, y1 px; may reach outside the picture
    is_cut: bool | None  # the box or the points leave the picture
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number read off a picture; the unit ends the name (``ita_deg``)."""

    sample_id: str
    name: str
    value: float
    measured_by: str  # dataset:NAME or the measuring code


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All that the stage measure read off one sample, before it becomes measurements."""

    sample_id: str
    names: list[str]
    values: list[float]  # of the same length
    invalid: list[str]  # what has no value
    reasons: list[str]  # of the same length: why, in words
    is_guessed: bool  # the face's points are an average face's in the finder's box
    mask_source: str | None  # of the mask it was measured on; None: without one
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingRow:
    """What the stage composition read off one sample that is not the person: background, file, outline."""

    sample_id: str
    names: list[str]
    values: list[float]  # of the same length
    mask_source: str | None  # of the mask that background and outline were read by
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatteRow:
    """One teacher's soft matte of one sample, an 8-bit PNG in WS/mattes/TEACHER/."""

    sample_id: str
    teacher: str
    path: str | None  # below the workspace
    seconds: float | None  # of the forward pass alone
    sha256: str | None
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRow:
    """The refined mask of one sample, a 0/255 PNG in WS/masks/."""

    sample_id: str
    path: str | None  # below the workspace
    rules_applied: list[str]  # the rules that changed a pixel, in order
    mask_source: str  # model:TEACHER
    sha256: str | None
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphaRow:
    """The soft cut-out of one sample, an RGBA PNG in WS/alpha/."""

    sample_id: str
    path: str | None  # below the workspace
    method: str | None  # closed_form, or mask where the guard kept the mask's own edge
    remark: str | None  # why the guard kept it
    seconds: float | None
    sha256: str | None
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRow:
    """One picture that was made of another one (a crop, a composite), or why it was not kept."""

    sample_id: str  # of the picture whose person it shows
    folder: str  # the set's folder, absolute
    item: str  # which of the sample's pictures: a framing or a number
    kind: str  # crop or composite
    image: str | None  # POSIX path below the folder; None: not kept
    mask: str | None
    mask_source: str
    background: str | None  # of a composite: a sample_id, or rendered:STYLE
    box: list[int] | None  # of a crop, in its parent: x0, y0, x1, y1 px
    recipe: str  # JSON: what was drawn by lot and measured
    reason: str | None  # why it was not kept
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a sample was made of."""

    sample_id: str
    kind: str  # crop: another window on a person; composite: never counted, never tested on
    parent: str  # sample_id of the picture whose person it shows
    background: str | None
    box: list[int] | None
    recipe: str  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one refining rule would change in one sample's mask, and whether the guard kept it.

    A rule that would change no pixel has no row.
    """

    sample_id: str
    rule: str
    round: int  # the rules run again on their own result until nothing changes; 0 is the first run
    n_px_added: int
    n_px_removed: int
    kept: bool
    reason: str
    parents: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one check saw in one sample, before it is judged against the whole set."""

    sample_id: str
    check: str
    value: str  # JSON
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's verdict on one sample."""

    sample_id: str
    check: str
    score: float | None
    passed: bool
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One answer to one question about one sample; never overwritten."""

    sample_id: str
    question: str
    value: str
    annotator_id: str
    source: str  # self_report, annotator, dataset or model
    vocabulary: str  # name@version
    created_at: str | None  # ISO 8601, UTC; None where the data set does not say
    lead_time_s: float | None
    presentation_order: int | None
    batch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusRow:
    """What several people's answers about one sample together say, and how surely.

    An audit can draw a value from ``posterior`` instead of taking the most probable one for certain.
    """

    sample_id: str
    person_id: str
    question: str
    vocabulary: str  # name@version
    unit: str  # picture, or person: all pictures of the person were taken together
    value: str  # the most probable one; ``a+b`` where the answers are several values
    probability: float  # of it
    n_annotators: int  # who answered about the unit
    entropy_bits: float  # of the posterior: 0 is certain
    values: list[str]
    posterior: list[float]  # of the values, sums to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """The split that a sample, with every picture of its person, belongs to."""

    sample_id: str
    person_id: str
    split: str  # train, val or test


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Sufficient statistics of one model's mask of one sample against one reference, in pixels.

    Counts are None where ``status`` is failed: a failed picture must not pass for a perfect one. Those of
    the zones around the face are None where no face is known.
    """

    sample_id: str
    person_id: str
    model: str
    reference_source: str  # human, rendered: accuracy; keyed, model:NAME: agreement
    split: str | None
    tp: int | None
    fp: int | None
    fn: int | None
    tn: int | None
    band_px: int | None  # half width of the boundary band
    band_tp: int | None  # pixels that lie in both boundary bands and in both masks (boundary IoU)
    band_union: int | None
    edge_tolerance_px: int | None
    edge_pred: int | None  # boundary pixels of the prediction
    edge_pred_hit: int | None  # ... within the tolerance of the reference's boundary
    edge_ref: int | None
    edge_ref_hit: int | None
    fp_band: int | None  # false positives within band_px of the reference's boundary; the rest is interior
    fn_band: int | None
    # Rows that an older version wrote have none of these: they are stale, and ``evaluate`` makes them anew.
    edge_pred_hit_1px: int | None = None  # as edge_pred_hit, at another tolerance
    edge_ref_hit_1px: int | None = None
    edge_pred_hit_5px: int | None = None
    edge_ref_hit_5px: int | None = None
    edge_rel_px: int | None = None  # the tolerance that grows with the picture
    edge_pred_hit_rel: int | None = None
    edge_ref_hit_rel: int | None = None
    ref_hair: int | None = None  # the reference's area in the zone of the hair ...
    fp_hair: int | None = None  # ... and the false positives and negatives there
    fn_hair: int | None = None
    ref_face: int | None = None
    fp_face: int | None = None
    fn_face: int | None = None
    ref_neck: int | None = None
    fp_neck: int | None = None
    fn_neck: int | None = None
    ref_shoulders: int | None = None
    fp_shoulders: int | None = None
    fn_shoulders: int | None = None
    seconds: float | None
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGrid:
    """Where around the face one scored mask is wrong, in the cells of a frame that is aligned with the face.

    Three pictures of ``fairness.maps.maps_result.GRID`` rows of as many cells, from the top, a byte a cell:
    0-255 stands for 0-1. A score has one where a face is known.
    """

    sample_id: str
    person_id: str
    model: str
    reference_source: str
    over: bytes  # share of the cell's pixels in the picture that are false positives
    under: bytes  # ... false negatives
    inside: bytes  # share of the cell that lies in the picture: outside nothing is known
    parents: str  # of the score, and what the grid is


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPairRow:
    """How one mask of a sample differs from another of the same sample, with the direction.

    Masks are named by who made them: human, rendered, keyed or model:NAME for the one that came with
    the data, ``generated`` for the refined one, ``fused`` and ``teacher:NAME`` for mattes cut at one half.
    """

    sample_id: str
    mask: str
    against: str
    tp: int | None  # pixels in both; None where ``status`` is failed
    fp: int | None  # in ``mask`` alone
    fn: int | None  # in ``against`` alone
    tn: int | None
    edge_shift_px: float | None  # mean signed distance of the edges, outward positive; None: none are near
    parents: str
    status: Status
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One group's value under one metric, with its comparison to the rest."""

    model: str
    reference_source: str
    attribute: str  # crossings join names with " x "
    group: str
    metric: str
    value: float | None  # None: suppressed or undefined
    low: float | None
    high: float | None
    n_images: int | None  # None: suppressed
    n_people: int | None
    gap: float | None  # value minus the rest's value
    gap_low: float | None
    gap_high: float | None
    p_value: float | None
    p_holm: float | None
    detectable_gap: float | None  # smallest gap that 80% power would find
    verdict: str  # gap, equivalent, insufficient data, suppressed, or reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityRow:
    """One group's outcome in the factory, with its comparison to the rest; see ``GroupRow``."""

    outcome: str  # a name of fairness.chain.outcomes.OUTCOMES
    reference_source: str | None  # of the masks behind a reference_iou: human or rendered
    attribute: str
    answered_by: list[str]  # who said so: self_report, annotator, dataset, model, measured
    group: str
    place: int  # of the group among those of its outcome, in the order to show them
    value: float | None  # None: suppressed or undefined
    low: float | None
    high: float | None
    n_images: int | None  # None: suppressed
    n_people: int | None
    gap: float | None
    gap_low: float | None
    gap_high: float | None
    p_value: float | None
    p_holm: float | None
    detectable_gap: float | None
    verdict: str  # gap, equivalent, insufficient data, suppressed, or reference


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    """What a stage reports when it is done: the same facts for people and for ``--json``."""

    stage: str
    facts: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # sentences, for people
    passed: bool = True  # False: a gate failed, exit code 1
    updates: "Iterator[StageResult] | None" = None  # of a verb that goes on until it is stopped
