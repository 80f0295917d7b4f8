"""GIF, WebP, BMP and PPM files that harm, and what is no picture under a picture's name."""

# ruff: noqa: E501  # a table: one file a line

import io
import os
import pickle
import struct
import tarfile
import zipfile

from PIL import Image

from tests.dirty import encoded, portrait
from tests.hostile.case import CUT, OK, Case, picture

_SIZE = (32, 24)
_NOT_ONE = "not a picture"


def _gif(width: int = 32, height: int = 24, *, before: bytes = b"", frame: bytes | None = None) -> bytes:
    """Give a GIF with a palette of two colours."""
    start = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    return start + before + (_frame() if frame is None else frame) + b";"


def _frame(x: int = 0, y: int = 0, width: int = 1, height: int = 1, code_bits: int = 2) -> bytes:
    """Give a frame that says: one pixel of the first colour."""
    return b"," + struct.pack("<4HB", x, y, width, height, 0) + bytes([code_bits]) + b"\x02\x44\x01\0"


def _gifs() -> list[Case]:
    data = encoded(Image.fromarray(portrait(9, _SIZE)).quantize(64), "GIF")
    comments = b"!\xfe" + b"\x01a" * 1_000_000 + b"\0"
    return [
        picture("frames.gif", "10,000 frames", OK, _gif(frame=_frame() * 10_000)),
        picture("cut_head.gif", "cut off in its head", CUT, data[:9]),
        picture("cut_palette.gif", "cut off in its palette", CUT, data[:40]),
        picture("cut_pixels.gif", "cut off among its pixels", CUT, data[: len(data) // 2]),
        picture("no_frame.gif", "without a frame", CUT, _gif(frame=b"")),
        picture("giant.gif", "a canvas of 65,535 x 65,535 px", "megapixels", _gif(65535, 65535)),
        picture("grown.gif", "a small canvas whose frame has 65,535 x 65,535 px", "megapixels", _gif(1, 1, frame=_frame(0, 0, 65535, 65535))),
        picture("no_size.gif", "a canvas of 0 x 0 px, and a frame of none", CUT + "|at least one", _gif(0, 0, frame=_frame(0, 0, 0, 0))),
        picture("codes.gif", "codes of 255 bits", CUT + "|ok", _gif(frame=_frame(code_bits=255))),
        picture("blocks.gif", "20,000 extensions before the frame", "blocks before", _gif(before=b"!\xf9\x04\0\0\0\0\0" * 20_000)),
        picture("comment.gif", "a comment in a million parts of one letter", "blocks before", _gif(before=comments)),
        picture("and_jar.gif", "a picture, and a Java archive behind it", OK, _gif() + _zip()),
    ]  # fmt: skip


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Main-Class: Evil")
    return stream.getvalue()


def _riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _webp(*chunks: bytes, width: int = 32, height: int = 24, flags: int = 0) -> bytes:
    canvas = bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + _riff(b"VP8X", canvas) + b"".join(chunks)
    return _riff(b"RIFF", body)


def _webps() -> list[Case]:
    data = encoded(Image.fromarray(portrait(10, _SIZE)), "WEBP", lossless=True)
    pixels = data[12:]
    animated = encoded(
        Image.new("RGB", (2, 2)), "WEBP", save_all=True, append_images=[Image.new("RGB", (2, 2), "red")]
    )
    at = animated.find(b"ANMF")
    length = struct.unpack_from("<I", animated, at + 4)[0] + 8
    frame = animated[at : at + length]
    frames = _riff(b"RIFF", animated[8:at] + frame * 10_000)
    return [
        picture("frames.webp", "10,000 frames", OK, frames),
        picture("cut_head.webp", "cut off in its head", CUT, data[:20]),
        picture("cut_pixels.webp", "cut off among its pixels", CUT, data[: len(data) // 2]),
        picture("length.webp", "a chunk of 4 GB", CUT, data[:16] + b"\xff\xff\xff\xff" + data[20:]),
        picture("canvas.webp", "a canvas of 16,000 x 16,000 px", "megapixels|" + CUT, _webp(pixels, width=16_000, height=16_000)),
        picture("exif_5mb.webp", "5 MB of EXIF", "MiB of EXIF", _webp(pixels, _riff(b"EXIF", bytes(5 << 20)), flags=8)),
        picture("profile.webp", "a profile that is text", OK, _webp(_riff(b"ICCP", b"no profile"), pixels, flags=32)),
        picture("chunks.webp", "200,000 empty chunks", "parts in a WebP", _webp(pixels, _riff(b"junk", b"") * 200_000)),
        picture("audio.webp", "a sound file", CUT, b"RIFF" + struct.pack("<I", 40) + b"WAVEfmt " + bytes(28)),
    ]  # fmt: skip


def _bmp(
    width: int = 4,
    height: int = 4,
    bits: int = 8,
    compression: int = 0,
    n_colours: int = 256,
    data: bytes = bytes(16),
) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, n_colours, 0)
    at = 14 + 40 + 1024
    return b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + head + bytes(1024) + data


def _bmps() -> list[Case]:
    return [
        picture("giant.bmp", "a head of 2 thousand million px on a side", "megapixels", _bmp(2**31 - 1, 4)),
        picture("negative.bmp", "a negative width", "megapixels", _bmp(-4, 4)),
        picture("upside.bmp", "a negative height: from above", OK, _bmp(4, -4)),
        picture("lowest.bmp", "the lowest height there is", CUT + "|megapixels", _bmp(4, -(2**31))),
        picture("depth.bmp", "7 bits a pixel", CUT, _bmp(bits=7)),
        picture("colours.bmp", "4 thousand million colours", CUT + "|ok", _bmp(n_colours=0xFFFFFFFF)),
        picture("cut.bmp", "cut off among its pixels", CUT, _bmp(400, 400)),
        picture("runs.bmp", "16 MB of runs of one pixel", "run-length", _bmp(8000, 8000, 8, 1, data=b"\x01\0" * (8 << 20))),
        picture("lines.bmp", "64 million pixels in line ends", "run-length", _bmp(8000, 8000, 8, 1, data=bytes(20_000))),
        picture("jump.bmp", "a jump beyond the picture", OK + "|" + CUT, _bmp(4, 4, 8, 1, data=b"\0\x02\xff\xff\0\x01")),
        picture("compression.bmp", "a compression that is none", CUT, _bmp(compression=99)),
    ]  # fmt: skip


def _ppms() -> list[Case]:
    return [
        picture("giant.ppm", "a head of 60,000 x 60,000 px", "megapixels", b"P6 60000 60000 255\n"),
        picture("numbers.ppm", "a head with numbers of 5,000 digits", CUT + "|header", b"P6 " + b"9" * 5000 + b" 4 255\n"),
        picture("negative.ppm", "a negative width", CUT, b"P6 -4 4 255\n" + bytes(48)),
        picture("no_size.ppm", "a head of 0 x 0 px", CUT + "|at least one", b"P6 0 0 255\n"),
        picture("no_top.ppm", "values up to 0", CUT, b"P6 4 4 0\n" + bytes(48)),
        picture("comment.ppm", "a comment of 10 MB in its head", "header of a PPM", b"P6 #" + b"a" * 10_000_000 + b"\n4 4 255\n" + bytes(48)),
        picture("text.ppm", "16 MB of numbers as text", "numbers are text", b"P3 2000 2000 255\n" + b"1 " * (8 << 20)),
        picture("deep.ppm", "24 million values of 16 bits", "values to 1000", b"P6 2000 2000 1000\n" + bytes(24_000_000)),
        picture("cut.ppm", "cut off among its pixels", CUT, b"P6 4 4 255\n" + bytes(20)),
        picture("letters.ppm", "letters in the place of numbers", CUT, b"P3 2 2 255\nab cd ef"),
        picture("head.pgm", "nothing but two letters", CUT, b"P5"),
    ]  # fmt: skip


class _Runs:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, ("touch ran",))


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../evil.jpg"))
    return stream.getvalue()


def _others() -> list[Case]:
    png = encoded(Image.fromarray(portrait(11, _SIZE)), "PNG")
    return [
        picture("png.jpg", "a PNG under another name", OK, png),
        picture("page.jpg", "a page of the web", _NOT_ONE, b"<html><script>alert(1)</script></html>"),
        picture("drawing.png", "an SVG that fetches a file", _NOT_ONE, b'<svg><image href="file:///etc/hostname"/></svg>'),
        picture("program.jpg", "PostScript, which is a program", _NOT_ONE, b"%!PS-Adobe-3.0 EPSF-3.0\n(r) run\n"),
        picture("film.jpg", "a video under another name", "video file", b"\0\0\0\x18ftypisom" + bytes(99)),
        picture("pickle.png", "a pickle that starts a program", _NOT_ONE, pickle.dumps(_Runs())),
        picture("archive.png", "a TAR file with a path that climbs", _NOT_ONE, _tar()),
        picture("archive.jpg", "a ZIP file", _NOT_ONE, _zip()),
        picture("elf.jpg", "a program", _NOT_ONE, b"\x7fELF\x02\x01\x01" + bytes(99)),
        picture("zeros.jpg", "a megabyte of zeros", _NOT_ONE, bytes(1 << 20)),
        picture("one_byte.png", "one byte", _NOT_ONE, b"\x89"),
        picture("empty.webp", "no bytes", "the file is empty", b""),
        picture("raw.dng", "a camera's raw file", "files are not read", b"II*\0" + bytes(99)),
        picture("letter_p.pgm", "text that begins like a PGM", _NOT_ONE, b"Picture of my family. " * 999),
    ]  # fmt: skip


def cases() -> list[Case]:
    """Give every file."""
    return [*_gifs(), *_webps(), *_bmps(), *_ppms(), *_others()]
