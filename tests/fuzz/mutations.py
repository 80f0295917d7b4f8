"""How is a file broken so that it still passes the first checks: JSON that is JSON, ZIP with right sums?"""

import csv
import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence

from tests.fuzz.target import Form

_MOST_BYTES = 1 << 20
_MOST_PARTS = 64
_NUMBERS = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    2**63 - 1,
    2**64 - 1,
)
_WORDS = (
    *("", " ", "\0", "\n", "\r\n", "\t", "\ufeff", "\u202e", "\u2028", "é", "\U0001f600", "\ud83d"),
    *("nan", "-nan", "inf", "1e999", "-1", "0", "1e-400", "0x10", "1_000", "٣", "9" * 30, "9" * 5000),
    *("../../etc/passwd", "/etc/hostname", "C:\\x", "a" * 300, "file:///etc/passwd", "http://[x", "~"),
    *("=1+1", "'=1", "@x", "|", "||", ";", ",", '"', "'", "{", "}", "{0}", "{x.y}", "{x:>9999999999}", "%s"),
    *(
        "true",
        "null",
        "None",
        "[",
        "]",
        "[[",
        "<",
        ">",
        "<!DOCTYPE a>",
        "&lt;",
        "&a;",
        "]]>",
        "#",
        "\\",
        "\\x",
    ),
    *(
        "2024-05-01T10:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "24:00",
        "2024-02-30",
    ),
    *("perceived_gender", "self_reported_race", "gender@1", "female", "cannot_tell", "annotator", "accept"),
)
_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**400, 0.5, -0.0, 1e308, -1e308),
    *(float("nan"), float("inf"), [], {}, [[]], [None], {"": None}, {"a": {}}, *_WORDS),
)
_TOML = (
    *("1", "-1", "1e400", "nan", "inf", "9223372036854775807", "9223372036854775808", "true", "[]", "{}"),
    *(
        "[[]]",
        "[1, 'a']",
        "{a = 1}",
        "''",
        "'{x}'",
        "'{x...}'",
        "1979-05-27",
        "07:32:00",
        "1979-05-27T07:32:00Z",
    ),
    *('"\\u0000"', "'''\n'''", "0x7fffffffffffffff", "[" * 60 + "]" * 60, "'" + "a" * 300 + "'"),
)
_XML = (
    *(
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        "&b;",
        "&#0;",
        "&#x10ffff;",
        "<![CDATA[",
        "]]>",
        "<?x?>",
        "<!--",
        "-->",
    ),
    *(
        'encoding="utf-16"',
        'encoding="gbk"',
        "<image>",
        "</image>",
        '<image name="a"/>',
        "<track/>",
        "<meta>",
    ),
    *('<tag label="perceived_gender"/>', '<attribute name="value">', "xmlns:a='b'", "a:b", "\0", "\ufffe"),
    *('r="A1048577"', 'r="1048576"', 'r="ZZZ9"', 't="s"', 't="inlineStr"', "<v>999999999</v>", "<f>1</f>"),
)


def mutated(data: bytes, form: Form, rng: random.Random) -> bytes:
    """Break a file in one to four places; the same generator gives the same file."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        if form != "bytes" and rng.random() < 0.2:
            data = _BYTES[rng.randrange(len(_BYTES))](data, rng)
        else:
            data = _FORMS[form](data, rng)
    return data[:_MOST_BYTES]


# -- bytes --------------------------------------------------------------------------------------


def _place(data: Sequence[object] | bytes, rng: random.Random) -> int:
    return rng.randrange(len(data) + 1)


def _flip(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return b"\0"
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _number(data: bytes, rng: random.Random) -> bytes:
    kind = rng.choice(("<B", "<H", "<I", "<Q", ">H", ">I", ">Q"))
    size = struct.calcsize(kind)
    at = _place(data, rng)
    return data[:at] + struct.pack(kind, rng.choice(_NUMBERS) % (1 << 8 * size)) + data[at + size :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    start, end = sorted((_place(data, rng), _place(data, rng)))
    return data[:start] + data[end:] if rng.random() < 0.7 else data[:start]


def _repeat(data: bytes, rng: random.Random) -> bytes:
    start, end = sorted((_place(data, rng), _place(data, rng)))
    part = data[start : min(end, start + 4096)]
    return data[:end] + part * rng.choice((1, 1, 2, 16)) + data[end:]


def _noise(data: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.randbytes(rng.choice((1, 2, 4, 16))) + data[at + rng.choice((0, 1, 4)) :]


_BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_flip, _number, _cut, _repeat, _noise)


def _bytes(data: bytes, rng: random.Random) -> bytes:
    return rng.choice(_BYTES)(data, rng)


# -- text ---------------------------------------------------------------------------------------


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _worded(data: bytes, rng: random.Random, words: Sequence[str]) -> bytes:
    """Put a word in, at a border between words where there is one."""
    borders = [place for place, byte in enumerate(data[:4096]) if byte in b" ,;|\n\t\"'=<>/:[]{}"] or [0]
    at = rng.choice(borders) + rng.randrange(2)
    return data[:at] + _encoded(rng.choice(words)) + data[at + rng.choice((0, 0, 1, 5)) :]


def _text(data: bytes, rng: random.Random) -> bytes:
    return _worded(data, rng, _WORDS) if rng.random() < 0.6 else _bytes(data, rng)


def _xml(data: bytes, rng: random.Random) -> bytes:
    return _worded(data, rng, (*_XML, *_WORDS)) if rng.random() < 0.7 else _bytes(data, rng)


def _toml(data: bytes, rng: random.Random) -> bytes:
    lines = data.decode("utf-8", "replace").split("\n")
    at = rng.randrange(len(lines))
    key, is_pair, _ = lines[at].partition("=")
    what = rng.randrange(6)
    if what < 3 and is_pair:
        lines[at] = f"{key}= {rng.choice((*_TOML, *map(json.dumps, _WORDS)))}"
    elif what == 3:
        lines[at:at] = [rng.choice(lines)]
    elif what == 4:
        del lines[at]
    else:
        lines[at:at] = [rng.choice(("[a]", "[[steps]]", "a.b.c = 1", "'' = 1", '"\\n" = []', "[[gate]]"))]
    return _encoded("\n".join(lines))


def _csv(data: bytes, rng: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        rows = []
    if not rows:
        return _text(data, rng)
    row = rng.choice(rows)
    what = rng.randrange(7)
    if what < 3 and row:
        row[rng.randrange(len(row))] = rng.choice(_WORDS)
    elif what == 3 and row:
        del row[rng.randrange(len(row))]
    elif what == 4:
        row.insert(_place(row, rng), rng.choice(_WORDS))
    elif what == 5:
        rows.insert(_place(rows, rng), list(rng.choice(rows)))
    else:
        rows.remove(row)
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=rng.choice((delimiter, delimiter, ";")), lineterminator="\n").writerows(rows)
    return _encoded(stream.getvalue())


# -- structures ---------------------------------------------------------------------------------


def _json(data: bytes, rng: random.Random) -> bytes:
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        return _text(data, rng)
    changed = _changed(found, rng)
    return _encoded(json.dumps(changed, ensure_ascii=rng.random() < 0.5))


def _changed(value: object, rng: random.Random) -> object:
    """Change one of the values below a value."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        what = rng.randrange(12)
        if what == 0:
            return {name: item for name, item in value.items() if name != key}
        if what == 1:
            return {rng.choice(_WORDS) if name == key else name: item for name, item in value.items()}
        return {**value, key: _changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        what = rng.randrange(12)
        if what == 0:
            return value[:at] + value[at + 1 :]
        if what == 1:
            return [*value, *value[at : at + 1] * rng.choice((1, 3))]
        return [*value[:at], _changed(value[at], rng), *value[at + 1 :]]
    if rng.random() < 0.02:
        for _ in range(120):
            value = [value]
        return value
    return rng.choice(_VALUES)


_OF_SUFFIX: Mapping[str, Form] = {"xml": "xml", "rels": "xml", "json": "json", "csv": "csv"}


def _zip(data: bytes, rng: random.Random) -> bytes:
    """Change a part of an archive, its name or its packing, and write right sums."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()[:_MOST_PARTS]
            parts = [(info.filename, archive.read(info), info.compress_type) for info in infos]
    except Exception:  # it is broken already
        return _bytes(data, rng)
    if not parts:
        return _bytes(data, rng)
    at = rng.randrange(len(parts))
    name, content, packing = parts[at]
    what = rng.randrange(12)
    if what == 0:
        del parts[at]
    elif what == 1:
        parts[at] = (rng.choice(("../x", "/x", "a\\b", name + "/", "\u202e", "x" * 200)), content, packing)
    elif what == 2:
        parts.append((name, _bytes(content, rng), packing))
    elif what == 3:
        other = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2))
        parts[at] = (name, content, other)
    else:
        form = _OF_SUFFIX.get(name.rpartition(".")[2], "bytes")
        parts[at] = (name, mutated(content, form, rng), packing)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content, packing in parts:
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return stream.getvalue()


def _gzip(data: bytes, rng: random.Random) -> bytes:
    try:
        content = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return _bytes(data, rng)
    return gzip.compress(mutated(content, "bytes", rng), compresslevel=1, mtime=0)


def _png(data: bytes, rng: random.Random) -> bytes:
    """Change a chunk of a PNG, or their order, and write right sums."""
    chunks: list[tuple[bytes, bytes]] = []
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    if not chunks or not data.startswith(b"\x89PNG"):
        return _bytes(data, rng)
    place = rng.randrange(len(chunks))
    kind, content = chunks[place]
    what = rng.randrange(6)
    if what == 0:
        del chunks[place]
    elif what == 1:
        chunks.insert(_place(chunks, rng), (kind, content))
    elif what == 2:
        chunks[place] = (rng.choice((b"IDAT", b"IEND", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"acTL")), content)
    else:
        chunks[place] = (kind, _bytes(content, rng)[:65_536])
    written = [
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    ]
    return data[:8] + b"".join(written)


def _tar(data: bytes, rng: random.Random) -> bytes:
    """Change a header of a TAR, or what lies behind it, and write right sums."""
    starts = [at for at in range(0, len(data) - 511, 512) if data[at + 257 : at + 262] == b"ustar"]
    if not starts:
        return _bytes(data, rng)
    at = rng.choice(starts)
    header, rest = bytearray(data[at : at + 512]), data[at + 512 :]
    what = rng.randrange(8)
    if what == 0:
        header[156] = rng.choice(b"01234567LKxgSVMD\0")
    elif what == 1:
        header[124:136] = rng.choice((b"%011o\0" % rng.randrange(1 << 33), bytes([128, *rng.randbytes(11)])))
    elif what == 2:
        name = rng.choice((b"../x", b"/x", b"a\\b", b"a//b", b"./", b"\xff", b"x" * 100, b"k.1.json", b"n/"))
        header[:100] = name.ljust(100, b"\0")
    elif what == 3:
        first = rng.randrange(500)
        header[first : first + 12] = rng.randbytes(12)
    elif what == 4:
        return data[:at] + rest
    else:
        rest = _bytes(rest[:1024], rng) + rest[1024:]
    header[148:156] = b"%06o\0 " % sum(header[:148] + b" " * 8 + header[156:])
    return data[:at] + bytes(header[:512]) + rest


_FORMS: Mapping[Form, Callable[[bytes, random.Random], bytes]] = {
    "bytes": _bytes,
    "csv": _csv,
    "gzip": _gzip,
    "json": _json,
    "png": _png,
    "tar": _tar,
    "text": _text,
    "toml": _toml,
    "xml": _xml,
    "zip": _zip,
}
