"""A workspace whose pictures, masks and answers are ready to be handed on, without the stages before."""

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from datatools import images, tables
from datatools.masks import RGB, Mask
from datatools.progress import Progress
from datatools.records import Annotation, Finding, MaskRow, Sample, Source, SplitRow, StageResult
from datatools.stages import shards
from datatools.withdrawal.handed_on import INDEX
from datatools.workspace import Workspace
from tests.pictures import draw_person

N = 12
_ORIENTATION = 0x0112
_TURNED = 6  # a quarter to the right
_REJECTED = 3  # number of the picture whose generated mask is not accepted
_WITHOUT_REFERENCE = 4
_QUIET = Progress("quiet")


def fill(workspace: Workspace, folder: Path, n_pictures: int = N) -> list[Sample]:
    """Write pictures, every other one a JPEG and one of them turned, with masks of both kinds.

    The third has a rejected generated mask, the fourth no reference; two pictures are of one person.
    """
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    found = sorted((_sample(folder, number) for number in range(n_pictures)), key=lambda row: row.sample_id)
    source = Source(source="people", root=str(folder), reader="folder_masks", licence="own")
    workspace.write(tables.SOURCES, [source])
    workspace.write(tables.MANIFEST, found)
    workspace.write(tables.MASKS, [_mask(workspace, row) for row in found])
    workspace.write(tables.FINDINGS, [_finding(row) for row in found])
    workspace.write(tables.SPLITS, [_split(row) for row in found])
    workspace.append_batch(_answers(found[0].sample_id))
    return found


def reference(number: int) -> tuple[RGB, Mask]:
    """Give a picture and the mask that came with it; no two masks are alike."""
    picture, mask = draw_person(width_px=48, height_px=64, seed=number)
    mask.array[number // 48 % 8, number % 48] = True
    return picture, mask


def generated(number: int) -> Mask:
    """Give the mask that the toolkit made of it: the other one, mirrored."""
    return Mask(np.ascontiguousarray(reference(number)[1].array[:, ::-1]))


def _sample(folder: Path, number: int) -> Sample:
    picture, mask = reference(number)
    path = folder / "images" / f"{number:04d}.{'jpg' if number % 2 else 'png'}"
    exif = Image.Exif()
    if number == 1:
        exif[_ORIENTATION] = _TURNED
        picture = np.ascontiguousarray(np.rot90(picture))
    Image.fromarray(picture).save(path, exif=exif)
    mask_file = folder / "masks" / f"{number:04d}.png"
    Image.fromarray(mask.array.astype(np.uint8)).save(mask_file)  # 0 and 1
    has_reference = number != _WITHOUT_REFERENCE
    return Sample(
        sample_id=tables.sha256_file(path)[:16],
        path=f"images/{path.name}",
        width_px=48,
        height_px=64,
        source="people",
        licence="unknown" if number == 5 else "CC BY 4.0",
        person_id=f"people:p{number // 2:04d}",
        reference_mask=f"masks/{mask_file.name}" if has_reference else None,
        mask_source="human" if has_reference else None,
        mask_encoding="binary01" if has_reference else None,
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )


def number_of(row: Sample) -> int:
    """Give the number of a picture, by its file's name."""
    return int(Path(row.path).stem)


def _mask(workspace: Workspace, row: Sample) -> MaskRow:
    path = workspace.mask_file(row.sample_id)
    data = images.write_mask(path, generated(number_of(row)))
    return MaskRow(
        sample_id=row.sample_id,
        path=workspace.relative(path),
        rules_applied=[],
        mask_source="model:selfie",
        sha256=tables.sha256_bytes(data),
        parents="p",
        status="ok",
        error=None,
    )


def _finding(row: Sample) -> Finding:
    is_good = number_of(row) != _REJECTED
    return Finding(sample_id=row.sample_id, check="mask_area", score=0.5, passed=is_good, detail=None)


def _split(row: Sample) -> SplitRow:
    part = "test" if number_of(row) % 4 == 0 else "train"
    return SplitRow(sample_id=row.sample_id, person_id=row.person_id, split=part)


def _answers(sample_id: str) -> list[Annotation]:
    first = Annotation(
        sample_id=sample_id,
        question="perceived_gender",
        value="female",
        annotator_id="ann01",
        source="annotator",
        vocabulary="gender@1",
        created_at="2026-01-01T00:00:00Z",
        lead_time_s=None,
        presentation_order=None,
        batch="test",
    )
    later = replace(first, value="male", created_at="2026-01-02T00:00:00Z")
    about_mask = replace(first, question="mask_review", value="accept", vocabulary="mask_review@2")
    return [first, later, about_mask]


def write(workspace: Workspace, to: Path | str, **settings: object) -> StageResult:
    """Run the stage; shards of about five pictures unless told otherwise."""
    asked = {"to": str(to), "shard_mb": 0.06, **settings}
    return shards.run(workspace, shards.Settings.model_validate(asked), _QUIET)


def files(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder, by its name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def index(folder: Path) -> dict[str, object]:
    """Read the index beside the shards."""
    found = json.loads((folder / INDEX).read_bytes())
    assert isinstance(found, dict)
    return found


def members(data: bytes) -> dict[str, bytes]:
    """Give a shard's members, in their order."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as shard:
        streams = {member.name: shard.extractfile(member) for member in shard}
        return {name: stream.read() for name, stream in streams.items() if stream is not None}


def every_member(found: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give the members of all shards among some files."""
    every: dict[str, bytes] = {}
    for name, data in found.items():
        every |= members(data) if name.endswith(".tar") else {}
    return every


def mask_of(data: bytes) -> Mask:
    """Decode a member that is a mask."""
    with Image.open(io.BytesIO(data)) as image:
        return Mask(np.asarray(image) > 0)
