"""How did the workspace's students train?"""

import csv
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from datatools.errors import DataError
from datatools.workspace import Workspace


class TrainingFact(BaseModel):
    """One student's card and its history, one entry an epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    card: dict[str, object]
    history: list[dict[str, float]]


def trained_models(workspace: Workspace) -> list[TrainingFact]:
    """Give the students in the workspace that have a card, by name.

    Raises:
        DataError: a card or a history cannot be read.
    """
    cards = sorted((workspace.root / "models").glob("*/card.json"))
    return [
        TrainingFact(
            model=path.parent.name, card=_card(path), history=_history(path.with_name("history.csv"))
        )
        for path in cards
    ]


def _card(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}; train the model again") from error
    if not isinstance(found, dict):
        raise DataError(f"{path} holds {type(found).__name__}, expected an object; train the model again")
    return found


def _history(path: Path) -> list[dict[str, float]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        try:
            return [{k: float(v) for k, v in row.items() if v != ""} for row in csv.DictReader(stream)]
        except (TypeError, ValueError) as error:
            raise DataError(f"{path} holds something that is no number: {error}") from error
