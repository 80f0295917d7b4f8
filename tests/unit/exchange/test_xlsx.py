"""A workbook asks with drop-downs, computes nothing, and is read however a program saved it."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from datatools.errors import DataError
from datatools.exchange import Item, _workbook, xlsx
from datatools.exchange.xlsx import Xlsx
from datatools.sheets import Cell, Rejected


def _item(question: str = "perceived_gender", vocabulary: str = "gender@1", **fields: object) -> Item:
    given = {"sample_id": "0" * 16, "annotator_id": "ann01", "source": "annotator", "presentation_order": 1}
    return Item(question=question, vocabulary=vocabulary, **{**given, **fields})  # type: ignore[arg-type]  # any


def _read(path: Path) -> list[tuple[str, str, str]]:
    return [(c.sample, c.question, c.value) for c in Xlsx().read(path) if isinstance(c, Cell)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a workbook's path."""
    return tmp_path / "sheet.xlsx"


def test_the_words_of_the_vocabulary_are_offered(path: Path) -> None:
    """Each question's cells have a list of its own; it warns of other words and lets them pass."""
    items = [_item(), _item("perceived_age", "age_years@1"), _item(), _item("glasses", "yes_no@1")]
    Xlsx().write(path, items)
    book = load_workbook(path)
    column = next(cell.column_letter for cell in book["answers"][1] if cell.value == "value")
    offered = {}
    for check in book["answers"].data_validations.dataValidation:
        letter, start, end = check.formula1[7], *(int(part[3:]) for part in check.formula1[6:].split(":"))
        words = tuple(book["words"][f"{letter}{row}"].value for row in range(start, end + 1))
        offered[str(check.sqref)] = words
        assert check.errorStyle == "warning"
    assert offered == {
        f"{column}2 {column}4": ("female", "male", "another", "cannot_tell", "prefer_not_to_say"),
        f"{column}5": ("yes", "no", "cannot_tell"),
    }


def test_neighbouring_cells_share_a_range(path: Path) -> None:
    """A thousand rows of one question are one range, not a thousand."""
    Xlsx().write(path, [_item()] * 4)
    (check,) = load_workbook(path)["answers"].data_validations.dataValidation
    assert str(check.sqref)[1:].partition(":")[0] == "2"
    assert len(check.sqref.ranges) == 1


def test_many_cells_apart_are_shared_out(path: Path) -> None:
    """Every cell has its list, and no list names very many cells."""
    pair = [_item(), _item("glasses", "yes_no@1")]
    Xlsx().write(path, pair * 100)
    checks = load_workbook(path)["answers"].data_validations.dataValidation
    assert max(len(check.sqref.ranges) for check in checks) <= 64
    assert sum(len(check.sqref.ranges) for check in checks) == 200
    assert all(len(check.errorTitle) <= 32 for check in checks)


def test_a_person_finds_the_header_and_the_meanings(path: Path) -> None:
    """The header stays in sight; the second sheet says what words mean and where they fail."""
    Xlsx().write(path, [_item()])
    book = load_workbook(path)
    assert book["answers"].freeze_panes == "A2"
    said = [[cell.value for cell in row] for row in book["definitions"].iter_rows()]
    assert said[0] == ["question", "asks", "vocabulary", "word", "meaning"]
    assert str(said[1][4]).startswith("Where it fails: ")
    assert [row[3] for row in said[2:4]] == ["female", "male"]


def test_nothing_is_a_formula_a_number_or_a_date(path: Path) -> None:
    """Every cell is text and formatted as text, whatever it looks like."""
    Xlsx().write(path, [_item(annotator_id="=1+1", note="10-19"), _item(annotator_id="007", note="#N/A")])
    cells = [cell for row in load_workbook(path)["answers"].iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}


def test_a_text_longer_than_a_cell_is_refused(path: Path) -> None:
    """Excel would cut it off."""
    with pytest.raises(DataError, match="at most 32767 characters in a cell"):
        Xlsx().write(path, [_item(note="a" * 32_768)])


def test_more_answers_than_rows_are_refused(path: Path) -> None:
    """Excel would not open the file."""
    with pytest.raises(DataError, match=r"at most 1048575 answers in a workbook, got 1048576; use csv"):
        Xlsx().write(path, [_item()] * 1_048_576)


@given(st.text() | st.from_regex(r"(_x[0-9A-F]{4}_)+", fullmatch=True))
def test_what_office_escapes_is_given_back(text: str) -> None:
    """Characters that XML has no place for, and texts that look escaped already."""
    assert _workbook.unescaped(_workbook.escaped(text)) == text


def test_a_formula_is_rejected_with_its_row(path: Path) -> None:
    """Its value is not in the file in a way that can be trusted."""
    book = Workbook()
    book.active.append(["sample", "question", "value"])
    book.active.append(["0.jpg", "hair", '=CONCAT("ba","ld")'])
    book.active.append(["1.jpg", "hair", "bald"])
    book.save(path)
    rejected, cell = sorted(Xlsx().read(path), key=lambda found: found.sample)
    assert isinstance(rejected, Rejected)
    assert (rejected.where, rejected.question) == ("row 2", "hair")
    assert "got the formula" in rejected.reason
    assert (cell.sample, cell.where) == ("1.jpg", "row 3")


def test_a_persons_own_workbook_is_read(path: Path) -> None:
    """The first sheet counts; numbers, truth values, dates and empty rows are as programs save them."""
    from datetime import UTC, datetime

    book = Workbook()
    book.active.append(["sample", "perceived_age", "glasses", "note", None])
    book.active.append(["0.jpg", 44, True, 1.5])
    book.active.append([None, None, None, None])
    book.active.append(["1.jpg", 30.0, "no", datetime(2024, 5, 1, 10, 30, tzinfo=UTC).replace(tzinfo=None)])
    book.create_sheet("mine").append(["anything"])
    book.save(path)
    assert _read(path) == [
        ("0.jpg", "perceived_age", "44"),
        ("0.jpg", "glasses", "True"),
        ("1.jpg", "perceived_age", "30"),
        ("1.jpg", "glasses", "no"),
    ]
    assert [cell.fields["note"] for cell in Xlsx().read(path) if isinstance(cell, Cell)] == [
        "1.5",
        "1.5",
        "2024-05-01T10:30:00",
        "2024-05-01T10:30:00",
    ]


_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_EXCEL: dict[str, str] = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    "_rels/.rels": _RELATIONS.format(
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    ),
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Blatt1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": _RELATIONS.format(
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    ),
    # Rich text in runs, kept blanks, an escaped carriage return.
    "xl/sharedStrings.xml": f"<sst {_MAIN}><si><t>sample</t></si><si><t>question</t></si>"
    "<si><t>value</t></si><si><r><t>0</t></r><r><rPr><b/></rPr><t>.jpg</t></r></si>"
    '<si><t xml:space="preserve"> perceived_race </t></si><si><t>white_x000D_\n|black</t></si></sst>',
    # A wrong dimension, styled empty cells at the end, rows that say no number.
    "xl/worksheets/sheet1.xml": f'<worksheet {_MAIN}><dimension ref="A1"/><sheetData>'
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2" t="s"><v>4</v></c><c r="C2" t="s"><v>5</v></c>'
    '<c r="D2"/><c r="E2"/></row><row r="3"><c r="A3"/></row></sheetData></worksheet>',
}


def _pack(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_what_excel_saves_is_read(path: Path) -> None:
    """Shared strings in runs, blanks, a dimension that is wrong, empty cells behind the last column."""
    assert _read(_pack(path, _EXCEL)) == [
        ("0.jpg", "perceived_race", "white"),
        ("0.jpg", "perceived_race", "black"),
    ]


def test_a_declaration_within_a_part_is_refused(path: Path) -> None:
    """The part is named."""
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]>' + _EXCEL["xl/sharedStrings.xml"]
    with pytest.raises(DataError, match=r"part xl/sharedStrings\.xml: expected XML without a document type"):
        _read(_pack(path, {**_EXCEL, "xl/sharedStrings.xml": bomb}))


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_a_workbook_without_a_part_is_refused(path: Path, missing: str) -> None:
    """Whatever the package says about it becomes an error of the data."""
    with pytest.raises(DataError, match=r"sheet\.xlsx: expected"):
        _read(_pack(path, {name: part for name, part in _EXCEL.items() if name != missing}))


def test_a_missing_workbook_is_named(path: Path) -> None:
    """With its path."""
    with pytest.raises(DataError, match=r"expected an Excel workbook \(\.xlsx\) at .*no such file"):
        _read(path)


def test_a_row_that_claims_to_be_far_below_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows before it would be read as empty ones, for as long as a file says."""
    monkeypatch.setattr(xlsx, "_MAX_ROWS", 100)
    name = "xl/worksheets/sheet1.xml"
    far = _EXCEL[name].replace('<row r="3"><c r="A3"/>', '<row r="9999999999"><c r="A9999999999" t="s"/>')
    with pytest.raises(DataError, match="a workbook has at most 100 rows"):
        _read(_pack(path, {**_EXCEL, name: far}))


def test_a_declaration_in_a_part_of_another_name_is_refused(path: Path) -> None:
    """The package finds its parts by what the workbook says, not by their names."""
    strings = _EXCEL["xl/sharedStrings.xml"].partition("?>")[2]
    bomb = ('<!DOCTYPE a [<!ENTITY b "c">]>' + strings).encode("utf-16")
    parts: dict[str, str | bytes] = {**_EXCEL, "xl/words.bin": bomb}
    with pytest.raises(DataError, match=r"part xl/words\.bin: expected XML without a document type"):
        _read(_pack(path, parts))
