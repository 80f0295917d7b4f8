"""What is a closed, versioned list of answers?"""

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from datatools.errors import DataError
from datatools.outside.structured import toml_of

CANNOT_TELL = "cannot_tell"
PREFER_NOT_TO_SAY = "prefer_not_to_say"
NO_ANSWERS = frozenset({CANNOT_TELL, PREFER_NOT_TO_SAY})  # kept as said, but they place nobody in a group

Level = Literal["nominal", "ordinal", "interval"]


class FromFile(BaseModel):
    """What a file says, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Vocabulary(FromFile):
    """A closed list of answers, or a range of whole numbers."""

    name: str
    version: int
    level: Level  # of measurement; ordinal values are listed from low to high
    definitions: dict[str, str]  # value to what it means, in order
    minimum: int | None = None  # of an interval vocabulary: any whole number up to maximum is a value
    maximum: int | None = None
    source: str  # where the list comes from
    fails: str  # where these categories fail

    @property
    def key(self) -> str:
        """Give ``name@version``, as annotations keep it."""
        return f"{self.name}@{self.version}"

    @property
    def values(self) -> tuple[str, ...]:
        """Give the listed values in their order, the no-answers last."""
        return tuple(self.definitions)

    @property
    def groups(self) -> tuple[str, ...]:
        """Give the listed values that place somebody in a group."""
        return tuple(value for value in self.definitions if value not in NO_ANSWERS)

    @property
    def allowed(self) -> str:
        """Say in a few words what may be answered."""
        listed = " | ".join(self.definitions)
        if self.minimum is None:
            return listed
        return f"a whole number from {self.minimum} to {self.maximum} | {listed}"

    def __contains__(self, value: str) -> bool:
        if value in self.definitions:
            return True
        if self.minimum is None or self.maximum is None or not re.fullmatch(r"0|[1-9][0-9]{0,8}", value):
            return False
        return self.minimum <= int(value) <= self.maximum

    def in_order(self, values: Iterable[str]) -> tuple[str, ...]:
        """Give values of this vocabulary once each: numbers by size, then listed ones in their order."""
        place = {value: number for number, value in enumerate(self.definitions)}
        return tuple(sorted(set(values), key=lambda v: (v in place, place[v] if v in place else int(v))))

    def validate_value(self, value: str) -> str:
        """Give the value back when it belongs to the vocabulary.

        Raises:
            DataError: it does not.
        """
        if value not in self:
            raise DataError(f"expected a value of {self.key} ({self.allowed}), got {value!r}")
        return value


def parse(text: str, key: str) -> Vocabulary:
    """Make a vocabulary from the text of its file.

    Raises:
        DataError: the text is not a vocabulary, or not the one its file's name says.
    """
    try:
        vocabulary = Vocabulary.model_validate(toml_of(text, f"{key}.toml", "a vocabulary", DataError))
    except ValidationError as error:
        raise DataError(f"{key}.toml is not a vocabulary: {error}") from error
    is_range = vocabulary.minimum is not None and vocabulary.maximum is not None
    if vocabulary.key != key or (vocabulary.level == "interval") != is_range:
        raise DataError(
            f"{key}.toml: expected the name and version of the file, and a minimum and a maximum exactly "
            f"where the level is interval; got {vocabulary.key}, {vocabulary.level}"
        )
    return vocabulary
