"""Propose mattes with a trained student of any network, or with the authors' published weights."""

from pathlib import Path

from datatools import tables
from datatools.student import checkpoint as checkpoints
from datatools.teachers._logits import LogitTeacher


def build(checkpoint: str, name: str | None = None) -> LogitTeacher:
    """Make the teacher of a file of a student's weights.

    Args:
        checkpoint: path of the file.
        name: what the mattes' teacher is called; the file's folder (a model's name) by default,
            ``extremec3net-published`` for the authors' weights.
    """
    path = Path(checkpoint)
    student = checkpoints.load(path)
    folder = path.resolve().parent.name
    return LogitTeacher(
        student.network,
        student.preprocessing,
        name=name or ("extremec3net-published" if student.is_published else folder),
        fingerprint=tables.fingerprint(student.sha256, student.preprocessing),
        n_threads=1,  # its tensors are small
    )
