"""Fuse by a small network that was fitted on human masks: it corrects the committee's mean.

``datatools fusion fit`` fits it on a workspace's own human masks; without that, the fit that comes with
the package is used (docs/fusion.md says on what, and how well it does elsewhere).
"""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch

from datatools import tables
from datatools.errors import DataError, WeightsError
from datatools.fusions import _file, _net
from datatools.masks import RGB, Matte
from datatools.student.threads import flushed_denormals, torch_threads

PACKAGED = Path(__file__).parent / "learned.pt"


class Learned:
    """A fitted FusionNet on the CPU.

    Args:
        weights: a file that `datatools fusion fit` wrote; the package's own by default.

    Raises:
        UsageError: there is no such file.
        WeightsError: it is broken or of another kind.
    """

    name = "learned"

    def __init__(self, weights: str = str(PACKAGED)) -> None:
        self.fit = _file.load(Path(weights))
        self.fingerprint = tables.fingerprint("learned", 1, self.fit.sha256)
        self.teachers = self.fit.teachers

    def fuse(self, image: RGB, mattes: Mapping[str, Matte]) -> Matte:
        present = [teacher in mattes for teacher in self.teachers]
        if not any(present):
            raise DataError(
                f"the fusion learned was fitted for the teachers {', '.join(self.teachers)}; the picture has "
                f"mattes of {', '.join(sorted(mattes))}: segment with one of those, or fit it anew with "
                "`datatools fusion fit`"
            )
        stack = torch.from_numpy(_net.stacked(image, mattes, self.teachers)).permute(2, 0, 1)[None]
        heard = torch.tensor([present], dtype=torch.float32)
        with torch.inference_mode(), torch_threads(1), flushed_denormals():
            correction = self.fit.network(_net.inputs(stack, heard))[0, 0].numpy()  # (h, w)
            size = (image.shape[1], image.shape[0])
            # A logit a time, in place: those of a large picture would not fit beside each other in memory.
            word = torch.from_numpy(cv2.resize(correction, size, interpolation=cv2.INTER_LINEAR))
            for teacher, share in zip(self.teachers, self.fit.network.votes(heard)[0], strict=True):
                if teacher in mattes:
                    word += share * _net.logits(torch.from_numpy(mattes[teacher].array))
            fused = torch.sigmoid(word).numpy()
        if not np.isfinite(fused).all():
            raise WeightsError("the fusion's network gives no numbers: its file of weights is damaged")
        return Matte(np.asarray(fused, np.float32))


build = Learned
