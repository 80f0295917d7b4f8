"""Propose mattes with the student that this project trained and ships: ExtremeC3Net, 37.7 K parameters.

For research only, as the pictures it learned from: see its card beside the weights.
"""

import importlib.resources

from datatools.teachers._logits import LogitTeacher
from datatools.teachers.student import build as of_file

_WEIGHTS = importlib.resources.files("datatools.student") / "released" / "extremec3net.pt"


def build() -> LogitTeacher:
    """Make the teacher; its weights come with the package."""
    with importlib.resources.as_file(_WEIGHTS) as path:
        return of_file(str(path), "extremec3net")
