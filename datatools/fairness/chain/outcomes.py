"""What became of each picture in the factory: was its mask accepted, how good is it?

Predicted quality is what the check ``expected_iou`` says. True quality is the IoU of the generated mask
with a human or rendered one, and only then; masks that no person drew or rendered do not count here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datatools import counting, selection, tables
from datatools.counting import Bools, Codes
from datatools.errors import DatatoolsError
from datatools.fairness.who.pictured import Pictured
from datatools.images import read_reference_mask
from datatools.masks import Mask, iou
from datatools.records import Sample
from datatools.workspace import Workspace

Floats = NDArray[np.float64]

PREDICTED_BY = "expected_iou"  # the check whose score is the predicted IoU
TRUTH = "reference_iou"  # an observation of the stage check that no check judges
_AT_ONCE = 4096  # rows of all checks that are read together


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cases:
    """The pictures that the stage check judged, in the order of their ids."""

    sample_ids: pa.StringArray
    people: list[str]  # sorted
    person: Codes  # (n,), the place of each picture's person
    is_accepted: Bools  # (n,)
    expected_iou: Floats  # (n,), NaN where it is not known
    reference_iou: Floats  # (n,), NaN where it is not known
    sources: list[str]  # of reference masks
    source: Codes  # (n,), the place of each picture's

    def values(self, outcome: str) -> Floats:
        """Give the pictures' numbers under an outcome (n,); NaN where one has none."""
        if outcome == "accepted":
            return self.is_accepted.astype(np.float64)
        found = self.reference_iou if outcome.endswith("reference_iou") else self.expected_iou
        return np.where(self.is_accepted, found, np.nan) if outcome.startswith("accepted_") else found


def cases(workspace: Workspace) -> Cases:
    """Give every readable picture that the stage check judged; composites show nobody new and are left out.

    Raises:
        TableError: the stage check has not run.
    """
    judged, is_good = selection.verdicts(workspace)
    shown = readable(workspace)
    place = shown.places(judged)
    composites = pa.array(list(selection.composites(workspace)), pa.string())
    is_case = (place >= 0) & ~counting.bools(pc.is_in(judged, value_set=composites))
    mine = pc.take(judged, counting.places(np.flatnonzero(is_case)))
    order = np.argsort(np.array(shown.people, object), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    sources, source = _sources(workspace, place[is_case])
    return Cases(
        sample_ids=mine,
        people=[shown.people[number] for number in order],
        person=rank[shown.person[place[is_case]]],
        is_accepted=is_good[is_case],
        expected_iou=_laid(mine, _expected(workspace)),
        reference_iou=_laid(mine, _truth(workspace)),
        sources=sources,
        source=source,
    )


def readable(workspace: Workspace) -> Pictured:
    """Give who is in each readable picture."""
    names = ("sample_id", "person_id")
    rows = workspace.columns(tables.MANIFEST, names, where={"status": {"ok"}})
    return Pictured.read(rows["sample_id"], rows["person_id"])


def _sources(workspace: Workspace, place: Codes) -> tuple[list[str], Codes]:
    """Give who made the reference masks that came with pictures, by their places among those readable."""
    names, where = ("mask_source",), {"status": {"ok"}}
    rows = workspace.columns(tables.MANIFEST, names, where=where, encoded=names)
    array = counting.whole(rows["mask_source"])
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return array.dictionary.to_pylist(), codes[place]


_Numbers = Iterator[tuple[pa.ChunkedArray, Floats]]  # of samples


def _laid(sample_ids: pa.StringArray, numbers: _Numbers) -> Floats:
    """Give the number of each sample (n,), NaN where it has none."""
    found = np.full(len(sample_ids), np.nan)
    shown = Pictured(sample_ids, np.zeros(0, np.int32), [])
    for some, values in numbers:
        place = shown.places(some)
        found[place[place >= 0]] = values[place >= 0]
    return found


def _expected(workspace: Workspace) -> _Numbers:
    names, where = ("sample_id", "score"), {"check": {PREDICTED_BY}}
    for rows in workspace.pieces(tables.FINDINGS, names, where=where, at_once=_AT_ONCE):
        yield rows["sample_id"], rows["score"].to_numpy().astype(np.float64)


def _truth(workspace: Workspace) -> _Numbers:
    names, where = ("sample_id", "value"), {"check": {TRUTH}}
    for rows in workspace.pieces(tables.OBSERVATIONS, names, where=where, at_once=_AT_ONCE):
        yield rows["sample_id"], np.array([json.loads(one) for one in rows["value"].to_pylist()], np.float64)
