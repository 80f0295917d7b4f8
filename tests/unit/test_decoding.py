"""Which way up a picture is, wherever its file says so."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from datatools import decoding, images
from datatools.errors import ImageError
from tests.dirty import encoded, portrait

_BIG = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x112, 3, 1, 6, 0, 0)
_LITTLE = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x112, 3, 1, 6, 0, 0)
_XMP = '<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def _text(key: str, value: str) -> PngInfo:
    info = PngInfo()
    info.add_itxt(key, value)
    return info


def _raw(exif: bytes) -> PngInfo:
    """Give EXIF as ImageMagick writes it into PNG."""
    info = PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(exif)}\n{exif.hex()}\n")
    return info


@pytest.mark.parametrize(
    "options",
    [
        {"exif": _BIG},
        {"exif": _LITTLE},
        {"pnginfo": _raw(b"Exif\0\0" + _BIG)},
        {"pnginfo": _text("XML:com.adobe.xmp", _XMP)},
    ],
    ids=["big-endian", "little-endian", "as text", "XMP"],
)
def test_the_orientation_is_found(tmp_path: Path, options: dict[str, object]) -> None:
    """In EXIF of either order, in EXIF as text, in XMP."""
    stored = portrait(1)
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(stored), "PNG", **options))
    assert np.array_equal(images.read_rgb(tmp_path / "a.png"), np.rot90(stored, -1))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("number", [1, 6, 8])
def test_the_orientation_is_told_without_decoding(kind: str, number: int) -> None:
    """In whatever format: masks are of the upright picture, and who is given the file must know."""
    exif = Image.Exif()
    exif[0x112] = number
    data = encoded(Image.fromarray(portrait(1)), kind, exif=exif)
    assert decoding.orientation(data, "a") == number


def test_an_orientation_behind_the_pixels_is_told() -> None:
    """A PNG may say it at its end."""
    data = encoded(Image.fromarray(portrait(1)), "PNG")
    chunk = b"eXIf" + _BIG
    late = struct.pack(">I", len(_BIG)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert decoding.orientation(data[:-12] + late + data[-12:], "a.png") == 6


def test_an_orientation_that_is_none_is_upright() -> None:
    """As for whoever decodes the picture."""
    exif = Image.Exif()
    exif[0x112] = 99
    assert decoding.orientation(encoded(Image.fromarray(portrait(1)), "JPEG", exif=exif), "a") == 1


def test_what_is_no_picture_has_no_orientation() -> None:
    """It is told as everywhere."""
    with pytest.raises(ImageError, match=r"a\.jpg: not a picture"):
        decoding.orientation(b"text", "a.jpg")


def test_exif_goes_before_xmp(tmp_path: Path) -> None:
    """A program that turned the pixels may have mended only the one that cameras write."""
    stored = portrait(1)
    upright = _BIG.replace(struct.pack(">HHIH", 0x112, 3, 1, 6), struct.pack(">HHIH", 0x112, 3, 1, 1))
    Image.fromarray(stored).save(tmp_path / "a.png", exif=upright, pnginfo=_text("XML:com.adobe.xmp", _XMP))
    assert np.array_equal(images.read_rgb(tmp_path / "a.png"), stored)


def test_webp_is_judged_by_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its decoder holds a picture several times."""
    Image.fromarray(portrait(1)).save(tmp_path / "a.webp")
    monkeypatch.setattr(decoding, "_MAX_WEBP_MEGAPIXELS", 0.01)
    with pytest.raises(ImageError, match=r"megapixels, the limit is 0\.01"):
        images.read_rgb(tmp_path / "a.webp")


def test_large_pictures_are_converted_in_strips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seams do not show: with alpha, with 16 bits and as a mask of colours."""
    rng = np.random.default_rng(0)
    rgba = rng.integers(0, 256, (30, 20, 4)).astype(np.uint8)
    grey = rng.integers(0, 65536, (30, 20)).astype(np.uint16)
    colours = np.array([[0, 0, 0], [128, 0, 0], [0, 64, 0]], np.uint8)[rng.integers(0, 3, (30, 20))]
    for name, array in (("rgba", rgba), ("grey", grey), ("colours", colours)):
        Image.fromarray(array).save(tmp_path / f"{name}.png")
    whole = [images.read_rgb(tmp_path / f"{name}.png") for name in ("rgba", "grey", "colours")]
    mask = images.read_reference_mask(tmp_path / "colours.png")
    monkeypatch.setattr(images, "_STRIP_PX", 100)
    parts = [images.read_rgb(tmp_path / f"{name}.png") for name in ("rgba", "grey", "colours")]
    assert all(np.array_equal(one, other) for one, other in zip(whole, parts, strict=True))
    again = images.read_reference_mask(tmp_path / "colours.png")
    assert (again.encoding, again.mask.array.tolist()) == (mask.encoding, mask.mask.array.tolist())
