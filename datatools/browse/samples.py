"""How does one sample look in FiftyOne's database?

As the documents that FiftyOne itself would write: making its objects takes a hundred times as long.
Coordinates are fractions of the picture after EXIF rotation, as in the App; pictures, mattes and masks stay
files, pointed at.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np

from datatools import images, plugins
from datatools.browse.facts import Facts, cluster
from datatools.browse.fields import GENERATED, REFERENCE
from datatools.errors import DatatoolsError, ImageError
from datatools.exchange._items import of_rows
from datatools.exchange.fiftyone import classifications
from datatools.masks import Face
from datatools.records import Finding, Sample
from datatools.workspace import Workspace

_PERSON = 255
ACCEPTED, REJECTED, FAILED = "accepted", "rejected", "failed "  # tags; the last before a check's name

Document = dict[str, object]


def document(
    fo: ModuleType, workspace: Workspace, sample: Sample, facts: Facts, errors: Mapping[str, Path]
) -> Document:
    """Give everything that is known of a sample but its numbers; what is not known has no entry.

    Args:
        fo: FiftyOne.
        workspace: where the files lie.
        sample: from the manifest.
        facts: at least about this sample.
        errors: its error maps by the names of their fields.
    """
    sample_id = sample.sample_id
    made: Document = {
        "filepath": str(workspace.image_file(sample)),
        "metadata": {"_cls": "ImageMetadata", "width": sample.width_px, "height": sample.height_px},
        "sample_id": sample_id,
        "person_id": sample.person_id,
        "source": sample.source,
        "licence": sample.licence,
    }
    if sample_id in facts.splits:
        made["split"] = facts.splits[sample_id]
    _add_masks(fo, made, workspace, sample, facts)
    for name, path in errors.items():
        made[name] = label(sample_id, name, 0, "Segmentation", mask_path=str(path.resolve()))
    _add_faces(made, sample, facts.faces.get(sample_id))
    for name, answers in facts.answers.get(sample_id, {}).items():
        said = [one for item in of_rows(answers) for one in classifications(item)]
        made[name] = _classifications(sample_id, name, said)
    for name, rows in facts.consensus.get(sample_id, {}).items():
        told = [
            {
                "label": row.value,
                "confidence": row.probability,
                "entropy_bits": row.entropy_bits,
                "n_annotators": row.n_annotators,
                "unit": row.unit,
                "vocabulary": row.vocabulary,
            }
            for row in rows
        ]
        made[name] = _classifications(sample_id, name, told)
    review = facts.reviews.get(sample_id)
    if review is not None:
        said_by = {"reviewer": review.annotator_id, "answered_at": review.created_at}
        made["review"] = label(sample_id, "review", 0, "Classification", label=review.value, **said_by)
    _add_findings(made, sample_id, facts)
    return made


def label(sample_id: str, field: str, number: int, kind: str, **attributes: object) -> Document:
    """Give a label as FiftyOne keeps it; the same one has the same id after every sync."""
    from bson import ObjectId

    digest = hashlib.blake2b(f"{sample_id} {field} {number}".encode(), digest_size=12).digest()
    there = {name: value for name, value in attributes.items() if value is not None}
    open_ended: Document = {"attributes": {}} if kind in {"Detection", "Keypoint"} else {}
    return {"_id": ObjectId(digest), "_cls": kind, "tags": [], **open_ended, **there}


def tags(sample_id: str, facts: Facts) -> list[str]:
    """Tag a sample accepted or rejected, and by each check that it did not pass."""
    findings = facts.findings.get(sample_id)
    if facts.accepted is None or not findings:
        return []
    verdict = ACCEPTED if sample_id in facts.accepted else REJECTED
    return [verdict, *(f"{FAILED}{row.check}" for row in findings if not row.passed)]


def own_tags(checks: Iterable[str]) -> list[str]:
    """Give every tag that the toolkit may have put on a sample.

    Args:
        checks: those of the findings; the packaged ones count always.
    """
    return [ACCEPTED, REJECTED, *(f"{FAILED}{name}" for name in {*checks, *plugins.names("checks")})]


def _classifications(sample_id: str, name: str, rows: Sequence[Mapping[str, object]]) -> Document:
    listed = [label(sample_id, name, number, "Classification", **row) for number, row in enumerate(rows)]
    return {"_cls": "Classifications", "classifications": listed}


def _add_masks(fo: ModuleType, made: Document, workspace: Workspace, sample: Sample, facts: Facts) -> None:
    sample_id = sample.sample_id
    for name, matte in facts.mattes.get(sample_id, {}).items():
        if matte.path is not None:
            path = str(workspace.file(matte.path))
            made[name] = label(sample_id, name, 0, "Heatmap", map_path=path, range=[0.0, 255.0])
    mask = facts.masks.get(sample_id)
    if mask is not None and mask.path is not None:
        path = str(workspace.file(mask.path))
        source = mask.mask_source
        made[GENERATED] = label(sample_id, GENERATED, 0, "Segmentation", mask_path=path, mask_source=source)
        made["rules_applied"] = list(mask.rules_applied)
    if sample.reference_mask is not None:
        try:
            made[REFERENCE] = _reference(fo, workspace, sample)
        except DatatoolsError as error:  # a broken reference hides one overlay, not the data set
            made["reference_error"] = str(error)


def _reference(fo: ModuleType, workspace: Workspace, sample: Sample) -> Document:
    """Point at a reference mask that FiftyOne reads as we do; hold the others in the database."""
    path = workspace.reference_file(sample)
    assert path is not None  # the caller asked for a sample with a reference mask
    place, source = (sample.sample_id, REFERENCE, 0, "Segmentation"), sample.mask_source
    if sample.mask_encoding in {"binary01", "binary255"} and _is_grey_png(path):
        return label(*place, mask_path=str(path), mask_source=source)
    mask = images.read_reference_mask(path).mask.array.astype(np.uint8) * np.uint8(_PERSON)
    return label(*place, mask=fo.Segmentation(mask=mask).to_dict()["mask"], mask_source=source)


def _is_grey_png(path: Path) -> bool:
    try:
        with images.opened(path, images.MAX_MEGAPIXELS) as image:
            return image.format == "PNG" and image.mode in {"1", "L"}
    except ImageError:
        return False


def _add_faces(made: Document, sample: Sample, faces: list[Face] | None) -> None:
    if faces is None or sample.width_px is None or sample.height_px is None:
        return
    size = np.array([sample.width_px, sample.height_px], np.float64)
    detections, keypoints = [], []
    for number, face in enumerate(faces):
        corner, end = np.array(face.box[:2]) / size, np.array(face.box[2:]) / size
        box = [*corner.tolist(), *(end - corner).tolist()]
        place = (sample.sample_id, "faces", number, "Detection")
        detections.append(label(*place, label=f"face {number}", bounding_box=box, finder_score=face.score))
        if face.landmarks is not None:
            points = (face.landmarks.points / size).tolist()
            place = (sample.sample_id, "landmarks", number, "Keypoint")
            scheme = face.landmarks.scheme
            keypoints.append(label(*place, label=f"face {number}", points=points, scheme=scheme))
    made["faces"] = {"_cls": "Detections", "detections": detections}
    made["landmarks"] = {"_cls": "Keypoints", "keypoints": keypoints}
    made["n_faces"] = len(faces)


def _add_findings(made: Document, sample_id: str, facts: Facts) -> None:
    findings: list[Finding] | None = facts.findings.get(sample_id)
    if facts.accepted is None or not findings:
        return
    made["is_accepted"] = sample_id in facts.accepted
    failed = [{"label": row.check, "detail": row.detail or ""} for row in findings if not row.passed]
    made["findings"] = _classifications(sample_id, "findings", failed)
    same = cluster(findings)
    if same is not None:
        made["near_duplicate"] = same
