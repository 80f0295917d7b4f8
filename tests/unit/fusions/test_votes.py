"""Do the fusions without weights of a network say what their names promise?"""

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.errors import DataError, UsageError
from datatools.fusions.core_edge import CoreEdge
from datatools.fusions.mean import Mean
from datatools.fusions.weighted import Weighted
from datatools.masks import Matte

IMAGE = np.zeros((200, 150, 3), np.uint8)


def flat(value: float) -> Matte:
    """Give a matte of one value."""
    return Matte(np.full((200, 150), value, np.float32))


def left_half(edge_px: int, inside: float = 1.0) -> NDArray[np.float32]:
    """Give values that are ``inside`` left of a straight edge and 0 right of it."""
    values = np.zeros((200, 150), np.float32)
    values[:, :edge_px] = inside
    return values


def test_the_mean_gives_everyone_one_vote() -> None:
    """0.9 and 0.3 make 0.6."""
    np.testing.assert_allclose(Mean().fuse(IMAGE, {"a": flat(0.9), "b": flat(0.3)}).array, 0.6, atol=1e-6)


def test_weights_count_by_their_ratio() -> None:
    """Two votes for 0.9 and one for 0.3 make 0.7, whatever the unit."""
    mattes = {"a": flat(0.9), "b": flat(0.3)}
    for unit in (1.0, 10.0):
        fused = Weighted({"a": 2 * unit, "b": unit}).fuse(IMAGE, mattes)
        np.testing.assert_allclose(fused.array, 0.7, atol=1e-6)


@pytest.mark.parametrize("weights", [{}, {"a": 0.0}, {"a": -1.0, "b": 1.0}, {"a": float("nan")}])
def test_weights_are_positive(weights: dict[str, float]) -> None:
    """The error shows how they are given."""
    with pytest.raises(UsageError, match=r"positive weight.*--weights.selfie 2"):
        Weighted(weights)


def test_a_teacher_without_a_weight_is_refused() -> None:
    """It is not silently left out."""
    with pytest.raises(DataError, match="no weight for b"):
        Weighted({"a": 1.0}).fuse(IMAGE, {"a": flat(1), "b": flat(0)})


def test_the_core_decides_what_is_a_person() -> None:
    """A sign that only the other teacher sees is no person, and a body that it misses stays."""
    core = left_half(75)
    other = core.copy()
    other[20:60, 110:140] = 1  # a sign
    other[150:, :40] = 0  # a lost body
    fused = CoreEdge("core").fuse(IMAGE, {"core": Matte(core), "other": Matte(other)})
    np.testing.assert_array_equal(fused.threshold().array, core > 0.5)


def test_the_others_draw_the_edge() -> None:
    """Where the core is unsure of the last pixels and the others are not."""
    core = left_half(75)
    core[:, 73:76] = 0.45
    fused = CoreEdge("core").fuse(IMAGE, {"core": Matte(core), "other": Matte(left_half(76, 0.9))})
    np.testing.assert_array_equal(fused.threshold().array, left_half(76) > 0.5)


def test_the_core_must_be_there() -> None:
    """The error says how to get it."""
    with pytest.raises(DataError, match=r"matte of selfie.*those of a.*segment --teachers selfie"):
        CoreEdge("selfie").fuse(IMAGE, {"a": flat(1)})
    with pytest.raises(UsageError, match="--core"):
        CoreEdge("")
