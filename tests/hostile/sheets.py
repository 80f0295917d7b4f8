"""Label sheets, tables of scores and videos that harm, or look as if they did."""

# ruff: noqa: E501  # a table: one file a line

import io
import pickle
import struct
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from tests.hostile.case import OK, Case, sheet, table, video

_HEADER = "sample,question,value,annotator_id\n"
_ZIP = "ZIP file|workbook|readable"
_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><annotations>&c;</annotations>'
)
_FETCHES = '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><annotations>&f;</annotations>'


def _book(*rows: tuple[object, ...]) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    page = book.worksheets[0]
    for row in rows:
        page.append(row)
    book.save(stream)
    return stream.getvalue()


def _repacked(part: str, content: bytes, *, name: str | None = None) -> bytes:
    """Give a sound workbook with another part, or one part more."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_book(("sample", "question", "value")))) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            new.writestr(info.filename, content if info.filename == part else old.read(info))
        if name is not None:
            new.writestr(name, content)
    return stream.getvalue()


def _bomb() -> bytes:
    """Give a workbook of 600 MiB in one part."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(600):
            part.write(bytes(1 << 20))
    return stream.getvalue()


def _lying() -> bytes:
    """Give a workbook whose part says that it is small."""
    data = bytearray(_repacked("xl/worksheets/sheet1.xml", bytes(50 << 20)))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        if data[at + 46 : at + 70] == b"xl/worksheets/sheet1.xml":
            struct.pack_into("<I", data, at + 24, 100)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"sample": ["0" * 16], "glasses": ["yes"]}), stream)
    return stream.getvalue()


def _encrypted() -> bytes:
    data = bytearray(_book(("sample", "question", "value")))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../evil.csv"))
    return stream.getvalue()


def _sheets() -> list[Case]:
    parquet = _parquet()
    return [
        sheet("formula.csv", "cells that a spreadsheet runs", OK, (_HEADER + "'=1+1,glasses,yes,@me\n").encode()),
        sheet("quote.csv", "a quote that never ends", "not readable as CSV", (_HEADER + '"a' + "b" * 200_000).encode()),
        sheet("zeros.csv", "zero bytes", "expected|not readable", bytes(100_000)),
        sheet("columns.csv", "a million columns", "expected the columns", b"a," * 1_000_000),
        sheet("utf16.csv", "UTF-16", "UTF-8", _HEADER.encode("utf-16")),
        sheet("empty.csv", "no bytes", "expected the columns", b""),
        sheet("cells.csv", "a line of 100 cells under 4 columns", "expected 4 cells, got 100", (_HEADER + "," * 99 + "\n").encode()),
        sheet("bomb.xlsx", "a workbook of 600 MiB", "at most 512 MiB", _bomb()),
        sheet("lying.xlsx", "a part that says it has 100 bytes, and has 50 MB", _ZIP, _lying()),
        sheet("laughs.xlsx", "entities that grow", "document type", _repacked("xl/workbook.xml", _LAUGHS.encode())),
        sheet("fetches.xlsx", "an entity that names a file", "document type", _repacked("xl/worksheets/sheet1.xml", _FETCHES.encode())),
        sheet("climbs.xlsx", "a part whose path climbs out", "expected the columns|" + OK, _repacked("", b"<a/>", name="../../../evil.xml")),
        sheet("locked.xlsx", "a password", _ZIP, _encrypted()),
        sheet("computed.xlsx", "cells that are formulas", "got the formula", _book(("sample", "question", "value"), ("a", "glasses", "=1+1"))),
        sheet("cut.xlsx", "cut off in the middle", _ZIP, _book(("sample",))[:900]),
        sheet("tar.xlsx", "a TAR file with a path that climbs", _ZIP, _tar()),
        sheet("program.xlsx", "a program", _ZIP, b"\x7fELF" + bytes(99)),
        sheet("laughs.xml", "entities that grow", "document type", _LAUGHS.encode()),
        sheet("laughs16.xml", "entities that grow, in UTF-16", "document type", _LAUGHS.replace('<?xml version="1.0"?>', "").encode("utf-16")),
        sheet("fetches.xml", "an entity that names a file", "document type", _FETCHES.encode()),
        sheet("deep.xml", "elements in elements, 100,000 deep", OK + "|readable|nested|deep", b"<annotations>" + b"<a>" * 100_000),
        sheet("encoding.xml", "an encoding that is none", "readable as XML", b'<?xml version="1.0" encoding="evil"?><a/>'),
        sheet("climbs.zip", "an archive with a path that climbs", "expected annotations.xml", _zipped("../annotations.xml", b"<annotations/>")),
        sheet("deep.json", "lists in lists, 200,000 deep", "in JSON", b"[" * 200_000),
        sheet("number.json", "a whole number of 5,000 digits", "in JSON", b'[{"id": ' + b"9" * 5_000 + b"}]"),
        sheet("twice.json", "a key that stands twice", "stands twice", b'[{"id": 1, "id": 2}]'),
        sheet("shapes.json", "polygons of odd and huge counts, and runs", "expected a control", _shapes()),
        sheet("page.parquet", "a page that says it has 2 GB", "expected a data set|" + OK, _patched(parquet)),
        sheet("foot.parquet", "a foot that says it has 4 GB", "expected a data set", parquet[:-8] + b"\xff\xff\xff\xff" + parquet[-4:]),
        sheet("cut.parquet", "cut off in the middle", "expected a data set", parquet[: len(parquet) // 2]),
        sheet("noise.parquet", "noise between the marks", "expected a data set", b"PAR1" + bytes(range(256)) + struct.pack("<I", 200) + b"PAR1"),
        sheet("pickle.jsonl", "a pickle", "expected a data set", pickle.dumps([1])),
        sheet("deep.jsonl", "lists in lists, 200,000 deep", "expected a data set|in JSON", b"[" * 200_000),
    ]  # fmt: skip


def _zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def _shapes() -> bytes:
    points = ",".join("[-1e308, 1e308]" for _ in range(1_000)) + ", [1]"
    runs = ",".join(["-5", "999999999999"] * 1_000)
    return (
        '[{"data": {"image": "a.jpg"}, "annotations": [{"result": ['
        f'{{"type": "polygonlabels", "value": {{"points": [{points}]}}}},'
        f'{{"type": "brushlabels", "value": {{"format": "rle", "rle": [{runs}]}}}}]}}]}}]'
    ).encode()


def _patched(parquet: bytes) -> bytes:
    """Overwrite the first page's sizes with the largest numbers that fit."""
    data = bytearray(parquet)
    data[4:12] = b"\x15\x04\x15\xfe\xff\xff\xff\x0f"
    return bytes(data)


def _tables() -> list[Case]:
    return [
        table("bomb.xlsx", "a workbook of 600 MiB", "at most 512 MiB", _bomb()),
        table(
            "laughs.xlsx",
            "entities that grow",
            "document type",
            _repacked("xl/workbook.xml", _LAUGHS.encode()),
        ),
        table("cut.parquet", "cut off in the middle", "not readable as a table", _parquet()[:99]),
        table("twins.csv", "two columns of one name", "two called 'a'", b"a,a\n1,2\n"),
        table("cells.csv", "more cells than columns", "not readable as a table", b"a,b\n1,2,3\n"),
        table("latin.csv", "Latin-1", "not readable as a table", b"a,b\n1,\xe9\n"),
        table("empty.csv", "no bytes", "not readable as a table", b""),
        table(
            "quote.csv",
            "a quote that never ends",
            "not readable as a table|expected rows",
            b'a,b\n"1,2' + b"3" * 200_000,
        ),
        table("pickle.parquet", "a pickle", "not readable as a table", pickle.dumps({"a": [1]})),
    ]


def _videos() -> list[Case]:
    none = "which cannot be opened"
    return [
        video(
            "list.mp4",
            "a playlist that names a file",
            none,
            b"#EXTM3U\n#EXT-X-TARGETDURATION:1\nfile:///etc/hostname\n",
        ),
        video("joined.mkv", "a list of files to join", none, b"ffconcat version 1.0\nfile /etc/hostname\n"),
        video("words.avi", "text", none, b"this is no film"),
        video("empty.mov", "no bytes", none, b""),
        video("cut.mp4", "a head, and nothing behind it", none, b"\0\0\0\x18ftypisom" + bytes(12)),
        video(
            "size.mp4",
            "a box of 16 million TB",
            none,
            b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff" + bytes(99),
        ),
        video("noise.mkv", "noise behind Matroska's mark", none, b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 9),
        video(
            "noise.avi",
            "noise behind AVI's mark",
            none,
            b"RIFF\xff\xff\xff\xffAVI LIST" + bytes(range(256)) * 9,
        ),
    ]


def cases() -> list[Case]:
    """Give every file."""
    return [*_sheets(), *_tables(), *_videos()]
