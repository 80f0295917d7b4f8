"""Are the colours of overlays told apart by everybody?"""

from itertools import combinations

import numpy as np
import pytest

from datatools.browse.colours import OVERLAYS
from tests.unit.report.test_style import SIMULATED, lab, linear


@pytest.mark.parametrize("vision", SIMULATED)
@pytest.mark.parametrize("pair", list(combinations(OVERLAYS, 2)), ids="-".join)
def test_overlays_stay_apart(vision: str, pair: tuple[str, str]) -> None:
    """Any two overlay colours differ for every kind of colour vision."""
    first, second = (lab(np.array(SIMULATED[vision]) @ linear(OVERLAYS[name])) for name in pair)
    assert float(np.linalg.norm(first - second)) >= 24
