"""Pictures just below the limit of size: what the largest that is read takes in time and memory."""

# ruff: noqa: E501  # a table: one file a line

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.dirty import encoded, wide_gamut_profile
from tests.hostile.case import OK, Case, Way
from tests.hostile.metadata import exif
from tests.hostile.pngs import SIGNATURE, chunk, head

_WIDTH, _HEIGHT = 9000, 7000  # 63 megapixels


def _png(depth: int, colour: int, bytes_px: int, *chunks: bytes) -> bytes:
    """Compress rows of one byte each."""
    packer = zlib.compressobj(1)
    row = b"\0" + b"\x55" * (_WIDTH * bytes_px)
    pixels = b"".join(packer.compress(row) for _ in range(_HEIGHT)) + packer.flush()
    return (
        SIGNATURE
        + head(_WIDTH, _HEIGHT, depth, colour)
        + b"".join(chunks)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def _plain(mode: str) -> Image.Image:
    return Image.new(mode, (_WIDTH, _HEIGHT), 99)


def _float_tiff(path: Path) -> None:
    Image.fromarray(np.full((_HEIGHT, _WIDTH), 0.5, np.float32)).save(path, compression="tiff_adobe_deflate")


def cases() -> list[Case]:
    """Give every large picture."""
    turned = exif((0x112, 3, 1, 6))
    makers: list[tuple[Way, str, str, str, Callable[[], bytes]]] = [
        ("picture", "alpha.png", "with alpha", OK, lambda: _png(8, 6, 4)),
        ("picture", "turned.png", "RGB, on its side", OK, lambda: _png(8, 2, 3, chunk(b"eXIf", turned[6:]))),
        ("picture", "grey16.png", "grey, of 16 bits", OK, lambda: _png(16, 0, 2)),
        ("picture", "rgb48.png", "RGB, of 16 bits", OK, lambda: _png(16, 2, 6)),
        ("picture", "palette.png", "with a transparent palette", OK, lambda: _png(8, 3, 1, chunk(b"PLTE", bytes(768)), chunk(b"tRNS", bytes(9)))),
        ("picture", "profile.jpg", "with a profile", OK, lambda: encoded(_plain("RGB"), "JPEG", icc_profile=wide_gamut_profile())),
        ("picture", "progressive.jpg", "progressive", OK, lambda: encoded(_plain("RGB"), "JPEG", progressive=True, subsampling=0)),
        ("picture", "four.jpg", "four colours of a printer", OK, lambda: encoded(_plain("CMYK"), "JPEG", progressive=True)),
        ("picture", "pixels.webp", "as WebP, larger than its decoder's memory allows", "megapixels", lambda: encoded(_plain("RGB"), "WEBP", method=0)),
        ("picture", "first.gif", "as GIF", OK, lambda: encoded(_plain("P"), "GIF")),
        ("mask", "grey.png", "a mask", "expected the picture's", lambda: _png(8, 0, 1)),
        ("mask", "grey16.png", "a mask of 16 bits", "expected the picture's", lambda: _png(16, 0, 2)),
        ("mask", "colours.png", "a mask in RGB", "expected the picture's", lambda: _png(8, 2, 3)),
        ("mask", "noise.png", "a photograph in a mask's place", "expected a mask", _noise),
    ]  # fmt: skip
    found = [
        Case(way=way, name=f"large_{name}", what=f"63 megapixels {what}", expected=expected, write=_writer(make), is_large=True)
        for way, name, what, expected, make in makers
    ]  # fmt: skip
    return [
        *found,
        Case(way="picture", name="large_float.tif", what="63 megapixels of floats", expected=OK, write=_float_tiff, is_large=True),
    ]  # fmt: skip


def _noise() -> bytes:
    rows = np.random.default_rng(0).integers(0, 256, (64, _WIDTH, 3)).astype(np.uint8)
    return encoded(Image.fromarray(np.tile(rows, (110, 1, 1))[:_HEIGHT]), "JPEG", quality=60)


def _writer(make: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(make())
