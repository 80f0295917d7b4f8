"""Tables that somebody else wrote."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datatools.errors import DataError, UsageError
from datatools.fairness.brought.foreign_sheet import Sheet, one_spelling, read

_ROWS = pd.DataFrame({"image": ["007", "a b", "ü"], "iou": ["0.5", "0.25", "1"]})


def _csv(path: Path) -> None:
    _ROWS.to_csv(path, index=False)


def _semicolons(path: Path) -> None:
    _ROWS.assign(iou=["0,5", "0,25", "1"]).to_csv(path, index=False, sep=";", encoding="utf-8-sig")


def _tabs(path: Path) -> None:
    _ROWS.to_csv(path, index=False, sep="\t")


def _book(path: Path) -> None:
    _ROWS.assign(iou=[0.5, 0.25, 1.0]).to_excel(path, index=False)


def _parquet(path: Path) -> None:
    _ROWS.assign(iou=[0.5, 0.25, 1.0]).to_parquet(path, index=False)


@pytest.mark.parametrize(
    ("name", "write", "first_row"),
    [
        ("s.csv", _csv, 2),
        ("s.CSV", _semicolons, 2),
        ("s.tsv", _tabs, 2),
        ("s.xlsx", _book, 2),
        ("s.parquet", _parquet, 1),
    ],
)
def test_a_table_is_the_same_in_every_format(
    tmp_path: Path, name: str, write: Callable[[Path], None], first_row: int
) -> None:
    """Names stay text, also 007; numbers may have a decimal comma; rows count as people count."""
    write(tmp_path / name)
    sheet = read(tmp_path / name)
    assert sheet.text("image").tolist() == ["007", "a b", "ü"]
    assert sheet.numbers("iou").tolist() == [0.5, 0.25, 1.0]
    assert sheet.row(0) == first_row


@pytest.mark.parametrize("missing", ["", " ", "NaN", "NA", "n/a", "None", "null"])
def test_words_for_nothing_are_missing(tmp_path: Path, missing: str) -> None:
    """In text and in numbers."""
    (tmp_path / "s.csv").write_text(f"image,iou\na,0.5\nb,{missing}\n")
    sheet = read(tmp_path / "s.csv")
    assert np.isnan(sheet.numbers("iou")).tolist() == [False, True]
    assert sheet.text("iou").tolist() == ["0.5", None]


def test_whole_numbers_that_a_gap_made_fractions_stay_names() -> None:
    """A column of integers with a gap is a column of floats: 12.0 was 12."""
    sheet = Sheet("s.parquet", pd.DataFrame({"person": [12.0, np.nan, 7.0]}), 1)
    assert sheet.text("person").tolist() == ["12", None, "7"]


@pytest.mark.parametrize("cell", ["high", "1,2,3", "inf"])
def test_a_cell_that_is_no_number_is_named(tmp_path: Path, cell: str) -> None:
    """File, row as a spreadsheet counts, column and cell."""
    (tmp_path / "s.csv").write_text(f'image,iou\na,0.5\nb,"{cell}"\n')
    sheet = read(tmp_path / "s.csv")
    with pytest.raises(DataError, match=f"s.csv, row 3: expected a number in 'iou', got '{cell}'"):
        sheet.numbers("iou")
    assert not sheet.has_numbers("iou")


def test_a_column_is_found_in_other_writing(tmp_path: Path) -> None:
    """Case, spaces and dashes may differ, but not so that two columns fit."""
    (tmp_path / "s.csv").write_text("Image ID,age,A-ge\nx,1,2\n")
    sheet = read(tmp_path / "s.csv")
    assert [sheet.find(name) for name in ("image_id", "age", "AGE", "sex")] == ["Image ID", "age", None, None]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("s.csv", b"", "not readable"),
        ("s.csv", b"image,iou\n", "expected rows under the header"),
        ("s.csv", b"a,a\n1,2\n", "two called 'a'"),
        ("s.csv", b"a,b\n1,2,3\n", "not readable"),
        ("s.csv", b"\xff\xfea\n", "not readable"),
        ("s.xlsx", b"no workbook", "expected an Excel workbook"),
        ("s.parquet", b"no parquet", "not readable"),
    ],
)
def test_a_broken_table_is_a_data_error(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """Whatever is broken about it."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=reason):
        read(tmp_path / name)


def test_a_missing_table_is_a_data_error(tmp_path: Path) -> None:
    """It says where it was looked for."""
    with pytest.raises(DataError, match="there is no such file"):
        read(tmp_path / "s.csv")


def test_another_kind_of_file_is_a_usage_error(tmp_path: Path) -> None:
    """What is read is said."""
    with pytest.raises(UsageError, match=r"\.csv, \.tsv, \.xlsx or \.parquet"):
        read(tmp_path / "s.doc")


def test_the_most_frequent_spelling_stands_for_all() -> None:
    """And the reader can be told which were taken for one."""
    names, alike = one_spelling(
        pd.Series(["Female", "female", "female", " fe male", None, "male"], dtype=object)
    )
    assert names.tolist() == ["female", "female", "female", "female", None, "male"]
    assert alike == ["'female' = ' fe male' = 'Female'"]
