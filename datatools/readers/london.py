"""How is the Face Research Lab London Set read: studio portraits of people who said who they are?"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from datatools.readers import Answer, Entry
from datatools.readers._files import has_header, load_faces, read_rows

_COLUMNS = ("id", "image", "mask", "subject", "age", "gender", "race", "mask_ok")
# Column to question and vocabulary.
_QUESTIONS = {
    "gender": ("self_reported_gender", "gender@1"),
    "race": ("self_reported_race", "london_race@2"),
    "age": ("self_reported_age", "age_years@1"),
}


class London:
    """labels.csv, masks keyed from the pale background, and 189-point landmarks where they are.

    A mask with mask_ok 0 is a known failure and left out; the others are unverified, hence ``keyed``.
    """

    licence = "CC BY 4.0, DeBruine and Jones 2017, doi 10.6084/m9.figshare.5047666.v5"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        return has_header(self._root / "labels.csv", _COLUMNS)

    def entries(self) -> Iterator[Entry]:
        for row in read_rows(self._root / "labels.csv", _COLUMNS):
            faces, problem = load_faces(self._root, f"landmarks/{row['id']}.npy", "london_189", 189)
            has_mask = row["mask_ok"] == "1"
            yield Entry(
                path=row["image"],
                person_id=row["subject"],
                mask=row["mask"] if has_mask else None,
                mask_source="keyed" if has_mask else None,
                landmarks=faces,
                answers=tuple(_answers(row)),
                problem=problem,
            )


def _answers(row: Mapping[str, str]) -> Iterator[Answer]:
    for column, (question, vocabulary) in _QUESTIONS.items():
        # "east_asian/white" is one answer with two values; an empty cell is none.
        for value in filter(None, row[column].split("/")):
            yield Answer(
                question=question,
                value=value,
                vocabulary=vocabulary,
                source="self_report",
                annotator_id=f"self:{row['subject']}",
            )


build = London
