"""Proposes mattes with a trained student: a checkpoint of ours, or the authors' published weights."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from datatools import tables
from datatools.masks import RGB, Face, Matte
from datatools.student import checkpoint as checkpoints
from datatools.student.threads import flushed_denormals, torch_threads


class StudentTeacher:
    """An ExtremeC3Net as a teacher, on the CPU, one picture at a time."""

    needs_faces = False

    def __init__(self, checkpoint: str, name: str | None = None) -> None:
        """Load the weights.

        Args:
            checkpoint: path of the file of weights.
            name: what the mattes' teacher is called; the file's folder (a model's name) by default,
                ``extremec3net-published`` for the authors' weights.
        """
        path = Path(checkpoint)
        self.student = checkpoints.load(path)
        # Channels-last: a third faster than the default on a CPU.
        self.student.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stub
        folder = path.resolve().parent.name
        self.name = name or ("extremec3net-published" if self.student.is_published else folder)
        self.fingerprint = tables.fingerprint(self.student.sha256, self.student.preprocessing)

    def matte(self, image: RGB, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # the Protocol's
        """Propose a matte of the picture's own size."""
        height_px, width_px = image.shape[:2]
        with torch.inference_mode(), torch_threads(1), flushed_denormals():
            logit = self.student.network(self.student.preprocessing.prepare(image))[0, 0]  # (S, S)
        # Enlarging the logit or the probability gave the same masks (0.95640 and 0.95639 on 79
        # EG1800 portraits); the logit keeps the matte's edge as steep as the network drew it.
        large = cv2.resize(logit.numpy(), (width_px, height_px), interpolation=cv2.INTER_LINEAR)
        probability = torch.from_numpy(large).sigmoid().numpy()  # (height, width), 0-1
        return Matte(np.asarray(probability, np.float32))


build = StudentTeacher
