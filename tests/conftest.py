"""Fixtures that every test may use."""

from pathlib import Path

import pytest

from datatools.progress import Progress
from datatools.workspace import Workspace

_SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Give an empty workspace."""
    workspace = Workspace(tmp_path / "ws")
    workspace.create()
    return workspace


@pytest.fixture
def quiet() -> Progress:
    """Give a progress that prints nothing."""
    return Progress("quiet")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real portraits, or skip: its licences do not let it travel with the code."""
    folder = _SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the real portraits (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """Give the folder of published weights, or skip."""
    folder = _SHARED / "models"
    if not folder.is_dir():
        pytest.skip("the published weights (../shared/models) are not on this machine")
    return folder
