"""What do the result files of FHIBE's evaluation API say of each person?

FHIBE (Xiang et al. 2025; github SonyResearch/fhibe_evaluation_api) writes two kinds of files with a number
for each picture: ``detailed_results_*_threshold.json`` (by threshold a list of rows with image_id,
subject_id and val, or a val for each part), and ``F1_scores.json`` or ``lpips_scores.json`` (by the
picture's path a number, or one for each class). Who is in the pictures is in its metadata, a CSV with
image_id, subject_id and a column for each attribute; answers with several values are written as lists.
"""

import ast
import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

import pandas as pd

from datatools.errors import DataError
from datatools.fairness.brought import foreign_sheet
from datatools.fairness.brought.foreign_sheet import Sheet
from datatools.outside.structured import read_json

_ID, _PERSON, _VALUE = "image_id", "subject_id", "val"
_PREFIX = "faces_crop_and_align_"  # of the files that show faces
_NUMBERED = re.compile(r"^\d+\. ")  # of its answers: "1. He/him/his"
_AGE_EDGES = "age:30,40,50,60"  # its own bins
_REGIONS = frozenset({"Africa", "Americas", "Asia", "Europe", "Oceania"})  # of ancestry, above its subregions
_SEVERAL = "|"
_DEFAULTS = ("pronoun", _AGE_EDGES, "ancestry")


def results(path: Path) -> Sheet:
    """Read a result file with a number for each picture.

    Raises:
        DataError: the file is missing, or is none of those.
    """
    found = read_json(path, "a result file")
    rows = list(_rows(found)) if isinstance(found, dict) else []
    if not rows:
        raise DataError(
            f"{path.name}: expected a result file of FHIBE with a number for each picture "
            "(detailed_results_*_threshold.json, F1_scores.json or lpips_scores.json), got another one"
        )
    return Sheet(path.name, pd.DataFrame(rows), 1)


def _rows(found: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for name, entry in found.items():
        individual = entry.get("individual_results") if isinstance(entry, dict) else None
        if isinstance(individual, list):
            # Every threshold repeats the same numbers.
            yield from (_detailed(row) for row in individual if isinstance(row, dict))
            return
        numbers = entry if isinstance(entry, dict) else {"score": entry}
        values = {key: value for key, value in numbers.items() if _is_number(value)}
        if values:
            yield {_ID: _picture(name), **values}


def _detailed(row: Mapping[str, object]) -> dict[str, object]:
    parts = {
        name: part[_VALUE]
        for name, part in row.items()
        if isinstance(part, dict) and _is_number(part.get(_VALUE))
    }
    numbers = {_VALUE: row[_VALUE]} if _is_number(row.get(_VALUE)) else parts
    return {_ID: row.get(_ID), _PERSON: row.get(_PERSON), **numbers}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _picture(path: str) -> str:
    """Give the picture's name in the metadata: the file's, without what its kind adds."""
    name = PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name
    return name.rpartition(".")[0].removeprefix(_PREFIX) or name


def people(path: Path) -> Sheet:
    """Read the metadata: lists as one value or several, answers without their numbers.

    Raises:
        DataError: as ``foreign_sheet.read``, or the columns are not there.
    """
    sheet = foreign_sheet.read(path)
    for column in (_ID, _PERSON):
        if column not in sheet.frame.columns:
            raise DataError(f"{path.name}: expected FHIBE's metadata with a column {column}, found none")
    frame = sheet.frame.copy()
    for column in frame.columns.difference([_ID, _PERSON]):
        codes, distinct = pd.factorize(frame[column])
        answers = pd.Series([_answer(column, cell) for cell in distinct], dtype=object)
        frame[column] = answers.reindex(codes).to_numpy()
    return Sheet(sheet.name, frame, sheet.first_row)


def _answer(column: str, cell: Hashable) -> str:
    text = str(cell)
    values = [text]
    if text.startswith("["):
        try:
            values = [str(value) for value in ast.literal_eval(text)]
        # The last two: lists in lists, signs before signs.
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            values = [text]
    values = [_NUMBERED.sub("", value) for value in values]
    if column == "ancestry":
        values = [value for value in values if value in _REGIONS] or values
    return _SEVERAL.join(sorted(set(values)))


def default_attributes(sheet: Sheet) -> list[str]:
    """Name the attributes that FHIBE's own reports begin with, as far as the metadata has them."""
    return [spec for spec in _DEFAULTS if spec.partition(":")[0] in sheet.frame.columns]
