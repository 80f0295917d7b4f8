"""Examples are kept as numbers that anyone can read, and refused where they are not what their card says."""

import json
from pathlib import Path

import numpy as np
import pytest

from datatools.errors import DataError
from datatools.quality.examples import CARD_FILE, EXAMPLES_FILE, Examples, matrix, read, write
from datatools.quality.features import NAMES
from datatools.tables import sha256_bytes
from tests.unit.quality.made import examples


def _write(folder: Path, data: Examples | None = None) -> None:
    write(folder, data or examples(10), committee="a by mean", reference_source="human", data="set")


def _change_card(folder: Path, **values: object) -> None:
    path = folder / CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """To six digits, undefined features too."""
    data = examples(10, per_person=2)
    _write(tmp_path, data)
    found, card = read(tmp_path)
    np.testing.assert_allclose(found.features, data.features, rtol=1e-5)
    np.testing.assert_allclose(found.iou, data.iou, atol=1e-6)
    np.testing.assert_array_equal(found.person, data.person)
    assert (card.committee, card.n_examples, card.n_people) == ("a by mean", 20, 10)


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    """The message says how one is made."""
    with pytest.raises(DataError, match="run `datatools quality` in a workspace with human masks"):
        read(tmp_path)


def test_a_card_of_something_else_is_refused(tmp_path: Path) -> None:
    """Other keys, and other features."""
    _write(tmp_path)
    _change_card(tmp_path, features_version=0)
    with pytest.raises(DataError, match="version 0 of the features"):
        read(tmp_path)
    _change_card(tmp_path, teacher="x")
    with pytest.raises(DataError, match="is not the card of a quality model"):
        read(tmp_path)


def test_a_table_that_is_not_its_card_s_is_refused(tmp_path: Path) -> None:
    """Missing, changed, or of other columns."""
    _write(tmp_path)
    path = tmp_path / EXAMPLES_FILE
    path.write_bytes(path.read_bytes().replace(b"0.9", b"0.8"))
    with pytest.raises(DataError, match="another SHA-256"):
        read(tmp_path)
    path.write_bytes(b"person,iou\n1,0.5\n")
    _change_card(tmp_path, examples_sha256=sha256_bytes(path.read_bytes()))
    with pytest.raises(DataError, match="other columns than this version's features"):
        read(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match=r"expected examples.csv beside"):
        read(tmp_path)


def test_examples_check_themselves() -> None:
    """One row each, at least one, and IoUs in range."""
    good = examples(3)
    with pytest.raises(DataError, match="rows of"):
        Examples(features=good.features[:2], iou=good.iou, person=good.person)
    with pytest.raises(DataError, match=r"an IoU in \[0, 1\]"):
        Examples(features=good.features, iou=good.iou + 1, person=good.person)
    none = np.empty(0)
    with pytest.raises(DataError, match="at least one row"):
        Examples(features=np.empty((0, len(NAMES))), iou=none, person=none.astype(np.int64))


def test_features_by_name_become_rows() -> None:
    """A missing one is NaN; no rows are a matrix too."""
    row = matrix([{NAMES[1]: 2.0}])[0]
    assert row[1] == 2
    assert np.isnan(row[0])
    assert matrix([]).shape == (0, len(NAMES))
