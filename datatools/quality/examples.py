"""What is a quality model fitted on, and how is that kept?

A folder with two files that a person can read: ``examples.csv``, one line a picture with its features and
its true IoU, numbers only, and ``card.json``, which says whose masks these are. The model itself is fitted
from them when it is used, which takes about a second: nothing that has to be unpickled is kept.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datatools.errors import DataError
from datatools.quality.features import NAMES, VERSION
from datatools.settings import explain
from datatools.tables import sha256_bytes, write_bytes

EXAMPLES_FILE = "examples.csv"
CARD_FILE = "card.json"
LEAST_ERROR = 0.005  # two people's outlines of one portrait differ by about this much IoU
_MOST_PEOPLE = 2**53  # whole numbers that a float64 tells apart
MIN_PEOPLE = 40  # below, five folds have too few people each to say how well the model does

Doubles = NDArray[np.float64]


class Card(BaseModel):
    """Whose masks the examples are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    committee: str  # as committee.committee_of gives it
    reference_source: str  # of the masks that the IoU is measured against: human, rendered
    features_version: int
    n_examples: int = Field(ge=1)
    n_people: int = Field(ge=1)
    examples_sha256: str
    data: str  # where the pictures come from, for people


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """Features and true quality of a set of masks."""

    features: Doubles  # (n, len(NAMES)), NaN where undefined
    iou: Doubles  # (n,), 0-1, against human or rendered masks
    person: NDArray[np.int64]  # (n,), equal numbers are pictures of one person

    def __post_init__(self) -> None:
        n = len(self.iou)
        if self.features.shape != (n, len(NAMES)) or self.person.shape != (n,):
            raise DataError(
                f"examples are {n} rows of {len(NAMES)} features with one person each; got "
                f"{self.features.shape} and {self.person.shape}"
            )
        if not n or not ((self.iou >= 0) & (self.iou <= 1)).all():
            raise DataError("examples need at least one row, and an IoU in [0, 1] in each")

    def __len__(self) -> int:
        """Give the number of masks."""
        return len(self.iou)

    @property
    def n_people(self) -> int:
        """Give the number of different people."""
        return len(np.unique(self.person))

    def rows(self, chosen: NDArray[np.intp]) -> "Examples":
        """Give some of the rows, by index."""
        return Examples(features=self.features[chosen], iou=self.iou[chosen], person=self.person[chosen])


def matrix(seen: Sequence[Mapping[str, float]]) -> Doubles:
    """Put features by name into rows in the order of ``NAMES``; NaN where one is undefined."""
    rows = [[one.get(name, np.nan) for name in NAMES] for one in seen]
    return np.array(rows, np.float64).reshape(len(seen), len(NAMES))


def to_csv(examples: Examples) -> bytes:
    """Write examples as CSV; an undefined feature is an empty cell."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["person", "iou", *NAMES])
    for person, iou, values in zip(examples.person, examples.iou, examples.features, strict=True):
        cells = ["" if np.isnan(value) else f"{value:.6g}" for value in values]
        writer.writerow([int(person), f"{iou:.6f}", *cells])
    return stream.getvalue().encode()


def write(folder: Path, examples: Examples, *, committee: str, reference_source: str, data: str) -> Card:
    """Keep examples and their card in a folder; give the card."""
    text = to_csv(examples)
    card = Card(
        committee=committee,
        reference_source=reference_source,
        features_version=VERSION,
        n_examples=len(examples),
        n_people=examples.n_people,
        examples_sha256=sha256_bytes(text),
        data=data,
    )
    write_bytes(folder / EXAMPLES_FILE, text)
    write_bytes(folder / CARD_FILE, (json.dumps(card.model_dump(), indent=1) + "\n").encode())
    return card


def read_card(folder: Path) -> Card:
    """Read a folder's card.

    Raises:
        DataError: there is none, or it is not a card of this version's features.
    """
    path = folder / CARD_FILE
    try:
        card = Card.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(
            f"expected a quality model in {folder}, there is no {CARD_FILE}: run `datatools quality` in a "
            "workspace with human masks, and give its folder models/quality"
        ) from error
    except ValidationError as error:
        raise DataError(f"{path} is not the card of a quality model: {explain(error)}") from error
    if card.features_version != VERSION:
        raise DataError(
            f"{path} was fitted on version {card.features_version} of the features, this is version "
            f"{VERSION}: run `datatools check` and `datatools quality` again"
        )
    return card


def read(folder: Path) -> tuple[Examples, Card]:
    """Read what ``write`` wrote.

    Raises:
        DataError: a file is missing or is not what ``write`` wrote.
    """
    card = read_card(folder)
    path = folder / EXAMPLES_FILE
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"expected {EXAMPLES_FILE} beside {folder / CARD_FILE}, there is none") from error
    if sha256_bytes(text) != card.examples_sha256:
        raise DataError(f"{path} is not the table of its card (another SHA-256): fit the model again")
    columns = ["person", "iou", *NAMES]
    try:
        header, *lines = csv.reader(io.StringIO(text.decode()))
        values = np.array([[float(cell or "nan") for cell in line] for line in lines], np.float64)
        if (
            header != columns
            or values.shape[1:] != (len(columns),)
            or not (abs(values[:, 0]) < _MOST_PEOPLE).all()
        ):
            raise ValueError("other columns than this version's features, or a person without a number")
    except (ValueError, csv.Error) as error:  # text that is not UTF-8, a cell that is no number, no lines
        raise DataError(f"{path} is not a table of examples ({error}): fit the model again") from error
    return (
        Examples(features=values[:, 2:], iou=values[:, 1], person=values[:, 0].astype(np.int64)),
        card,
    )
