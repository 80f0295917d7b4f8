"""JPEG files that harm, or look as if they did."""

# ruff: noqa: E501  # a table: one file a line

import io
import struct
import zipfile
from functools import cache

from PIL import Image

from tests.dirty import encoded, portrait
from tests.hostile.case import CUT, OK, Case, picture
from tests.hostile.metadata import exif, strange_exif, strange_profiles

_SIZE = (32, 24)


@cache
def baseline() -> bytes:
    """Give a small sound JPEG."""
    return encoded(Image.fromarray(portrait(1, _SIZE)), "JPEG", quality=80)


@cache
def progressive() -> bytes:
    """Give a small sound progressive JPEG."""
    return encoded(Image.fromarray(portrait(2, _SIZE)), "JPEG", quality=80, progressive=True)


def segments(data: bytes) -> list[tuple[int, int]]:
    """Give (marker, place) of each segment up to the first scan's."""
    found, at = [], 2
    while data[at] == 0xFF:
        found.append((data[at + 1], at))
        if data[at + 1] == 0xDA:
            break
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return found


def place(data: bytes, *markers: int) -> int:
    """Give where the first segment of these kinds begins."""
    return next(at for marker, at in segments(data) if marker in markers)


def segment(marker: int, content: bytes) -> bytes:
    """Give a segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def with_segments(*added: bytes, data: bytes | None = None) -> bytes:
    """Put segments behind the first two bytes of a JPEG."""
    sound = baseline() if data is None else data
    return sound[:2] + b"".join(added) + sound[2:]


def patched(at: int, new: bytes, data: bytes | None = None) -> bytes:
    """Give a JPEG with other bytes at a place."""
    sound = baseline() if data is None else data
    return sound[:at] + new + sound[at + len(new) :]


def _scans(n_more: int) -> bytes:
    """Repeat the last scan of a progressive JPEG."""
    data = progressive()
    last, end = data.rfind(b"\xff\xda"), data.rfind(b"\xff\xd9")
    return data[:end] + data[last:end] * n_more + data[end:]


def _zip(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "the other half of a file that is two things")
    return stream.getvalue()


def _profile(data: bytes, count: int | None = None) -> bytes:
    """Give the segments of an ICC profile."""
    step = 65_000
    parts = [data[start : start + step] for start in range(0, len(data), step)][:255]
    total = len(parts) if count is None else count
    return b"".join(
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number, total]) + part)
        for number, part in enumerate(parts, 1)
    )


def cases() -> list[Case]:
    """Give every JPEG."""
    sof = place(baseline(), 0xC0)
    cuts = [
        picture(
            f"cut_at_{at}.jpg", f"cut off at byte {at}, in segment {marker:02x}", CUT, baseline()[: at + 3]
        )
        for marker, at in segments(baseline())
    ]
    return [
        *cuts,
        picture("cut_in_scan.jpg", "cut off among its pixels", CUT, baseline()[:-40]),
        picture("cut_scan_2.jpg", "progressive, cut off in its third scan", CUT, progressive()[:-60]),
        picture("start.jpg", "two bytes", "not a picture", b"\xff\xd8"),
        picture("giant.jpg", "a head of 65,535 x 65,535 px", "megapixels", patched(sof + 5, b"\xff" * 4)),
        picture("no_size.jpg", "a head of 0 x 0 px", CUT + "|at least one pixel", patched(sof + 5, bytes(4))),
        picture("twelve_bit.jpg", "12 bits a channel", CUT, patched(sof + 4, b"\x0c")),
        picture("channels.jpg", "a head of 200 channels", CUT, patched(sof + 9, b"\xc8")),
        picture("no_tables.jpg", "a scan without Huffman tables: the usual ones are taken", OK, _without(0xC4)),
        picture("no_quantisation.jpg", "without quantisation tables", CUT, _without(0xDB)),
        picture("no_frame.jpg", "a scan without a frame", CUT, _without(0xC0)),
        picture("two_frames.jpg", "two frames of other sizes", CUT, _two_frames(sof)),
        picture("arithmetic.jpg", "arithmetic coding", "arithmetic-coded", patched(sof + 1, b"\xc9")),
        picture("lossless.jpg", "lossless coding", "lossless", patched(sof + 1, b"\xc3")),
        picture("hierarchical.jpg", "hierarchical coding", "hierarchical", patched(sof + 1, b"\xc5")),
        picture("scans.jpg", "progressive, of 5,000 scans", "scans or more", _scans(5_000)),
        picture("scans_giant.jpg", "60 scans of 64 megapixels", "scans or more", _giant_scans()),
        picture("some_scans.jpg", "progressive, of 40 scans", OK, _scans(30)),
        picture("padding.jpg", "a megabyte of zeros after its first bytes", "padding", _padded(b"\0")),
        picture("fill.jpg", "a megabyte of fill bytes", "padding", _padded(b"\xff")),
        picture("fill_only.jpg", "nothing but a megabyte of zeros", "padding|not a picture", b"\xff\xd8\xff" + bytes(1 << 20)),
        picture("comments.jpg", "20,000 comments", "segments", with_segments(segment(0xFE, b"") * 20_000)),
        picture("length.jpg", "a comment shorter than its own length", CUT + "|ok", with_segments(b"\xff\xfe\0\0")),
        picture("exif_5mb.jpg", "5 MB of EXIF in 80 segments", "MiB of EXIF", with_segments(_long_exif())),
        *(
            picture(f"exif_{name}.jpg", f"EXIF: {what}", OK, with_segments(segment(0xE1, block)))
            for name, (what, block) in strange_exif().items()
        ),
        *(
            picture(f"icc_{name}.jpg", f"an ICC profile: {what}", OK, with_segments(_profile(profile)))
            for name, (what, profile) in strange_profiles().items()
        ),
        picture("icc_parts.jpg", "an ICC profile of which 1 of 5 parts is there", OK, with_segments(_profile(b"x" * 99, 5))),
        picture("adobe.jpg", "an Adobe segment of 3 bytes", OK, with_segments(segment(0xEE, b"Ado"))),
        picture("ycck.jpg", "four channels as YCCK", OK, _ycck()),
        picture("views.mpo", "a list of views that promises 4 thousand million", OK, with_segments(segment(0xE2, _views()))),
        picture("photoshop.jpg", "a Photoshop block of 4 GB", OK, with_segments(segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\xff\xff\xff\xff"))),
        picture("and_zip.jpg", "a picture, and a ZIP file behind it", OK, lambda: baseline() + _zip("a.txt")),
        picture("and_pdf.jpg", "a picture with a PDF in a comment", OK, with_segments(segment(0xFE, b"%PDF-1.7 1 0 obj"))),
        picture("and_html.jpg", "a picture with a script in a comment", OK, with_segments(segment(0xFE, b"<script>alert(1)</script>"))),
        picture("pdf.jpg", "a PDF that holds a picture", "not a picture", b"%PDF-1.7\nstream\n" + baseline()),
        picture("trailing.jpg", "a picture, and 2 MB that look like scans", OK, baseline() + b"\xff\xda" * 1_000_000),
    ]  # fmt: skip


def _without(marker: int) -> bytes:
    """Leave out the segments of a kind."""
    data, found = baseline(), segments(baseline())
    ends = [at for _, at in found[1:]]
    kept = [data[at:end] for (kind, at), end in zip(found, ends, strict=False) if kind != marker]
    return data[:2] + b"".join(kept) + data[found[-1][1] :]


def _two_frames(sof: int) -> bytes:
    data = baseline()
    (length,) = struct.unpack_from(">H", data, sof + 2)
    frame = bytearray(data[sof : sof + 2 + length])
    frame[5:9] = struct.pack(">2H", 4000, 5000)
    return data[:sof] + bytes(frame) + data[sof:]


def _giant_scans() -> bytes:
    data = _scans(60)
    return patched(place(data, 0xC2) + 5, struct.pack(">2H", 8000, 8000), data)


def _padded(byte: bytes) -> bytes:
    return baseline()[:2] + byte * (1 << 20) + baseline()[2:]


def _long_exif() -> bytes:
    return segment(0xE1, exif((0x10F, 2, 4, 0)) + bytes(64_000)) * 80


def _ycck() -> bytes:
    data = encoded(Image.fromarray(portrait(3, _SIZE)).convert("CMYK"), "JPEG", quality=80)
    at = data.find(b"Adobe")
    return patched(at + 11, b"\x02", data)


def _views() -> bytes:
    return b"MPF\0II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0xB001, 4, 1, 0xFFFFFFFF, 0)
