"""Which card lies beside a model's weights, and is it theirs?"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

import torch
from pydantic import ValidationError

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.outside.structured import read_json
from datatools.student import checkpoint
from datatools.student.card import Card, Run
from datatools.student.card_text import text
from datatools.student.folder import ModelFolder
from datatools.student.state import TrainingState
from datatools.student.threads import n_cores
from datatools.workspace import recorded_versions

SCHEMA_VERSION = "1"


def write(files: ModelFolder, card: Card) -> None:
    """Write a card for people and for programs."""
    values = {"schema_version": SCHEMA_VERSION, **asdict(card)}
    tables.write_bytes(files.card, text(card).encode())
    tables.write_bytes(files.card_json, json.dumps(values, indent=1, ensure_ascii=False).encode() + b"\n")


def read(path: Path) -> Card:
    """Read a card.json.

    Raises:
        UsageError: there is no such file.
        DataError: it holds no card of this version.
    """
    if not path.is_file():
        raise UsageError(f"expected a model card at {path}, which is not there: train the model first")
    try:
        values = cast("dict[str, object]", read_json(path, "a model card"))
        version = values.pop("schema_version")
        if version != SCHEMA_VERSION:
            raise ValueError(f"its schema_version is {version!r}, not {SCHEMA_VERSION!r}")
        return Card.from_dict(values)
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path} is not a model card that this version reads: {reason}") from error


def published(files: ModelFolder, state: TrainingState, device: str) -> Card:
    """Give the card of a finished run, written beside the weights.

    One that is there and theirs stays: evaluations may have been added to it.

    Args:
        files: of the model, whose weights are written.
        state: of the run.
        device: cpu or cuda.
    """
    sha256 = tables.sha256_file(files.model)
    try:
        found = read(files.card_json)
        if files.card.is_file() and found.run is not None and found.run.weights_sha256 == sha256:
            return found
    except (UsageError, DataError):
        pass  # none yet, or a broken one
    card = replace(Card.from_dict(_training(files.model)), run=_run(state, device, sha256))
    write(files, card)
    return card


def _training(path: Path) -> Mapping[str, object]:
    """Read what a file of weights says about its training."""
    training = checkpoint.read(path).get("training")
    assert isinstance(training, dict)  # this program's own file
    return training


def _run(state: TrainingState, device: str, weights_sha256: str) -> Run:
    """Say what this machine did."""
    name = torch.cuda.get_device_name() if device == "cuda" else f"a CPU with {n_cores()} cores"
    return Run(
        device=name,
        elapsed_s=round(state.elapsed_s, 1),
        versions=recorded_versions(),
        weights_sha256=weights_sha256,
    )
