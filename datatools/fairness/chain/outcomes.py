"""What became of each picture in the factory: was its mask accepted, how good is it?

Predicted quality is what the check ``expected_iou`` says. True quality is the IoU of the generated mask
with a human or rendered one, and only then; masks that no person drew or rendered do not count here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datatools import selection, tables
from datatools.errors import DatatoolsError
from datatools.images import read_reference_mask
from datatools.masks import Mask, iou
from datatools.records import Observation, Sample
from datatools.workspace import Workspace

PREDICTED_BY = "expected_iou"  # the check whose score is the predicted IoU
TRUTH = "reference_iou"  # an observation of the stage check that no check judges


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One thing that may differ between groups; ``definition`` is a sentence for people."""

    name: str
    phrase: str  # in a sentence, before a colon
    definition: str


OUTCOMES = (
    Outcome(
        name="accepted",
        phrase="acceptance",
        definition="Share of the pictures whose mask passed every check, or was accepted by a person.",
    ),
    Outcome(
        name="reference_iou",
        phrase="accuracy of all masks",
        definition="Accuracy: mean IoU of the generated mask with a human or rendered one, before rejection.",
    ),
    Outcome(
        name="accepted_reference_iou",
        phrase="accuracy of the accepted masks",
        definition="Accuracy: the same, of the accepted masks alone.",
    ),
    Outcome(
        name="expected_iou",
        phrase="predicted quality of all masks",
        definition="Prediction, no measurement: mean IoU that the check expected_iou foresees.",
    ),
    Outcome(
        name="accepted_expected_iou",
        phrase="predicted quality of the accepted masks",
        definition="Prediction, no measurement: the same, of the accepted masks alone.",
    ),
)


def reference_parts(workspace: Workspace, sample: Sample) -> list[str]:
    """Give what an observation of the truth depends on: nothing where nobody drew or rendered a mask."""
    path = workspace.reference_file(sample)
    if path is None or not selection.measures_accuracy(sample.mask_source or ""):
        return []
    return [sample.mask_source or "", tables.sha256_file(path) if path.is_file() else ""]


def reference_iou(workspace: Workspace, sample: Sample, mask: Mask | None) -> float | None:
    """Give the IoU of a generated mask with the sample's human or rendered one.

    None where there is none, or one cannot be read or has another size: that is no fault of the mask.
    """
    path = workspace.reference_file(sample)
    if mask is None or path is None or not selection.measures_accuracy(sample.mask_source or ""):
        return None
    try:
        return iou(mask, read_reference_mask(path).mask)
    except DatatoolsError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One picture that the stage check judged."""

    sample_id: str
    person_id: str
    is_accepted: bool
    expected_iou: float | None
    reference_iou: float | None
    reference_source: str | None  # human or rendered, where reference_iou is known

    def value(self, outcome: str) -> float | None:
        """Give the picture's number under an outcome; None where it has none."""
        if outcome == "accepted":
            return float(self.is_accepted)
        if outcome.startswith("accepted_") and not self.is_accepted:
            return None
        return self.reference_iou if outcome.endswith("reference_iou") else self.expected_iou


def cases(workspace: Workspace) -> list[Case]:
    """Give every readable picture that the stage check judged; composites show nobody new and are left out.

    Raises:
        TableError: the stage check has not run.
    """
    findings = workspace.rows(tables.FINDINGS)
    checked = {row.sample_id for row in findings} - selection.composites(workspace)
    expected = {row.sample_id: row.score for row in findings if row.check == PREDICTED_BY}
    accepted = selection.accepted(workspace)
    truth = _truth(workspace.rows_or_empty(tables.OBSERVATIONS))
    return [
        Case(
            sample_id=sample.sample_id,
            person_id=sample.person_id,
            is_accepted=sample.sample_id in accepted,
            expected_iou=expected.get(sample.sample_id),
            reference_iou=truth.get(sample.sample_id),
            reference_source=sample.mask_source if sample.sample_id in truth else None,
        )
        for sample in workspace.samples()
        if sample.sample_id in checked
    ]


def _truth(observations: Sequence[Observation]) -> Mapping[str, float]:
    seen = ((row.sample_id, json.loads(row.value)) for row in observations if row.check == TRUTH)
    return {sample_id: value for sample_id, value in seen if value is not None}
