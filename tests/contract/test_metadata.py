"""Does any picture that the toolkit writes still hold what a camera wrote about the person?

EXIF with GPS, XMP, comments and embedded thumbnails of a source's picture must not come along.
"""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from datatools import images, tables
from datatools.masks import RGB
from datatools.progress import Progress
from datatools.records import Score
from datatools.report import contact, gallery, rebuilt
from datatools.stages import annotate_export, audit, compose, crop, ingest, matting, refine, segment
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import made

_QUIET = Progress("quiet")
_SECRET = b"at-home-52.5200N"
_SAID = ("exif", "xmp", "comment", "XML:com.adobe.xmp", "Comment")
_ARTIST, _GPS, _LATITUDE = 0x013B, 0x8825, 2
_DATA_URI = re.compile(rb"data:image/[a-z]+;base64,([A-Za-z0-9+/=]+)")


def _write_secretive(path: Path, image: RGB) -> None:
    """Write a picture with everything a camera or an editor may say, each with the secret in it."""
    exif = Image.Exif()
    exif[_ARTIST] = _SECRET.decode()
    exif.get_ifd(_GPS)[_LATITUDE] = (52.0, 31.0, 12.0)
    picture = Image.fromarray(image)
    if path.suffix == ".png":
        info = PngInfo()
        info.add_text("Comment", _SECRET.decode())
        info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{_SECRET.decode()}</x:xmpmeta>")
        picture.save(path, exif=exif, pnginfo=info)
    else:
        xmp = b"<x:xmpmeta>" + _SECRET + b"</x:xmpmeta>"
        picture.save(path, exif=exif, comment=_SECRET, xmp=xmp, quality=95)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace in which every stage that writes pictures has run over such pictures."""
    root = tmp_path_factory.mktemp("metadata")
    workspace, folder = Workspace(root / "ws"), root / "people"
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for number, suffix in enumerate((".jpg", ".png", ".jpg")):
        picture, mask = draw_person(
            width_px=made.WIDTH_PX, height_px=made.HEIGHT_PX, seed=number, centre_frac=0.4 + 0.1 * number
        )
        _write_secretive(folder / "images" / f"{number:03d}{suffix}", picture)
        Image.fromarray(mask.array.astype(np.uint8) * 255).save(folder / "masks" / f"{number:03d}.png")
    options = {"mask_source": "human"}
    ingest.run(workspace, ingest.Settings(source=folder, reader="folder_masks", options=options), _QUIET)
    made.with_faces(workspace)
    segment.run(workspace, segment.Settings(teachers=["grabcut"]), _QUIET)
    refine.run(workspace, refine.Settings(), _QUIET)
    crop.run(workspace, crop.Settings(min_side_px=64), _QUIET)
    compose.run(workspace, compose.Settings(per_person=1, backgrounds="both"), _QUIET)
    matting.run(workspace, matting.Settings(accepted_only=False), _QUIET)
    asked = {"questions": ["perceived_gender", "mask_review"]}
    ways: tuple[dict[str, object], ...] = ({}, {"html": True}, {"format": "hf"}, {"format": "label_studio"})
    for number, way in enumerate(ways):
        wanted = annotate_export.Settings.model_validate({"annotator_id": f"ann{number}", **asked, **way})
        annotate_export.run(workspace, wanted, _QUIET)
    return workspace


def _secrets(data: bytes) -> list[str]:
    """Give what an encoded picture says beside its pixels."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        found = [
            str(name)
            for name in ("exif", "xmp", "comment", "XML:com.adobe.xmp", "Comment")
            if name in image.info
        ]
        if image.getexif():
            found.append("exif")
    return found + (["secret"] if _SECRET in data else [])


def _kind(workspace: Workspace, path: Path) -> str:
    return workspace.relative(path).split("/")[0]


def _pictures(workspace: Workspace) -> Iterator[Path]:
    for path in sorted(workspace.root.rglob("*")):
        if path.suffix in {".png", ".jpg", ".jpeg", ".webp"}:
            yield path


def test_the_sources_hold_the_secret(written: Workspace) -> None:
    """Otherwise the tests below would say nothing."""
    for sample in written.samples():
        data = written.image_file(sample).read_bytes()
        assert {"secret", "exif"} <= set(_secrets(data))


def test_no_picture_in_the_workspace_holds_metadata(written: Workspace) -> None:
    """Crops, composites, cut-outs, mattes, masks, and what annotators see: all kinds are there."""
    found = {path: _secrets(path.read_bytes()) for path in _pictures(written)}
    assert {_kind(written, path) for path in found} >= {"made", "alpha", "mattes", "masks", "sheets"}
    assert {path: said for path, said in found.items() if said} == {}


def test_no_other_file_of_the_workspace_holds_the_secret(written: Workspace) -> None:
    """Tables and records neither."""
    files = [path for path in written.root.rglob("*") if path.is_file()]
    assert [path.name for path in files if _SECRET in path.read_bytes()] == []


def test_pages_embed_pictures_without_metadata(written: Workspace) -> None:
    """Thumbnails of the review page and of a report's gallery."""
    sample = written.samples()[0]
    uri = contact.thumbnail(written.image_file(sample), written.mask_file(sample.sample_id))
    score = Score(
        sample_id=sample.sample_id, person_id=sample.person_id, model="generated", reference_source="human",
        split=None, tp=1, fp=1, fn=1, tn=1, band_px=None, band_tp=None, band_union=None,
        edge_tolerance_px=None, edge_pred=None, edge_pred_hit=None, edge_ref=None, edge_ref_hit=None,
        fp_band=None, fn_band=None, seconds=None, parents="p", status="ok", error=None,
    )  # fmt: skip
    written.write(tables.SCORES, [score])
    audit.run(
        written, audit.Settings(replicates=200, slices=0, codings=False, chain=False), Progress("quiet")
    )
    audited = rebuilt.read_audit(written.report_folder("audit") / "audit.json")
    strips = gallery.collect(written, audited, 2)
    uris = [uri, *(picture.uri for strip in strips for picture in strip.pictures)]
    data = [base64.b64decode(match) for text in uris for match in _DATA_URI.findall(text.encode())]
    assert len(data) > 1
    assert [_secrets(one) for one in data] == [[]] * len(data)


@pytest.mark.parametrize("encode", [images.to_jpeg, images.to_png])
def test_encoders_write_pixels_alone(encode: object, tmp_path: Path) -> None:
    """Whatever the file said that the pixels were read from."""
    picture, _ = draw_person()
    _write_secretive(tmp_path / "a.jpg", picture)
    assert callable(encode)
    assert _secrets(encode(images.read_rgb(tmp_path / "a.jpg"))) == []
