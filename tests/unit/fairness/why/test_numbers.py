"""Measurements as columns, of a workspace and of rows in memory."""

import numpy as np
import pandas as pd
import pytest

from datatools import tables
from datatools.fairness.who.pictured import Pictured
from datatools.fairness.why.numbers import Numbers
from datatools.records import Measurement
from datatools.workspace import Workspace
from tests.stages.people import sample_id


def _rows() -> list[Measurement]:
    values = [(0, "blur", 1.0), (0, "ita_deg", 20.0), (1, "ita_deg", np.nan), (2, "blur", 3.0)]
    values += [(2, "contrast", np.inf), (3, "yaw_deg", 5.0)]
    by = {"blur": "pixels@1:model:selfie"}
    return [
        Measurement(sample_id=sample_id(n), name=name, value=value, measured_by=by.get(name, "pixels@1"))
        for n, name, value in values
    ]


def test_a_table_gives_what_its_rows_give(workspace: Workspace) -> None:
    """Names of other pictures' measurements too; what is not finite is unknown."""
    workspace.write(tables.MEASUREMENTS, _rows())
    asked = pd.Series([sample_id(n) for n in (2, 1, 0)])
    shown = Pictured.of({sample_id(n): "anna" for n in range(3)})
    found, expected = Numbers.read(workspace, shown), Numbers.of(workspace.rows(tables.MEASUREMENTS))
    assert found.names == expected.names == ["blur", "ita_deg", "yaw_deg"]
    assert found.generated == expected.generated == {"blur"}
    assert len(found) == len(expected) == len(_rows())
    pd.testing.assert_frame_equal(found.about(asked), expected.about(asked))
    assert found.about(asked)["blur"].tolist() == pytest.approx([3.0, np.nan, 1.0], nan_ok=True)


def test_a_workspace_that_was_not_measured_has_no_numbers(workspace: Workspace) -> None:
    """It is no error: nothing is adjusted for."""
    found = Numbers.read(workspace, Pictured.of({"a": "anna"}))
    assert (len(found), found.names) == (0, [])
    assert Numbers.of(found) is found
