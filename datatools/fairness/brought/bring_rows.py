"""Which picture, person and model is each row of somebody else's table about?

Names that differ in case or spaces alone are taken for one, and the reader is told which.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from datatools.errors import DataError, UsageError
from datatools.fairness.brought.foreign_sheet import Sheet, folded, one_spelling
from datatools.images import SUFFIXES

_IDS = (
    "image_id",
    "sample_id",
    "image",
    "picture",
    "id",
    "filename",
    "file_name",
    "filepath",
    "path",
    "name",
)
_PEOPLE = ("person_id", "subject_id", "person", "subject", "identity")
_SHOWN = 5
_FIELDS_BETWEEN = " / "  # a picture's name and a person's, where a picture shows several


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """The pictures and people of a table's rows; None where a row or the table does not say."""

    sheet: Sheet
    picture: pd.Series  # (n_rows,) text, in one spelling
    person: pd.Series | None
    columns: frozenset[str]  # that say it

    @property
    def picture_key(self) -> pd.Series:
        """Give what the pictures' names share that are taken for one.

        a.jpg and a.png are a picture and its mask, unless both stand in one table.
        """
        keys = _keys(self.picture)
        bare = keys.map(_without_suffix)
        return keys if bare.nunique() < keys.nunique() else bare

    @property
    def person_key(self) -> pd.Series:
        """Give the same of the people."""
        return _keys(self.person if self.person is not None else self.picture.map(lambda _: None))


def named(sheet: Sheet, id_column: str | None, person_column: str | None, notes: list[str]) -> Named:
    """Find the columns that name pictures and people, and read them.

    Args:
        sheet: the table.
        id_column: the picture's; None, or the other file's: the first usual name that there is.
        person_column: the person's; likewise, and perhaps there is none.
        notes: gets a sentence for names that were taken for one.

    Raises:
        UsageError: no such column.
    """
    pictures = _column(sheet, id_column, _IDS)
    people = _column(sheet, person_column, _PEOPLE)
    if pictures is None and people is None:
        raise UsageError(
            f"expected a column that names the picture in {sheet.name}, found none of {', '.join(_IDS)} "
            f"among {', '.join(sheet.frame.columns)}; say which with --id-column"
        )
    nobody = pd.Series(None, index=sheet.frame.index, dtype=object)
    picture = nobody if pictures is None else _spelled(sheet, pictures, notes)
    person = None if people is None else _spelled(sheet, people, notes)
    return Named(sheet, picture, person, frozenset(column for column in (pictures, people) if column))


def _column(sheet: Sheet, wanted: str | None, usual: Sequence[str]) -> str | None:
    # A name that was given may be the other file's.
    names = usual if wanted is None else (wanted, *usual)
    return next((column for name in names if (column := sheet.find(name)) is not None), None)


def _spelled(sheet: Sheet, column: str, notes: list[str]) -> pd.Series:
    names, alike = one_spelling(sheet.text(column))
    if alike:
        notes.append(
            f"{column} of {sheet.name}: taken for one though they differ in case or spaces: {few(alike)}."
        )
    return names


def _keys(names: pd.Series) -> pd.Series:
    codes, distinct = pd.factorize(names)
    keys = np.array([*map(folded, distinct), None], dtype=object)
    return pd.Series(keys[codes], index=names.index, dtype=object)


def _without_suffix(name: str | None) -> str | None:
    stem, dot, end = (name or "").rpartition(".")
    return stem if stem and f"{dot}{end}" in SUFFIXES else name


def few(items: Sequence[str]) -> str:
    """Name the first of several things, and say how many more there are."""
    more = f" and {len(items) - _SHOWN:,} more" if len(items) > _SHOWN else ""
    return "; ".join(items[:_SHOWN]) + more


def distinct(
    sheet: Sheet, rows: pd.DataFrame, key: Sequence[str], values: Sequence[str], what: str
) -> pd.DataFrame:
    """Give each key's row once.

    Args:
        sheet: where the rows stand.
        rows: indexed by the sheet's rows.
        key: columns that say what a row is about.
        values: columns that two rows of one key must share.
        what: the key in words, for people.

    Raises:
        DataError: two rows of one key differ.
    """
    repeated = rows[rows.duplicated(list(key), keep=False)]
    if repeated.empty:
        return rows
    kinds = repeated.drop_duplicates([*key, *values])
    differing = kinds[kinds.duplicated(list(key), keep=False)]
    if len(differing):
        first = differing.iloc[0]
        same = (repeated[list(key)] == first[list(key)]).all(axis=1)
        places = [sheet.row(int(place)) for place in repeated.index[same]]
        raise DataError(
            f"{sheet.name}, rows {', '.join(map(str, places[:_SHOWN]))}: expected one row for each {what}, "
            f"got several that differ for {_FIELDS_BETWEEN.join(str(first[name]) for name in key)}; keep "
            "one, or say with --person-column and --model-column which columns tell them apart"
        )
    return rows.drop_duplicates(list(key))
