"""Which samples are accepted, which mask is a sample trained on, which faces does it show?

The answers are derived from tables, never kept: findings decide, a person's review overrides them,
and a human or rendered mask beats a generated one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datatools import counting, streams, tables
from datatools.counting import Bools
from datatools.errors import DataError, TableError
from datatools.keys import Keys, Texts
from datatools.masks import Face, Landmarks
from datatools.records import Annotation, Finding, LandmarkRow, Sample
from datatools.workspace import Workspace, require_source

if TYPE_CHECKING:
    import pandas as pd

REVIEW_QUESTION = "mask_review"
_AT_ONCE = 65_536  # findings that are read together
_SEVERITY = ("accept", "repair", "reject")  # repair is of version 2; neither it nor reject is accepted
Targets = Literal["best", "generated", "reference"]

_ACCURATE_SOURCES = frozenset({"human", "rendered"})
COMPOSITE = "composite"
RENDERED_BACKGROUND = "rendered:"  # begins a composite's background that no photograph holds


def measures_accuracy(mask_source: str) -> bool:
    """Say whether a score against such masks is accuracy; otherwise it is agreement."""
    return mask_source in _ACCURATE_SOURCES


def files_of(workspace: Workspace, source: str | None) -> "pd.DataFrame":
    """Give sample_id, person_id and status of all files, failed ones too, perhaps of one source alone.

    Raises:
        UsageError: no such source.
    """
    files = workspace.frame(tables.MANIFEST, ("sample_id", "person_id", "status", "source"))
    if source is not None:
        require_source(source, set(files["source"].unique()))
        files = files[files["source"] == source]
    return files


def among(sample_ids: "pd.Series[str]", chosen: Iterable[str] | pa.Array) -> NDArray[np.bool_]:
    """Say which samples are among the chosen ones; a million are no matter, unlike for pandas' own."""
    values = chosen if isinstance(chosen, pa.Array) else pa.array(list(chosen), pa.string())
    found = pc.is_in(pa.array(sample_ids, pa.string()), value_set=values)
    return cast("NDArray[np.bool_]", found.to_numpy(zero_copy_only=False))


def composites(workspace: Workspace) -> set[str]:
    """Give the samples that were composited: no new people, to learn from and for nothing else."""
    where = {"kind": {COMPOSITE}}
    pieces = workspace.pieces(tables.LINEAGE, ("sample_id",), where=where)
    return {sample_id for rows in pieces for sample_id in rows["sample_id"].to_pylist()}


def _rank(review: Annotation) -> tuple[str, int]:
    return (review.created_at or "", _SEVERITY.index(review.value))


def last_reviews(answers: list[Annotation]) -> dict[str, Annotation]:
    """Give each reviewed sample's latest review; of two at one moment the worse."""
    latest: dict[str, Annotation] = {}
    for row in answers:
        if row.question != REVIEW_QUESTION:
            continue
        other = latest.get(row.sample_id)
        if other is None or _rank(row) > _rank(other):
            latest[row.sample_id] = row
    return latest


def reviews(answers: list[Annotation]) -> dict[str, str]:
    """Give each reviewed sample's latest answer, accept, repair or reject; of two at one moment the worse."""
    return {sample_id: row.value for sample_id, row in last_reviews(answers).items()}


def accepted(workspace: Workspace) -> set[str]:
    """Give the samples whose generated mask passed every check, or that a person accepted.

    Raises:
        TableError: the check stage has not run.
    """
    sample_ids, is_good = verdicts(workspace)
    return set(sample_ids.filter(counting.mask(is_good)).to_pylist())


def verdicts(workspace: Workspace) -> tuple[pa.StringArray, Bools]:
    """Give every checked sample, in the order of their ids, and whether it is accepted.

    Raises:
        TableError: the check stage has not run.
    """
    if not workspace.has(tables.FINDINGS):
        raise TableError(f"no table findings in {workspace.root}: run `datatools check` first")
    found, is_good = pa.nulls(0, pa.string()), np.zeros(0, np.bool_)
    pieces = [
        _all_good(counting.whole(rows["sample_id"]), counting.bools(rows["passed"]))
        for rows in workspace.pieces(tables.FINDINGS, ("sample_id", "passed"), at_once=_AT_ONCE)
    ]
    if pieces:  # a sample may be in two of them
        sample_ids, goods = zip(*pieces, strict=True)
        found, is_good = _all_good(pa.concat_arrays(sample_ids), np.concatenate(goods))
    where = {"question": (REVIEW_QUESTION,)}
    said = workspace.columns(tables.ANNOTATIONS, tables.schema(tables.ANNOTATIONS).names, where=where)
    for sample_id, answer in reviews(tables.records_of(said, tables.ANNOTATIONS)).items():
        place = pc.index(found, sample_id).as_py()
        if place >= 0:
            is_good[place] = answer == "accept"
    return found, is_good


def _all_good(sample_ids: pa.StringArray, passed: Bools) -> tuple[pa.StringArray, Bools]:
    """Give each sample of sorted ones once, and whether all of it passed."""
    firsts = counting.starts(sample_ids)
    if not len(firsts):
        return sample_ids, passed
    return sample_ids.take(counting.places(firsts)), np.logical_and.reduceat(passed, firsts)


def accepted_of(findings: Iterable[Finding], answers: list[Annotation]) -> set[str]:
    """Give what ``accepted`` gives, from the findings and answers about some samples."""
    passed: dict[str, bool] = {}
    for row in findings:
        passed[row.sample_id] = passed.get(row.sample_id, True) and row.passed
    for sample_id, answer in reviews(answers).items():
        if sample_id in passed:
            passed[sample_id] = answer == "accept"
    return {sample_id for sample_id, is_good in passed.items() if is_good}


@dataclass(frozen=True, slots=True)
class Target:
    """The mask that a sample is trained on or judged against, and who made it."""

    path: Path
    mask_source: str


def reference_target(workspace: Workspace, sample: Sample) -> Target | None:
    """Give the mask that came with the data, or None."""
    path = workspace.reference_file(sample)
    if path is None:
        return None
    if sample.mask_source is None:
        raise DataError(f"sample {sample.sample_id} has a reference mask but no mask_source")
    return Target(path, sample.mask_source)


def _is_exact(mask_source: str) -> bool:
    """Say whether such a mask goes before a generated one; a composite's is as good as its parent's."""
    return measures_accuracy(mask_source) or mask_source.startswith(f"{COMPOSITE}:")


def training_targets(workspace: Workspace, targets: Targets) -> dict[str, Target]:
    """Give each trainable sample's target.

    ``generated``: the accepted masks that the toolkit made. ``reference``: masks that came with the
    data. ``best``: a human, rendered or composited reference where there is one, else the accepted
    generated mask.
    """
    each = each_target(workspace, streams.samples(workspace), targets)
    return {sample.sample_id: target for sample, target in each if target is not None}


def each_target(
    workspace: Workspace, samples: Iterable[Sample], targets: Targets
) -> Iterator[tuple[Sample, Target | None]]:
    """Give samples, in the order of their ids, each with what ``training_targets`` says of it."""
    good, masks = Texts(), None
    if targets != "reference" and workspace.has(tables.FINDINGS):
        sample_ids, is_good = verdicts(workspace)
        for sample_id in sample_ids.filter(counting.mask(is_good)):
            good.add(sample_id.as_py())
        masks = streams.Alongside(workspace, tables.MASKS, is_needed=True)
    for sample, which in Keys(good.letters()).located(samples, lambda sample: sample.sample_id):
        found = None
        if masks is not None and which >= 0:
            for row in masks.of(sample.sample_id):
                if row.path is not None:
                    found = Target(workspace.file(row.path), row.mask_source)
        if targets != "generated":
            own = reference_target(workspace, sample)
            if own is not None and (targets == "reference" or _is_exact(own.mask_source)):
                found = own
        yield sample, found


GIVEN = "given"  # the detector name of landmarks that came with the data


def _face(row: LandmarkRow) -> Face | None:
    if row.face is None or row.box is None:
        return None
    x0, y0, x1, y1 = row.box
    points = row.points
    landmarks = None if points is None else Landmarks(np.array(points, np.float32).reshape(-1, 2), row.scheme)
    return Face((x0, y0, x1, y1), landmarks, row.score)


def faces(workspace: Workspace) -> dict[str, list[Face]]:
    """Give each sample's faces, largest first; a sample without faces has an empty list.

    A finder's own result goes before landmarks that came with the data (``given``): those may be of
    another scheme or miss faces. A sample that no finder looked at is not in the result.
    """
    return faces_of(workspace.rows_or_empty(tables.LANDMARKS))


def faced(workspace: Workspace) -> tuple[pa.StringArray, Bools]:
    """Give every sample that a finder looked at, in the order of their ids, and whether it shows a face."""
    names = ("sample_id", "detector", "face", "box", "status")
    pieces = []
    for rows in workspace.pieces(tables.LANDMARKS, names, encoded=("detector", "status")):
        has_face = pc.and_(pc.is_valid(rows["face"]), pc.is_valid(rows["box"]))
        rows = rows.select(("sample_id", "detector", "status")).append_column("has_face", has_face)
        is_ok = counting.equals(rows["status"], "ok")
        pieces.append(rows if is_ok.all() else rows.filter(counting.mask(is_ok)))
    if not pieces:
        return pa.nulls(0, pa.string()), np.zeros(0, np.bool_)
    rows = pa.concat_tables(pieces)
    codes, detectors = counting.coded(rows["detector"])
    in_order = sorted(detectors, key=_preference)
    rank = np.array([in_order.index(name) for name in detectors], np.int64)[codes]
    sample_ids = counting.whole(rows["sample_id"])
    firsts = counting.starts(sample_ids)
    if not len(firsts):
        return sample_ids, np.zeros(0, np.bool_)
    best = np.minimum.reduceat(rank, firsts).repeat(np.diff(firsts, append=len(rows)))
    shows = counting.bools(rows["has_face"]) & (rank == best)
    return sample_ids.take(counting.places(firsts)), np.logical_or.reduceat(shows, firsts)


def _preference(detector: str) -> tuple[bool, str]:
    """Order detectors: with several the choice must not depend on the order of rows."""
    return detector == GIVEN, detector


def faces_of(rows: Iterable[LandmarkRow]) -> dict[str, list[Face]]:
    """Give what ``faces`` gives, from the landmarks of some samples."""
    by_detector: dict[str, dict[str, list[LandmarkRow]]] = {}
    for row in rows:
        if row.status == "ok":
            by_detector.setdefault(row.sample_id, {}).setdefault(row.detector, []).append(row)
    found: dict[str, list[Face]] = {}
    for sample_id, detectors in by_detector.items():
        best = min(detectors, key=_preference)
        in_order = sorted(detectors[best], key=lambda row: row.face or 0)
        found[sample_id] = [face for row in in_order if (face := _face(row)) is not None]
    return found


def faces_fingerprint(faces: Sequence[Face]) -> str:
    """Hash faces, for the ``parents`` of a row that is computed from them."""
    parts: list[object] = []
    for face in faces:
        parts += [face.box, face.score]
        if face.landmarks is not None:
            parts += [face.landmarks.scheme, face.landmarks.points.tolist()]
    return tables.fingerprint(*parts)
