"""How did the workspace's students train?"""

import csv
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from datatools.errors import DataError
from datatools.report.provenance import RunRecord
from datatools.workspace import Workspace


class EpochFact(BaseModel):
    """One epoch of a student's history."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    phase: str
    epoch: int  # of the whole run, from 1
    loss: float
    val_iou: float  # 0-1
    lr: float
    elapsed_s: float


class TrainingFact(BaseModel):
    """One student: what its training run recorded, and one entry an epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    card: dict[str, object]  # empty where the run did not finish
    history: list[EpochFact]


def trained_models(workspace: Workspace, records: list[RunRecord]) -> list[TrainingFact]:
    """Give the students in the workspace, by name.

    Raises:
        DataError: a history cannot be read.
    """
    cards = {}
    for record in records:  # oldest first: the last run of a name stays
        name = record.settings.get("name")
        if record.stage == "train" and isinstance(name, str):
            cards[workspace.model_folder(name)] = (name, record.facts)
    found = []
    for path in sorted((workspace.root / "models").glob("*/history.csv")):
        name, card = cards.get(path.parent, (path.parent.name, {}))
        found.append(TrainingFact(model=name, card=card, history=_history(path)))
    return found


def _history(path: Path) -> list[EpochFact]:
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            return [EpochFact.model_validate(row) for row in csv.DictReader(stream)]
    except (ValidationError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a training history: {error}; train the model again") from error
