"""How does one sample look in FiftyOne?

Coordinates are fractions of the picture after EXIF rotation, as in the App; pictures, mattes and masks
stay files, pointed at.
"""

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from datatools import images
from datatools.browse.fields import Facts
from datatools.errors import DatatoolsError
from datatools.exchange._items import of_rows
from datatools.exchange.fiftyone import PREFIX, classifications
from datatools.masks import Face
from datatools.records import Sample
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import fiftyone

GENERATED = "mask"
REFERENCE = "reference_mask"
_PERSON = 255


def to_fiftyone(fo: ModuleType, workspace: Workspace, sample: Sample, facts: Facts) -> "fiftyone.Sample":
    """Give one sample with everything that is known of it."""
    made = fo.Sample(
        filepath=str(workspace.image_file(sample)),
        metadata=fo.ImageMetadata(width=sample.width_px, height=sample.height_px),
        sample_id=sample.sample_id,
        person_id=sample.person_id,
        source=sample.source,
        licence=sample.licence,
    )
    _add_masks(fo, made, workspace, sample, facts)
    _add_faces(fo, made, sample, facts.faces.get(sample.sample_id))
    for name, answers in facts.answers.get(sample.sample_id, {}).items():
        labels = [label for item in of_rows(answers) for label in classifications(item)]
        made[f"{PREFIX}{name}"] = fo.Classifications(
            classifications=[fo.Classification(**label) for label in labels]
        )
    for name, value in facts.numbers.get(sample.sample_id, {}).items():
        made[name] = value
    if sample.sample_id in facts.splits:
        made["split"] = facts.splits[sample.sample_id]
    _add_findings(fo, made, sample, facts)
    return made


def _add_masks(
    fo: ModuleType, made: "fiftyone.Sample", workspace: Workspace, sample: Sample, facts: Facts
) -> None:
    for name, matte in facts.mattes.get(sample.sample_id, {}).items():
        if matte.path is not None:
            made[name] = fo.Heatmap(map_path=str(workspace.file(matte.path).resolve()), range=[0, 255])
    mask = facts.masks.get(sample.sample_id)
    if mask is not None and mask.path is not None:
        path = str(workspace.file(mask.path).resolve())
        made[GENERATED] = fo.Segmentation(mask_path=path, mask_source=mask.mask_source)
        made["rules_applied"] = list(mask.rules_applied)
    if sample.reference_mask is not None:
        try:
            made[REFERENCE] = _reference(fo, workspace, sample)
        except DatatoolsError as error:  # a broken reference hides one overlay, not the data set
            made["reference_error"] = str(error)


def _reference(fo: ModuleType, workspace: Workspace, sample: Sample) -> "fiftyone.Segmentation":
    """Point at a reference mask that FiftyOne reads as we do; hold the others in the database."""
    path = workspace.reference_file(sample)
    assert path is not None  # the caller asked for a sample with a reference mask
    if sample.mask_encoding in {"binary01", "binary255"} and _is_grey_png(str(path)):
        return fo.Segmentation(mask_path=str(path), mask_source=sample.mask_source)
    mask = images.read_reference_mask(path).mask.array.astype(np.uint8) * np.uint8(_PERSON)
    return fo.Segmentation(mask=mask, mask_source=sample.mask_source)


def _is_grey_png(path: str) -> bool:
    try:
        with Image.open(path) as image:
            return image.format == "PNG" and image.mode in {"1", "L"}
    except OSError:
        return False


def _add_faces(fo: ModuleType, made: "fiftyone.Sample", sample: Sample, faces: list[Face] | None) -> None:
    if faces is None or sample.width_px is None or sample.height_px is None:
        return
    size = np.array([sample.width_px, sample.height_px], np.float64)
    detections, keypoints = [], []
    for number, face in enumerate(faces):
        corner, end = np.array(face.box[:2]) / size, np.array(face.box[2:]) / size
        box = [*corner.tolist(), *(end - corner).tolist()]
        detections.append(fo.Detection(label=f"face {number}", bounding_box=box, finder_score=face.score))
        if face.landmarks is not None:
            points = (face.landmarks.points / size).tolist()
            keypoints.append(fo.Keypoint(label=f"face {number}", points=points, scheme=face.landmarks.scheme))
    made["faces"] = fo.Detections(detections=detections)
    made["landmarks"] = fo.Keypoints(keypoints=keypoints)
    made["n_faces"] = len(faces)


def _add_findings(fo: ModuleType, made: "fiftyone.Sample", sample: Sample, facts: Facts) -> None:
    """Tag the sample accepted or rejected, and by each check that it did not pass, with the reason."""
    findings = facts.findings.get(sample.sample_id)
    if facts.accepted is None or not findings:
        return
    is_accepted = sample.sample_id in facts.accepted
    failed = [finding for finding in findings if not finding.passed]
    made.tags = ["accepted" if is_accepted else "rejected", *(f"failed {row.check}" for row in failed)]
    made["is_accepted"] = is_accepted
    made["findings"] = fo.Classifications(
        classifications=[fo.Classification(label=row.check, detail=row.detail or "") for row in failed]
    )
