"""One small rendered set that all tests of the renderer look at."""

from pathlib import Path

import pytest

from datatools.progress import Progress
from datatools.synthetic.dataset import RenderSettings, render_set

SETTINGS = RenderSettings(
    n_people=24, max_pictures=1, seed=5, max_px=300, two_person_frac=0.15, plant="dim_covered", workers=1
)


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a finished set of 24 people with a plant."""
    folder = tmp_path_factory.mktemp("rendered") / "set"
    render_set(folder, SETTINGS, Progress("quiet"))
    return folder
