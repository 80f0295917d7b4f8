"""Would decoding a picture's file take far more time or memory than the picture is worth?

The size in a header is judged by ``decoding``. Here are the other ways in which a small file keeps a decoder
busy: thousands of scans over one JPEG, millions of empty parts, tables of millions of numbers, tiles much
larger than the picture, and the forms of BMP and PPM that are decoded pixel by pixel in Python. No honest
writer comes near these limits. What is merely broken is left to the decoder, which says so.
"""

import re
import struct
from collections.abc import Callable, Iterator

from datatools.errors import ImageError

_MAX_PARTS = 100_000  # an encoder's 8 KiB parts of a PNG of 800 MB
_MAX_SEGMENTS = 10_000  # of a JPEG before its pixels: an ICC profile and long XMP take some hundred
_MAX_JUNK_BYTES = 1 << 16  # between two JPEG segments; cameras pad with a few
_MAX_SCANS = 100  # of a JPEG; progressive ones have ten, of four colours eighteen
_MANY_MEGAPIXELS, _MAX_SCANS_OF_MANY = 10, 40
_MAX_EXIF_BYTES = 4 << 20
_MAX_VALUES = 100_000  # of one TIFF tag; each becomes a Python object. One row a strip gives 65,535
_MAX_TILE_PX = 64_000_000
_MAX_BLOCKS = 10_000  # before a GIF's first frame
_MAX_SLOW_BYTES = 8 << 20  # of the BMP and PPM that are decoded in Python, at about a million bytes a second
_MAX_SLOW_VALUES = 4_000_000
_MAX_PPM_HEADER_BYTES = 4096

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # that ends a scan: no stuffed zero, no restart
_UNREAD_CODING = {  # frame markers of the standard (ITU-T T.81, table B.1) that few programs read
    0xC3: "lossless",
    0xC5: "hierarchical",
    0xC6: "hierarchical",
    0xC7: "hierarchical",
    0xC9: "arithmetic-coded",
    0xCA: "arithmetic-coded",
    0xCB: "arithmetic-coded",
    0xCD: "hierarchical",
    0xCE: "hierarchical",
    0xCF: "hierarchical",
}
_EOI, _SOS, _APP1 = 0xD9, 0xDA, 0xE1
_FRAMES = {0xC0, 0xC1, 0xC2}
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}

_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_BELOW = (34665, 34853, 40965)  # the directories of EXIF, GPS and interoperability
_VALUE_BYTES = {3: 2, 4: 4, 5: 8, 6: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_PPM_KINDS = {bytes([kind]) for kind in b"0123456fFy"}
_PPM_TOKENS = re.compile(rb"#[^\r\n]*[\r\n]|\s+|([^\s#]+)")


def check(data: bytes) -> None:
    """Raise ImageError where a picture's bytes would cost far more than the picture."""
    for start, judge in _FORMATS.items():
        if data.startswith(start):
            judge(data)


def _jpeg(data: bytes) -> None:
    """Walk over the segments and scans of the first picture in a file."""
    at, n_segments, n_junk_bytes, n_scans, n_exif_bytes, megapixels = 2, 0, 0, 0, 0, 0.0
    while (place := data.find(b"\xff", at)) >= 0:
        marker = place + 1
        while data[marker : marker + 1] == b"\xff" and marker - at <= _MAX_JUNK_BYTES:  # padding
            marker += 1
        n_junk_bytes += marker - at - 1
        n_segments += 1
        if n_junk_bytes > _MAX_JUNK_BYTES or n_segments > _MAX_SEGMENTS:
            raise ImageError(f"more than {_MAX_SEGMENTS} segments, or much padding, in a JPEG file")
        kind = data[marker] if marker < len(data) else _EOI
        at = marker + 1
        if kind == _EOI:
            return
        if kind == 0 or kind in _WITHOUT_LENGTH:
            continue
        if kind in _UNREAD_CODING:
            raise ImageError(f"{_UNREAD_CODING[kind]} JPEG files are not read; save it as baseline JPEG")
        length = int.from_bytes(data[at : at + 2], "big")
        if kind in _FRAMES:
            height, width = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (3, 5))
            megapixels = width * height / 1e6
        if kind == _APP1 and data[at + 2 : at + 8] == b"Exif\0\0":
            n_exif_bytes += length
            _limit_exif(n_exif_bytes)
        at += length
        if kind == _SOS:
            n_scans += 1
            limit = _MAX_SCANS if megapixels < _MANY_MEGAPIXELS else _MAX_SCANS_OF_MANY
            if n_scans > limit:
                raise ImageError(f"{n_scans} scans or more in one JPEG file, a picture has about ten")
            found = _MARKER.search(data, at)
            if found is None:
                return
            at = found.start()
    if len(data) - at > _MAX_JUNK_BYTES:
        raise ImageError("much padding in a JPEG file")


def _limit_exif(n_bytes: int) -> None:
    if n_bytes > _MAX_EXIF_BYTES:
        raise ImageError(f"more than {_MAX_EXIF_BYTES >> 20} MiB of EXIF")


def _png(data: bytes) -> None:
    at = 8
    for _ in range(_MAX_PARTS):
        if len(data) < at + 8:
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"eXIf":
            _limit_exif(length)
        at += length + 12
    raise ImageError(f"more than {_MAX_PARTS} parts in a PNG file")


def _webp(data: bytes) -> None:
    at = 12
    for _ in range(_MAX_PARTS):
        if len(data) < at + 8:
            return
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"EXIF":
            _limit_exif(length)
        at += length + 8 + length % 2
    raise ImageError(f"more than {_MAX_PARTS} parts in a WebP file")


def _gif(data: bytes) -> None:
    """Walk over the blocks before the first frame; the palette lies between the head and them."""
    if len(data) < 13:
        return
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 128 else 0)
    n_blocks = 0
    while data[at : at + 1] == b"!":
        at += 2
        while at < len(data) and data[at]:
            at += data[at] + 1
            n_blocks += 1
            if n_blocks > _MAX_BLOCKS:
                raise ImageError(f"more than {_MAX_BLOCKS} blocks before the picture of a GIF file")
        at += 1
        n_blocks += 1


def _tiff(data: bytes) -> None:
    order = "<" if data[:1] == b"I" else ">"
    try:
        is_big = struct.unpack_from(order + "H", data, 2)[0] == 43
        first = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)[0]
        waiting, seen = [first], set[int]()
        while waiting and len(seen) <= len(_BELOW):
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            tile = {_TILE_WIDTH: 0, _TILE_HEIGHT: 0}
            for tag, kind, count, value in _directory(data, place, order, is_big):
                if kind in _VALUE_BYTES and count > _MAX_VALUES:
                    raise ImageError(f"{count} values in the TIFF tag {tag}, the limit is {_MAX_VALUES}")
                if tag in _BELOW:
                    waiting.append(value)
                if tag in tile:
                    tile[tag] = value
            if tile[_TILE_WIDTH] * tile[_TILE_HEIGHT] > _MAX_TILE_PX:
                raise ImageError(
                    f"tiles of {tile[_TILE_WIDTH]} x {tile[_TILE_HEIGHT]} px in a TIFF file, the limit is "
                    f"{_MAX_TILE_PX / 1e6:g} megapixels"
                )
    except (struct.error, OverflowError):  # cut off, or a place beyond every file
        return


def _directory(data: bytes, place: int, order: str, is_big: bool) -> Iterator[tuple[int, int, int, int]]:
    """Give tag, type, number of values and the value or its place, of each entry of a directory."""
    n_entries = struct.unpack_from(order + ("Q" if is_big else "H"), data, place)[0]
    if n_entries > _MAX_VALUES:
        raise ImageError(f"{n_entries} entries in a TIFF directory, the limit is {_MAX_VALUES}")
    form = struct.Struct(order + ("HHQQ" if is_big else "HHII"))
    at = place + (8 if is_big else 2)
    for number in range(n_entries):
        tag, kind, count, value = form.unpack_from(data, at + number * form.size)
        if order == ">" and kind == 3 and count == 1:  # a short number stands at the left
            value >>= 48 if is_big else 16
        yield tag, kind, count, value


def _bmp(data: bytes) -> None:
    if len(data) < 34 or data[14] == 12:  # the oldest head knows no compression
        return
    width, height, _, _, compression = struct.unpack_from("<iiHHI", data, 18)
    is_slow = compression in (1, 2)  # run lengths of 8 and 4 bits
    if is_slow and (len(data) > _MAX_SLOW_BYTES or abs(width * height) > 4 * _MAX_SLOW_VALUES):
        raise ImageError("a run-length coded BMP file of this size is not read; save it as PNG")


def _ppm(data: bytes) -> None:
    if data[1:2] not in _PPM_KINDS:
        return
    start = data[:_MAX_PPM_HEADER_BYTES]
    words = [found[1] for found in _PPM_TOKENS.finditer(start) if found[1]]
    kind = words[0]
    n_wanted = 3 if kind in (b"P1", b"P4") else 4
    if len(words) < n_wanted and len(data) > len(start):
        raise ImageError(f"the header of a PPM file is longer than {_MAX_PPM_HEADER_BYTES} bytes")
    if kind in (b"P1", b"P2", b"P3") and len(data) > _MAX_SLOW_BYTES:
        raise ImageError("a PPM file of this size whose numbers are text is not read; save it as PNG")
    if kind in (b"P5", b"P6") and len(words) >= n_wanted and words[3] != b"255":
        n_values = len(data) // (2 if len(words[3]) > 3 else 1)
        if n_values > _MAX_SLOW_VALUES and not (kind == b"P5" and words[3] == b"65535"):
            raise ImageError(f"a PPM file of this size with values to {_short(words[3])} is not read")


def _short(word: bytes) -> str:
    return word[:10].decode("ascii", "replace")


_FORMATS: dict[bytes, Callable[[bytes], None]] = {
    b"\xff\xd8\xff": _jpeg,
    b"\x89PNG\r\n\x1a\n": _png,
    b"RIFF": _webp,
    b"GIF8": _gif,
    b"II": _tiff,
    b"MM": _tiff,
    b"BM": _bmp,
    b"P": _ppm,
}
