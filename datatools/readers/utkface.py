"""How is UTKFace read: face crops whose file names are their labels?"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from datatools import images
from datatools.readers import Answer, Entry
from datatools.readers._files import walk

# AGE_GENDER_RACE_DATE, then .jpg or .jpg.chip.jpg
_NAME = re.compile(r"(?P<age>\d{1,3})_(?P<gender>[01])_(?P<race>[0-4])_\d{8,17}\..*")
_PARTS = (
    ("age", re.compile(r"\d{1,3}"), "0 to 120 years"),
    ("gender", re.compile(r"[01]"), "0 or 1"),
    ("race", re.compile(r"[0-4]"), "0 to 4"),
    ("date", re.compile(r"\d{8,17}"), "8 to 17 digits"),
)
_GENDERS = ("male", "female")
_RACES = ("white", "black", "asian", "indian", "other")
_OLDEST = 120
_LOOKED_AT = 200  # names looked at to recognise the set
_RECOGNISED_FRAC = 0.8


class UTKFace:
    """A folder of AGE_GENDER_RACE_DATE.jpg; a malformed name keeps its picture and loses its answers."""

    licence = "non-commercial research"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        names = [PurePosixPath(path).name for path in islice(self._paths(), _LOOKED_AT)]
        n_good = sum(_NAME.fullmatch(name) is not None for name in names)
        return bool(names) and n_good >= _RECOGNISED_FRAC * len(names)

    def entries(self) -> Iterator[Entry]:
        for path in self._paths():
            found = _NAME.fullmatch(PurePosixPath(path).name)
            if found is None or int(found["age"]) > _OLDEST:
                yield Entry(path=path, problem=_problem(PurePosixPath(path).name))
                continue
            answers = (
                _answer("perceived_age", str(int(found["age"])), "age_years@1"),
                _answer("perceived_gender", _GENDERS[int(found["gender"])], "gender@1"),
                _answer("perceived_race", _RACES[int(found["race"])], "utkface_race@1"),
            )
            yield Entry(path=path, answers=answers)

    def _paths(self) -> Iterator[str]:
        for found in walk(self._root):
            if found.problem is None and PurePosixPath(found.path).suffix.lower() in images.SUFFIXES:
                yield found.path


def _problem(name: str) -> str:
    """Say why a name gives no labels."""
    words = name.partition(".")[0].split("_")
    if len(words) != len(_PARTS):
        why = f"it has {len(words)} parts, not {len(_PARTS)}"
    else:
        wrong = [
            f"{part} is {word!r}, not {expected}"
            for word, (part, form, expected) in zip(words, _PARTS, strict=True)
            if not form.fullmatch(word) or (part == "age" and int(word) > _OLDEST)
        ]
        why = ", ".join(wrong)
    return f"the name is not AGE_GENDER_RACE_DATE, so it gives no labels: {why}"


def _answer(question: str, value: str, vocabulary: str) -> Answer:
    return Answer(question=question, value=value, vocabulary=vocabulary, annotator_id="dataset:utkface")


build = UTKFace
