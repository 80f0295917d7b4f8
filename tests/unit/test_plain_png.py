"""Healthy plain grey PNGs, and everything that is left to Pillow."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from datatools import plain_png

_HEADER = struct.pack(">2I5B", 7, 5, 8, 0, 0, 0, 0)
_ROWS = zlib.compress((b"\0" + bytes(range(7))) * 5)


def _values(seed: int = 0, shape: tuple[int, int] = (40, 30)) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def _png(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _file(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _read(path: Path, data: bytes, max_megapixels: float = 64.0) -> NDArray[np.uint8] | None:
    path.write_bytes(data)
    return plain_png.read(path, max_megapixels)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
@settings(max_examples=20, deadline=None)
def test_a_grey_png_is_decoded_to_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, seed: int, height_px: int, width_px: int
) -> None:
    """Whatever its size; remarks in the file change nothing."""
    values = _values(seed, (height_px, width_px))
    remarks = PngInfo()
    remarks.add_text("Software", "somebody's")
    path = tmp_path_factory.mktemp("png") / "mask.png"
    for data in (
        _png(Image.fromarray(values)),
        _png(Image.fromarray(values), pnginfo=remarks, dpi=(72, 72)),
    ):
        found = _read(path, data)
        assert found is not None
        assert (found == values).all()


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(_values()).convert("RGB"),
        Image.fromarray(_values()).convert("P"),
        Image.fromarray(_values()).convert("1"),
        Image.fromarray(_values()).convert("LA"),
        Image.fromarray(_values().astype(np.uint16)),
    ],
    ids=["colour", "palette", "one bit", "alpha", "16 bit"],
)
def test_another_kind_of_png_is_left_to_pillow(tmp_path: Path, image: Image.Image) -> None:
    """Palettes and alpha have a meaning of their own."""
    assert _read(tmp_path / "mask.png", _png(image)) is None


def test_what_turns_or_hides_pixels_is_left_to_pillow(tmp_path: Path) -> None:
    """An orientation, or a level that is transparent."""
    image = Image.fromarray(_values())
    exif = Image.Exif()
    exif[0x0112] = 6
    assert _read(tmp_path / "turned.png", _png(image, exif=exif)) is None
    assert _read(tmp_path / "clear.png", _png(image, transparency=0)) is None


def test_a_large_picture_is_left_to_pillow(tmp_path: Path) -> None:
    """Which refuses it in words, before a pixel is decoded."""
    data = _png(Image.fromarray(_values()))
    assert _read(tmp_path / "mask.png", data, 40 * 30 / 1e6) is not None
    assert _read(tmp_path / "mask.png", data, 0.001) is None


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.99, 0.999])
def test_a_cut_file_is_not_decoded(tmp_path: Path, share: float) -> None:
    """Wherever it ends: OpenCV would fill up the rest."""
    data = _png(Image.fromarray(_values()))
    assert _read(tmp_path / "mask.png", data[: int(share * len(data))]) is None


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    """Every part of the file carries a checksum."""
    data = bytearray(_png(Image.fromarray(_values())))
    data[len(data) // 2] ^= 1
    assert _read(tmp_path / "mask.png", bytes(data)) is None


def test_files_that_are_put_together_wrongly_are_not_decoded(tmp_path: Path) -> None:
    """With valid checksums, but without a header, or with rows that are none or too few."""
    end = _chunk(b"IEND", b"")
    header, rows = _chunk(b"IHDR", _HEADER), _chunk(b"IDAT", _ROWS)
    whole = _read(tmp_path / "whole.png", _file(header, rows, end))
    assert whole is not None
    assert whole.tolist() == [list(range(7))] * 5
    few = _chunk(b"IDAT", zlib.compress((b"\0" + bytes(range(7))) * 3))
    for number, chunks in enumerate(
        [(rows, end), (header, end), (header, _chunk(b"IDAT", b"no rows"), end), (header, few, end)]
    ):
        assert _read(tmp_path / f"{number}.png", _file(*chunks)) is None


def test_a_file_that_is_not_there_is_left_to_pillow(tmp_path: Path) -> None:
    """Which says so."""
    assert plain_png.read(tmp_path / "none.png", 64.0) is None
