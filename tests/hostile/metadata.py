"""EXIF and ICC blocks that are not what they say."""

# a table: one file a line

import struct

from tests.dirty import wide_gamut_profile

EXIF = b"Exif\0\0"


def exif(*entries: tuple[int, int, int, int], following: int = 0, n_entries: int | None = None) -> bytes:
    """Give a little-endian EXIF block of entries (tag, type, count, value or place)."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = struct.pack("<H", len(entries) if n_entries is None else n_entries)
    return EXIF + b"II*\0" + struct.pack("<I", 8) + head + packed + struct.pack("<I", following)


def strange_exif() -> dict[str, tuple[str, bytes]]:
    """Give blocks by name, each with what it is; none of them turns the picture."""
    return {
        "loop": ("its directory follows itself", exif((0x112, 3, 1, 1), following=8)),
        "ring": ("its EXIF directory is its first one", exif((0x8769, 4, 1, 8))),
        "turn_0": ("an orientation of 0", exif((0x112, 3, 1, 0))),
        "turn_9": ("an orientation of 9", exif((0x112, 3, 1, 9))),
        "turn_1000": ("an orientation of 1000", exif((0x112, 3, 1, 1000))),
        "turn_text": ("an orientation in letters", exif((0x112, 2, 2, 0x36))),
        "turn_float": ("an orientation as a float", exif((0x112, 11, 1, 0x40C00000))),
        "turn_many": ("four thousand million orientations", exif((0x112, 3, 0xFFFFFFFF, 8))),
        "resolution": ("a resolution of a thousand million values", exif((0x11A, 5, 10**9, 8))),
        "type_99": ("a type that is none", exif((0x112, 99, 1, 6))),
        "many": ("60,000 entries promised, one there", exif((0x10F, 2, 4, 0), n_entries=60_000)),
        "outside": ("its directory lies beyond the end", EXIF + b"II*\0" + struct.pack("<I", 0xFFFFFFF0)),
        "cut": ("cut off after its first bytes", EXIF + b"II*\0\x08"),
        "words": ("text in its place", EXIF + b"this is no EXIF at all"),
        "none": ("nothing in it", EXIF),
        "overlap": ("4,000 values of 40 KB on the same bytes", _overlapping()),
        "thumbnail": (
            "a thumbnail that promises 4 GB",
            exif((0x201, 4, 1, 8), (0x202, 4, 1, 0xFFFFFFFF), following=8),
        ),
    }


def _overlapping() -> bytes:
    return exif(*((0x9000 + number, 7, 40_000, 8) for number in range(4_000)))


def strange_profiles() -> dict[str, tuple[str, bytes]]:
    """Give ICC profiles by name, each with what it is; none of them changes the picture."""
    good = wide_gamut_profile()
    return {
        "cut": ("cut off in the middle", good[: len(good) // 2]),
        "size": ("it says that it is 4 GB", b"\xff\xff\xff\xff" + good[4:]),
        "space": ("of a printer's four colours", good[:16] + b"CMYK" + good[20:]),
        "tags": ("it promises 4 thousand million tags", good[:128] + b"\xff\xff\xff\xff" + good[132:]),
        "places": ("its tags lie beyond the end", good[:132] + _moved(good)),
        "curve": (
            "a curve of 4 thousand million points",
            good.replace(b"curv\0\0\0\0\0\0\0\1", b"curv\0\0\0\0\xff\xff\xff\xff"),
        ),
        "words": ("text in its place", b"no profile " * 20),
        "large": ("padded to 10 MB", good + bytes(10_000_000)),
        "class": ("a class that is none", good[:12] + b"evil" + good[16:]),
    }


def _moved(profile: bytes) -> bytes:
    """Give what follows a profile's number of tags, with every tag moved far away."""
    (n_tags,) = struct.unpack_from(">I", profile, 128)
    table = bytearray(profile[132:])
    for number in range(n_tags):
        struct.pack_into(">I", table, 12 * number + 4, 0x7FFFFFF0)
    return bytes(table)
