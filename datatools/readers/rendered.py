"""How is a set of rendered portraits (``datatools.synthetic``) read?"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast, get_args

import numpy as np

from datatools.errors import DataError
from datatools.masks import Landmarks
from datatools.outside.arrays import read_array
from datatools.outside.formulas import plain
from datatools.readers import Answer, AnswerSource, Entry
from datatools.readers._files import number, read_rows, whole_number
from datatools.workspace import inside

_INDEX_COLUMNS = ("id", "image", "mask", "landmarks", "person_id")
_ANSWER_COLUMNS = (
    "id",
    "question",
    "value",
    "annotator_id",
    "source",
    "vocabulary",
    "created_at",
    "lead_time_s",
    "presentation_order",
)
_MEASUREMENT_COLUMNS = ("id", "name", "value")
_MAX_LANDMARK_BYTES = 1 << 20


class RenderedReader:
    """Reads a folder that ``render_set`` wrote; its masks are exact."""

    licence = "CC0-1.0: rendered, no person is shown"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        """Say whether the root is a finished rendered set."""
        return all((self._root / name).is_file() for name in ("render.json", "index.csv", "answers.csv"))

    def entries(self) -> Iterator[Entry]:
        """Give every picture, in the order of the index.

        Raises:
            DataError: a table is missing or has other columns, or a row's source is unknown.
        """
        answers: dict[str, list[Answer]] = {}
        for row in self._rows("answers.csv", _ANSWER_COLUMNS):
            answers.setdefault(row["id"], []).append(self._answer(row))
        measurements: dict[str, dict[str, float]] = {}
        for row in self._rows("measurements.csv", _MEASUREMENT_COLUMNS):
            where = f"measurements.csv, picture {row['id']}"
            measurements.setdefault(row["id"], {})[row["name"]] = number(row, "value", where)
        for row in self._rows("index.csv", _INDEX_COLUMNS):
            landmarks, problem = self._landmarks(row["landmarks"])
            yield Entry(
                path=row["image"],
                person_id=row["person_id"],
                mask=row["mask"],
                mask_source="rendered",
                landmarks=landmarks,
                answers=tuple(answers.get(row["id"], ())),
                measurements=measurements.get(row["id"], {}),
                problem=problem,
            )

    def _rows(self, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
        path = self._root / name
        if not path.is_file():
            raise DataError(f"expected {name} of a rendered set in {self._root}; render the set again")
        rows = read_rows(path, columns)
        return [{column: plain(cell) for column, cell in row.items()} for row in rows]

    def _answer(self, row: dict[str, str]) -> Answer:
        where = f"answers.csv, picture {row['id']}"
        if row["source"] not in get_args(AnswerSource):
            known = ", ".join(get_args(AnswerSource))
            raise DataError(f"{where}: expected a source among {known}, got {row['source']!r}")
        has_order = row["presentation_order"] != ""
        return Answer(
            question=row["question"],
            value=row["value"],
            vocabulary=row["vocabulary"],
            source=cast("AnswerSource", row["source"]),
            annotator_id=row["annotator_id"],
            created_at=row["created_at"] or None,
            lead_time_s=number(row, "lead_time_s", where) if row["lead_time_s"] else None,
            presentation_order=whole_number(row, "presentation_order", where) if has_order else None,
        )

    def _landmarks(self, name: str) -> tuple[tuple[Landmarks, ...], str | None]:
        """Read one picture's faces; a file that is missing or broken is that picture's problem."""
        try:
            points = read_array(inside(self._root, name), _MAX_LANDMARK_BYTES)
            if points.ndim != 3 or points.shape[1:] != (68, 2):
                return (), f"landmarks {name}: expected (faces, 68, 2), got {points.shape}"
            return tuple(Landmarks(face.astype(np.float32), "ibug68") for face in points), None
        except DataError as error:
            return (), f"landmarks {name} cannot be read: {error}"


build = RenderedReader
