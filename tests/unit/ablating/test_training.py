"""Networks are trained side by side in processes that may die."""

import os
from typing import cast

import pytest

from datatools.ablating.training import Run, attend
from datatools.errors import DataError
from datatools.progress import Progress
from datatools.stages import train
from datatools.workspace import Workspace


class _Deadly:
    """Settings that end the process which reads them."""

    name = "deadly"

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (1,)


def test_a_process_that_was_killed_is_explained(workspace: Workspace) -> None:
    """What to do, not a broken pool's traceback."""
    run = Run(arm="a", settings=cast("train.Settings", _Deadly()))
    with pytest.raises(DataError, match="the same command goes on"):
        attend(workspace, [run], Progress("quiet"), jobs=2, minutes=None)
