"""PNG files that harm, or look as if they did."""

# ruff: noqa: E501  # a table: one file a line

import struct
import zlib
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.dirty import encoded, portrait
from tests.hostile.case import CUT, OK, Case, mask, picture
from tests.hostile.metadata import exif, strange_profiles

_SIZE = (32, 24)
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NO_PIXELS = CUT + "|not enough|broken"


def chunk(kind: bytes, data: bytes) -> bytes:
    """Give a chunk with the right checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def head(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    """Give a head."""
    return chunk(b"IHDR", struct.pack(">2I5B", width, height, depth, colour, 0, 0, interlaced))


def file(*chunks: bytes) -> bytes:
    """Give a file of chunks, with an end."""
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


def pixels(width: int = 32, height: int = 24, bytes_px: int = 3, kind: int = 0) -> bytes:
    """Give rows of zeros."""
    return chunk(b"IDAT", zlib.compress((bytes([kind]) + bytes(width * bytes_px)) * height))


@cache
def sound() -> bytes:
    """Give a small sound PNG."""
    return encoded(Image.fromarray(portrait(4, _SIZE)), "PNG")


def with_chunks(*added: bytes) -> bytes:
    """Put chunks between the head and the pixels of a sound PNG."""
    return file(head(32, 24), *added, pixels())


def _bomb(n_mb: int) -> bytes:
    """Compress zeros."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(n_mb)) + packer.flush()


def cases() -> list[Case]:
    """Give every PNG."""
    data = sound()
    bomb = _bomb(100)
    ends = [len(SIGNATURE)]
    while ends[-1] < len(data):
        ends.append(ends[-1] + 12 + struct.unpack_from(">I", data, ends[-1])[0])
    return [
        *(picture(f"cut_{at}.png", f"cut off at byte {at}, inside a chunk", CUT, data[: at + 10]) for at in ends[:-2]),
        picture("no_end.png", "without its last chunk", OK, data[:-12]),
        picture("giant.png", "a head of 100 megapixels", "100 megapixels", file(head(10_000, 10_000), pixels())),
        picture("giant_side.png", "a head of 1 x 2,147,483,647 px", "megapixels", file(head(1, 2**31 - 1), pixels())),
        picture("no_size.png", "a head of 0 x 0 px", _NO_PIXELS + "|at least one", file(head(0, 0), pixels())),
        picture("no_width.png", "a head of 0 x 24 px", _NO_PIXELS + "|at least one", file(head(0, 24), pixels())),
        picture("depth.png", "3 bits a channel", CUT, file(head(32, 24, 3), pixels())),
        picture("colour.png", "a colour type that is none", CUT, file(head(32, 24, 8, 5), pixels())),
        picture("filter.png", "rows with a filter that is none", _NO_PIXELS, file(head(32, 24), pixels(kind=9))),
        picture("few_rows.png", "half of the rows; the others are black", OK, file(head(32, 24), pixels(height=12))),
        picture("no_pixels.png", "no pixels at all", _NO_PIXELS, file(head(32, 24))),
        picture("two_heads.png", "two heads, the second of 81 megapixels", "81 megapixels", file(head(32, 24), head(9000, 9000), pixels())),
        picture("length.png", "a chunk of 4 GB", CUT, SIGNATURE + head(32, 24) + b"\xff\xff\xff\xffIDAT" + bytes(99)),
        picture("checksum.png", "a head with a wrong checksum", CUT, data[:29] + b"\0\0\0\0" + data[33:]),
        picture("no_palette.png", "palette indices without a palette", OK, file(head(32, 24, 8, 3), pixels(bytes_px=1))),
        picture("short_palette.png", "indices up to 255 in a palette of 3", OK, _short_palette()),
        picture("long_palette.png", "a palette of 300 colours", OK + "|" + CUT, _palette(bytes(900))),
        picture("odd_palette.png", "a palette of 4 bytes", OK + "|" + CUT, _palette(bytes(4))),
        picture("transparency.png", "one byte of transparency for RGB", CUT + "|ok", with_chunks(chunk(b"tRNS", b"\1"))),
        picture("gamma.png", "a gamma of 0 and white at infinity", OK, with_chunks(chunk(b"gAMA", bytes(4)), chunk(b"cHRM", b"\xff" * 32))),
        picture("interlaced_cut.png", "interlaced, of which the first pass is there", _NO_PIXELS, file(head(32, 24, 8, 2, 1), pixels(height=2))),
        picture("bomb_pixels.png", "100 MB of pixels under a head of 32 x 24", OK, file(head(32, 24), chunk(b"IDAT", bomb))),
        picture("bomb_text.png", "a comment of 100 MB, compressed", "too large", with_chunks(chunk(b"zTXt", b"a\0\0" + bomb))),
        picture("bomb_utf8.png", "a text of 100 MB, compressed", "too large", with_chunks(chunk(b"iTXt", b"a\0\1\0\0\0" + bomb))),
        picture("bomb_icc.png", "an ICC profile of 100 MB, compressed", "too large", with_chunks(chunk(b"iCCP", b"a\0\0" + bomb))),
        picture("bomb_nested.png", "a profile that is compressed twice", OK, with_chunks(chunk(b"iCCP", b"a\0\0" + zlib.compress(bomb)))),
        picture("many_texts.png", "60 comments of 1 MB each, compressed", OK + "|exceeds|too large", with_chunks(*[chunk(b"zTXt", b"a\0\0" + _bomb(1))] * 60)),
        picture("chunks.png", "200,000 empty chunks", "parts in a PNG", with_chunks(chunk(b"prVt", b"") * 200_000)),
        picture("frames.png", "an animation of 10,000 frames", OK, _animation(10_000)),
        picture("frames_lie.png", "an animation that promises 2 thousand million frames", OK, with_chunks(chunk(b"acTL", struct.pack(">2I", 2**31 - 1, 0)))),
        picture("frame_outside.png", "an animation whose frame lies outside", OK + "|" + CUT, _animation(1, x=5000)),
        picture("exif_5mb.png", "5 MB of EXIF", "MiB of EXIF", with_chunks(chunk(b"eXIf", exif((0x112, 3, 1, 6))[6:] + bytes(5 << 20)))),
        picture("exif_turns.png", "EXIF that counts 2 million orientations", OK, with_chunks(chunk(b"eXIf", exif((0x112, 3, 2_000_000, 26))[6:] + bytes(4_000_000)))),
        picture("exif_hex.png", "EXIF as text that is no hexadecimal", OK, with_chunks(chunk(b"tEXt", b"Raw profile type exif\0\nexif\n9\nxyz"))),
        *(
            picture(f"icc_{name}.png", f"an ICC profile: {what}", OK + ("|too large" if name == "large" else ""), with_chunks(chunk(b"iCCP", b"a\0\0" + zlib.compress(profile))))
            for name, (what, profile) in strange_profiles().items()
        ),
        picture("and_html.png", "a picture with a page in a comment", OK, with_chunks(chunk(b"tEXt", b"a\0<html><script>alert(1)</script>"))),
        picture("pixel.png", "one pixel", OK, file(head(1, 1), pixels(1, 1))),
        picture("thread.png", "1 x 60,000 px", "has a side of more than 32767 px", file(head(1, 60_000), pixels(1, 60_000))),
        picture("ribbon.png", "60,000 x 1 px", "has a side of more than 32767 px", file(head(60_000, 1), pixels(60_000, 1))),
        picture("short_thread.png", "1 x 30,000 px", OK, file(head(1, 30_000), pixels(1, 30_000))),
        picture("short_ribbon.png", "30,000 x 1 px", OK, file(head(30_000, 1), pixels(30_000, 1))),
        *_masks(),
    ]  # fmt: skip


def _short_palette() -> bytes:
    row = b"\0" + bytes(range(224, 256))
    return file(head(32, 24, 8, 3), chunk(b"PLTE", bytes(9)), chunk(b"IDAT", zlib.compress(row * 24)))


def _palette(colours: bytes) -> bytes:
    return file(head(32, 24, 8, 3), chunk(b"PLTE", colours), pixels(bytes_px=1))


def _animation(n_frames: int, x: int = 0) -> bytes:
    frame = zlib.compress(bytes(4))
    chunks = [head(32, 24), chunk(b"acTL", struct.pack(">2I", n_frames, 0)), pixels()]
    for number in range(n_frames):
        chunks.append(chunk(b"fcTL", struct.pack(">5I2H2B", 2 * number, 1, 1, x, 0, 1, 10, 0, 0)))
        chunks.append(chunk(b"fdAT", struct.pack(">I", 2 * number + 1) + frame))
    return file(*chunks)


def _grey(values: NDArray[np.uint8]) -> bytes:
    return encoded(Image.fromarray(values), "PNG")


def _masks() -> list[Case]:
    labels = np.arange(32 * 24, dtype=np.uint16).reshape(24, 32) * np.uint16(85)
    person = np.zeros((24, 32), np.uint8)
    person[6:, 10:20] = 255
    palette = Image.fromarray(np.full((24, 32), 255, np.uint8), "P")
    palette.putpalette(bytes(768))
    return [
        mask("sound.png", "a mask", OK, _grey(person)),
        mask("size.png", "a mask of another size", "expected the picture's 32 x 24 px, got 24 x 32", _grey(person.T.copy())),
        mask("photo.png", "a photograph", "expected a mask", encoded(Image.fromarray(portrait(5, _SIZE)), "PNG")),
        mask("labels.png", "16-bit labels over the whole range", OK, encoded(Image.fromarray(labels), "PNG")),
        mask("void.png", "nothing but the value for void", OK, _grey(np.full((24, 32), 255, np.uint8))),
        mask("void_palette.png", "nothing but void, with a palette", OK, encoded(palette, "PNG")),
        mask("bits.png", "one bit a pixel", OK, encoded(Image.fromarray(person).convert("1"), "PNG")),
        mask("alpha.png", "a cut-out", OK, encoded(Image.fromarray(np.dstack([person] * 4)), "PNG")),
        mask("mask.jpg", "compressed with loss", OK, encoded(Image.fromarray(person), "JPEG")),
        mask("cmyk.jpg", "four colours of a printer", OK, encoded(Image.fromarray(np.dstack([person] * 3)).convert("CMYK"), "JPEG")),
        mask("giant.png", "a head of 3,600 megapixels", "megapixels", file(head(60_000, 60_000, 8, 0), pixels(bytes_px=1))),
        mask("long.png", "2,000,000 x 1 px, more than OpenCV takes", "has a side of more than 32767 px", file(head(2_000_000, 1, 8, 0), pixels(2_000_000, 1, 1))),
        mask("no_size.png", "a head of 0 x 0 px", CUT + "|at least one", file(head(0, 0, 8, 0), pixels(bytes_px=1))),
        mask("short_head.png", "a head of 4 bytes with the right checksum", CUT, file(chunk(b"IHDR", bytes(4)), pixels(bytes_px=1))),
        mask("no_pixels.png", "grey, without pixels", _NO_PIXELS, file(head(32, 24, 8, 0))),
        mask("bomb.png", "grey, 100 MB of pixels under a head of 32 x 24", OK, file(head(32, 24, 8, 0), chunk(b"IDAT", _bomb(100)))),
        mask("empty.png", "no bytes", "the file is empty", b""),
        mask("letter.png", "text", "not a picture", b"this is no mask"),
    ]  # fmt: skip
