"""Write the files that real folders hold and that readers of clean data sets trip over."""

import io
import struct
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datatools.masks import RGB
from tests.pictures import draw_person

_SIZE = (120, 160)  # width, height px


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What reading a file must give: this picture within ``tolerance``, or an error with ``reason``."""

    picture: RGB | None = None
    tolerance: float = 0.0  # mean absolute difference, of 255
    reason: str | None = None
    alias_of: str | None = None  # another file with the same bytes


def portrait(seed: int, size: tuple[int, int] = _SIZE) -> RGB:
    """Draw a person, smooth enough for lossy formats to keep."""
    picture, _ = draw_person(width_px=size[0], height_px=size[1], seed=seed)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2), np.uint8)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Encode a picture with Pillow."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png16(values: NDArray[np.uint16]) -> bytes:
    """Encode uint16 grey (H, W) or RGB (H, W, 3) as 16-bit PNG, which Pillow cannot write."""
    _, data = cv2.imencode(".png", values if values.ndim == 2 else values[..., ::-1])
    return data.tobytes()


def wide_gamut_profile() -> bytes:
    """Give an ICC profile like Adobe RGB (1998): its primaries (D50-adapted), gamma 563/256."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    def text(kind: bytes, value: bytes) -> bytes:
        if kind == b"desc":
            return b"desc\0\0\0\0" + struct.pack(">I", len(value) + 1) + value + b"\0" * 79
        return b"text\0\0\0\0" + value + b"\0"

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563)
    tags = {
        b"desc": text(b"desc", b"wide test gamut"),
        b"cprt": text(b"text", b"none"),
        b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9505, 1.0, 1.0891),
        b"rXYZ": b"XYZ \0\0\0\0" + fixed(0.60974, 0.31111, 0.01947),
        b"gXYZ": b"XYZ \0\0\0\0" + fixed(0.20528, 0.62567, 0.06087),
        b"bXYZ": b"XYZ \0\0\0\0" + fixed(0.14919, 0.06322, 0.74457),
        b"rTRC": gamma,
        b"gTRC": gamma,
        b"bTRC": gamma,
    }
    table, body = struct.pack(">I", len(tags)), b""
    offset = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        padded = data + b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += padded
    head = struct.pack(">I4sI4s4s4s12s4s", offset + len(body), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ",
                       struct.pack(">6H", 2000, 1, 1, 0, 0, 0), b"acsp")  # fmt: skip
    head += b"\0" * 28 + fixed(0.9642, 1.0, 0.8249)
    return head.ljust(128, b"\0") + table + body


def _broken() -> dict[str, tuple[bytes, Expected]]:
    jpeg = encoded(Image.fromarray(portrait(1)), "JPEG", quality=90)
    png = encoded(Image.fromarray(portrait(2)), "PNG")
    return {
        "truncated.jpg": (jpeg[: len(jpeg) // 2], Expected(reason="truncated")),
        "truncated.png": (png[: len(png) // 2], Expected(reason="not readable")),
        "empty.jpg": (b"", Expected(reason="the file is empty")),
        "also empty.png": (b"", Expected(reason="the file is empty", alias_of="empty.jpg")),
        "letter.jpg": (b"Dear Sir, this is no photograph.\n", Expected(reason="not a picture")),
        "phone.heic": (b"\0\0\0\x18ftypheic" + bytes(64), Expected(reason="save it as JPEG or PNG")),
        "renamed.jpg": (b"\0\0\0\x18ftypheic" + bytes(65), Expected(reason="save it as JPEG or PNG")),
        "huge.jpg": (
            encoded(Image.new("L", (12_000, 9_000), 128), "JPEG", quality=50),
            Expected(reason="108 megapixels"),
        ),
    }


def _odd_but_fine() -> dict[str, tuple[bytes, Expected]]:
    turned = Image.Exif()
    turned[0x0112] = 6  # stored on its side: a viewer turns it clockwise
    grey = cv2.cvtColor(portrait(12), cv2.COLOR_RGB2GRAY)
    as_rgb = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
    alpha = np.full(grey.shape, 255, np.uint8)
    alpha[:40] = 0
    on_white = as_rgb.copy()
    on_white[:40] = 255
    frames = [Image.fromarray(portrait(seed)).quantize(256) for seed in (15, 16)]
    palette = Image.fromarray(portrait(17)).quantize(200)
    seen = np.array(palette.convert("RGB"))
    seen[np.array(palette) == 0] = 255
    bits = Image.fromarray(portrait(18)).convert("1")
    photo = Image.fromarray(portrait(19))
    views = [Image.fromarray(portrait(seed)) for seed in (20, 21)]
    wide = portrait(22)
    return {
        "cmyk.jpg": (
            encoded(Image.fromarray(portrait(10)).convert("CMYK"), "JPEG", quality=95),
            Expected(portrait(10), 3),
        ),
        "grey16.png": (png16(grey.astype(np.uint16) * 257), Expected(as_rgb)),
        "rgb48.png": (png16(portrait(13).astype(np.uint16) * 257), Expected(portrait(13))),
        "copy of rgb48.png": (
            png16(portrait(13).astype(np.uint16) * 257),
            Expected(portrait(13), alias_of="rgb48.png"),
        ),
        "grey_alpha.png": (encoded(Image.fromarray(np.dstack([grey, alpha])), "PNG"), Expected(on_white)),
        "rotated.jpg": (
            encoded(Image.fromarray(np.rot90(portrait(14))), "JPEG", quality=95, exif=turned),
            Expected(portrait(14), 3),
        ),
        "animated.gif": (
            encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
            Expected(np.array(frames[0].convert("RGB"))),
        ),
        "Zoë im Café – 写真 عائلة.jpg": (
            encoded(Image.fromarray(portrait(23)), "JPEG", quality=95),
            Expected(portrait(23), 3),
        ),
        "palette_transparent.png": (encoded(palette, "PNG", transparency=0), Expected(seen)),
        "one_bit.png": (encoded(bits, "PNG"), Expected(np.array(bits.convert("RGB")))),
        "one_pixel.png": (
            encoded(Image.new("RGB", (1, 1), (9, 8, 7)), "PNG"),
            Expected(np.array([[[9, 8, 7]]], np.uint8)),
        ),
        "sliver.png": (
            encoded(Image.new("RGB", (1500, 2), (9, 8, 7)), "PNG"),
            Expected(np.full((2, 1500, 3), (9, 8, 7), np.uint8)),
        ),
        "photo.webp": (encoded(photo, "WEBP", quality=95), Expected(portrait(19), 3)),
        "photo.bmp": (encoded(photo, "BMP"), Expected(portrait(19))),
        "photo.tif": (encoded(photo, "TIFF"), Expected(portrait(19))),
        "two_views.mpo": (
            encoded(views[0], "MPO", save_all=True, append_images=views[1:], quality=95),
            Expected(portrait(20), 3),
        ),
        "wide_gamut.png": (
            encoded(Image.fromarray(wide), "PNG", icc_profile=wide_gamut_profile()),
            Expected(_from_wide_gamut(wide), 1),
        ),
    }


def _from_wide_gamut(picture: RGB) -> RGB:
    """Convert Adobe RGB to sRGB with the two standards' matrices (D65), for comparison."""
    to_xyz = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
    from_xyz = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    linear = np.clip((picture / 255.0) ** (563 / 256) @ to_xyz.T @ from_xyz.T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(srgb * 255), np.uint8)


def write_dirty(folder: Path) -> dict[str, Expected]:
    """Write the whole corpus into a new folder; give what each file must become, by its name.

    A hidden file and a text file lie there too: they are no pictures and become no rows.
    """
    folder.mkdir(parents=True)
    files = _broken() | _odd_but_fine()
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    (folder / "._hidden.jpg").write_bytes(b"left by an archiver")
    (folder / "readme.txt").write_text("no picture, by its name")
    return {name: expected for name, (_, expected) in files.items()}
