"""TIFF files that harm, or look as if they did."""

# ruff: noqa: E501  # a table: one file a line

import struct
import zlib

import numpy as np
from PIL import Image

from tests.dirty import encoded, portrait
from tests.hostile.case import CUT, OK, Case, mask, picture
from tests.hostile.metadata import strange_profiles

_SIZE = (32, 24)
Entry = tuple[int, int, int, int]  # tag, type, count, value or place
_PIXELS_AT = 4096


def _plain(**changed: Entry) -> dict[str, Entry]:
    """Give the entries of an uncompressed grey picture, some of them changed."""
    entries: dict[str, Entry] = {
        "width": (256, 3, 1, 32),
        "height": (257, 3, 1, 24),
        "bits": (258, 3, 1, 8),
        "compression": (259, 3, 1, 1),
        "photometric": (262, 3, 1, 1),
        "strips": (273, 4, 1, _PIXELS_AT),
        "samples": (277, 3, 1, 1),
        "rows": (278, 3, 1, 24),
        "bytes": (279, 4, 1, 32 * 24),
    }
    return entries | changed


def _file(
    entries: dict[str, Entry], pixels: bytes = bytes(32 * 24), following: int = 0, at: int = 8
) -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries.values()))
    directory = struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)
    return (b"II*\0" + struct.pack("<I", at) + directory).ljust(_PIXELS_AT, b"\0") + pixels


def _big(n_entries: int, place: int = 16) -> bytes:
    """Give a BigTIFF whose directory promises so many entries."""
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", place, n_entries) + bytes(5000)


def _tiles(width: int, height: int, pixels: bytes, compression: int) -> bytes:
    entries = _plain(
        compression=(259, 3, 1, compression),
        strips=(324, 4, 1, _PIXELS_AT),
        bytes=(325, 4, 1, len(pixels)),
        rows=(322, 4, 1, width),
        length=(323, 4, 1, height),
    )
    return _file(entries, pixels)


def _pages(n: int) -> bytes:
    """Give a file of many pages of one pixel."""
    data = b"II*\0\x08\0\0\0"
    for number in range(n):
        entries = _plain(
            width=(256, 3, 1, 1), height=(257, 3, 1, 1), rows=(278, 3, 1, 1), strips=(273, 4, 1, 0)
        )
        end = len(data) + 2 + 12 * len(entries) + 4
        entries["strips"], entries["bytes"] = (273, 4, 1, end), (279, 4, 1, 1)
        packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries.values()))
        following = end + 1 if number + 1 < n else 0
        data += struct.pack("<H", len(entries)) + packed + struct.pack("<I", following) + b"\x80"
    return data


def _floats(values: list[float]) -> bytes:
    return encoded(Image.fromarray(np.array([values] * 4, np.float32)), "TIFF")


def cases() -> list[Case]:
    """Give every TIFF."""
    lzw = encoded(Image.fromarray(portrait(6, _SIZE)), "TIFF", compression="tiff_lzw")
    deflated = zlib.compress(bytes(100 << 20), 9)
    return [
        picture("plain.tif", "a sound one, made here", OK, _file(_plain())),
        picture("cut_head.tif", "cut off in its head", CUT, _file(_plain())[:6]),
        picture("cut_directory.tif", "cut off in its directory", CUT, _file(_plain())[:60]),
        picture("cut_pixels.tif", "cut off among its pixels", CUT, _file(_plain())[:-100]),
        picture("cut_lzw.tif", "compressed, cut off among its pixels", CUT + "|decoder error|-2|-9", lzw[: len(lzw) // 2]),
        picture("giant.tif", "a head of 65,535 x 65,535 px", "megapixels", _file(_plain(width=(256, 3, 1, 65535), height=(257, 3, 1, 65535)))),
        picture("giant_4.tif", "a head of 4 thousand million px on a side", "megapixels", _file(_plain(width=(256, 4, 1, 0xFFFFFFFF)))),
        picture("no_size.tif", "a head of 0 x 24 px", CUT + "|at least one", _file(_plain(width=(256, 3, 1, 0)))),
        picture("fraction.tif", "a width that is a fraction", CUT, _file(_plain(width=(256, 5, 1, 8)))),
        picture("outside.tif", "its directory lies beyond the end", CUT, _file(_plain(), at=0xFFFFFFF0)),
        picture("inside_head.tif", "its directory lies in its head", CUT, _file(_plain(), at=0)),
        picture("loop.tif", "its directory follows itself", OK, _file(_plain(), following=8)),
        picture("ring.tif", "its EXIF directory is its first one", OK, _file(_plain(exif=(34665, 4, 1, 8)))),
        picture("strips.tif", "10 million strips", "10000000 values in the TIFF tag 273", _file(_plain(strips=(273, 4, 10**7, 8)))),
        picture("strip_bytes.tif", "10 million lengths of strips", "values in the TIFF tag 279", _file(_plain(bytes=(279, 4, 10**7, 8)))),
        picture("bits.tif", "4 thousand million depths", "values in the TIFF tag 258", _file(_plain(bits=(258, 3, 0xFFFFFFFF, 8)))),
        picture("exif_values.tif", "a million values of one EXIF tag", "values in the TIFF tag 33434", _below((33434, 5, 10**6, 8))),
        picture("strip_far.tif", "pixels that lie beyond the end", CUT, _file(_plain(strips=(273, 4, 1, 0x7FFFFFFF)))),
        picture("strip_none.tif", "no word of where its pixels lie", CUT, _file({key: entry for key, entry in _plain().items() if key != "strips"})),
        picture("rows.tif", "strips of 4 thousand million rows", OK + "|" + CUT, _file(_plain(rows=(278, 4, 1, 0xFFFFFFFF)))),
        picture("no_rows.tif", "strips of no rows", OK + "|" + CUT, _file(_plain(rows=(278, 4, 1, 0)))),
        picture("samples.tif", "60,000 channels", CUT, _file(_plain(samples=(277, 3, 1, 60000)))),
        picture("compression.tif", "a compression that is none", CUT, _file(_plain(compression=(259, 3, 1, 65000)))),
        picture("in_jpeg.tif", "JPEG that is none", CUT + "|decoder error", _file(_plain(compression=(259, 3, 1, 7)))),
        picture("in_fax.tif", "a fax of noise", OK + "|" + CUT + "|decoder error", _file(_plain(compression=(259, 3, 1, 4), bits=(258, 3, 1, 1)), bytes(range(256)) * 3)),
        picture("in_lzma.tif", "LZMA that is none", CUT + "|decoder error", _file(_plain(compression=(259, 3, 1, 34925)))),
        picture("bomb.tif", "100 MB of pixels under a head of 32 x 24", OK + "|decoder error", _file(_plain(compression=(259, 3, 1, 8), bytes=(279, 4, 1, len(deflated))), deflated)),
        picture("tile.tif", "a tile of 40,000 x 40,000 px", "tiles of 40000 x 40000 px", _tiles(40_000, 40_000, deflated, 8)),
        picture("tile_none.tif", "tiles of no pixels", CUT, _tiles(0, 0, bytes(99), 1)),
        picture("big_entries.tif", "a BigTIFF of 2^60 entries", "entries in a TIFF directory", _big(2**60)),
        picture("big_far.tif", "a BigTIFF whose directory lies at 2^63", CUT, _big(1, 2**63 + 5)),
        picture("pages.tif", "2,000 pages", OK, lambda: _pages(2_000)),
        picture("nan.tif", "floats with NaN and both infinities", OK, _floats([0.0, 0.5, np.nan, np.inf, -np.inf])),
        picture("float_max.tif", "the largest floats", OK, _floats([3e38, -3e38, 1e-40])),
        picture("lab.tif", "Lab colours", OK, encoded(Image.fromarray(portrait(7, _SIZE)).convert("LAB"), "TIFF")),
        picture("cmyk.tif", "four colours of a printer", OK, encoded(Image.fromarray(portrait(7, _SIZE)).convert("CMYK"), "TIFF")),
        *(
            picture(f"icc_{name}.tif", f"an ICC profile: {what}", OK, encoded(Image.fromarray(portrait(8, _SIZE)), "TIFF", icc_profile=profile))
            for name, (what, profile) in strange_profiles().items()
            if name in {"cut", "size", "tags"}
        ),
        mask("nan.tif", "a mask of floats with NaN and infinity", OK, encoded(Image.fromarray(np.array([[0, np.nan, np.inf, 1] * 8] * 24, np.float32)), "TIFF")),
    ]  # fmt: skip


def _below(entry: Entry) -> bytes:
    """Put an entry into an EXIF directory behind the pixels."""
    place = _PIXELS_AT + 32 * 24
    directory = struct.pack("<HHHIII", 1, *entry, 0)
    return _file(_plain(exif=(34665, 4, 1, place)), bytes(32 * 24) + directory)
