"""How does a trained network with one logit a pixel propose mattes?"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import nn

from datatools.masks import RGB, Face, Matte
from datatools.student.preprocess import Preprocessing
from datatools.student.threads import flushed_denormals, torch_threads

_GPU_BATCH = 16


class LogitTeacher:
    """A network of ours as a teacher, on a GPU where there is one.

    Args:
        network: in eval mode, one logit a pixel at its input's size.
        preprocessing: what was done to the pictures it was trained on.
        name: what its mattes' teacher is called.
        fingerprint: of the weights and the preprocessing.
        n_threads: that it computes with on a CPU.
    """

    needs_faces = False

    def __init__(
        self, network: nn.Module, preprocessing: Preprocessing, *, name: str, fingerprint: str, n_threads: int
    ) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device)
        # Channels-last: a third faster than the default on a CPU.
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub
        self.preprocessing = preprocessing
        self.name = name
        self.fingerprint = fingerprint
        self.batch_size = _GPU_BATCH if self.device.type == "cuda" else 1
        self._n_threads = n_threads

    def matte(self, image: RGB, faces: Sequence[Face]) -> Matte:
        """Propose a matte of the picture's own size."""
        (matte,) = self.mattes([image], [faces])
        return matte

    def mattes(self, images: Sequence[RGB], faces: Sequence[Sequence[Face]]) -> list[Matte]:  # noqa: ARG002  # the Protocol's
        """Propose the matte of each picture in its own size."""
        starts = range(0, len(images), self.batch_size)
        return [matte for n in starts for matte in self._together(images[n : n + self.batch_size])]

    def _together(self, images: Sequence[RGB]) -> list[Matte]:
        squeezed = np.stack([self.preprocessing.squeeze(image) for image in images])  # (B, S, S, 3)
        with torch.inference_mode(), torch_threads(self._n_threads), flushed_denormals():
            inputs = self.preprocessing.normalise(torch.from_numpy(squeezed).to(self.device))
            logits = self.network(inputs)[:, 0].float().cpu().numpy()  # (B, S, S)
        # Enlarging the logit or the probability gave the same masks (0.95640 and 0.95639 on 79
        # EG1800 portraits); the logit keeps the matte's edge as steep as the network drew it.
        return [enlarged(logit, image) for logit, image in zip(logits, images, strict=True)]


def enlarged(logit: np.ndarray[tuple[int, ...], np.dtype[np.float32]], image: RGB) -> Matte:
    """Turn logits (S, S) into a matte of the picture's size."""
    large = cv2.resize(logit, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return Matte(np.asarray(torch.from_numpy(large).sigmoid().numpy(), np.float32))
