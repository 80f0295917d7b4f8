"""Propose mattes with a student that ``datatools export`` wrote: an ONNX or OpenVINO file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from datatools import tables
from datatools.masks import RGB, Face, Matte
from datatools.student.engines import RuntimeName, open_engine
from datatools.teachers._logits import enlarged


class ExportedStudent:
    """An exported student as a teacher, on the CPU, with one thread.

    Its name says the file and the runtime, so that ``evaluate`` compares it with the checkpoint it came from.
    """

    needs_faces = False

    def __init__(self, path: Path, runtime: RuntimeName) -> None:
        self._engine = open_engine(path, runtime)
        self._facts = self._engine.facts
        self.name = f"{path.stem}-{self._engine.name}"
        self.licence = self._facts.licence
        weights = [tables.sha256_file(file) for file in (path, path.with_suffix(".bin")) if file.is_file()]
        self.fingerprint = tables.fingerprint("exported", *weights, self._engine.name)

    def matte(self, image: RGB, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # the Protocol's
        """Propose a matte of the picture's own size."""
        if self._facts.takes == "picture":
            return Matte(np.clip(self._engine.run(image[None])[0], 0, 1))
        inputs = np.ascontiguousarray(self._facts.preprocessing.prepare(image).numpy())
        return enlarged(self._engine.run(inputs)[0, 0], image)


def build(path: str, runtime: RuntimeName = "auto") -> ExportedStudent:
    """Make the teacher of an exported file.

    Args:
        path: of the .onnx or .xml file.
        runtime: auto (onnxruntime for .onnx, OpenVINO for .xml), onnxruntime or openvino.
    """
    return ExportedStudent(Path(path), runtime)
