"""How mentions leave files of each kind, and what stays in them."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datatools.errors import TableError
from datatools.tables import sha256_bytes
from datatools.withdrawal import _archive, _parquet, _sheet
from datatools.withdrawal._text import clean_json, clean_lines, clean_listing, clean_prose, clean_xml

MENTION = re.compile(r"(?<![A-Za-z0-9])(?:set:ann1|00aa)(?![A-Za-z0-9])")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": ["00aa", "00bb"]}, {"a": ["00bb"]}),
        ({"00aa": 1, "00bb": 2}, {"00bb": 2}),
        ({"note": "like 00aa.png"}, {"note": "like withdrawn.png"}),
        ([{"sample": "00aa", "value": 1}, {"sample": "00bb"}], [{"sample": "00bb"}]),
        ([{"data": {"sample": "00aa", "picture": "data:..."}}], []),  # a task of a labelling tool
        ([{"question": "q", "conflicts": [{"sample": "00aa"}]}], [{"question": "q", "conflicts": []}]),
        ({"n": 3, "x": None, "y": 0.5}, {"n": 3, "x": None, "y": 0.5}),
    ],
)
def test_json_loses_entries_about_the_person_and_mentions(before: object, after: object) -> None:
    """An item of a list goes whole; a record that merely lists the person among others stays."""
    assert json.loads(clean_json(json.dumps(before), MENTION)) == after


def test_broken_json_loses_its_lines() -> None:
    """A file that was cut off is cleaned line by line."""
    assert clean_json('{"00aa": 1,\n"00bb":', MENTION) == '"00bb":'


def test_json_that_is_too_deep_loses_its_lines() -> None:
    """No parser reads it; a mention goes all the same."""
    assert clean_json("[" * 100_000 + '\n"00aa"\n', MENTION) == "[" * 100_000 + "\n"


def test_a_listing_with_a_cell_too_long_for_a_table_loses_its_lines() -> None:
    """A withdrawal must not end there."""
    assert clean_listing("a\n00aa," + "x" * 200_000 + "\nb\n", MENTION) == "a\nb\n"


def test_xml_that_declares_anything_loses_its_lines() -> None:
    """Nothing in it is expanded, not even to look for the person."""
    text = '<!DOCTYPE a [<!ENTITY b "c">]>\n<a>\n<i name="00aa"/>\n</a>\n'
    assert clean_xml(text, MENTION) == '<!DOCTYPE a [<!ENTITY b "c">]>\n<a>\n</a>\n'


def test_a_listing_loses_rows_and_keeps_the_rest_byte_for_byte() -> None:
    """Cells with commas, quotes and line breaks too; names count as whole cells alone."""
    text = 'id,text\r\n00aa,x\r\n00bb,"a, ""b""\nc"\r\n7,y\r\n77,7 z\r\n'
    assert clean_listing(text, MENTION, {"7"}) == 'id,text\r\n00bb,"a, ""b""\nc"\r\n77,7 z\r\n'
    untouched = 'id,text\n"00bb",y\n'
    assert clean_listing(untouched, MENTION) == untouched
    assert clean_listing("id\ttext\n00aa\tx\n1\ty\n", MENTION) == "id\ttext\n1\ty\n"


def test_xml_loses_the_pictures_of_the_person() -> None:
    """With what is inside them; what is no XML loses lines."""
    text = '<a><meta n="2"/><image name="00aa.jpg"><box/></image><image name="00bb.jpg"/></a>'
    found = clean_xml(text, MENTION)
    assert "00aa" not in found
    assert found.count("<image") == found.count("<meta") == 1
    assert clean_xml("<a>\n00aa\n", MENTION) == "<a>\n"


def test_lines_and_prose() -> None:
    """Lines go, words in prose are replaced."""
    assert clean_lines("00aa 1\n00bb 2\n", MENTION) == "00bb 2\n"
    assert clean_prose("See set:ann1, not set:ann12.", MENTION) == "See withdrawn, not set:ann12."


def _table(path: Path) -> pa.Table:
    table = pa.table(
        {
            "sample_id": ["00aa", "00bb", "00cc"],
            "detail": [None, "like 00aa", "plain"],
            "aliases": [["x"], ["y", "set:ann1"], None],
            "n": [1, 2, 3],
        }
    )
    pq.write_table(table, path)
    return table


def test_our_tables_lose_rows_and_mentions_in_other_rows(tmp_path: Path) -> None:
    """A finding about somebody else stays a finding."""
    _table(tmp_path / "t.parquet")
    found = _parquet.scrubbed(tmp_path / "t.parquet", MENTION, is_ours=True)
    assert found is not None
    assert found.to_pydict() == {
        "sample_id": ["00bb", "00cc"],
        "detail": ["like withdrawn", "plain"],
        "aliases": [["y"], None],
        "n": [2, 3],
    }


def test_exported_tables_lose_every_row_with_a_mention(tmp_path: Path) -> None:
    """Their other columns may hold the picture."""
    _table(tmp_path / "t.parquet")
    found = _parquet.scrubbed(tmp_path / "t.parquet", MENTION, is_ours=False)
    assert found is not None
    assert found["sample_id"].to_pylist() == ["00cc"]


def test_a_table_without_mentions_stays(tmp_path: Path) -> None:
    """It is not even written again; a file that is no table is an error."""
    pq.write_table(pa.table({"sample_id": ["00bb"], "n": [1]}), tmp_path / "t.parquet")
    assert _parquet.scrubbed(tmp_path / "t.parquet", MENTION, is_ours=True) is None
    (tmp_path / "t.parquet").write_bytes(b"no table")
    with pytest.raises(TableError, match="restore it or remove it"):
        _parquet.scrubbed(tmp_path / "t.parquet", MENTION, is_ours=True)


def test_a_workbook_loses_rows(tmp_path: Path) -> None:
    """On every sheet; without a mention it stays, and what is none has nothing to keep."""
    book = openpyxl.Workbook()
    for sheet in (book.worksheets[0], book.create_sheet("more")):
        for cells in (["sample", "n"], ["00aa", 1], ["00bb", 2], ["see 00aa", 3]):
            sheet.append(cells)
    book.save(tmp_path / "b.xlsx")
    data = _sheet.scrubbed(tmp_path / "b.xlsx", MENTION)
    assert data is not None
    (tmp_path / "b.xlsx").write_bytes(data)
    kept = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets
    assert [list(sheet.values) for sheet in kept] == [[("sample", "n"), ("00bb", 2)]] * 2
    assert _sheet.scrubbed(tmp_path / "b.xlsx", MENTION) is None
    (tmp_path / "b.xlsx").write_bytes(b"no workbook")
    assert _sheet.scrubbed(tmp_path / "b.xlsx", MENTION) == b""


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("00aa.png", b"x", True),
        ("a.txt", b"of 00aa.", True),
        ("a.png", b"pixels", True),
        ("a.png", b"y", False),
    ],
)
def test_archives_are_looked_into(tmp_path: Path, name: str, content: bytes, expected: bool) -> None:
    """By name, by text and by the hash of a picture."""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, content)
    mention = re.compile(MENTION.pattern.encode())
    assert _archive.mentions(tmp_path / "a.zip", mention, {sha256_bytes(b"pixels")}) is expected


def test_a_broken_archive_counts_as_a_mention(tmp_path: Path) -> None:
    """What is in it, nobody knows."""
    (tmp_path / "a.zip").write_bytes(b"no archive")
    assert _archive.mentions(tmp_path / "a.zip", re.compile(b"x"), set())
