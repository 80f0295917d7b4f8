"""One small rendered workspace for all notebooks, and a kernel to run them in."""

from pathlib import Path

import pytest

from datatools import recipe
from datatools.progress import Progress
from datatools.workspace import Workspace
from tests.notebooks.kernels import FOLDER


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Render and audit what the notebooks would make themselves, smaller still."""
    workspace = Workspace(tmp_path_factory.mktemp("notebooks") / "ws")
    smaller = {"people": "52", "unlabelled": "6", "max_px": "176", "epochs": "1"}
    settings = recipe.Settings(
        recipe=str(FOLDER / "workspace.toml"), set={**smaller, "reference": str(FOLDER / "even.csv")}
    )
    recipe.run(workspace, settings, Progress("quiet"))
    return workspace


@pytest.fixture
def notebooks() -> Path:
    """Give the folder of the notebooks."""
    return FOLDER
