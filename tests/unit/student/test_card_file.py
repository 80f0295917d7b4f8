"""A card lies beside the weights that it is of, or is written anew."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.student import checkpoint, published
from datatools.student.card_file import published as published_card
from datatools.student.card_file import read, write
from datatools.student.folder import ModelFolder
from datatools.student.state import TrainingState
from tests.unit.student.cards import full_card, small_card

STATE = TrainingState(fingerprint="x", elapsed_s=12.34)


@pytest.fixture
def files(tmp_path: Path) -> ModelFolder:
    """Give a model's folder with weights and no card."""
    found = ModelFolder(tmp_path / "mine")
    checkpoint.save(found.model, {}, published.PREPROCESSING, asdict(small_card()))
    return found


def test_what_was_written_is_read(files: ModelFolder) -> None:
    """By programs from card.json, by people from card.md."""
    write(files, full_card())
    assert asdict(read(files.card_json)) == asdict(full_card())
    assert "# Model card: mine" in files.card.read_text()


def test_a_card_says_what_made_the_weights(files: ModelFolder) -> None:
    """What training kept in the weights, their hash, the time and the machine."""
    card = published_card(files, STATE, "cpu")
    assert card.run is not None
    assert (card.run.weights_sha256, card.run.elapsed_s) == (tables.sha256_file(files.model), 12.3)
    assert card.run.device.startswith("a CPU with ")
    assert asdict(replace(card, run=None)) == asdict(small_card())
    assert asdict(read(files.card_json)) == asdict(card)


def test_a_card_of_these_weights_stays(files: ModelFolder) -> None:
    """Evaluations may have been added to it."""
    card = replace(published_card(files, STATE, "cpu"), evaluations=full_card().evaluations)
    write(files, card)
    assert asdict(published_card(files, STATE, "cpu")) == asdict(card)


@pytest.mark.parametrize("harm", ["none", "broken", "of others", "no text"])
def test_a_card_that_is_not_theirs_is_written_anew(files: ModelFolder, harm: str) -> None:
    """Missing, cut off, of other weights, or without its page."""
    expected = published_card(files, STATE, "cpu")
    if harm == "broken":
        files.card_json.write_text("{")
    elif harm == "of others":
        write(files, full_card())
    else:
        (files.card if harm == "no text" else files.card_json).unlink()
    assert asdict(published_card(files, STATE, "cpu")) == asdict(expected)
    assert files.card.is_file()
    assert asdict(read(files.card_json)) == asdict(expected)


def test_a_missing_card_is_a_usage_error(tmp_path: Path) -> None:
    """The message says what writes one."""
    with pytest.raises(UsageError, match="train the model first"):
        read(tmp_path / "card.json")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"schema_version": "2"}', '{"schema_version": "1", "name": "x"}', "\xff"]
)
def test_what_is_no_card_is_refused(tmp_path: Path, content: str) -> None:
    """Of another version, cut off, or something else."""
    path = tmp_path / "card.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError, match=r"not a model card that this version|expected a model card, in"):
        read(path)
