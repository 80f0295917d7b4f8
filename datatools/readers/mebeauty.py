"""How is MEBeauty read: portraits sorted by their collectors into ethnicity and gender?"""

from collections.abc import Iterator
from pathlib import Path

from datatools.readers import Answer, Entry
from datatools.readers._files import has_header, load_faces, read_rows

_COLUMNS = ("id", "image", "gender", "race", "n_landmarks")
_ANNOTATOR = "dataset:mebeauty"


class MEBeauty:
    """labels.csv (id, image, gender, race), and landmarks68/ID.npy where a face was found."""

    licence = "non-commercial research"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        return has_header(self._root / "labels.csv", _COLUMNS)

    def entries(self) -> Iterator[Entry]:
        for row in read_rows(self._root / "labels.csv", _COLUMNS):
            faces, problem = load_faces(self._root, f"landmarks68/{row['id']}.npy", "ibug68", 68)
            # The collectors chose the folder: what they perceived, not what the people said.
            answers = (
                Answer(
                    question="perceived_gender",
                    value=row["gender"],
                    vocabulary="gender@1",
                    annotator_id=_ANNOTATOR,
                ),
                Answer(
                    question="perceived_race",
                    value=row["race"],
                    vocabulary="mebeauty_race@1",
                    annotator_id=_ANNOTATOR,
                ),
            )
            yield Entry(path=row["image"], landmarks=faces, answers=answers, problem=problem)


build = MEBeauty
