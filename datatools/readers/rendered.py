"""How is a set of rendered portraits (``datatools.synthetic``) read?"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

import numpy as np

from datatools.errors import DataError
from datatools.masks import Landmarks
from datatools.readers import Answer, AnswerSource, Entry

_INDEX_COLUMNS = {"id", "image", "mask", "landmarks", "person_id"}
_ANSWER_COLUMNS = {
    "id",
    "question",
    "value",
    "annotator_id",
    "source",
    "vocabulary",
    "created_at",
    "lead_time_s",
    "presentation_order",
}
_MEASUREMENT_COLUMNS = {"id", "name", "value"}


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
            measurements.setdefault(row["id"], {})[row["name"]] = float(row["value"])
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

    def _rows(self, name: str, columns: set[str]) -> Iterator[dict[str, str]]:
        path = self._root / name
        if not path.is_file():
            raise DataError(f"expected {name} of a rendered set in {self._root}; render the set again")
        with path.open(newline="") as stream:
            rows = csv.DictReader(stream)
            missing = columns - set(rows.fieldnames or ())
            if missing:
                raise DataError(f"{path} lacks the columns {sorted(missing)} of a rendered set")
            yield from rows

    def _answer(self, row: dict[str, str]) -> Answer:
        if row["source"] not in get_args(AnswerSource):
            known = ", ".join(get_args(AnswerSource))
            raise DataError(
                f"answers.csv, picture {row['id']}: expected a source among {known}, got {row['source']!r}"
            )
        return Answer(
            question=row["question"],
            value=row["value"],
            vocabulary=row["vocabulary"],
            source=cast("AnswerSource", row["source"]),
            annotator_id=row["annotator_id"],
            created_at=row["created_at"] or None,
            lead_time_s=float(row["lead_time_s"]) if row["lead_time_s"] else None,
            presentation_order=int(row["presentation_order"]) if row["presentation_order"] else None,
        )

    def _landmarks(self, name: str) -> tuple[tuple[Landmarks, ...], str | None]:
        """Read one picture's faces; a file that is missing or broken is that picture's problem."""
        try:
            points = np.load(self._root / name)
        except (OSError, ValueError) as error:
            return (), f"landmarks {name} cannot be read: {error}"
        if points.ndim != 3 or points.shape[1:] != (68, 2):
            return (), f"landmarks {name}: expected (faces, 68, 2), got {points.shape}"
        return tuple(Landmarks(face.astype(np.float32), "ibug68") for face in points), None


build = RenderedReader
